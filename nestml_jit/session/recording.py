"""What a recorder has recorded as NumPy arrays: `nest.jit.recording`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nestml_jit.host.recordings import EVENTS, OFFSETS, SAMPLES, SENDERS, STEPS, TIMES, HostRecording

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AXES = ("times", "senders", "offsets")


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


def recording(host: HostRecording | None, events: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a recorder has recorded; see `nest.jit.recording`.

    Parameters
    ----------
    host
        Where it is; None if NEST alone has recorded so far.
    events
        Returns it as NEST shows it, for what the host does not keep.
    """
    if host is not None and host.kind == EVENTS:
        return _joined([_events(host, thread) for thread in range(host.threads)])
    if host is not None and host.kind == SAMPLES:
        return _of_stretches(list(_stretches(host)), host.is_in_steps)
    found = {name: np.asarray(values) for name, values in events().items()}
    return found if set(found) <= set(_AXES) else of_events(found)


def _events(host: HostRecording, thread: int) -> dict[str, NDArray[Any]]:
    """Return the events on a thread: times, senders, and offsets if times are in steps."""
    senders = np.asarray(host.events(thread, SENDERS)).view(np.int64)
    if not host.is_in_steps:
        return {"times": np.asarray(host.events(thread, TIMES)), "senders": senders}
    steps, offsets = (np.asarray(host.events(thread, column)) for column in (STEPS, OFFSETS))
    return {"times": steps.view(np.int64), "offsets": offsets, "senders": senders}


def _stretches(host: HostRecording) -> Iterator[Stretch]:
    """Yield the stretches of samples, as far as NEST shows them."""
    for number in itertools.count():
        found = host.samples_size(number)
        if found is None:
            return
        (samples, neurons), names = found
        senders, steps, times = np.empty(neurons, np.int64), np.empty(samples, np.int64), np.empty(samples)
        host.samples_axes(number, senders, steps, times)
        values = {
            name: np.asarray(host.samples(number, place))[: samples * neurons].reshape(samples, neurons)
            for place, name in enumerate(names)
        }
        yield Stretch(senders, steps, times, values)


def _joined(parts: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Join the events of threads; those of a single one stay where they are."""
    if len(parts) == 1:
        return dict(parts[0])
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _of_stretches(stretches: Sequence[Stretch], in_steps: bool) -> dict[str, NDArray[Any]]:
    """Return samples as matrices; those of a single stretch stay where they are."""
    some = [stretch for stretch in stretches if len(stretch.times)] or list(stretches[-1:])
    if not some:
        return {"times": np.empty(0), "senders": np.empty(0, np.int64)}
    times = np.concatenate([stretch.steps if in_steps else stretch.times for stretch in some])
    if len(some) == 1:
        return {"times": times, "senders": some[0].senders, **some[0].values}
    senders = _in_order(np.concatenate([stretch.senders for stretch in some]))
    matrices = {name: np.full((len(times), len(senders)), np.nan) for name in some[0].values}
    begin = 0
    for stretch in some:
        end = begin + len(stretch.times)
        columns = _places(senders, stretch.senders)
        for name, matrix in matrices.items():
            matrix[begin:end, columns] = stretch.values[name]
        begin = end
    return {"times": times, "senders": senders, **matrices}


def of_events(events: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return samples that are listed one by one as matrices.

    >>> found = of_events({"times": np.array([1.0, 2.0, 1.0]), "senders": np.array([4, 4, 3]),
    ...                    "V_m": np.array([-70.0, -69.0, -60.0])})
    >>> found["senders"], found["V_m"]
    (array([4, 3]), array([[-70., -60.],
           [-69.,  nan]]))
    """
    times, rows = np.unique(events["times"], return_inverse=True)
    senders = _in_order(events["senders"])
    columns = _places(senders, events["senders"])
    found = {"times": times, "senders": senders}
    for name in (name for name in events if name not in _AXES):
        found[name] = np.full((len(times), len(senders)), np.nan)
        found[name][rows, columns] = events[name]
    return found


def _in_order(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each ID once, in the order of their first places."""
    unique, first = np.unique(ids, return_index=True)
    return unique[np.argsort(first)]


def _places(senders: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the positions of IDs among all senders."""
    order = np.argsort(senders)
    return order[np.searchsorted(senders[order], ids)]
