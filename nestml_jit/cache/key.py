"""Keys: what an entry depends on, as named parts.

Each part is hashed by itself and then all of them together, so that no part can run into the next
one, and so that two keys can be compared part by part. A part must name *everything* of its kind
that may change the result; what cannot change the result must stay out.
"""

from __future__ import annotations

import os
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.cache.digest import digest
from nestml_jit.cache.memo import Memo, stamp_text

KEY_VERSION = "3"
"""Changes when the meaning of a part changes without a change of its name."""

CODE_SUFFIXES = (".cpp", ".h", ".j2", ".jinja", ".lark", ".py")
"""Files of this package that decide what is generated."""


@dataclass(frozen=True)
class Key:
    """The name of an entry, and what it was made from.

    Attributes
    ----------
    name
        The name, which is unique.
    parts
        The hash of each part.
    request
        The hash of those parts that say what is wanted, if others say how it is made.
    """

    name: str
    parts: Mapping[str, str]
    request: str = ""

    def __str__(self) -> str:
        return self.name


def make_key(parts: Mapping[str, str | bytes]) -> Key:
    """Hash named parts; their order does not matter.

    Raises
    ------
    ValueError
        If a name is empty or has characters other than letters, digits, "-", "_" and ".".
    """
    for name in parts:
        if not name or not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise ValueError(f"{name!r} is no name for a part of a key")
    digests = {name: digest(parts[name]) for name in sorted(parts)}
    lines = "".join(f"{name} {value}\n" for name, value in digests.items())
    return Key(digest(f"key {KEY_VERSION}\n{lines}"), types.MappingProxyType(digests))


def differing_parts(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the names of the parts in which two keys differ, sorted."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def flags_part(flags: Sequence[str]) -> str:
    """Return exact compiler flags as a part: order matters, and so do blanks inside a flag."""
    return "\0".join(flags)


def files_part(files: Mapping[str, Path]) -> str:
    """Return a part for the contents of files under the names that they are included by."""
    return "".join(f"{name}\0{digest(files[name].read_bytes())}\n" for name in sorted(files))


def code_fingerprint(package: Path, memo: Memo) -> str:
    """Return a hash of the code in a package folder (`CODE_SUFFIXES`).

    Contents are read only if a file's time, size or path changed since the hash was last noted.
    """
    files = sorted(_code_files(str(package), ""))
    stamps = digest("\n".join([f"{name}\0{stamps}" for name, stamps in files]))

    def read() -> str:
        return digest(files_part({name: package / name for name, _stamps in files}))

    return memo.recall(f"code {package}", stamps, read)


def _code_files(folder: str, below: str) -> Iterator[tuple[str, str]]:
    """Iterate over the files of code: their names in the package, and stamps of their versions."""
    with os.scandir(folder) as listing:
        for item in listing:
            if item.is_dir():
                if item.name != "__pycache__":
                    yield from _code_files(item.path, f"{below}{item.name}/")
            elif item.name.endswith(CODE_SUFFIXES):
                yield below + item.name, stamp_text(item.stat())
