"""Connections that are made between two simulations: what a neuron's past means to them.

As with NEST's neurons a past begins when the first plastic synapse is connected to the neuron, and belongs to
the neuron: a connection that comes later finds the postsynaptic trace as it is, whoever keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    BUILT_IN,
    NEURON,
    STDP,
    assert_same_weights,
    generators,
    index_of,
    nest,
    parrots,
    reset,
    trains,
    weights,
)

FORCE = 20000.0


@pytest.fixture(autouse=True)
def moving_again() -> Iterator[None]:
    yield
    nest.jit.configure(NEURON, move=True)


class Sides:
    """A population of ours and one of NEST's; early sources, and late ones, silent until 205 ms."""

    def __init__(self, threads: int, move: bool) -> None:
        reset(threads=threads)
        nest.set(min_delay=1.0, max_delay=6.0)
        nest.jit.configure(NEURON, move=move)
        self.early = parrots(trains(2, 60.0, 600.0))
        self.late = parrots([[time + 205.0 for time in row] for row in trains(3, 80.0, 390.0, seed=8)])
        force = generators(trains(3, 60.0, 600.0, seed=4))
        self.sides = []
        for model, synapse in ((NEURON, STDP), (BUILT_IN[NEURON], "stdp_synapse")):
            refractory = {"refr_T" if model == NEURON else "t_ref": 0.1}
            post = nest.Create(model, 3, params=refractory)
            nest.Connect(force, post, "one_to_one", {"weight": FORCE, "delay": 1.0})
            self.sides.append((post, synapse))

    def connect(self, sources: Any, some: slice, **spec: Any) -> None:
        for post, synapse in self.sides:
            nest.Connect(sources, post[some], syn_spec={"synapse_model": synapse, "weight": 40.0, **spec})

    def assert_same(self) -> None:
        made = [nodes for nodes in (self.early, self.late) if nest.GetConnections(nodes)]
        for sources in made:
            ours, theirs = (by_delay(sources, post, synapse) for post, synapse in self.sides)
            assert_same_weights(ours, theirs, 1e-10)
        assert len(theirs) >= 3
        assert 40.0 not in theirs.values()


def by_delay(sources: Any, post: Any, synapse: str) -> dict[tuple[int, int, float], float]:
    """Return weights by source, target and delay: the order of multapses is not NEST's."""
    found = nest.GetConnections(sources, post, synapse).get(["source", "target", "delay", "weight"])
    columns = found["source"], index_of(post, found["target"]), found["delay"]
    keys = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
    return dict(zip(keys, found["weight"], strict=True))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("move", [True, False])
@pytest.mark.parametrize("before", ["none", "all", "another neuron"])
def test_the_past_is_the_neurons(before: str, move: bool, threads: int) -> None:
    sides = Sides(threads, move)
    if before != "none":
        sides.connect(sides.early, slice(0, 3) if before == "all" else slice(0, 1), delay=2.0)
    nest.Simulate(205.0)
    for delay in (1.0, 5.0):
        sides.connect(sides.late, slice(0, 3), delay=delay)
    if before == "all":
        nest.GetConnections(sides.late)  # NEST sorts connections before it shows them
    nest.Simulate(150.0)
    sides.connect(sides.late[:1], slice(1, 2), delay=3.0)
    nest.Simulate(245.0)
    sides.assert_same()


@pytest.mark.parametrize("threads", [1, 2])
def test_connections_that_turn_out_to_differ(threads: int) -> None:
    """From then on connections keep the trace: the others, and those that come later, do not notice."""
    sides = Sides(threads, True)
    sides.connect(sides.early, slice(0, 3), delay=2.0, weight=5e-4, Wmax=1e-3)  # no spike depends on them
    nest.Simulate(100.0)
    odd = nest.GetConnections(sides.early[0], sides.sides[0][0][0], STDP)
    odd.tau_tr_post = 7.0
    nest.Simulate(105.0)
    sides.connect(sides.late, slice(0, 3), delay=2.0)
    nest.Simulate(395.0)
    ours, theirs = (weights(sides.late, post, synapse) for post, synapse in sides.sides)
    assert_same_weights(ours, theirs, 1e-10)
    early, builtin = (weights(sides.early, post, synapse) for post, synapse in sides.sides)
    assert abs(early.pop((0, 0, 0)) - builtin.pop((0, 0, 0))) > 1e-8
    assert_same_weights(early, builtin, 1e-10)


def test_what_is_given_counts() -> None:
    """A trace that is given is not replaced by the neuron's, nor is one with another time constant."""
    sides = Sides(1, False)
    post, synapse = sides.sides[0]
    sides.connect(sides.early, slice(0, 3))
    nest.Simulate(205.0)
    spec = {"synapse_model": synapse, "weight": 40.0}
    nest.Connect(sides.late[:1], post[:1], syn_spec={**spec, "post_trace": 3.0})
    nest.Connect(sides.late[1:2], post[:1], syn_spec={**spec, "tau_tr_post": 7.0})
    nest.Connect(sides.late[2:], post[:1], syn_spec=spec)
    found = nest.GetConnections(sides.late, post[:1], synapse)
    nest.Simulate(0.1)
    assert found.get("post_trace")[:2] == [3.0, 0.0]
    assert found.get("post_trace")[2] > 0.5
