"""What recorders have recorded in memory, in the host library."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

from nestml_jit.host.columns import Memory

_INT, _UINT, _ID = ctypes.c_int, ctypes.c_uint32, ctypes.c_uint64
_SIZE, _ADDRESS = ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_void_p)

SIGNATURES: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "nj_recording_kind": (_INT, (_ID,)),
    "nj_recorded_events": (_INT, (_ID, _UINT, _INT, _ADDRESS, _SIZE, _ADDRESS)),
    "nj_recorded_in_steps": (_INT, (_ID,)),
    "nj_samples_size": (_INT, (_ID, _UINT, _SIZE, _SIZE)),
    "nj_samples_axes": (_INT, (_ID, _UINT, *(ctypes.c_void_p,) * 3)),
    "nj_samples_values": (_INT, (_ID, _UINT, _UINT, _ADDRESS, _SIZE, _ADDRESS)),
}

ELSEWHERE, EVENTS, SAMPLES = range(3)
"""How a recorder's events are kept: by NEST only, as columns of events, or as matrices of samples."""

SENDERS, TIMES, STEPS, OFFSETS = range(4)
"""Columns of events."""


class HostRecording:
    """What a recorder has recorded.

    Parameters
    ----------
    library
        The host library.
    check
        Raises the host's last error if it is given something that is true.
    device
        Node ID of the recorder.

    Attributes
    ----------
    kind
        How its events are kept.
    """

    def __init__(self, library: ctypes.CDLL, check: Callable[[int], None], device: int) -> None:
        self._library, self._check, self._device = library, check, device
        self.kind = int(library.nj_recording_kind(device))
        check(self.kind < 0)

    @property
    def is_in_steps(self) -> bool:
        """Whether times are kept in steps."""
        return bool(self._library.nj_recorded_in_steps(self._device))

    @property
    def threads(self) -> int:
        """Number of threads, each of which has events of its own."""
        return int(self._library.nj_threads())

    def events(self, thread: int, column: int) -> Memory:
        """Return a column of the events on a thread; node IDs and steps are int64 there."""
        return self._column(self._library.nj_recorded_events, thread, column)

    def samples_size(self, stretch: int) -> tuple[tuple[int, int], list[str]] | None:
        """Return the numbers of samples and neurons of a stretch, and the names of what is sampled.

        A stretch has samples of the same neurons. Samples that NEST does not show yet do not count. None if
        there is no such stretch.
        """
        samples, neurons = ctypes.c_uint64(), ctypes.c_uint64()
        sizes = map(ctypes.byref, (samples, neurons))
        found = self._library.nj_samples_size(self._device, stretch, *sizes)
        self._check(found < 0)
        if not found:
            return None
        return (samples.value, neurons.value), self._library.nj_returned().decode().splitlines()

    def samples_axes(self, stretch: int, ids: Any, steps: Any, times: Any) -> None:
        """Fill arrays of int64 with node IDs and the samples' steps, and one of float64 with times in ms."""
        arrays = (array.ctypes.data for array in (ids, steps, times))
        self._check(self._library.nj_samples_axes(self._device, stretch, *arrays))

    def samples(self, stretch: int, name: int) -> Memory:
        """Return the values of the name with this number: sample by sample, one per neuron."""
        return self._column(self._library.nj_samples_values, stretch, name)

    def _column(self, function: Callable[..., int], *where: int) -> Memory:
        data, size, memory = ctypes.c_void_p(), ctypes.c_uint64(), ctypes.c_void_p()
        self._check(function(self._device, *where, *map(ctypes.byref, (data, size, memory))))
        assert memory.value is not None
        # NumPy asks for an address even if there is nothing to look at.
        return Memory(self._library, memory.value, data.value or memory.value, size.value)
