"""Folders in which entries are made, and which of them are dead.

A builder holds a lock on its draft as long as it lives, so that what a dead one left is known without a
clock: those of several machines differ. Locks of another machine may be invisible here; its drafts, and those
on file systems without locks, are left alone for some time, by the clock of the file system.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nestml_jit.cache.lock import acquire, is_free

DOOMED = "removed-"
"""Prefix of the names of folders that are being removed."""

_LOCK, _NEW_LOCK, _ENTRY = "lock", "new-lock", "entry"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_LOOK = 1.0
"""Seconds, and more than enough: others hold a draft's lock while they look whether it is held."""
_MINUTE, _HOUR, _DAY, _WEEK = 60.0, 3600.0, 86400.0, 7 * 86400.0


@contextlib.contextmanager
def draft(building: Path, name: str) -> Iterator[Path]:
    """Give an empty folder for an entry, which is gone, or moved, in the end.

    Parameters
    ----------
    building
        The folder of all drafts; other users may not write to it.
    name
        How the draft's name begins.
    """
    place = Path(tempfile.mkdtemp(prefix=f"{name}-{os.getpid()}-", dir=building))
    try:
        with _alive(place):
            (place / _ENTRY).mkdir(mode=0o700)
            yield place / _ENTRY
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def _alive(place: Path) -> Iterator[None]:
    """Hold the lock of a draft. The file has its name only once it is locked: unlocked means dead."""
    descriptor = os.open(place / _NEW_LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with contextlib.suppress(OSError):
            os.write(descriptor, _machine().encode())
            if acquire(descriptor, _LOOK):
                os.rename(place / _NEW_LOCK, place / _LOCK)
        yield
    finally:
        os.close(descriptor)


def remove_dead(building: Path) -> int:
    """Remove the drafts whose builders are dead; return how many that were."""
    return sum(_is_dead(path) and remove(path) for path in listed(building))


def _is_dead(path: Path) -> bool:
    if path.name.startswith(DOOMED):
        return True
    for name, patience in ((_LOCK, 0.0), (_NEW_LOCK, _MINUTE)):
        try:
            if not is_free(path / name):
                return False
            is_ours = (path / name).read_text(encoding="utf-8", errors="replace") == _machine()
            patience = patience if is_ours else _DAY
        except FileNotFoundError:
            continue
        except OSError:  # locks do not work here
            patience = _WEEK
        return patience == 0 or age(path) > patience
    return age(path) > _HOUR


def _machine() -> str:
    """Return what tells a machine whose locks are seen here from others."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return platform.node()


def age(path: Path) -> float:
    """Return the seconds since a thing was changed, by the clock of its file system; 0 if unknown."""
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            return os.fstat(file.fileno()).st_mtime - path.lstat().st_mtime
    except OSError:
        return 0.0


def listed(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted; nothing if it cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def remove(path: Path) -> bool:
    """Remove a thing of whatever kind, without following links; return whether it is gone."""
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    return not os.path.lexists(path)
