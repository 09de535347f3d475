"""Letting others read a prewarmed root. Who may write to it does not change."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from nestml_jit.cache.store import LAYOUT, entry_folders

_READ = stat.S_IRGRP | stat.S_IROTH
_SEARCH = stat.S_IXGRP | stat.S_IXOTH


def let_read(root: Path) -> None:
    """Open the entries of a root to those who may read new files of this user (see `umask`)."""
    mask = os.umask(0o077)
    os.umask(mask)
    base = root / LAYOUT
    folders = list(entry_folders(base))
    for path in (root, base, *{folder.parent for folder in folders}, *folders):
        _open(path, (_READ | _SEARCH) & ~mask)
    for folder in folders:
        for path in folder.iterdir():
            _open(path, _READ & ~mask)


def _open(path: Path, more: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode | more != mode:
        path.chmod(mode | more)
