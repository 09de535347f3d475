"""Where the cache is, and whether it can be trusted.

Who can write to a cache can run code as whoever reads it. So the writable root must belong to the
user and be closed to writing by others, and a read-only root must not be open to everybody.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.cache.errors import CacheError

CACHE_VARIABLE = "NESTML_JIT_CACHE"
PATH_VARIABLE = "NESTML_JIT_CACHE_PATH"


@dataclass(frozen=True)
class Roots:
    """The folders of a cache: read-only ones are searched first, in their order."""

    writable: Path
    readonly: tuple[Path, ...] = ()


def find_roots(environ: Mapping[str, str] = os.environ) -> Roots:
    """Return the roots that the environment names, else the platform's user cache folder.

    Without a home, or with one that cannot be written to, a folder of the user's own among the temporary
    files takes its place; a cache in that home is still read.
    """
    readonly = tuple(_absolute(name) for name in environ.get(PATH_VARIABLE, "").split(os.pathsep) if name)
    named = environ.get(CACHE_VARIABLE, "")
    if named:
        return Roots(_absolute(named), readonly)
    home = _user_cache()
    if home is not None and _can_write(home):
        return Roots(home, readonly)
    if home is not None and home.is_dir():
        readonly = (*readonly, home)
    return Roots(Path(tempfile.gettempdir()) / f"nestml_jit-{os.geteuid()}", readonly)


def _absolute(name: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(name)))


def _user_cache() -> Path | None:
    import platformdirs  # 2 ms that nobody who names a folder need wait for

    folder = platformdirs.user_cache_dir("nestml_jit", appauthor=False)
    return Path(folder) if os.path.isabs(folder) else None


def _can_write(folder: Path) -> bool:
    """Whether a folder can be written to, or made; nothing is made to find out."""
    while not os.path.lexists(folder):
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def make_private(root: Path) -> None:
    """Make sure that `root` exists, and is private.

    Raises
    ------
    CacheError
        If it cannot be made or must not be used.
    """
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        root.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CacheError(
            f"cannot make the cache folder {root}: {error.strerror}; "
            f"set {CACHE_VARIABLE} to a folder that you can write to"
        ) from error
    check_private(root)


def check_private(root: Path) -> None:
    """Raise `CacheError` unless `root` is a folder that only the user can write to."""
    status = _status(root)
    if status.st_uid != os.geteuid():
        raise CacheError(
            f"the cache folder {root} belongs to another user (uid {status.st_uid}), who could make "
            f"you run any code: set {CACHE_VARIABLE} to a folder of your own"
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CacheError(
            f"others may write to the cache folder {root} (mode {stat.S_IMODE(status.st_mode):04o}), and "
            f"could make you run any code: chmod go-w it, or set {CACHE_VARIABLE} to another folder"
        )
    _check_executable(root, CACHE_VARIABLE)


def check_readonly(root: Path) -> None:
    """Raise `CacheError` unless `root` is a folder that not everybody can write to."""
    status = _status(root)
    if status.st_mode & stat.S_IWOTH:
        raise CacheError(
            f"everybody may write to the cache folder {root} (mode {stat.S_IMODE(status.st_mode):04o}), and "
            f"could make you run any code: chmod o-w it, or take it out of {PATH_VARIABLE}"
        )
    _check_executable(root, PATH_VARIABLE)


def _status(root: Path) -> os.stat_result:
    try:
        status = root.stat()
    except OSError as error:
        raise CacheError(f"cannot use the cache folder {root}: {error.strerror}") from error
    if not stat.S_ISDIR(status.st_mode):
        raise CacheError(f"the cache folder {root} is not a folder")
    return status


def _check_executable(root: Path, variable: str) -> None:
    forbidden: int = getattr(os, "ST_NOEXEC", 0)
    if os.statvfs(root).f_flag & forbidden:
        raise CacheError(
            f"the cache folder {root} is on a file system that is mounted without permission to execute "
            f"(noexec): point {variable} elsewhere"
        )
