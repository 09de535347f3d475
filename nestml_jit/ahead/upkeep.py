"""Compare entries with what would be built now, and rebuild them, for `nestml-jit cache`."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nestml_jit.ahead.aside import run_aside
from nestml_jit.cache import (
    BuildError,
    CacheError,
    Compiler,
    Memo,
    build,
    code_fingerprint,
    find_compiler,
    find_settings,
    kernel_flags,
)
from nestml_jit.cache.compiler import environment_part
from nestml_jit.cache.digest import digest
from nestml_jit.cache.entry import KINDS_OF_LIBRARIES, LIBRARY
from nestml_jit.cache.inventory import Item
from nestml_jit.cache.key import differing_parts, files_part, flags_part
from nestml_jit.cache.products import SOURCE, cpu_part, source_part
from nestml_jit.cache.target import check_name, this_machine
from nestml_jit.card import CARD_VERSION
from nestml_jit.host import recipe as host
from nestml_jit.kernels import ABI_HEADER
from nestml_jit.pipeline import PACKAGE

_LARGEST = 1 << 30


@dataclass(frozen=True)
class Verdict:
    """The outcome of verifying an entry.

    Attributes
    ----------
    verdict
        "identical": rebuilt, and each byte is the same; "sound": the files are those that were published,
        but it cannot be rebuilt here; "broken": they are not; "different": rebuilt, and it differs.
    reason
        Why it cannot be rebuilt, or in what it is broken.
    """

    verdict: str
    reason: str = ""


def present_parts(item: Item, memo: Memo) -> dict[str, str]:
    """Return the parts of an entry's key that can be known, as they would be now.

    Raises
    ------
    nestml_jit.cache.BuildError
        If there is no compiler.
    """
    if item.kind not in ("host", "kernel"):
        return {"code": digest(code_fingerprint(PACKAGE, memo)), "version": digest(str(CARD_VERSION))}
    compiler = find_compiler(memo)
    parts = {
        "compiler": compiler.identity,
        "environment": environment_part(),
        "headers": files_part(_headers(item.kind)),
    }
    if item.kind == "kernel":
        flags = kernel_flags(compiler, find_settings())
        parts |= {"cpu": cpu_part(compiler, flags), "flags": flags_part(flags)}
    return {name: digest(text) for name, text in parts.items()}


def outdated_parts(item: Item, memo: Memo) -> list[str]:
    """Return the names of parts that would be others now; what cannot be known is left out."""
    now = present_parts(item, memo)
    return [name for name in differing_parts({**item.parts, **now}, item.parts) if name in now]


def _headers(kind: str) -> Mapping[str, Path]:
    return host.own_files() if kind == "host" else {ABI_HEADER.name: ABI_HEADER}


def verify(item: Item, memo: Memo) -> Verdict:
    """Check an entry's files, and build it again if this machine has what it was built with.

    What is compared is every byte of the library. Compilers that give other bytes each time are found by
    building twice, and then nothing is concluded. Whoever made the entry decides nothing but its
    source: flags are those that are settled here, and are compared with those of the entry.
    """
    if item.problem:
        return Verdict("broken", item.problem)
    if item.kind not in KINDS_OF_LIBRARIES:
        return Verdict("sound", "it holds no library")
    try:
        how = _recipe(item, find_compiler(memo))
        changed = sorted(name for name, text in how.parts.items() if text != item.parts.get(name))
        if changed:
            return Verdict("sound", f"other than then: {', '.join(changed)}")
        return _compared(item, how)
    except (BuildError, CacheError, OSError) as error:
        return Verdict("sound", f"it cannot be rebuilt: {str(error).splitlines()[0]}")


@dataclass(frozen=True)
class _HowToBuild:
    """The way in which an entry's library would be built now, with the hashes of those parts of its key."""

    compiler: Compiler
    flags: Sequence[str]
    link_flags: Sequence[str] | None
    search_flags: Sequence[str]
    include_dirs: Sequence[Path]
    parts: Mapping[str, str]


def _recipe(item: Item, compiler: Compiler) -> _HowToBuild:
    return _host_recipe(item, compiler) if item.kind == "host" else _kernel_recipe(item, compiler)


def _kernel_recipe(item: Item, compiler: Compiler) -> _HowToBuild:
    """Return how a kernel is built for the CPU that it was built for."""
    cpu = str(item.manifest.get("cpu", {}).get("name", ""))
    check_name(cpu, this_machine())
    settings = dataclasses.replace(find_settings(), cpu=cpu)
    flags = kernel_flags(compiler, settings)
    parts = {
        **_common_parts(item.kind, compiler, flags),
        "flags": digest(flags_part(flags)),
        "source": digest(source_part({SOURCE: _content(item.path / SOURCE).decode("utf-8", "replace")})),
    }
    return _HowToBuild(compiler, flags, None, (), [ABI_HEADER.parent], parts)


def _host_recipe(item: Item, compiler: Compiler) -> _HowToBuild:
    """Return how the host library is built for the NEST that is imported here."""
    told, error = run_aside("from nestml_jit.host.probe import tell_recipe\ntell_recipe()")
    how: dict[str, Any] = {"error": error} if error else json.loads(told)
    if "error" in how:
        raise BuildError(f"NEST cannot be asked: {how['error']}")
    flags, link_flags = how["flags"], how["link_flags"]
    parts = {
        **_common_parts(item.kind, compiler, flags),
        **how["parts"],
        "flags": digest(flags_part([*flags, "link:", *link_flags])),
        "source": digest(source_part({host.SOURCE.name: host.SOURCE.read_text(encoding="utf-8")})),
    }
    return _HowToBuild(compiler, flags, link_flags, how["search_flags"], host.INCLUDE_DIRS, parts)


def _common_parts(kind: str, compiler: Compiler, flags: Sequence[str]) -> dict[str, str]:
    texts = {
        "compiler": compiler.identity,
        "cpu": cpu_part(compiler, flags),
        "environment": environment_part(),
        "headers": files_part(_headers(kind)),
    }
    return {name: digest(text) for name, text in texts.items()}


def _compared(item: Item, how: _HowToBuild) -> Verdict:
    published = _content(item.path / LIBRARY)
    if _rebuilt(item, how) == published:
        return Verdict("identical")
    if _rebuilt(item, how) != _rebuilt(item, how):
        return Verdict("sound", "this compiler gives other bytes each time")
    return Verdict("different", "the same compiler makes another library of it now")


def _rebuilt(item: Item, how: _HowToBuild) -> bytes:
    """Return the library that is made of an entry's source now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if item.kind == "host":
            sources = [host.SOURCE]
        else:
            sources = [folder / SOURCE]
            (folder / SOURCE).write_bytes(_content(item.path / SOURCE))
        build(
            how.compiler,
            sources,
            folder / LIBRARY,
            flags=[*how.flags, *how.search_flags],
            link_flags=how.link_flags,
            include_dirs=how.include_dirs,
        )
        return (folder / LIBRARY).read_bytes()


def _content(path: Path) -> bytes:
    """Return what is in a file of an entry; another user may have made a link or a pipe of it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        return file.read(_LARGEST)
