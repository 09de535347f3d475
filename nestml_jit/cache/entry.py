"""An entry on disk: a folder with a manifest that says what else must be in it.

The manifest is written last before publishing and holds the size and hash of every other file and
of itself. `read` believes nothing that does not agree with it.
"""

from __future__ import annotations

import json
import time
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nestml_jit.cache.digest import digest, digest_file

MANIFEST = "manifest.json"
LIBRARY = "kernel.so"
FORMAT = 1

FOR_READERS = frozenset({".cpp", ".log"})
"""Files that no machine reads again: damage to them does no harm."""


class BrokenEntryError(Exception):
    """An entry is not what its manifest says; the text says where."""


@dataclass(frozen=True)
class Entry:
    """A published entry.

    Attributes
    ----------
    path
        Its folder.
    kind, key
        What it was published as.
    manifest
        What its maker noted about it.
    created
        When it was published, in seconds since 1970.
    """

    path: Path
    kind: str
    key: str
    manifest: Mapping[str, Any]
    created: float

    @property
    def library(self) -> Path:
        """The compiled library of an entry that has one."""
        return self.path / LIBRARY


def write_manifest(folder: Path, kind: str, key: str, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of the finished files in `folder`."""
    files = {
        str(path.relative_to(folder)): {"size": path.stat().st_size, "digest": digest_file(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    content = {
        "format": FORMAT,
        "kind": kind,
        "key": key,
        "created": time.time(),
        "files": files,
        "manifest": dict(manifest),
    }
    text = _canonical(content)
    record = {"digest": digest(text), "content": content}
    (folder / MANIFEST).write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")


def read(folder: Path, kind: str, key: str, *, everything: bool = False) -> Entry:
    """Return the entry in `folder`.

    Parameters
    ----------
    everything
        Also check the files that are only `FOR_READERS`.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    BrokenEntryError
        If it is not a sound entry of this kind and key.
    """
    content = _read_content(folder)
    if (content["format"], content["kind"], content["key"]) != (FORMAT, kind, key):
        raise BrokenEntryError("the manifest is another entry's")
    for name, facts in content["files"].items():
        if everything or Path(name).suffix not in FOR_READERS:
            _check_file(folder / name, facts["size"], facts["digest"])
    return Entry(folder, kind, key, types.MappingProxyType(content["manifest"]), content["created"])


def _read_content(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / MANIFEST).read_bytes())
        content: dict[str, Any] = record["content"]
        if digest(_canonical(content)) != record["digest"]:
            raise BrokenEntryError("the manifest was changed")
    except FileNotFoundError:
        folder.stat()
        raise BrokenEntryError("there is no manifest") from None
    except NotADirectoryError:
        raise BrokenEntryError("it is not a folder") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BrokenEntryError(f"the manifest cannot be read: {error}") from error
    return content


def _check_file(path: Path, size: int, expected: str) -> None:
    try:
        if path.stat().st_size != size:
            raise BrokenEntryError(f"{path.name} has another size than the manifest says")
        if digest_file(path) != expected:
            raise BrokenEntryError(f"{path.name} has another content than the manifest says")
    except OSError as error:
        raise BrokenEntryError(f"{path.name} cannot be read: {error}") from error


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))
