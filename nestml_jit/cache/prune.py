"""Remove entries that were not used for long; called by hand only, never while a model is looked up."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.cache import drafts
from nestml_jit.cache.guard import LAYOUT, FolderGuard
from nestml_jit.cache.lock import is_free
from nestml_jit.cache.store import kinds


@dataclass(frozen=True)
class Usage:
    """One entry's folder, its size in bytes, and when it was last used (seconds since 1970).

    The last use is known to a day.
    """

    path: Path
    size: int
    used: float


def usage(guard: FolderGuard) -> list[Usage]:
    """Return what is in a root, sound or broken, the least recently used first."""
    found = []
    for kind in kinds(guard):
        for key in guard.names(kind):
            folder = guard.root / LAYOUT / kind / key
            with contextlib.suppress(OSError):
                found.append(Usage(folder, _size(folder), folder.lstat().st_mtime))
    return sorted(found, key=lambda item: (item.used, str(item.path)))


def select(items: Sequence[Usage], *, now: float, max_age: float | None, max_size: int | None) -> list[Usage]:
    """Return which of `items` (least recently used first) to remove.

    Parameters
    ----------
    max_age
        Seconds since the last use after which an entry goes.
    max_size
        Bytes that the remaining entries may take; the least recently used go first.
    """
    chosen = [item for item in items if max_age is not None and now - item.used > max_age]
    rest = [item for item in items if item not in chosen]
    excess = sum(item.size for item in rest) - max_size if max_size is not None else 0
    for item in rest:
        if excess <= 0:
            break
        chosen.append(item)
        excess -= item.size
    return chosen


def selected(guard: FolderGuard, max_age: float | None, max_size: int | None) -> list[Usage]:
    """Return what `prune` would remove by age and size now."""
    return select(usage(guard), now=_now(guard.root / LAYOUT), max_age=max_age, max_size=max_size)


def prune(guard: FolderGuard, *, max_age: float | None = None, max_size: int | None = None) -> list[Usage]:
    """Remove entries by age and size, and what interrupted builds left; return what was removed.

    A process that has mapped an entry's library keeps it until it ends.

    Parameters
    ----------
    guard
        Of the user's own cache.

    Raises
    ------
    CacheError
        If a folder of the cache must not be trusted.
    """
    if not guard.check():
        return []
    base = guard.root / LAYOUT
    chosen = selected(guard, max_age, max_size)
    for item in chosen:
        # The name goes first, in one step: a half removed entry is never seen.
        doomed = guard.made(LAYOUT, "building") / f"{drafts.DOOMED}{item.path.parent.name}-{item.path.name}"
        with contextlib.suppress(OSError):
            item.path.rename(doomed)
        drafts.remove(doomed)
    drafts.remove_dead(base / "building")
    for path in drafts.listed(base / "broken"):
        drafts.remove(path)
    for path in drafts.listed(base / "locks"):
        with contextlib.suppress(OSError):
            if is_free(path):
                path.unlink()
    return [item for item in chosen if not os.path.lexists(item.path)]


def clear(guard: FolderGuard) -> list[Usage]:
    """Remove all entries and notes; builds that are under way are not disturbed."""
    removed = prune(guard, max_size=0)
    drafts.remove(guard.root / LAYOUT / "notes")
    return removed


def _now(folder: Path) -> float:
    """Return the time by the clock of the file system, which times of use are compared with."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            return os.fstat(file.fileno()).st_mtime
    except OSError:
        return time.time()


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))
