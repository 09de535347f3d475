"""What connections show and what is set, at any moment: as of the last presynaptic spike.

Random networks are simulated in pieces; in between values are read and set at random. NEST's built-in rules
show the same; and neither threads, nor how much of the past lies at hand, change a bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import BUILT_IN, NEURON, generators, nest, parrots, reset, weights
from tests.numerics.test_built_in_rules import RULES, STATES, modulation
from tests.numerics.test_synapse_library import FORCE

USUAL = 64
PRE, POST = 8, 3
REWIRED = ("pairs", "triplet", "inhibitory")
"""For NEST's nearest-neighbour rules a new connection has had a presynaptic spike at time 0."""

Read = dict[tuple[int, int, int], float]


@pytest.fixture(autouse=True)
def usual_limit() -> Iterator[None]:
    yield
    limit(USUAL)


def limit(entries: int) -> None:
    nest.Create(NEURON)  # the host is there now
    nest.jit._session.host.set_history_limit(entries)


def drawn_trains(random: np.random.Generator, count: int, duration: float) -> list[list[float]]:
    """Return trains of log-normal rates: some fast, some all but silent."""
    steps = np.arange(2.0, duration)
    rates = np.exp(random.normal(-4.0, 1.5, count)).clip(0.0, 0.2)
    return [steps[random.random(len(steps)) < rate].tolist() for rate in rates]


class Sides:
    """Neurons with the same input by synapses of the same rule, of ours and of NEST's.

    The former are ours, or NEST's as well.
    """

    def __init__(self, name: str, pre: Any, force: Any, delays: np.ndarray, target: str) -> None:
        self.name, self.pre, self.delays, self.target = name, pre, delays, target
        self.changed: dict[str, float] = {}
        self.made = {(i, j) for i in range(PRE) for j in range(POST)}
        rule = RULES[name]
        tau = {"tau_minus": rule.parameters["tau"]} if "tau" in rule.parameters else rule.nests_neuron()
        self.sides = []
        for model, spec, params in (
            (target, rule.spec(), {"refr_T" if target == NEURON else "t_ref": nest.resolution}),
            (BUILT_IN[NEURON], rule.nests_spec(), {"t_ref": nest.resolution, **tau}),
        ):
            post = nest.Create(model, POST, params=params)
            nest.Connect(pre, post, syn_spec={**spec, "weight": 40.0, "delay": delays})
            nest.Connect(force, post, "one_to_one", {"weight": FORCE, "delay": 1.0})
            self.sides.append((post, spec["synapse_model"]))

    def read(self) -> list[Read]:
        """Return what our connections show, which is what NEST's show."""
        shown = []
        for variable in STATES.get(self.name, ("weight",)):
            ours, theirs = (weights(self.pre, post, synapse, variable) for post, synapse in self.sides)
            for key, value in theirs.items():
                assert ours[key] == pytest.approx(value, rel=1e-9, abs=1e-12), (self.name, variable, key)
            shown.append(ours)
        return shown

    def scale(self, random: np.random.Generator) -> None:
        """Set some or all weights to random values, each connection for itself or all at once."""
        size = len(self.made)
        factor, chosen = random.uniform(0.5, 1.5, size), random.random(size) < 0.25
        alike = random.random() < 0.3
        for post, synapse in self.sides:
            found = nest.GetConnections(self.pre, post, synapse_model=synapse)
            if alike:
                found.weight = 40.0 * factor[0]
                continue
            order = np.lexsort((np.array(found.source), np.array(found.target)))
            for place, (index, value) in enumerate(zip(order, factor, strict=True)):
                if chosen[place]:
                    found[int(index)].weight = 40.0 * value

    def change_time_constant(self, random: np.random.Generator) -> None:
        """Change one that all connections of a model share, which may be the neuron's in NEST."""
        rule, factor = RULES[self.name], random.uniform(0.5, 1.5)
        ours = sorted(name for name in rule.names if name.startswith("tau"))
        if not ours or self.target != NEURON or sum(other.ours == rule.ours for other in RULES.values()) > 1:
            return
        name = ours[random.integers(len(ours))]
        (post, synapse), (nests_post, nests) = self.sides
        mine = nest.GetConnections(self.pre, post, synapse_model=synapse)
        value = factor * mine[0].get(name)
        mine.set({name: value})
        self.changed[name] = value
        theirs = rule.names[name]
        if theirs.startswith("post."):
            nests_post.set({theirs.removeprefix("post."): value})
        else:
            nest.GetConnections(self.pre, nests_post, synapse_model=nests).set({theirs: value})
        if name == "tau":
            nests_post.tau_minus = value

    def rewire(self, random: np.random.Generator) -> None:
        """Remove a connection, or make one again that was removed."""
        i, j = int(random.integers(PRE)), int(random.integers(POST))
        if self.name not in REWIRED:
            return
        rule = RULES[self.name]
        rule = replace(rule, parameters={**rule.parameters, **self.changed})
        specs = rule.spec(), rule.nests_spec()
        for (post, synapse), spec in zip(self.sides, specs, strict=True):
            if (i, j) in self.made:
                nest.GetConnections(self.pre[i], post[j], synapse_model=synapse).disconnect()
            else:
                spec = {**spec, "weight": 40.0, "delay": self.delays[j, i]}
                nest.Connect(self.pre[i], post[j], syn_spec=spec)
        self.made ^= {(i, j)}


def run(
    seed: int, threads: int, entries: int, target: str = NEURON
) -> tuple[list[list[Read]], list[np.ndarray]]:
    """Return all that was read, and what it would have been if connections had been up to date."""
    random = np.random.default_rng(seed)
    pieces = [*random.uniform(1.0, 160.0, 6).round(1), 0.1, 20.0]
    reset(threads=threads)
    limit(entries)
    transmitter = modulation()
    for model in ("neuromodulated_stdp_synapse", "stdp_dopamine_synapse"):
        nest.SetDefaults(model, {"volume_transmitter": transmitter, "A_plus": 0.02, "A_minus": 0.02})
    nest.SetDefaults("tsodyks_synapse", {"u": 0.5})  # as ours begins
    # NEST's nearest-neighbour rules act as if there had been a presynaptic spike at time 0
    pre = parrots([[1.0, *row] for row in drawn_trains(random, PRE, sum(pieces))])
    force = generators([[t + 0.9 for t in row] for row in drawn_trains(random, POST, sum(pieces))])
    delays = random.integers(10, 60, (POST, PRE)) / 10
    pairs = [Sides(name, pre, force, delays, target) for name in RULES if name != "static"]
    shown, present = [], []
    for piece in pieces:
        nest.Simulate(piece)
        for pair in pairs:
            shown.append(pair.read())
            if random.random() < 0.5:
                pair.scale(random)
                shown.append(pair.read())
            if random.random() < 0.2:
                pair.change_time_constant(random)
            if random.random() < 0.5:
                pair.rewire(random)
            found = nest.GetConnections(pre, pair.sides[0][0], synapse_model=pair.sides[0][1])
            present.append(np.sort(nest.jit.columns(found, at="now")["weight"]))
    return shown, present


@pytest.mark.parametrize(("seed", "target"), [(1, NEURON), (2, NEURON), (3, BUILT_IN[NEURON])])
def test_nest_shows_the_same_at_any_moment(seed: int, target: str) -> None:
    shown, present = run(seed, 1, USUAL, target)
    for threads, entries in ((2, USUAL), (4, 1)):
        again, now = run(seed, threads, entries, target)
        assert again == shown
        assert all(np.array_equal(one, other) for one, other in zip(present, now, strict=True))
