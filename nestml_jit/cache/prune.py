"""Removing what nobody used for long; called by hand only, never while a model is looked up."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.cache.store import LAYOUT, entry_folders, remove_older

_HOUR = 3600.0


@dataclass(frozen=True)
class Usage:
    """One entry's folder, its size in bytes, and when it was last used (seconds since 1970).

    The last use is known to a day.
    """

    path: Path
    size: int
    used: float


def usage(root: Path) -> list[Usage]:
    """Return what is in a root, sound or broken, the least recently used first."""
    found = []
    for folder in entry_folders(root / LAYOUT):
        with contextlib.suppress(OSError):
            found.append(Usage(folder, _size(folder), folder.stat().st_mtime))
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


def prune(root: Path, *, max_age: float | None = None, max_size: int | None = None) -> list[Usage]:
    """Remove entries by age and size, and what interrupted builds left; return what was removed.

    A process that has mapped an entry's library keeps it until it ends.
    """
    chosen = select(usage(root), now=time.time(), max_age=max_age, max_size=max_size)
    for item in chosen:
        # The name goes first, in one step: a half removed entry is never seen.
        doomed = root / LAYOUT / "building" / f"removed-{item.path.parent.name}-{item.path.name}"
        with contextlib.suppress(OSError):
            doomed.parent.mkdir(mode=0o700, exist_ok=True)
            item.path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
    for leftovers in ("building", "broken", "locks"):
        remove_older(root / LAYOUT / leftovers, _HOUR)
    return [item for item in chosen if not item.path.exists()]


def clear(root: Path) -> list[Usage]:
    """Remove all entries and notes; builds that are under way are not disturbed."""
    removed = prune(root, max_size=0)
    for name in ("broken", "notes"):
        shutil.rmtree(root / LAYOUT / name, ignore_errors=True)
    return removed


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))
