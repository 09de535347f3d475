"""Letting others read a prewarmed root. Who may write to it does not change."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from nestml_jit.cache.guard import LAYOUT, FolderGuard
from nestml_jit.cache.store import kinds

_READ = stat.S_IRGRP | stat.S_IROTH
_SEARCH = stat.S_IXGRP | stat.S_IXOTH


def let_read(root: Path) -> None:
    """Open the entries of a root to those who may read new files of this user (see `umask`)."""
    mask = os.umask(0o077)
    os.umask(mask)
    guard = FolderGuard(root, private=True)
    base = guard.root / LAYOUT
    folders = [base / kind / key for kind in kinds(guard) for key in guard.names(kind)]
    for path in (guard.root, base, *{folder.parent for folder in folders}, *folders):
        _open(path, (_READ | _SEARCH) & ~mask)
    for folder in folders:
        for path in folder.iterdir():
            _open(path, _READ & ~mask)


def _open(path: Path, more: int) -> None:
    status = path.lstat()
    mode = stat.S_IMODE(status.st_mode)
    if mode | more != mode and not stat.S_ISLNK(status.st_mode):
        path.chmod(mode | more)
