"""The figures of NESTML's tutorials, compared with what the equations of their models give.

Each function is given the figures that a notebook has shown, each a list of axes with lists of curves, and
the names that it has defined. It raises an AssertionError if a figure shows something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Curve = tuple[np.ndarray, np.ndarray]
Figure = Sequence[Sequence[Curve]]


def stdp_windows(figures: Sequence[Figure], _names: Mapping[str, Any]) -> None:
    """Weights change by exponentials of the time between spikes, as seen at the synapse 10 ms later."""
    for figure, factor in ((figures[0], -0.5), (figures[1], 1.0)):
        times, changes = figure[0][0]
        gap = times + 10.0
        expected = np.exp(-np.abs(gap) / 20.0) * ((gap > 0.0) + factor * (gap < 0.0))
        np.testing.assert_allclose(changes, expected, atol=0.02)
    times, changes = figures[2][0][0]
    gap = times + 10.0
    assert np.all(changes[np.abs(gap) < 3.5] == 0.0)
    outside = np.abs(gap) > 4.5
    np.testing.assert_allclose(
        changes[outside], (np.sign(gap) * np.exp(-np.abs(gap) / 20.0))[outside], atol=0.02
    )
    times, changes = figures[3][0][0]
    assert changes[0] < 0.0 < np.max(changes)
    np.testing.assert_allclose(changes[:30], changes[0], atol=0.01)


def gl_model(figures: Sequence[Figure], _names: Mapping[str, Any]) -> None:
    """Numbers of spikes in 25 s are as likely as Poisson's."""
    _theory, (potentials, rates) = figures[0][0][:2]
    expected = 25.0 / 27.0 * np.exp((potentials + 51.3) / 1.2)
    assert np.all(np.abs(rates * 25.0 - expected) < 5.0 * np.sqrt(expected) + 1.0)


def inhomogeneous_poisson(figures: Sequence[Figure], names: Mapping[str, Any]) -> None:
    """In each step of 20 ms 100 generators send as many spikes as the rate says."""
    for figure in figures[1:3]:
        times, rates = figure[1][1]
        for begin, amplitude in zip(np.arange(15) * 20.0, names["inp_amplitudes"], strict=True):
            inside = (times > begin + 3.0) & (times < begin + 17.0)
            spikes = amplitude * 1e-3 * 100 * 3.0 * np.sum(inside)
            shown = np.sum(rates[inside]) * 1e-3 * 100 * 3.0
            assert abs(shown - spikes) < 5.0 * np.sqrt(spikes) + 0.02 * spikes + 1.0


def izhikevich(figures: Sequence[Figure], names: Mapping[str, Any]) -> None:
    """Spikes come when the equations, integrated in small steps, say so."""
    v, u, spikes, step = -65.0, 0.0, [], 0.005
    for number in range(round(250.0 / step)):
        current = 25.0 if number * step >= 1.1 else 0.0
        v, u = (
            v + step * (0.04 * v * v + 5.0 * v + 140.0 - u + current),
            u + step * 0.02 * (0.2 * v - u),
        )
        if v >= 30.0:
            v, u = -65.0, u + 8.0
            spikes.append((number + 1) * step)
    shown = np.asarray(names["spike_times"])
    assert len(figures) == 1
    assert abs(len(shown) - len(spikes)) <= 1
    np.testing.assert_allclose(shown[:3], spikes[:3], atol=0.5)


CHECKS: Mapping[str, Callable[[Sequence[Figure], Mapping[str, Any]], None]] = {
    "stdp_windows": stdp_windows,
    "gl_model": gl_model,
    "inhomogeneous_poisson": inhomogeneous_poisson,
    "izhikevich": izhikevich,
}
"""By folder of a tutorial. Others compare their results with references of their own, or are for the eye."""
