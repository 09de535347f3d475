"""Variables of many connections in the host library."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

_HANDLE, _TEXT, _INT, _NUMBER = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint64

SIGNATURES: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "nj_connections_of": (_HANDLE, (_HANDLE, _NUMBER, _NUMBER)),
    "nj_connections_between": (_HANDLE, (_TEXT, _HANDLE, _NUMBER, _HANDLE, _NUMBER)),
    "nj_connections_drop": (None, (_HANDLE,)),
    "nj_connections_size": (_NUMBER, (_HANDLE,)),
    "nj_connection_id_bytes": (_NUMBER, ()),
    "nj_connections_get": (_INT, (_HANDLE, _TEXT, _HANDLE)),
    "nj_connections_set": (_INT, (_HANDLE, _TEXT, _HANDLE, _INT)),
}


class HostConnections:
    """Variables of connections of one model between neurons of this process, in a certain order.

    All arrays are NumPy arrays, contiguous; values are float64, those of integer variables, node IDs and
    numbers int64. Every call raises an error if the kernel was reset, or connections were made or removed.

    Parameters
    ----------
    library
        The host library.
    check
        Raises the host's last error if it is given something that is true.
    handle
        What the host made of a selection.
    """

    def __init__(self, library: ctypes.CDLL, check: Callable[[int], None], handle: int) -> None:
        self._library, self._check, self._handle = library, check, handle
        self.size = int(library.nj_connections_size(handle))

    def __del__(self) -> None:
        self._library.nj_connections_drop(self._handle)

    def read(self, name: str, values: Any) -> None:
        """Fill an array with a variable's values, or what NEST says of connections, such as "source"."""
        self._check(self._library.nj_connections_get(self._handle, name.encode(), values.ctypes.data))

    def write(self, name: str, values: Any) -> None:
        """Set a variable to the values of an array, or all to its only one; all or nothing."""
        one, pointer = values.shape != (self.size,), values.ctypes.data
        self._check(self._library.nj_connections_set(self._handle, name.encode(), pointer, one))


class ConnectionObjects:
    """PyNEST's objects for connections, whose content only NEST's own functions read, a dictionary each.

    An object ends with NEST's identification of the connection. That is tried once: were it not so, nothing
    would be read from objects.

    Parameters
    ----------
    library
        The host library.
    check
        Raises the host's last error if it is given something that is true.
    identify
        Returns NEST's identification of a connection by its names, for an object.
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        check: Callable[[int], None],
        identify: Callable[[Any], Mapping[str, int]],
    ) -> None:
        self._library, self._check, self._identify = library, check, identify
        self._offset: int | None = None

    def select(self, objects: Any) -> HostConnections | None:
        """Return access to what objects, in a NumPy array, stand for.

        None if any of them is no connection between neurons of one model of ours.
        """
        if self._offset is None:
            self._offset = self._find_offset(objects[0])
        if self._offset < 0:
            return None
        handle = self._library.nj_connections_of(objects.ctypes.data, len(objects), self._offset)
        return None if handle is None else HostConnections(self._library, self._check, handle)

    def _find_offset(self, item: Any) -> int:
        """Return where an object has the identification, -1 if it is not there."""
        size = int(self._library.nj_connection_id_bytes())
        offset = type(item).__basicsize__ - size
        if offset < 0 or size != 5 * ctypes.sizeof(ctypes.c_long):
            return -1
        content = list((ctypes.c_long * 5).from_address(id(item) + offset))
        known = self._identify(item)
        names = ("source", "target", "target_thread", "synapse_id", "port")
        return offset if content == [known[name] for name in names] else -1


def connections_between(
    library: ctypes.CDLL, check: Callable[[int], None], model: str, sources: Any, targets: Any
) -> HostConnections:
    """Return access to the connections of a model between nodes: arrays of uint64, None for all nodes."""
    ends = []
    for ids in (sources, targets):
        ends += [None, 0] if ids is None else [ids.ctypes.data, len(ids)]
    handle = library.nj_connections_between(model.encode(), *ends)
    check(handle is None)
    return HostConnections(library, check, handle)
