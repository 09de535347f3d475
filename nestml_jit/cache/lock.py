"""A lock that saves work, and that nothing depends on.

Entries are published by an atomic rename whether or not a lock is held. The lock only keeps two
processes from building the same entry at once. So every failure of locking (a file system without
locks, a time-out) means: go on without.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from nestml_jit.cache.together import is_stopped

_HELD = frozenset({errno.EWOULDBLOCK, errno.EACCES})
_SHORTEST_NAP, _LONGEST_NAP = 0.005, 0.2


@contextlib.contextmanager
def held(path: Path, timeout: float) -> Iterator[bool]:
    """Hold the lock file `path` while the context lasts.

    The kernel releases the lock when its holder dies, however it dies.

    Parameters
    ----------
    timeout
        Seconds to wait for another holder.

    Yields
    ------
    bool
        Whether the lock is held. False after a time-out, or where locks do not work.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        yield False
        return
    try:
        locked = acquire(descriptor, timeout)
        try:
            yield locked
        finally:
            if locked:
                # A process that waits for the removed file, and one that makes a new file, may
                # both go ahead: that costs a second build at worst.
                with contextlib.suppress(OSError):
                    path.unlink()
    finally:
        os.close(descriptor)


def is_free(path: Path) -> bool:
    """Return whether a lock file is free.

    Raises
    ------
    OSError
        If there is no such file, or locks do not work here.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    finally:
        os.close(descriptor)
    return True


def acquire(descriptor: int, timeout: float) -> bool:
    """Lock an open file as soon as it is free; return False if that takes too long or cannot be done."""
    deadline = time.monotonic() + timeout
    nap = _SHORTEST_NAP
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError as error:
            if error.errno not in _HELD:
                return False
        remaining = deadline - time.monotonic()
        if remaining <= 0 or is_stopped():
            return False
        time.sleep(min(nap, remaining))
        nap = min(2 * nap, _LONGEST_NAP)
