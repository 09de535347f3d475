"""Neurons that show what arrives at them in each step."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tests.numerics.network import nest, record, trace

MODEL = "generators_arrivals_neuron"

PAIR, HANDLED = 1, 2
"""Receptors for spikes: weights >= 0 excite and others inhibit, and a port with a handler."""

FIRST, SECOND = 0, 1
"""Receptors for currents."""

TEXT = f"""
model {MODEL}:
    state:
        excited real = 0
        inhibited real = 0
        weight_sum real = 0
        events real = 0
        first real = 0
        second real = 0
    input:
        exc <- excitatory spike
        inh <- inhibitory spike
        handled <- spike
        current pA <- continuous
        other pA <- continuous
    output:
        spike
    onReceive(handled):
        weight_sum += handled * 1 s
        events += 1
    update:
        excited = exc * 1 s
        inhibited = inh * 1 s
        first = current / (1 pA)
        second = other / (1 pA)
"""


@functools.cache
def define() -> None:
    nest.jit.define(TEXT)


def neurons(count: int) -> Any:
    """Return neurons whose port of two signs is receptor `PAIR`."""
    define()
    return nest.Create(MODEL, count)


def generator(rate: float, **more: float) -> Any:
    return nest.Create("poisson_generator", params={"rate": rate, **more})


def to(weight: float = 1.0, delay: float = 1.0, receptor: int = PAIR, model: str = "static_synapse") -> dict:
    """Return what `Connect` is told of connections to these neurons."""
    return {"synapse_model": model, "weight": weight, "delay": delay, "receptor_type": receptor}


def watch(nodes: Any) -> Any:
    return record(nodes, ("excited", "inhibited"))


def watch_currents(nodes: Any) -> Any:
    return record(nodes, ("first", "second"))


def fused_connections() -> int:
    """Return how many connections of generators were taken over in the last simulation."""
    return int(nest._session.host.fused_connections)


def seen(meter: Any, nodes: Any, name: str = "excited") -> np.ndarray:
    """Return what has arrived: [step, node], where row s is for the step from s to s + 1."""
    return trace(meter, nodes, name)
