"""The host's mutable globals are those of `HostState` and `ThreadState`, and no others."""

from __future__ import annotations

import re
import shutil
import subprocess

import nest
import pytest

from nestml_jit.cache import Memo, Store, find_compiler
from nestml_jit.host.installation import find_installation
from nestml_jit.host.recipe import SOURCE, build_host

STATE = SOURCE.parent / "host_state.h"
WRITABLE = {".bss", ".data", ".tbss", ".tdata"}
CONSTANTS = {"archive_keys", "none"}
"""Constants whose values are made when the library is loaded, or first used."""


def variables() -> set[str]:
    """Return the names of the host's own variables in sections that can be written."""
    library = build_host(Store(), find_compiler(Memo()), find_installation(nest)).library
    command = ["objdump", "--syms", "--demangle", str(library)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\S+ .{7} (\.\w+)\t\S+ +(.*nestml_jit::.*)$", listed, re.M)
    named = {name for section, name in found if section in WRITABLE}
    return {name.rpartition("::")[2].partition("[")[0] for name in named}


@pytest.mark.skipif(shutil.which("objdump") is None, reason="objdump is not here")
def test_there_are_no_others() -> None:
    assert variables() - CONSTANTS == {"state", "own"}


def test_each_member_says_who_uses_it() -> None:
    """A comment stands in front of each member."""
    text = STATE.read_text(encoding="utf-8")
    body = text[text.index("struct HostState\n") : text.index("ThreadState& thread_state")]
    lines = body.splitlines()
    members = [index for index, line in enumerate(lines) if re.match(r"  [\w:<>, *]+ \w+( = [^;]+)?;$", line)]
    assert len(members) >= 20
    for index in members:
        assert lines[index - 1].endswith("*/") or lines[index - 1].startswith("  std::string"), lines[index]
