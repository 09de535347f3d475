"""Our STDP synapse on our neuron against NEST's `stdp_synapse` on NEST's neuron, in one simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    ALPHA,
    BUILT_IN,
    NEURON,
    STDP,
    assert_same_weights,
    generators,
    in_nests_words,
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


class Comparison:
    """A population of ours and one of NEST's, with the same plastic input."""

    def __init__(
        self,
        size: int,
        pre: Any,
        spec: Mapping[str, Any],
        rule: str | Mapping[str, Any] = "all_to_all",
        model: str = NEURON,
    ) -> None:
        self.pre = pre
        self.populations = [nest.Create(name, size) for name in (model, BUILT_IN[model])]
        for population, synapse in zip(self.populations, (STDP, BUILT_IN[STDP]), strict=True):
            named = spec if synapse == STDP else in_nests_words(spec)
            nest.Connect(pre, population, rule, {"synapse_model": synapse, **named})
        self.recorders = [record_spikes(population) for population in self.populations]

    def drive(self, rate: float = 7500.0) -> Comparison:
        """Add Poisson input that lets the neurons fire irregularly."""
        size = len(self.populations[0])
        background = nest.Create("poisson_generator", params={"rate": rate})
        relay = nest.Create("parrot_neuron", size)
        nest.Connect(background, relay)
        for population in self.populations:
            nest.Connect(relay, population, "one_to_one", {"weight": 60.0, "delay": 1.0})
        return self

    def force(self, spike_times: Sequence[Sequence[float]]) -> Comparison:
        """Make the neurons spike soon after the times given."""
        sources = generators(spike_times)
        for population in self.populations:
            population.set({"refr_T" if population[0].model == NEURON else "t_ref": nest.resolution})
            nest.Connect(sources, population, "one_to_one", {"weight": FORCE, "delay": 1.0})
        return self

    def check(self, least_spikes: int = 50) -> list[tuple[float, int]]:
        """Return the spikes of our population, which are those of the other."""
        found, expected = (spikes(r, p) for r, p in zip(self.recorders, self.populations, strict=True))
        assert len(expected) >= least_spikes
        assert found == expected
        ours, theirs = (
            weights(self.pre, population, synapse)
            for population, synapse in zip(self.populations, (STDP, BUILT_IN[STDP]), strict=True)
        )
        assert len(set(theirs.values())) > 1
        assert_same_weights(ours, theirs)
        return found


def poisson_parrots(count: int, rate: float) -> Any:
    source = nest.Create("poisson_generator", params={"rate": rate})
    relay = nest.Create("parrot_neuron", count)
    nest.Connect(source, relay)
    return relay


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("resolution", "delay"), [(0.1, 1.0), (0.1, 1.5), (1.0, 1.0), (1.0, 3.0), (0.1, 0.1)]
)
def test_random_trains(resolution: float, delay: float, threads: int) -> None:
    reset(resolution, threads)
    compared = Comparison(6, poisson_parrots(25, 40.0), {"weight": 40.0, "delay": delay}).drive()
    nest.Simulate(2000.0)
    compared.check(200)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("resolution", [0.1, 1.0])
def test_a_delay_for_every_connection(resolution: float, threads: int) -> None:
    reset(resolution, threads)
    delays = resolution * np.random.default_rng(2).integers(1, int(8 / resolution), (6, 25)).round(6)
    spec = {"weight": np.linspace(20.0, 60.0, 150).reshape(6, 25), "delay": delays.round(6)}
    compared = Comparison(6, poisson_parrots(25, 40.0), spec).drive()
    nest.Simulate(2000.0)
    compared.check(200)


@pytest.mark.parametrize(
    "parameters",
    [
        {"mu_plus": 0.0, "mu_minus": 0.0, "lambda": 0.05, "Wmax": 50.0},
        {"mu_plus": 0.4, "mu_minus": 0.7, "lambda": 0.05, "alpha": 1.1, "Wmax": 90.0, "tau_tr_pre": 15.0},
        {"mu_plus": 0.0, "mu_minus": 1.0, "alpha": 0.0, "Wmax": 45.0, "lambda": 0.0005},
        {"mu_plus": 2.0, "mu_minus": 0.5, "tau_tr_pre": 5.0},
    ],
    ids=["additive", "power law", "up to the bound", "square"],
)
def test_parameters(parameters: Mapping[str, float]) -> None:
    compared = Comparison(6, poisson_parrots(25, 40.0), {"weight": 40.0, "delay": 1.5, **parameters}).drive()
    nest.Simulate(2000.0)
    compared.check(200)


def test_weights_stay_within_their_bounds() -> None:
    alpha = [[0.0] * 10 + [5.0] * 10] * 4
    spec = {"weight": 50.0, "alpha": alpha, "lambda": 0.2, "mu_plus": 0.0, "mu_minus": 0.0}
    compared = Comparison(4, poisson_parrots(20, 60.0), spec).drive()
    nest.Simulate(1000.0)
    compared.check(50)
    values = set(weights(compared.pre, compared.populations[0], STDP).values())
    assert {0.0, 100.0} <= values
    assert all(0.0 <= value <= 100.0 for value in values)


@pytest.mark.parametrize(("resolution", "grid"), [(0.1, 0.1), (0.1, 1.0), (1.0, 1.0)])
def test_spikes_that_meet_at_the_synapse(resolution: float, grid: float) -> None:
    """Dense trains on a coarse grid on both sides: many spikes of both sides arrive at one time."""
    reset(resolution)
    rate = 300.0
    delays = np.array([resolution, 1.0, 2.0, 3.0, 5.0])
    pre_trains = trains(5, rate, 600.0, seed=4, grid=grid)
    pre = parrots(pre_trains)
    spec = {"weight": 30.0, "delay": np.tile(delays, (4, 1)), "lambda": 0.02}
    compared = Comparison(4, pre, spec).force(trains(4, rate, 600.0, seed=5, grid=grid))
    nest.Simulate(600.0)
    found = compared.check(200)
    arriving = {(round(time + delay, 6), index, j) for time, index in found for j, delay in enumerate(delays)}
    sent = {
        (round(time + 1.0, 6), i, j) for j, row in enumerate(pre_trains) for time in row for i in range(4)
    }
    assert len(arriving & sent) > 40


def test_bursts_and_long_silences() -> None:
    """Many spikes of one side between two of the other, and more than 10 s in which nothing happens."""
    reset(0.5)
    burst = [round(100.0 + 2.5 * index, 6) for index in range(300)]
    pre_trains = [
        [50.0, 1500.0, 14000.0, 26000.0],
        [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 12500.0, 12501.0, 12502.5, 26001.0],
        [*burst, 26003.5],
        [1.0, 25990.0],
    ]
    post_trains = [
        [*burst, 13999.0, 13999.5, 14001.0],
        [9.0, 16.0, 12504.0, 25999.0],
        [60.0, 1490.0, 1510.0],
    ]
    spec = {"weight": 30.0, "delay": [[1.0, 2.5, 1.5, 0.5]] * 3, "lambda": 0.05}
    compared = Comparison(3, parrots(pre_trains), spec).force(post_trains)
    nest.Simulate(26010.0)
    compared.check(300)


def test_multapses() -> None:
    reset(threads=2)
    rule = {"rule": "fixed_indegree", "indegree": 30}
    compared = Comparison(5, poisson_parrots(6, 30.0), {"weight": 30.0}, rule)
    # The rule draws other sources for the other population: connect it like ours.
    ours, theirs = compared.populations
    nest.GetConnections(target=theirs, synapse_model="stdp_synapse")
    nest.Disconnect(nest.GetConnections(compared.pre, theirs))
    found = nest.GetConnections(compared.pre, ours)
    sources, targets = (
        np.array(found.source),
        np.array(found.target) - ours[0].global_id + theirs[0].global_id,
    )
    ones = np.ones(len(sources))
    spec = {"synapse_model": "stdp_synapse", "weight": 30.0 * ones, "delay": ones}
    nest.Connect(sources, targets, "one_to_one", spec)
    compared.drive()
    nest.Simulate(1000.0)
    compared.check()
    assert max(number for _pre, _post, number in weights(compared.pre, ours, STDP)) > 3


@pytest.mark.parametrize("threads", [1, 2])
def test_recurrent_connections_and_autapses(threads: int) -> None:
    reset(threads=threads)
    ran = []
    for model, synapse in ((NEURON, STDP), ("iaf_psc_exp", "stdp_synapse")):
        reset(threads=threads)
        neurons = nest.Create(model, 8, params={"I_e": 376.0})
        neurons.C_m = np.linspace(200.0, 300.0, 8).tolist()
        spec = {"synapse_model": synapse, "weight": 45.0, "delay": 1.7, "lambda": 0.1}
        nest.Connect(neurons, neurons, "all_to_all", spec)
        nest.Connect(parrots(trains(8, 100.0, 1000.0)), neurons, syn_spec={"weight": 20.0, "delay": 1.0})
        recorder, meter = record_spikes(neurons), record(neurons)
        nest.Simulate(1000.0)
        found = weights(neurons, neurons, synapse)
        ran.append((spikes(recorder, neurons), trace(meter, neurons), found))
    (our_spikes, ours, our_weights), (their_spikes, theirs, their_weights) = ran
    assert len(their_spikes) > 300
    assert our_spikes == their_spikes
    assert np.abs(ours - theirs).max() <= 1e-9
    assert_same_weights(our_weights, their_weights)


def test_two_neuron_models_under_one_synapse_model() -> None:
    pre = poisson_parrots(20, 40.0)
    spec = {"weight": 40.0, "delay": 1.5, "lambda": 0.05}
    both = [Comparison(5, pre, spec, model=model).drive() for model in (NEURON, ALPHA)]
    nest.Simulate(1000.0)
    for compared in both:
        compared.check()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_divided_simulation(threads: int) -> None:
    def run(durations: Sequence[float]) -> tuple[Any, Any]:
        reset(threads=threads)
        pre = parrots(trains(20, 50.0, 500.0, grid=0.1))
        compared = Comparison(4, pre, {"weight": 40.0, "delay": 1.5, "lambda": 0.05})
        compared.force(trains(4, 40.0, 500.0, seed=9))
        for duration in durations:
            nest.Simulate(duration)
        found = compared.check()
        return found, weights(pre, compared.populations[0], STDP)

    assert run([500.0]) == run([0.1, 0.3, 99.6, 1.0, 55.5, 143.5, 200.0])


def test_plastic_input_beside_static_and_inhibitory_input() -> None:
    pre = poisson_parrots(20, 40.0)
    compared = Comparison(5, pre, {"weight": 40.0, "delay": 1.5}).drive(12000.0)
    for population, static in zip(
        compared.populations, ("static_synapse_nestml", "static_synapse"), strict=True
    ):
        spec = {"synapse_model": static, "weight": -30.0, "delay": 0.8}
        nest.Connect(pre, population, "all_to_all", spec)
        nest.Connect(population, population, "all_to_all", {**spec, "weight": 15.0})
    nest.Simulate(1000.0)
    compared.check()
