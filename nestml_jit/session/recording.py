"""What a recorder has recorded as NumPy arrays: `nest.jit.recording`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nestml_jit.host.recordings import EVENTS, SAMPLES, HostRecording, Stretch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AXES = ("times", "senders", "offsets")


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
        return _joined(list(host.events()))
    if host is not None and host.kind == SAMPLES:
        return _of_stretches(list(host.samples()), host.is_in_steps)
    found = {name: np.asarray(values) for name, values in events().items()}
    return found if set(found) <= set(_AXES) else of_events(found)


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
    for name in events.keys() - set(_AXES):
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
