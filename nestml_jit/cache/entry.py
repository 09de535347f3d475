"""An entry on disk: a folder with a manifest that says what else must be in it.

The manifest is written last before publishing and holds the size and hash of every other file and
of itself. `read` believes nothing that does not agree with it, that is not of the form that readers of
manifests rely on (`manifest`), or that another user could have put there (`guard`).
"""

from __future__ import annotations

import json
import os
import stat
import time
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nestml_jit.cache import guard, image
from nestml_jit.cache.digest import digest, digest_file, digest_open
from nestml_jit.cache.guard import Trust, UntrustedError
from nestml_jit.cache.manifest import FORMAT, MalformedError, checked_content

MANIFEST = "manifest.json"
LIBRARY = "kernel.so"

KINDS_OF_LIBRARIES = frozenset({"host", "kernel"})
"""Kinds of entries that are worth nothing without a library."""

FOR_READERS = frozenset({".cpp", ".log"})
"""Files that no machine reads again: damage to them does no harm."""

_LARGEST_MANIFEST = 64 << 20


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
    """Write the manifest of the finished files in `folder`, which must not change from then on.

    Folders in it are not part of the entry: compilers put there what debuggers read.
    """
    files = {}
    for path in sorted(folder.iterdir()):
        status = path.lstat()
        if not stat.S_ISLNK(status.st_mode):
            path.chmod(stat.S_IMODE(status.st_mode) & ~(stat.S_IWGRP | stat.S_IWOTH))
        if stat.S_ISREG(status.st_mode):
            files[path.name] = {"size": status.st_size, "digest": digest_file(path)}
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
    descriptor = os.open(folder / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(record, indent=1, sort_keys=True))


def read(
    folder: Path,
    kind: str,
    key: str,
    *,
    everything: bool = False,
    trust: Trust | None = None,
    within: int | None = None,
) -> Entry:
    """Return the entry in `folder`.

    Parameters
    ----------
    everything
        Also check the files that are only `FOR_READERS`.
    trust
        Whose files are believed; by default the user's own.
    within
        A descriptor of the folder that `folder` is in, to be preferred to its path.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    BrokenEntryError
        If it is not a sound entry of this kind and key.
    """
    trust = trust or guard.own()
    try:
        descriptor = guard.open_folder(folder if within is None else folder.name, trust, within)
    except UntrustedError as error:
        raise BrokenEntryError(str(error)) from error
    try:
        content = _read_content(descriptor, trust)
        if (content["kind"], content["key"]) != (kind, key):
            raise BrokenEntryError("the manifest is another entry's")
        if kind in KINDS_OF_LIBRARIES and LIBRARY not in content["files"]:
            raise BrokenEntryError(f"{LIBRARY} is not in the manifest")
        for name, facts in content["files"].items():
            if everything or Path(name).suffix not in FOR_READERS:
                _check_file(name, facts["size"], facts["digest"], trust, descriptor)
    finally:
        os.close(descriptor)
    return Entry(folder, kind, key, types.MappingProxyType(content["manifest"]), content["created"])


def _read_content(folder: int, trust: Trust) -> dict[str, Any]:
    try:
        descriptor, size = guard.open_file(MANIFEST, trust, folder)
    except FileNotFoundError:
        raise BrokenEntryError("there is no manifest") from None
    except (OSError, UntrustedError) as error:
        raise BrokenEntryError(f"the manifest cannot be read: {error}") from error
    try:
        with open(descriptor, "rb") as file:
            if size > _LARGEST_MANIFEST:
                raise BrokenEntryError("the manifest is too large")
            record = json.loads(file.read(_LARGEST_MANIFEST))
        content = record["content"]
        if digest(_canonical(content)) != record["digest"]:
            raise BrokenEntryError("the manifest was changed")
        return checked_content(content)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, MalformedError) as error:
        raise BrokenEntryError(f"the manifest cannot be read: {error}") from error


def _check_file(name: str, size: int, expected: str, trust: Trust, folder: int) -> None:
    try:
        descriptor, found = guard.open_file(name, trust, folder)
    except UntrustedError as error:
        raise BrokenEntryError(f"{name}: {error}") from error
    except (OSError, ValueError) as error:
        raise BrokenEntryError(f"{name} cannot be read: {error}") from error
    try:
        if found != size:
            raise BrokenEntryError(f"{name} has another size than the manifest says")
        objection = image.objection(descriptor, size) if name == LIBRARY else ""
        if objection:
            raise BrokenEntryError(f"{name} cannot be loaded: {objection}")
        if digest_open(descriptor) != expected:
            raise BrokenEntryError(f"{name} has another content than the manifest says")
    except OSError as error:
        raise BrokenEntryError(f"{name} cannot be read: {error}") from error
    finally:
        os.close(descriptor)


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))
