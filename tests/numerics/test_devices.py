"""NEST's devices and own synapses on our neurons, our static synapse on everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    ALPHA,
    BUILT_IN,
    NEURON,
    STATIC,
    Spikes,
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

SIZE = 4
Connect = Callable[[Any], None]


def poisson(neurons: Any) -> None:
    generator = nest.Create("poisson_generator", params={"rate": 12000.0})
    nest.Connect(generator, neurons, syn_spec={"weight": 50.0, "delay": 1.0})


def noise(neurons: Any) -> None:
    generator = nest.Create("noise_generator", params={"mean": 380.0, "std": 300.0, "start": 20.0})
    nest.Connect(generator, neurons, syn_spec={"weight": 1.5, "delay": 1.0})


def currents(neurons: Any) -> None:
    direct = nest.Create("dc_generator", params={"amplitude": 350.0, "start": 50.0, "stop": 180.0})
    steps = nest.Create(
        "step_current_generator",
        params={"amplitude_times": [10.0, 100.1, 200.0], "amplitude_values": [100.0, -50.0, 500.0]},
    )
    sine = nest.Create("ac_generator", params={"amplitude": 200.0, "frequency": 20.0})
    nest.Connect(direct, neurons, syn_spec={"weight": 1.0, "delay": 2.0})
    nest.Connect(steps, neurons, syn_spec={"weight": 2.0, "delay": 1.0})
    nest.Connect(sine, neurons, syn_spec={"weight": -1.0, "delay": 0.1})


def spike_generator(neurons: Any) -> None:
    """Several spikes at a time, of both signs, at several delays."""
    times = [[1.0, 2.0, 2.1, 30.0, 30.1], [5.0, 5.5, 31.0], [1.0, 7.0, 20.0, 30.5]]
    nest.Connect(generators(times, 1.0), neurons, syn_spec={"weight": 900.0, "delay": 1.0})
    nest.Connect(generators(times, -3.0), neurons, syn_spec={"weight": 100.0, "delay": 2.7})
    nest.Connect(generators(times, 2.0), neurons, syn_spec={"weight": -50.0, "delay": 0.1})
    double = nest.Create(
        "spike_generator", params={"spike_times": [40.0, 60.0], "spike_multiplicities": [3, 5]}
    )
    nest.Connect(double, neurons, syn_spec={"weight": 300.0, "delay": 1.0})


def other_synapses(neurons: Any) -> None:
    """NEST's synapses with dynamics of their own."""
    relay = parrots(trains(10, 80.0, 250.0))
    neurons.I_e = 370.0
    for model in ("tsodyks2_synapse", "bernoulli_synapse", "static_synapse_hom_w", "quantal_stp_synapse"):
        weight = {} if model == "static_synapse_hom_w" else {"weight": 60.0}
        nest.Connect(relay, neurons, syn_spec={"synapse_model": model, "delay": 1.3, **weight})


def random_numbers(neurons: Any) -> None:
    relay = parrots(trains(30, 60.0, 250.0))
    neurons.I_e = 300.0
    spec = {"weight": nest.random.normal(50.0, 20.0), "delay": nest.random.uniform(1.0, 4.0)}
    nest.Connect(relay, neurons, {"rule": "fixed_indegree", "indegree": 20}, spec)


def measure(
    model: str, connect: Connect, threads: int = 1, duration: float = 250.0
) -> tuple[Spikes, np.ndarray]:
    reset(threads=threads)
    neurons = nest.Create(model, SIZE)
    neurons.tau_m = [8.0, 10.0, 12.0, 14.0]
    connect(neurons)
    recorder, meter = record_spikes(neurons), record(neurons)
    nest.Simulate(duration)
    return spikes(recorder, neurons), trace(meter, neurons)


@pytest.mark.parametrize("model", [NEURON, ALPHA])
@pytest.mark.parametrize(
    "connect", [poisson, noise, currents, spike_generator, other_synapses, random_numbers]
)
def test_input(model: str, connect: Connect) -> None:
    """The same seed gives NEST's own neuron the same input in a run of its own."""
    expected, v_expected = measure(BUILT_IN[model], connect)
    found, v_found = measure(model, connect)
    assert expected
    assert found == expected
    assert np.abs(v_found - v_expected).max() <= 1e-9


def test_input_by_two_threads() -> None:
    expected, v_expected = measure(BUILT_IN[NEURON], noise, threads=2)
    found, v_found = measure(NEURON, noise, threads=2)
    assert found == expected
    assert np.abs(v_found - v_expected).max() <= 1e-9


def test_other_recorders() -> None:
    ours, theirs = nest.Create(NEURON, 2), nest.Create("iaf_psc_exp", 2)
    both = ours + theirs
    both.I_e = 500.0
    meter = nest.Create("voltmeter", params={"interval": 0.1})
    nest.Connect(meter, both)
    correlation = nest.Create("correlation_detector", params={"delta_tau": 1.0, "tau_max": 20.0})
    nest.Connect(ours[0], correlation, syn_spec={"receptor_type": 0})
    nest.Connect(theirs[0], correlation, syn_spec={"receptor_type": 1})
    nest.Simulate(200.0)
    potential = trace(meter, both)
    assert np.abs(potential[:, :2] - potential[:, 2:]).max() <= 1e-9
    count = correlation.n_events
    assert count[0] == count[1] > 5
    histogram = np.array(correlation.count_histogram)
    assert histogram[len(histogram) // 2] == count[0]


# --- static synapses ---------------------------------------------------------------------------------


def target_neurons(synapse: str, threads: int = 1) -> list[tuple[Spikes, np.ndarray]]:
    """Connect one network of several neuron models with a static synapse; return what happened."""
    reset(threads=threads)
    populations = [nest.Create(model, 6) for model in (NEURON, ALPHA, "iaf_psc_exp", "iaf_psc_delta")]
    relay = parrots(trains(8, 100.0, 200.0, grid=0.1))
    random = np.random.default_rng(7)
    for population in populations:
        scale = 0.02 if population is populations[-1] else 1.0
        spec = {"synapse_model": synapse, "weight": scale * random.uniform(-150.0, 400.0, (6, 8))}
        nest.Connect(
            relay, population, "all_to_all", {**spec, "delay": random.uniform(0.1, 6.0, (6, 8)).round(1)}
        )
    every = populations[0] + populations[1] + populations[2]
    rule = {"rule": "fixed_total_number", "N": 60}
    nest.Connect(every, every, rule, {"synapse_model": synapse, "weight": -30.0, "delay": 0.4})
    poisson = nest.Create("poisson_generator", params={"rate": 900.0})
    nest.Connect(poisson, every, syn_spec={"synapse_model": synapse, "weight": 100.0})
    watched = [(population, record_spikes(population), record(population)) for population in populations]
    nest.Simulate(200.0)
    return [(spikes(recorder, nodes), trace(meter, nodes)) for nodes, recorder, meter in watched]


@pytest.mark.parametrize("threads", [1, 2])
def test_static_synapse(threads: int) -> None:
    expected, found = target_neurons("static_synapse", threads), target_neurons(STATIC, threads)
    for (our_spikes, ours), (their_spikes, theirs) in zip(found, expected, strict=True):
        assert len(their_spikes) > 20
        assert our_spikes == their_spikes
        assert np.abs(ours - theirs).max() <= 1e-9


@pytest.mark.parametrize("source", [NEURON, "iaf_psc_exp"])
def test_static_synapse_onto_parrots_and_recorders(source: str) -> None:
    neurons = nest.Create(source, 3, params={"I_e": 500.0})
    neurons.C_m = [200.0, 250.0, 300.0]
    relay = nest.Create("parrot_neuron", 3)
    ignoring = nest.Create("parrot_neuron", 3)
    spec = {"synapse_model": STATIC, "delay": 2.5}
    nest.Connect(neurons, relay, "one_to_one", spec)
    nest.Connect(neurons, ignoring, "one_to_one", {**spec, "receptor_type": 1})
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder, syn_spec={"synapse_model": STATIC})
    relayed, ignored = record_spikes(relay), record_spikes(ignoring)
    expected = record_spikes(neurons)
    nest.Simulate(100.0)
    sent = spikes(expected, neurons)
    assert len(sent) > 10
    assert spikes(recorder, neurons) == sent
    late = [(round(time + 2.5, 6), index) for time, index in sent if time + 2.5 < 99.0]
    assert [(round(time, 6), index) for time, index in spikes(relayed, relay) if time < 99.0] == late
    assert ignored.n_events == 0


def test_static_synapse_from_devices_that_record() -> None:
    ours = nest.Create(NEURON, 2, params={"I_e": 500.0})
    meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 0.1})
    nest.Connect(meter, ours, syn_spec={"synapse_model": STATIC})
    current = nest.Create("dc_generator", params={"amplitude": 100.0})
    nest.Connect(current, ours, syn_spec={"synapse_model": STATIC, "weight": 2.0})
    other = nest.Create("iaf_psc_exp", 2, params={"I_e": 500.0})
    current = nest.Create("dc_generator", params={"amplitude": 100.0})
    nest.Connect(current, other, syn_spec={"weight": 2.0})
    expected = record(other)
    nest.Simulate(50.0)
    assert np.abs(trace(meter, ours) - trace(expected, other)).max() <= 1e-9


def test_nests_plasticity_on_our_neurons() -> None:
    """Weights of NEST's plastic synapses depend on the history that our neuron keeps for them."""
    populations = [nest.Create(model, 5, params={"I_e": 390.0}) for model in (NEURON, "iaf_psc_exp")]
    relay = parrots(trains(20, 40.0, 1000.0))
    models = ("stdp_synapse", "stdp_triplet_synapse", "stdp_pl_synapse_hom", "stdp_nn_symm_synapse")
    for population in populations:
        for neuron, tau_minus in zip(population, [15.0, 20.0, 25.0, 30.0, 35.0], strict=True):
            neuron.tau_minus = tau_minus
        for model in models:
            nest.Connect(relay, population, syn_spec={"synapse_model": model, "weight": 20.0, "delay": 1.5})
    recorders = [record_spikes(population) for population in populations]
    nest.Simulate(600.0)
    nest.Simulate(400.0)
    found, expected = (spikes(r, population) for r, population in zip(recorders, populations, strict=True))
    assert found == expected
    assert len(found) > 50
    for model in models:
        ours, theirs = (weights(relay, population, model) for population in populations)
        assert len(set(theirs.values())) > 20
        assert_same_weights(ours, theirs)
