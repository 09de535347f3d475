"""The library's synapses against NEST's built-in ones: the same spikes on both sides, weights compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    BUILT_IN,
    NEURON,
    assert_same_weights,
    generators,
    nest,
    parrots,
    record,
    record_spikes,
    reset,
    spikes,
    trace,
    trains,
    weights,
)

FORCE = 20000.0
"""Weight in pA that makes a neuron spike within a step or two after each input."""

DURATION = 1000.0


@dataclass(frozen=True)
class Rule:
    """A model of ours and the built-in one that means the same.

    Attributes
    ----------
    ours, theirs
        Names of the models.
    names
        What NEST calls our parameters; those of the neuron are marked by `post.`.
    parameters
        Values that differ from the defaults, under our names.
    """

    ours: str
    theirs: str
    names: Mapping[str, str]
    parameters: Mapping[str, float] = field(default_factory=dict)

    def spec(self) -> dict[str, Any]:
        return {"synapse_model": self.ours, **self.parameters}

    def nests_spec(self) -> dict[str, Any]:
        own = {self.names.get(key, key): value for key, value in self.parameters.items()}
        return {"synapse_model": self.theirs} | {k: v for k, v in own.items() if not k.startswith("post.")}

    def nests_neuron(self) -> dict[str, float]:
        named = {self.names.get(key, key): value for key, value in self.parameters.items()}
        return {key[5:]: value for key, value in named.items() if key.startswith("post.")}


PAIRS = {"tau_tr_pre": "tau_plus", "tau_tr_post": "post.tau_minus"}
NEAREST = {"tau_tr_pre": 15.0, "tau_tr_post": 25.0, "lambda": 0.03, "alpha": 1.2, "Wmax": 60.0}
TRIPLET = {
    "tau_plus": "tau_plus",
    "tau_x": "tau_plus_triplet",
    "tau_minus": "post.tau_minus",
    "tau_y": "post.tau_minus_triplet",
    "A2_plus": "Aplus",
    "A3_plus": "Aplus_triplet",
    "A2_minus": "Aminus",
    "A3_minus": "Aminus_triplet",
}
PLASTIC = {
    "symmetric": Rule("stdp_nn_symm_synapse_nestml", "stdp_nn_symm_synapse", PAIRS, NEAREST),
    "symmetric, exponents": Rule(
        "stdp_nn_symm_synapse_nestml",
        "stdp_nn_symm_synapse",
        PAIRS,
        {**NEAREST, "mu_plus": 0.4, "mu_minus": 0.7},
    ),
    "restricted": Rule("stdp_nn_restr_symm_synapse", "stdp_nn_restr_synapse", PAIRS, NEAREST),
    "centered": Rule("stdp_nn_pre_centered_synapse_nestml", "stdp_nn_pre_centered_synapse", PAIRS, NEAREST),
    "triplet": Rule(
        "stdp_triplet_synapse_nestml",
        "stdp_triplet_synapse",
        TRIPLET,
        {
            "tau_plus": 16.8,
            "tau_x": 101.0,
            "tau_minus": 33.7,
            "tau_y": 125.0,
            "A2_plus": 0.05,
            "A3_plus": 0.2,
            "A2_minus": 0.3,
            "A3_minus": 0.1,
            "Wmax": 60.0,
        },
    ),
    "inhibitory": Rule(
        "vogels_sprekeler_synapse_nestml",
        "vogels_sprekeler_synapse",
        {"tau": "tau"},
        {"tau": 20.0, "eta": 0.5, "alpha": 1.1, "Wmax": 60.0},
    ),
}


def simulate(rule: Rule, delay: float, start: float = 40.0) -> list[dict[tuple[int, int, int], float]]:
    """Return the weights of our connections and of NEST's after the same spikes."""
    # Each train begins before any postsynaptic spike: NEST's nearest-neighbour rules act as if there had
    # been a presynaptic spike at time 0.
    pre = parrots([[1.0, *(time for time in row if time > 5.0)] for row in trains(12, 30.0, DURATION)])
    late = trains(5, 25.0, DURATION, seed=8)
    force = generators([[time for time in row if time > 5.0] for row in late])
    found, trains_seen = [], []
    tau_minus = {"tau_minus": rule.parameters["tau"]} if "tau" in rule.parameters else rule.nests_neuron()
    for name, spec, refractory, more in (
        (NEURON, rule.spec(), "refr_T", {}),
        (BUILT_IN[NEURON], rule.nests_spec(), "t_ref", tau_minus),
    ):
        post = nest.Create(name, 5, params={refractory: nest.resolution, **more})
        nest.Connect(pre, post, syn_spec={**spec, "weight": start, "delay": delay})
        nest.Connect(force, post, "one_to_one", {"weight": FORCE, "delay": 1.0})
        found.append((pre, post, spec["synapse_model"]))
        trains_seen.append((record_spikes(post), post))
    nest.Simulate(DURATION)
    ours, theirs = (spikes(*pair) for pair in trains_seen)
    assert ours == theirs
    assert len(ours) > 80
    return [weights(*one) for one in found]


@pytest.mark.parametrize("delay", [1.0, 5.0, 10.0])
@pytest.mark.parametrize("name", PLASTIC)
def test_weights(name: str, delay: float) -> None:
    ours, theirs = simulate(PLASTIC[name], delay)
    assert len(set(theirs.values())) > 10
    assert_same_weights(ours, theirs, 1e-9)


@pytest.mark.parametrize(("resolution", "threads"), [(0.1, 2), (1.0, 1), (0.5, 4)])
@pytest.mark.parametrize("name", PLASTIC)
def test_other_resolutions_and_threads(name: str, resolution: float, threads: int) -> None:
    reset(resolution, threads)
    ours, theirs = simulate(PLASTIC[name], 2.0)
    assert_same_weights(ours, theirs, 1e-9)


def test_an_inhibitory_weight_keeps_its_sign() -> None:
    rule = PLASTIC["inhibitory"]
    negative = Rule(rule.ours, rule.theirs, rule.names, {**rule.parameters, "Wmax": -60.0})
    ours, theirs = simulate(negative, 1.0, start=-40.0)
    assert max(theirs.values()) <= 0.0
    assert min(theirs.values()) < -1.0
    assert_same_weights(ours, theirs, 1e-9)


TSODYKS = [
    {},
    {"tau_fac": 500.0, "U": 0.1, "u": 0.1, "tau_rec": 100.0},
    {"tau_fac": 50.0, "U": 0.3, "u": 0.0, "x": 0.8, "y": 0.1, "tau_psc": 2.0, "tau_rec": 400.0},
]


def short_term(parameters: Mapping[str, float], spike_times: Sequence[Sequence[float]]) -> list[Any]:
    """Return connections and membrane potentials of both sides."""
    pre = parrots(spike_times)
    result = []
    for name, synapse in ((NEURON, "tsodyks_synapse_nestml"), (BUILT_IN[NEURON], "tsodyks_synapse")):
        post = nest.Create(name, 3)
        spec = {"synapse_model": synapse, "weight": 300.0, "delay": 1.5, **parameters}
        nest.Connect(pre, post, syn_spec=spec)
        result.append((nest.GetConnections(pre, post, synapse), record(post), post))
    nest.Simulate(DURATION)
    return result


def by_ends(connections: Any, name: str) -> list[float]:
    """Return values by target and source: NEST lists those of the thread that is ready first at first."""
    found = connections.get(["target", "source", name])
    return [found[name][index] for index in np.lexsort((found["source"], found["target"]))]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("parameters", TSODYKS, ids=["depressing", "facilitating", "both"])
def test_tsodyks(parameters: Mapping[str, float], threads: int) -> None:
    reset(threads=threads)
    ours, theirs = short_term(parameters, trains(6, 20.0, DURATION))
    for name in ("u", "x", "y"):
        assert np.allclose(by_ends(ours[0], name), by_ends(theirs[0], name), rtol=1e-9, atol=1e-12), name
    assert np.ptp(trace(theirs[1], theirs[2])) > 1.0
    assert np.allclose(trace(ours[1], ours[2]), trace(theirs[1], theirs[2]), rtol=0, atol=1e-9)


def test_states_follow_parameters_that_are_given() -> None:
    pre, post = nest.Create("parrot_neuron"), nest.Create(NEURON)
    model = "tsodyks_synapse_nestml"
    nest.Connect(pre, post, syn_spec={"synapse_model": model, "U": 0.1})
    nest.Connect(pre, post, syn_spec={"synapse_model": model, "U": 0.1, "u": 0.9})
    assert nest.GetConnections(pre, post).get("u") == [0.1, 0.9]
    nest.CopyModel(model, "following", {"U": 0.2})
    assert nest.GetDefaults("following", "u") == 0.2
    nest.SetDefaults("following", {"u": 0.7})
    nest.SetDefaults("following", {"U": 0.3})
    assert nest.GetDefaults("following", "u") == 0.7
    nest.Connect(pre, post, syn_spec={"synapse_model": "following", "U": 0.4})
    connection = nest.GetConnections(pre, post, "following")
    assert connection.u == 0.7
    connection.U = 0.6
    assert connection.u == 0.7
