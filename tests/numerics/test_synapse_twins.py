"""Synapses that NESTML has no model of, against NEST's built-in ones: all in one simulation.

Plastic weights are compared connection by connection. What draws random numbers is compared with its exact
distribution, and NEST's model with the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    BUILT_IN,
    NEURON,
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

END = 600.0
FORCE = 20000.0
"""Weight in pA that makes a neuron spike within a step or two after each input."""

PLASTIC: Mapping[str, tuple[str, Mapping[str, float], float]] = {
    "stdp_pl_synapse": (
        "stdp_pl_synapse_hom",
        {"lambda": 0.05, "alpha": 0.9, "mu": 0.4, "tau_plus": 15.0, "tau_minus": 25.0},
        20.0,
    ),
    "jonke_synapse": (
        "jonke_synapse",
        {
            "lambda": 0.2,
            "alpha": 0.5,
            "beta": 0.1,
            "mu_plus": -0.05,
            "mu_minus": 0.03,
            "tau_plus": 15.0,
            "tau_minus": 25.0,
            "Wmax": 21.0,
        },
        20.0,
    ),
}
SHORT_TERM: Mapping[str, Mapping[str, float]] = {
    "tsodyks2_synapse": {"U": 0.2, "u": 0.3, "x": 0.9, "tau_rec": 120.0, "tau_fac": 80.0},
    "ht_synapse": {"tau_P": 90.0, "delta_P": 0.3, "P": 0.8},
}
SITES: Mapping[str, float] = {"n": 5, "U": 0.3, "u": 0.5, "tau_rec": 60.0, "tau_fac": 40.0, "weight": 2.0}
CHANCE = {"p_transmit": 0.3, "weight": 2.0}
MANY = 400


class Network:
    """The same network of our models and of NEST's: what it has recorded is read once it has run."""

    def __init__(self, *, ours: bool, times: list[list[float]], force: list[list[float]]) -> None:
        self.ours = ours
        neuron = NEURON if ours else BUILT_IN[NEURON]
        refractory = "refr_T" if ours else "t_ref"
        self.pre = parrots(times)
        self.post = nest.Create(neuron, 4, params={refractory: nest.resolution})
        if not ours:
            self.post.tau_minus = 25.0
        nest.Connect(generators(force), self.post, "one_to_one", {"weight": FORCE, "delay": 1.0})
        self.models = {name: self.plastic(name) for name in PLASTIC}
        self.recorders = {name: self.short_term(name) for name in SHORT_TERM}
        self.silent = nest.Create(neuron, MANY)
        self.single = self.pre[:1]
        self.draws = {
            "quantal_stp_synapse": self.drawing("quantal_stp_synapse", {**SITES, "a": SITES["n"]}),
            "bernoulli_synapse": self.drawing("bernoulli_synapse", CHANCE),
        }
        self.sent = record_spikes(self.single)
        self.spikes = record_spikes(self.post)

    def name(self, model: str) -> str:
        return f"{model}_nestml" if self.ours and model in nest.synapse_models else model

    def plastic(self, name: str) -> str:
        built_in, parameters, weight = PLASTIC[name]
        model = self.name(name) if self.ours else f"{name}_copy"
        own = dict(parameters)
        if not self.ours:
            del own["tau_minus"]
            nest.CopyModel(built_in, model, own)
            own = {}
        nest.Connect(
            self.pre, self.post, syn_spec={"synapse_model": model, "weight": weight, "delay": 2.0, **own}
        )
        return model

    def short_term(self, name: str) -> Any:
        return self.recorded(name, self.pre, self.post, {"weight": 3.0, **SHORT_TERM[name]})

    def drawing(self, name: str, parameters: Mapping[str, float]) -> Any:
        return self.recorded(name, self.single, self.silent, parameters)

    def recorded(self, name: str, pre: Any, post: Any, parameters: Mapping[str, float]) -> Any:
        """Connect, with the emitted weights recorded."""
        recorder, copy = nest.Create("weight_recorder"), f"{name}_{'ours' if self.ours else 'nests'}"
        nest.CopyModel(self.name(name), copy, {"weight_recorder": recorder})
        nest.Connect(pre, post, syn_spec={"synapse_model": copy, "delay": 1.0, **parameters})
        return recorder

    def emitted(self, recorder: Any) -> np.ndarray:
        """Return (time, source, target, weight) of what was emitted, sorted."""
        events = recorder.events
        first = np.array(self.pre.tolist())[0], np.array(self.post.tolist())[0]
        rows = events["times"], events["senders"] - first[0], events["targets"] - first[1], events["weights"]
        found = np.array(rows).T
        return found[np.lexsort(found.T[2::-1])]

    def released(self, name: str) -> np.ndarray:
        """Return the weight that each connection emitted at each spike: one row per spike."""
        events = self.draws[name].events
        stamps = np.round(np.sort(self.sent.events["times"]), 1)
        stamps = stamps[stamps <= END - 1.0]
        found = np.zeros((len(stamps), MANY))
        row = np.searchsorted(stamps, np.round(events["times"], 1))
        found[row, events["targets"] - self.silent[0].global_id] = events["weights"]
        return found


@dataclass(frozen=True)
class Found:
    """What a network has recorded.

    Attributes
    ----------
    spikes
        Of the postsynaptic neurons.
    weights
        Of plastic connections, by model.
    emitted
        Of short-term plasticity, by model: (time, source, target, weight) of each spike.
    released
        Of what draws, by model: the weight that each connection emitted at each spike, one row per spike.
    stamps
        The spikes of the neuron that these connections come from.
    """

    spikes: Spikes
    weights: Mapping[str, Mapping[tuple[int, int, int], float]]
    emitted: Mapping[str, np.ndarray]
    released: Mapping[str, np.ndarray]
    stamps: np.ndarray


def read(network: Network) -> Found:
    stamps = np.sort(network.sent.events["times"])
    return Found(
        spikes(network.spikes, network.post),
        {name: weights(network.pre, network.post, model) for name, model in network.models.items()},
        {name: network.emitted(recorder) for name, recorder in network.recorders.items()},
        {name: network.released(name) for name in network.draws},
        stamps[stamps <= END - 1.0],
    )


@pytest.fixture(scope="module")
def found() -> tuple[Found, Found]:
    """Return what is found with our models and with NEST's."""
    reset(threads=2)
    times = [[1.0, *(time for time in row if time > 5.0)] for row in trains(6, 40.0, END)]
    force = [[time for time in row if time > 5.0] for row in trains(4, 40.0, END, seed=8)]
    both = (Network(ours=True, times=times, force=force), Network(ours=False, times=times, force=force))
    nest.Simulate(END)
    left = nest.GetConnections(both[0].single, both[0].silent, "quantal_stp_synapse_ours").get("a")
    assert set(left) <= set(range(int(SITES["n"]) + 1))
    assert len(set(left)) >= 3
    return read(both[0]), read(both[1])


def test_neurons_spike_alike(found: tuple[Found, Found]) -> None:
    assert found[0].spikes == found[1].spikes
    assert len(found[1].spikes) > 60


@pytest.mark.parametrize("name", PLASTIC)
def test_plastic_weights(found: tuple[Found, Found], name: str) -> None:
    ours, theirs = (one.weights[name] for one in found)
    assert len({round(weight, 6) for weight in theirs.values()}) > 12
    assert_same_weights(ours, theirs, 1e-10)
    if name == "jonke_synapse":  # with a bound
        assert max(theirs.values()) <= 21.0


@pytest.mark.parametrize("name", SHORT_TERM)
def test_weights_of_short_term_plasticity(found: tuple[Found, Found], name: str) -> None:
    ours, theirs = (one.emitted[name] for one in found)
    assert len(theirs) > 300
    assert np.ptp(theirs[:, 3]) > 0.3
    np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-9)


def expected_release(stamps: np.ndarray) -> np.ndarray:
    """Return the probability that a site releases at each spike: it is the same for each, by itself."""
    ready, u, found, last = 1.0, SITES["u"], [], None
    for stamp in stamps:
        if last is not None:
            ready = 1.0 - (1.0 - ready) * np.exp(-(stamp - last) / SITES["tau_rec"])
            u = SITES["U"] + u * (1.0 - SITES["U"]) * np.exp(-(stamp - last) / SITES["tau_fac"])
        found.append(ready * u)
        ready *= 1.0 - u
        last = stamp
    return np.array(found)


@pytest.mark.parametrize("index", [0, 1], ids=["ours", "NEST's"])
def test_release_sites_have_their_distribution(found: tuple[Found, Found], index: int) -> None:
    released = found[index].released["quantal_stp_synapse"] / SITES["weight"]
    probability, n = expected_release(found[index].stamps), SITES["n"]
    assert len(released) > 15
    assert np.array_equal(released, np.round(released))
    variance = n * probability * (1.0 - probability)
    deviation = (released.mean(axis=1) - n * probability) / np.sqrt(variance / MANY)
    assert np.abs(deviation).max() < 4.5
    assert abs(deviation.mean()) < 4.0 / np.sqrt(len(released))
    assert np.mean(released.var(axis=1) / variance) == pytest.approx(1.0, abs=0.1)
    scaled = (released - n * probability[:, None]) / np.sqrt(variance[:, None])
    assert abs(np.mean(scaled[:, :-1] * scaled[:, 1:])) < 5.0 / np.sqrt(scaled.size)  # independent of others


@pytest.mark.parametrize("index", [0, 1], ids=["ours", "NEST's"])
def test_spikes_are_passed_on_with_a_probability(found: tuple[Found, Found], index: int) -> None:
    emitted = found[index].released["bernoulli_synapse"]
    assert set(np.unique(emitted)) == {0.0, CHANCE["weight"]}
    passed, p = emitted > 0, CHANCE["p_transmit"]
    assert abs(passed.mean() - p) < 4.0 * np.sqrt(p * (1 - p) / passed.size)
    for both in (passed[:-1] & passed[1:], passed[:, :-1] & passed[:, 1:]):
        assert abs(both.mean() - p**2) < 6.0 * np.sqrt(p**2 * (1 - p**2) / both.size)
