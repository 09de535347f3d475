"""Variables of whole populations in the host library."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_HANDLE, _TEXT, _INT, _UINT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint32
_NUMBERS, _INDICES = ctypes.POINTER(ctypes.c_double), ctypes.POINTER(ctypes.c_uint32)
_SIZE, _ADDRESS = ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_void_p)

SIGNATURES: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "nj_columns_new": (_HANDLE, (_SIZE, ctypes.c_uint64)),
    "nj_columns_drop": (None, (_HANDLE,)),
    "nj_columns_model": (_INT, (_HANDLE,)),
    "nj_returned": (_TEXT, ()),
    "nj_columns_places": (_INT, (_HANDLE, _INDICES, _INDICES)),
    "nj_columns_get": (_INT, (_HANDLE, _TEXT, _NUMBERS)),
    "nj_columns_set": (_INT, (_HANDLE, _TEXT, _NUMBERS, _INT, _INT)),
    "nj_columns_pin": (_INT, (_HANDLE, _TEXT, _UINT, _UINT, _SIZE, _SIZE, _ADDRESS, _ADDRESS)),
    "nj_memory_drop": (None, (_HANDLE,)),
}


class HostColumns:
    """Variables of neurons of one model, in a certain order.

    All arrays are NumPy arrays, contiguous, with one value per neuron; values are float64, those of integer
    variables int64. Every call raises an error if the kernel was reset meanwhile.

    Parameters
    ----------
    library
        The host library.
    check
        Raises the host's last error if it is given something that is true.
    ids
        Node IDs, as uint64.
    """

    def __init__(self, library: ctypes.CDLL, check: Callable[[int], None], ids: Any) -> None:
        self._library, self._check = library, check
        self._handle = library.nj_columns_new(_pointer(ids, _SIZE), len(ids))
        check(self._handle is None)

    def __del__(self) -> None:
        self._library.nj_columns_drop(self._handle)

    def model(self) -> str:
        """Return the model's name."""
        self._check(self._library.nj_columns_model(self._handle))
        return str(self._library.nj_returned().decode())

    def places(self, threads: Any, lanes: Any) -> None:
        """Fill two arrays of uint32: on which thread each neuron is, and where there."""
        pointers = _pointer(threads, _INDICES), _pointer(lanes, _INDICES)
        self._check(self._library.nj_columns_places(self._handle, *pointers))

    def read(self, name: str, values: Any) -> None:
        """Fill an array with a variable's values."""
        self._check(self._library.nj_columns_get(self._handle, name.encode(), _pointer(values, _NUMBERS)))

    def write(self, name: str, values: Any, one: bool) -> None:
        """Set a variable to the values of an array, or all neurons to its only one; all or nothing."""
        pointer, whole = _pointer(values, _NUMBERS), values.dtype.kind == "i"
        self._check(self._library.nj_columns_set(self._handle, name.encode(), pointer, one, whole))

    def memory(self, name: str, thread: int) -> Iterator[tuple[int, Memory]]:
        """Yield the stretches of memory that hold a variable on a thread, and the first lane of each."""
        for index in itertools.count():
            first, lanes = ctypes.c_uint64(), ctypes.c_uint64()
            data, owner = ctypes.c_void_p(), ctypes.c_void_p()
            found = map(ctypes.byref, (first, lanes, data, owner))
            self._check(self._library.nj_columns_pin(self._handle, name.encode(), thread, index, *found))
            if owner.value is None or data.value is None:
                return
            yield first.value, Memory(self._library, owner.value, data.value, lanes.value)


class Memory:
    """Memory of the store that NumPy may look at, read-only, as long as this object lives."""

    def __init__(self, library: ctypes.CDLL, owner: int, data: int, size: int) -> None:
        self._library, self._owner = library, owner
        self.__array_interface__ = {"shape": (size,), "typestr": "<f8", "data": (data, True), "version": 3}

    def __del__(self) -> None:
        self._library.nj_memory_drop(self._owner)


def _pointer(values: Any, type_: Any) -> Any:
    return ctypes.cast(values.ctypes.data, type_)
