"""Our neurons against NEST's of the same equations: the same spikes, the same V_m at every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest

from tests.numerics.network import (
    ALPHA,
    BUILT_IN,
    NEURON,
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
)

BOTH = pytest.mark.parametrize("model", [NEURON, ALPHA])
MILLIVOLT = 1e-9

# One neuron each. With another E_L the initial V_m is given: ours follows E_L at creation.
POPULATION: Sequence[Mapping[str, float]] = (
    {},
    {"tau_syn_exc": 10.0, "tau_syn_inh": 10.0},
    {"tau_syn_exc": 10.0},
    {"tau_syn_inh": 10.0, "tau_m": 10.0, "I_e": 300.0},
    {"tau_syn_exc": 9.999, "tau_syn_inh": 9.9},
    {"tau_m": 5.0, "C_m": 200.0, "tau_syn_exc": 1.0, "I_e": 600.0},
    {"tau_m": 30.0, "C_m": 400.0, "tau_syn_exc": 0.5, "tau_syn_inh": 5.0, "refr_T": 3.0, "I_e": 500.0},
    {"E_L": -65.0, "V_m": -65.0, "V_reset": -66.0, "V_th": -50.0},
    {"E_L": -60.0, "V_m": -73.0, "V_reset": -61.0, "refr_T": 1.0},
    {"refr_T": 0.0},
    {"I_e": 376.0, "refr_T": 7.0},
    {"V_th": -69.5, "V_reset": -80.0},
)

Twins = tuple[Any, Any]


def twins(model: str, population: Sequence[Mapping[str, float]]) -> Twins:
    """Create one population of ours and one of NEST's with the same parameters."""
    ours, theirs = nest.Create(model, len(population)), nest.Create(BUILT_IN[model], len(population))
    for a, b, params in zip(ours, theirs, population, strict=True):
        a.set(dict(params))
        b.set(in_nests_words(params))
    return ours, theirs


def drive(*populations: Any, rate: float = 9000.0) -> None:
    """Give neurons at the same position the same Poisson input and a current that is switched."""
    size = len(populations[0])
    sources = []
    for hertz, weight, delay in ((rate, 60.0, 1.0), (rate / 4.5, -70.0, 2.0)):
        generator = nest.Create("poisson_generator", params={"rate": hertz})
        relay = nest.Create("parrot_neuron", size)
        nest.Connect(generator, relay)
        sources.append((relay, weight, delay))
    current = nest.Create("dc_generator", params={"amplitude": 100.0, "start": 200.0, "stop": 500.0})
    for population in populations:
        for relay, weight, delay in sources:
            nest.Connect(relay, population, "one_to_one", {"weight": weight, "delay": delay})
        nest.Connect(current, population)


def watch(*populations: Any) -> list[tuple[Any, Any, Any]]:
    return [(population, record_spikes(population), record(population)) for population in populations]


def assert_twins(watched: Sequence[tuple[Any, Any, Any]], least: int = 100) -> None:
    (ours, our_spikes, our_meter), (theirs, their_spikes, their_meter) = watched
    expected = spikes(their_spikes, theirs)
    assert len(expected) >= least
    assert spikes(our_spikes, ours) == expected
    v_ours, v_theirs = trace(our_meter, ours), trace(their_meter, theirs)
    assert v_ours.shape == v_theirs.shape
    assert np.abs(v_ours - v_theirs).max() <= MILLIVOLT


@BOTH
def test_ten_seconds_of_poisson_input(model: str) -> None:
    populations = twins(model, POPULATION)
    drive(*populations)
    watched = watch(*populations)
    nest.Simulate(10000.0)
    assert_twins(watched, 10000)
    silent = set(range(len(POPULATION))) - {index for _time, index in spikes(watched[0][1], populations[0])}
    assert silent == set()


@BOTH
@pytest.mark.parametrize(("resolution", "threads"), [(0.1, 2), (0.5, 1), (1.0, 1), (1.0, 4), (0.25, 1)])
def test_resolutions_and_threads(model: str, resolution: float, threads: int) -> None:
    reset(resolution, threads)
    populations = twins(model, POPULATION)
    drive(*populations)
    watched = watch(*populations)
    nest.Simulate(1000.0)
    assert_twins(watched)


@BOTH
@pytest.mark.parametrize("resolution", [0.1, 0.2, 0.3, 0.7, 0.025])
def test_every_length_of_the_refractory_period(model: str, resolution: float) -> None:
    reset(resolution)
    lengths = [round(resolution * steps, 6) for steps in range(60)]
    populations = twins(model, [{"refr_T": length, "I_e": 1000.0} for length in lengths])
    watched = watch(*populations)
    nest.Simulate(294.0)
    assert_twins(watched, 900)


def test_more_neurons_than_a_tile_holds() -> None:
    random = np.random.default_rng(5)
    population = [{"tau_m": tau, "I_e": 450.0, "C_m": c} for tau, c in random.uniform(5.0, 300.0, (150, 2))]
    populations = twins(NEURON, population)
    drive(*populations, rate=2000.0)
    watched = watch(*populations)
    nest.Simulate(200.0)
    assert_twins(watched)


def in_pieces() -> None:
    for duration in (0.1, 0.4, 0.5, 36.0, 0.7, 1.1, 61.2, 100.0, 0.3, 99.7):
        nest.Simulate(duration)


def run_many_times() -> None:
    with nest.RunManager():
        for _ in range(30):
            nest.Run(10.0)


def prepare_run_cleanup() -> None:
    nest.Simulate(100.0)
    nest.Prepare()
    nest.Run(50.0)
    nest.Run(50.3)
    nest.Cleanup()
    nest.Prepare()
    nest.Run(99.7)
    nest.Cleanup()


@BOTH
@pytest.mark.parametrize(
    ("threads", "simulate"), [(1, in_pieces), (1, run_many_times), (1, prepare_run_cleanup), (2, in_pieces)]
)
def test_a_divided_simulation_is_the_same_bit_by_bit(
    model: str, threads: int, simulate: Callable[[], None]
) -> None:
    def run(way: Callable[[], None]) -> tuple[Any, np.ndarray]:
        reset(threads=threads)
        neurons = nest.Create(model, 5, params={"I_e": 300.0})
        neurons.tau_m = [5.0, 8.0, 10.0, 12.0, 20.0]
        relay = parrots(trains(5, 400.0, 300.0, grid=0.1))
        nest.Connect(relay, neurons, "all_to_all", {"weight": 100.0, "delay": 1.5})
        nest.Connect(neurons, neurons, "all_to_all", {"weight": -50.0, "delay": 1.0})
        recorder, meter = record_spikes(neurons), record(neurons)
        way()
        assert nest.biological_time == 300.0
        return spikes(recorder, neurons), trace(meter, neurons)

    expected_spikes, expected = run(lambda: nest.Simulate(300.0))
    found_spikes, found = run(simulate)
    assert len(expected_spikes) > 50
    assert found_spikes == expected_spikes
    assert np.array_equal(found, expected)


@BOTH
def test_frozen_neurons_stand_still(model: str) -> None:
    populations = twins(model, [{"I_e": 400.0 + 10.0 * index} for index in range(6)])
    watched = watch(*populations)
    nest.Simulate(43.0)
    for population in populations:
        population[1:4].frozen = True
    before = populations[0].V_m
    nest.Simulate(40.0)
    assert populations[0].V_m[1:4] == before[1:4]
    for population in populations:
        population[1:3].frozen = False
    nest.Simulate(40.0)
    (ours, our_spikes, _), (theirs, their_spikes, _) = watched
    found = spikes(our_spikes, ours)
    assert found == spikes(their_spikes, theirs)
    assert {index for time, index in found if 43.0 < time <= 83.0} == {0, 4, 5}
    assert {index for time, index in found if time > 83.0} == {0, 1, 2, 4, 5}
    assert np.abs(np.subtract(ours.V_m, theirs.V_m)).max() <= MILLIVOLT


def test_a_tile_whose_first_neuron_is_frozen_goes_on() -> None:
    neurons = nest.Create(NEURON, 3, params={"I_e": 500.0})
    neurons[0].frozen = True
    recorder = record_spikes(neurons)
    nest.Simulate(100.0)
    assert {index for _time, index in spikes(recorder, neurons)} == {1, 2}


@BOTH
def test_neurons_created_after_a_first_simulation(model: str) -> None:
    populations = twins(model, [{"I_e": 400.0}, {"tau_m": 7.0}])
    drive(*populations)
    watched = watch(*populations)
    nest.Simulate(150.3)
    later = twins(model, [{"tau_m": 15.0}, {"C_m": 180.0}, {}])
    drive(*later)
    watched_later = watch(*later)
    for new, old in zip(later, populations, strict=True):
        nest.Connect(new, old, syn_spec={"weight": 20.0, "delay": 1.0})
    nest.Simulate(300.0)
    assert_twins(watched)
    assert_twins(watched_later, 20)


def test_multimeter_intervals_and_recordables_of_iaf_psc_exp() -> None:
    ours, theirs = populations = twins(NEURON, POPULATION)
    drive(*populations)
    names = ours[0].get("recordables")
    assert set(names) == {"V_m", "I_syn_exc", "I_syn_inh", "refr_t"}
    fine = record(ours, names, 0.1)
    coarse = record(ours, names, 0.7, start=100.0, stop=250.0)
    shifted = record(ours, names, 1.0, offset=0.3)
    builtin = record(theirs, ["V_m", "I_syn_ex", "I_syn_in"], 0.1)
    nest.Simulate(400.0)

    grid = np.rint(np.unique(fine.events["times"]) * 10).astype(int)
    for meter in (coarse, shifted):
        rows = np.searchsorted(grid, np.rint(np.unique(meter.events["times"]) * 10).astype(int))
        assert len(rows) > 200
        for name in names:
            assert np.array_equal(trace(meter, ours, name), trace(fine, ours, name)[rows]), name
    for name, their_name, sign in (
        ("V_m", "V_m", 1),
        ("I_syn_exc", "I_syn_ex", 1),
        ("I_syn_inh", "I_syn_in", -1),
    ):
        difference = trace(fine, ours, name) - sign * trace(builtin, theirs, their_name)
        assert np.abs(difference).max() <= MILLIVOLT, name
    for name in names:
        assert len(set(trace(fine, ours, name).ravel())) > 10, name


def test_recordables_of_iaf_psc_alpha() -> None:
    ours, theirs = populations = twins(ALPHA, POPULATION)
    drive(*populations)
    names = ours[0].get("recordables")
    fine, builtin = record(ours, names), record(theirs, ["I_syn_ex", "I_syn_in"])
    record_builtin = record(theirs)
    nest.Simulate(400.0)
    current = {
        "I_kernel_exc__X__exc_spikes": trace(builtin, theirs, "I_syn_ex"),
        "I_kernel_inh__X__inh_spikes": -trace(builtin, theirs, "I_syn_in"),
    }
    assert {"V_m", "refr_t", *current} <= set(names)
    for name, expected in current.items():
        assert np.abs(trace(fine, ours, name) - expected).max() <= 1e-9, name
    assert np.abs(trace(fine, ours) - trace(record_builtin, theirs)).max() <= MILLIVOLT


@pytest.mark.parametrize("tau_syn", [10.000001, 10.0001, 9.999])
def test_time_constants_that_are_nearly_equal(tau_syn: float) -> None:
    """NEST's own propagators lose up to eight digits here: V_m is compared with 40 digits of the integral."""
    neuron = nest.Create(ALPHA, params={"tau_syn_exc": tau_syn})
    nest.Connect(generators([[1.0]]), neuron, syn_spec={"weight": 500.0, "delay": 1.0})
    meter = record(neuron)
    nest.Simulate(100.0)

    with mpmath.workdps(40):
        tau, difference = mpmath.mpf(tau_syn), 1 / mpmath.mpf(10) - 1 / mpmath.mpf(tau_syn)

        def v_m(time: mpmath.mpf) -> mpmath.mpf:
            """Convolve w e/tau t exp(-t/tau) with the membrane's exp(-t/10 ms) / (250 pF)."""
            integral = (mpmath.exp(difference * time) * (difference * time - 1) + 1) / difference**2
            return -70 + 500 / mpmath.mpf(250) * mpmath.e / tau * mpmath.exp(-time / 10) * integral

        expected = [float(v_m(mpmath.mpf(step) / 10)) for step in range(0, 900, 7)]
    assert np.abs(trace(meter, neuron)[19 : 19 + 900 : 7, 0] - expected).max() <= MILLIVOLT


@BOTH
def test_initial_values_follow_the_parameters_given_at_creation(model: str) -> None:
    assert nest.Create(model, params={"E_L": -50.0}).V_m == -50.0
    assert nest.Create(model, 3, params={"E_L": [-50.0, -60.0, -65.0]}).V_m == (-50.0, -60.0, -65.0)
    assert nest.Create(model, params={"E_L": -50.0, "V_m": -58.0}).V_m == -58.0
    neuron = nest.Create(model)
    neuron.E_L = -50.0
    assert neuron.V_m == -70.0


@BOTH
def test_the_rest_of_a_period_of_silence(model: str) -> None:
    """A state set by hand decays as it does in NEST, and input of weight zero changes nothing."""
    ours, theirs = twins(model, [{"V_m": -60.0}, {"V_m": -80.0, "tau_m": 3.0}])
    source = generators([[5.0, 10.0]])
    nest.Connect(source, ours + theirs, syn_spec={"weight": 0.0})
    meters = record(ours), record(theirs)
    nest.Simulate(50.0)
    assert np.abs(trace(meters[0], ours) - trace(meters[1], theirs)).max() <= MILLIVOLT
    assert -70.0 < ours[0].V_m < -69.9
