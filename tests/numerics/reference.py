"""Plain-Python references: STDP of one connection from the spike times of both sides, and traces.

The equations are those of the model `stdp_synapse`. Times are in ms; spikes are on a grid, so that
they are compared after rounding to 1e-6 ms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

DEFAULTS: Mapping[str, float] = {
    "lambda": 0.01,
    "alpha": 1.0,
    "tau_tr_pre": 20.0,
    "tau_tr_post": 20.0,
    "mu_plus": 1.0,
    "mu_minus": 1.0,
    "Wmin": 0.0,
    "Wmax": 100.0,
}


def trace_at(
    time: float, spike_times: Iterable[float], tau: float, *, inclusive: bool, start: float = 0.0
) -> float:
    """Return the value of a trace that was `start` at time 0, with or without a spike at this very time."""
    value = start * math.exp(-time / tau)
    for spike in spike_times:
        if spike < time - 1e-6 or (inclusive and spike < time + 1e-6):
            value += math.exp(-(time - spike) / tau)
    return value


def stdp(
    weight: float,
    delay: float,
    pre: Sequence[float],
    post: Sequence[float],
    start: float = 0.0,
    **parameters: float,
) -> float:
    """Return the weight after the last presynaptic spike.

    Parameters
    ----------
    weight, delay
        Of the connection; the delay is dendritic.
    pre, post
        Spike times of the neurons.
    start
        Postsynaptic trace at time 0.
    parameters
        Those that differ from `DEFAULTS`.
    """
    p = {**DEFAULTS, **parameters}
    arrivals = [(round(time + delay, 6), 0, time) for time in post]
    events = sorted(arrivals + [(round(time, 6), 1, time - delay) for time in pre])
    last = max((time for time, is_pre, _ in events if is_pre), default=0.0)
    for time, is_pre, somatic in events:
        if time > last:
            break
        relative = weight / p["Wmax"]
        if is_pre:
            y = trace_at(somatic, post, p["tau_tr_post"], inclusive=False, start=start)
            relative -= p["alpha"] * p["lambda"] * relative ** p["mu_minus"] * y
            weight = max(p["Wmin"], p["Wmax"] * relative)
        else:
            x = trace_at(time, pre, p["tau_tr_pre"], inclusive=False)
            relative += p["lambda"] * (1.0 - relative) ** p["mu_plus"] * x
            weight = min(p["Wmax"], p["Wmax"] * relative)
    return weight
