"""Which NEST it is: everything of an installation that the host library is compiled against.

A version does not tell: a NEST that is built again, with other options or a patch, has the same one. What is
dear to find out is noted, together with times and sizes of the files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from nestml_jit.cache import Memo
from nestml_jit.cache.digest import digest, digest_file
from nestml_jit.cache.image import build_id
from nestml_jit.cache.memo import stamp, stamp_text
from nestml_jit.host.installation import Installation

_LIBRARIES = ("libnest", "libmodels", "libsli", "librandom")
"""How the names of NEST's own libraries begin, which are not one with the kernel in each build."""


def headers(include: Path, memo: Memo) -> str:
    """Return a hash of all headers in NEST's folder of headers, wherever that is."""
    found = sorted(_files(str(include), ""))
    stamps = digest("\n".join([f"{name}\0{stamps}" for name, stamps in found]))

    def read() -> str:
        return digest("".join(f"{name}\0{digest_file(include / name)}\n" for name, _stamps in found))

    return memo.recall(f"headers in {include}", stamps, read)


def _files(folder: str, below: str) -> Iterator[tuple[str, str]]:
    """Iterate over the files below a folder: their names, and what tells their versions apart unread."""
    with os.scandir(folder) as listing:
        for item in listing:
            name = below + item.name
            if item.is_dir():
                yield from _files(item.path, f"{name}/")
            else:
                yield name, stamp_text(item.stat())


def libraries(installation: Installation, memo: Memo) -> str:
    """Return what tells builds of NEST's own libraries apart: names that linkers gave them, or hashes."""
    if installation.kernel is None:
        return ""
    found = [installation.kernel, *_companions(installation.include.parents[1])]
    return "".join(f"{path.name} {_identity(path, memo)}\n" for path in found)


def _companions(prefix: Path) -> Iterator[Path]:
    for folder in ("lib", "lib/nest", "lib64", "lib64/nest"):
        place = prefix / folder
        names = sorted(os.listdir(place)) if place.is_dir() else []
        yield from (place / name for name in names if name.startswith(_LIBRARIES) and ".so" in name)


def _identity(path: Path, memo: Memo) -> str:
    given = build_id(path)
    if given:
        return given
    return memo.recall(f"content of {path}", stamp(path.stat()), lambda: digest_file(path))


def boost(include: Path) -> str:
    """Return the version of Boost's headers in a folder."""
    try:
        text = (include / "boost" / "version.hpp").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(r'^#define BOOST_LIB_VERSION "([^"]*)"', text, re.M)
    return found[1] if found else digest(text)
