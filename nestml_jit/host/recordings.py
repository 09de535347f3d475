"""What recorders have recorded in memory, in the host library."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nestml_jit.host.columns import Memory

if TYPE_CHECKING:
    from numpy.typing import NDArray

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

_SENDERS, _TIMES, _STEPS, _OFFSETS = range(4)


@dataclass(frozen=True)
class Stretch:
    """Samples of the same neurons.

    Attributes
    ----------
    senders
        Node IDs of the neurons.
    steps, times
        When the samples were taken, in steps and in ms.
    values
        For each name a matrix with a row per sample and a column per neuron.
    """

    senders: NDArray[np.int64]
    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]


class HostRecording:
    """What a recorder has recorded. Large arrays look at the host's memory, and are read-only.

    Parameters
    ----------
    library
        The host library.
    check
        Raises the host's last error if it is given something that is true.
    device
        Node ID of the recorder.
    """

    def __init__(self, library: ctypes.CDLL, check: Callable[[int], None], device: int) -> None:
        self._library, self._check, self._device = library, check, device
        self.kind = library.nj_recording_kind(device)
        check(self.kind < 0)

    @property
    def is_in_steps(self) -> bool:
        """Whether times are kept in steps."""
        return bool(self._library.nj_recorded_in_steps(self._device))

    def events(self) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield the events of each thread: times, senders, and offsets if times are in steps."""
        in_steps = self.is_in_steps
        for thread in range(self._library.nj_threads()):
            senders = self._events(thread, _SENDERS).view(np.int64)
            if in_steps:
                steps, offsets = (self._events(thread, column) for column in (_STEPS, _OFFSETS))
                yield {"times": steps.view(np.int64), "offsets": offsets, "senders": senders}
            else:
                yield {"times": self._events(thread, _TIMES), "senders": senders}

    def _events(self, thread: int, column: int) -> NDArray[np.float64]:
        return self._column(self._library.nj_recorded_events, thread, column)

    def _column(self, function: Callable[..., int], *where: int) -> NDArray[np.float64]:
        data, size, memory = ctypes.c_void_p(), ctypes.c_uint64(), ctypes.c_void_p()
        self._check(function(self._device, *where, *map(ctypes.byref, (data, size, memory))))
        assert memory.value is not None
        # NumPy asks for an address even if there is nothing to look at.
        return np.asarray(Memory(self._library, memory.value, data.value or memory.value, size.value))

    def samples(self) -> Iterator[Stretch]:
        """Yield the stretches of samples, as far as NEST shows them."""
        for number in itertools.count():
            samples, neurons = ctypes.c_uint64(), ctypes.c_uint64()
            found = self._library.nj_samples_size(
                self._device, number, *map(ctypes.byref, (samples, neurons))
            )
            self._check(found < 0)
            if not found:
                return
            names = self._library.nj_returned().decode().splitlines()
            yield self._stretch(number, (samples.value, neurons.value), names)

    def _stretch(self, number: int, shape: tuple[int, int], names: list[str]) -> Stretch:
        senders, steps = (np.empty(size, np.int64) for size in (shape[1], shape[0]))
        times = np.empty(shape[0])
        axes = (array.ctypes.data for array in (senders, steps, times))
        self._check(self._library.nj_samples_axes(self._device, number, *axes))
        values = {}
        for place, name in enumerate(names):
            column = self._column(self._library.nj_samples_values, number, place)
            values[name] = column[: shape[0] * shape[1]].reshape(shape)
        return Stretch(senders, steps, times, values)
