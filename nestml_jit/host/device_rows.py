"""NEST's table of connections to devices, which is kept small for neurons of ours."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_INT, _IDS, _NUMBER = ctypes.c_int, ctypes.c_void_p, ctypes.c_uint64

SIGNATURES: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "nj_put_rows_aside": (_INT, (_INT, _INT)),
    "nj_put_rows_back": (_INT, ()),
    "nj_fill_rows": (_INT, (_IDS, _NUMBER)),
    "nj_doubt_connections": (None, (_INT,)),
    "nj_has_devices": (_INT, (_NUMBER, _NUMBER)),
}


class DeviceRows:
    """The table's rows of our neurons, which stay empty until they are needed.

    Parameters
    ----------
    library
        The host library.
    check
        Raises the host's last error if it is given something that is true.
    """

    def __init__(self, library: ctypes.CDLL, check: Callable[[int], None]) -> None:
        self._library, self._check = library, check

    @contextlib.contextmanager
    def creating(self, *, ours: bool) -> Iterator[None]:
        """Keep rows empty while NEST creates nodes; `ours` says whether these are neurons of ours."""
        with self._aside(True, ours):
            yield

    @contextlib.contextmanager
    def registering(self) -> Iterator[None]:
        """Keep rows empty while NEST comes to know further synapse models."""
        with self._aside(False, False):
            yield

    @contextlib.contextmanager
    def _aside(self, creating: bool, ours: bool) -> Iterator[None]:
        self._check(self._library.nj_put_rows_aside(creating, ours))
        try:
            yield
        finally:
            self._check(self._library.nj_put_rows_back())

    @contextlib.contextmanager
    def doubting(self) -> Iterator[None]:
        """Let NEST find that connections of a kernel that was reset are no more."""
        self._library.nj_doubt_connections(1)
        try:
            yield
        finally:
            self._library.nj_doubt_connections(0)

    def has_devices(self, first_id: int, last_id: int) -> bool:
        """Return whether any of the nodes from the first to the last is a device."""
        return bool(self._library.nj_has_devices(first_id, last_id))

    def fill(self, ids: Any) -> None:
        """Let nodes be connected to devices; `ids` is a contiguous array of uint64."""
        self._check(self._library.nj_fill_rows(ids.ctypes.data, len(ids)))

    def fill_all(self) -> None:
        """Let all nodes be connected to devices."""
        self._check(self._library.nj_fill_rows(None, 0))
