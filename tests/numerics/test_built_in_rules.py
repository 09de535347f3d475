"""All rules that NEST has, too, in one network: delays of 1, 5 and 10 ms, and many spikes that meet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    BUILT_IN,
    NEURON,
    STATIC,
    Spikes,
    assert_same_weights,
    generators,
    nest,
    parrots,
    record_spikes,
    reset,
    spikes,
    trains,
    weights,
)
from tests.numerics.test_synapse_library import FORCE, PAIRS, PLASTIC, Rule

DURATION = 600.0
PRE, POST = 6, 3
DELAYS = np.array([[1.0, 5.0, 10.0, 1.0, 5.0, 10.0], [5.0, 10.0, 1.0] * 2, [10.0, 1.0, 5.0] * 2])

STDP_PARAMETERS = {"tau_tr_pre": 15.0, "tau_tr_post": 25.0, "lambda": 0.03, "alpha": 1.1, "mu_plus": 0.5}
RULES = {
    **PLASTIC,
    "inhibitory": replace(
        PLASTIC["inhibitory"], parameters={**PLASTIC["inhibitory"].parameters, "eta": 0.02, "Wmax": 90.0}
    ),
    "pairs": Rule("stdp_synapse_nestml", "stdp_synapse", PAIRS, STDP_PARAMETERS),
    "static": Rule(STATIC, "static_synapse", {}),
    "short-term": Rule("tsodyks_synapse_nestml", "tsodyks_synapse", {}, {"tau_fac": 50.0, "tau_rec": 200.0}),
    "modulated": Rule("neuromodulated_stdp_synapse", "stdp_dopamine_synapse", {}),
}
SAME = {("static", "weight"), ("short-term", "weight"), ("modulated", "n")}
"""What all connections agree in."""

STATES = {"short-term": ("weight", "u", "x", "y"), "modulated": ("weight", "c", "n")}


def dense(count: int, seed: int, after: float) -> list[list[float]]:
    """Return trains on a grid of 1 ms; those of both sides often meet."""
    return [[time for time in row if time > after] for row in trains(count, 80.0, DURATION, seed=seed)]


def modulation() -> Any:
    transmitter = nest.Create("volume_transmitter")
    nest.Connect(parrots(trains(2, 20.0, DURATION, seed=9)), transmitter)
    return transmitter


class Pair:
    """Neurons of ours and of NEST's, with the same input by synapses of the same rule."""

    def __init__(self, name: str, pre: Any, force: Any) -> None:
        self.name, self.pre = name, pre
        rule = RULES[name]
        tau = {"tau_minus": rule.parameters["tau"]} if "tau" in rule.parameters else rule.nests_neuron()
        self.sides = []
        for model, spec, params in (
            (NEURON, rule.spec(), {"refr_T": nest.resolution}),
            (BUILT_IN[NEURON], rule.nests_spec(), {"t_ref": nest.resolution, **tau}),
        ):
            post = nest.Create(model, POST, params=params)
            nest.Connect(pre, post, syn_spec={**spec, "weight": 40.0, "delay": DELAYS})
            nest.Connect(force, post, "one_to_one", {"weight": FORCE, "delay": 1.0})
            self.sides.append((post, spec["synapse_model"], record_spikes(post)))

    def check(self) -> Spikes:
        """Return our neurons' spikes, which are those of NEST's neurons, as variables of connections are."""
        found, expected = (spikes(recorder, post) for post, _, recorder in self.sides)
        assert found == expected, self.name
        for variable in STATES.get(self.name, ("weight",)):
            ours, theirs = (weights(self.pre, post, synapse, variable) for post, synapse, _ in self.sides)
            assert_same_weights(ours, theirs, 1e-9)
            assert (len(set(theirs.values())) > 5) == ((self.name, variable) not in SAME)
        return found


@pytest.mark.parametrize(
    ("resolution", "threads"), [(0.1, 1), (0.1, 2), (0.25, 4), (0.5, 1), (1.0, 2), (1.0, 4)]
)
def test_random_trains(resolution: float, threads: int) -> None:
    reset(resolution, threads)
    transmitter = modulation()
    for model in ("neuromodulated_stdp_synapse", "stdp_dopamine_synapse"):
        nest.SetDefaults(model, {"volume_transmitter": transmitter, "A_plus": 0.02, "A_minus": 0.02})
    # NEST's nearest-neighbour rules act as if there had been a presynaptic spike at time 0
    pre_trains = [[1.0, *row] for row in dense(PRE, 3, after=5.0)]
    pre = parrots(pre_trains)
    # neurons spike in the step in which the input that forces them arrives, so that they do on the grid
    force = generators([[round(time - resolution, 6) for time in row] for row in dense(POST, 8, after=5.0)])
    pairs = [Pair(name, pre, force) for name in RULES]
    nest.Simulate(250.0)
    nest.Simulate(DURATION - 250.0)
    for pair in pairs:
        found = pair.check()
        assert meetings(found, pre_trains) > 50, pair.name


def meetings(found: Spikes, pre_trains: list[list[float]]) -> int:
    """Count the postsynaptic spikes that reach a synapse together with a presynaptic one."""
    sent = [{round(time + 1.0, 6) for time in row} for row in pre_trains]
    return sum(round(time + DELAYS[j, i], 6) in sent[i] for time, j in found for i in range(PRE))
