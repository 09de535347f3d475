"""Facts that are dear to find out, noted on disk together with what they depend on.

A memo is never needed: where it cannot be read or written the fact is found out again.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nestml_jit.cache import guard
from nestml_jit.cache.digest import digest
from nestml_jit.cache.guard import UntrustedError

Fact = TypeVar("Fact", str, dict[str, str], list[str])

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_LARGEST = 16 << 20


def stamp(status: os.stat_result) -> list[int]:
    """Return what tells one version of a file from another without reading it.

    The time of the last change of the inode is part of it because installers may set the time of
    modification to a constant.
    """
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_size]


def stamp_text(status: os.stat_result) -> str:
    """Return a `stamp` as a text, which takes less time for hundreds of files."""
    return f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size}"


class Memo:
    """Notes in a private folder, one file each.

    Parameters
    ----------
    folder
        Where notes are kept, or None to keep them in this process only.
    """

    def __init__(self, folder: Callable[[], Path | None] | None = None) -> None:
        self._folder = folder or (lambda: None)
        self._known: dict[str, tuple[object, object]] = {}

    def recall(self, name: str, depends_on: object, find_out: Callable[[], Fact]) -> Fact:
        """Return the fact `name`; find it out if it is not known for `depends_on` (JSON data)."""
        known = self._known.get(name) or self._read(name)
        if known is not None and known[0] == depends_on:
            fact: Fact = known[1]  # type: ignore[assignment]  # JSON gives back what was noted
        else:
            fact = find_out()
            self._write(name, depends_on, fact)
        self._known[name] = (depends_on, fact)
        return fact

    def _path(self, name: str) -> Path | None:
        folder = self._folder()
        return None if folder is None else folder / f"{digest(name)[:32]}.json"

    def _read(self, name: str) -> tuple[object, object] | None:
        path = self._path(name)
        if path is None:
            return None
        try:
            note = json.loads(_content(path))
            known = note["depends_on"], note["fact"]
            return known if note["name"] == name and _is_fact(note["fact"]) else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError, UntrustedError):
            return None

    def _write(self, name: str, depends_on: object, fact: object) -> None:
        path = self._path(name)
        if path is None:
            return
        text = json.dumps({"name": name, "depends_on": depends_on, "fact": fact})
        draft = path.with_name(f".{path.stem}-{os.getpid()}-{threading.get_ident()}")
        with contextlib.suppress(OSError):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            draft.unlink(missing_ok=True)
            with open(os.open(draft, _NEW, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            draft.replace(path)
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _content(path: Path) -> bytes:
    """Return what is in a note of the user's own."""
    trust = guard.own()
    folder = guard.open_folder(path.parent, trust)
    try:
        descriptor, _size = guard.open_file(path.name, trust, folder)
    finally:
        os.close(folder)
    with open(descriptor, "rb") as file:
        return file.read(_LARGEST)


def _is_fact(value: object) -> bool:
    """Whether a value is of one of the types of facts."""
    if isinstance(value, dict):
        return all(isinstance(item, str) for item in value.values())
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    )
