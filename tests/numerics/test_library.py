"""The neurons of the library against NEST's built-ins of the same name, with the same input.

The numerically integrated ones are simulated once, all neurons of a pair together; the tests look at
different ones of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import generators, nest, record, record_spikes, reset, spikes, trace

Parameters = Mapping[str, float]

_NESTS_NAMES = {
    "refr_T": "t_ref",
    "tau_syn_exc": "tau_syn_ex",
    "tau_syn_inh": "tau_syn_in",
    "tau_exc": "tau_syn_ex",
    "tau_inh": "tau_syn_in",
    "E_exc": "E_ex",
    "E_inh": "E_in",
    "tau_syn_rise_E": "tau_rise_ex",
    "tau_syn_decay_E": "tau_decay_ex",
    "tau_syn_rise_I": "tau_rise_in",
    "tau_syn_decay_I": "tau_decay_in",
    "G_ahp": "g_ahp",
}


@dataclass(frozen=True)
class Pair:
    """A model of ours and how it is compared.

    Attributes
    ----------
    weights
        Excitatory and inhibitory weight of the Poisson input.
    current
        Current in pA that is on from 200 to 500 ms.
    population
        Parameters of neurons with this input.
    base
        Parameters of all neurons where the defaults differ.
    absolute
        Parameters that are relative to E_L here and absolute there.
    theirs
        More parameters of NEST's neurons.
    names
        What is recorded, and NEST's names for it.
    inputs
        The effects of excitatory and inhibitory spikes, and other variables, of the first neuron only.
    currents
        Constant currents in pA of further neurons, without other input.
    silent
        Parameters of a neuron below threshold that gets three spikes.
    built_in
        Name of NEST's model where it is not that of ours.
    within_steps
        Whether NEST's neuron says when within a step it spiked; ours spikes at the end of the step.
    """

    weights: tuple[float, float]
    current: float
    population: Sequence[Parameters]
    base: Parameters = field(default_factory=dict)
    absolute: Sequence[str] = ()
    theirs: Parameters = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=lambda: {"V_m": "V_m"})
    inputs: Mapping[str, str] = field(default_factory=dict)
    currents: Sequence[float] = ()
    silent: Parameters = field(default_factory=dict)
    built_in: str = ""
    within_steps: bool = False

    def in_nests_words(self, params: Parameters) -> dict[str, float]:
        rest = params.get("E_L", -70.0)
        absolute = {name: rest + params[name] for name in self.absolute if name in params}
        return {_NESTS_NAMES.get(name, name): value for name, value in ({**params, **absolute}).items()}


@dataclass(frozen=True)
class Outcome:
    """Spikes of each neuron and traces (one row per step, one column per neuron): ours, NEST's.

    `inputs` are traces of the first neuron.
    """

    spikes: tuple[list[np.ndarray], list[np.ndarray]]
    traces: Mapping[str, tuple[np.ndarray, np.ndarray]]
    inputs: Mapping[str, tuple[np.ndarray, np.ndarray]]


def convolved(exc: str, inh: str, kind: str) -> Mapping[str, str]:
    """Return our names of convolutions with the excitatory and the inhibitory port, and NEST's names."""
    return {f"{exc}__X__exc_spikes": f"{kind}_ex", f"{inh}__X__inh_spikes": f"{kind}_in"}


CURRENTS = convolved("I_kernel_exc", "I_kernel_inh", "I_syn")
CONDUCTANCES = convolved("g_exc", "g_inh", "g")
WITH_ADAPTATION = {"w": "w"}
CURRENTS_AND_W = {"I_syn_exc": "I_syn_ex", "I_syn_inh": "I_syn_in", "w": "w"}
ADAPTIVE = {"V_m": "V_m", "V_th": "V_th"}
MAT_POPULATION: Sequence[Parameters] = (
    {"omega": 15.0},
    {"omega": 15.0, "tau_1": 5.0, "tau_2": 100.0, "refr_T": 5.0},
    {"omega": 12.0, "alpha_1": 3.0, "I_e": 300.0, "refr_T": 0.1},
    {"omega": 12.0, "alpha_1": 10.0, "alpha_2": 0.0, "tau_m": 12.0, "C_m": 150.0},
    {"omega": 10.0, "E_L": -60.0, "V_m": -60.0, "tau_syn_exc": 2.0},
)

DELTA: Sequence[Parameters] = (
    {},
    {"tau_m": 20.0, "refr_T": 0.0},
    {"I_e": 400.0, "refr_T": 5.0},
    {"C_m": 100.0, "V_th": -60.0, "V_reset": -65.0},
    {"E_L": -65.0, "V_m": -65.0, "refr_T": 0.1},
)

LINEAR: Mapping[str, Pair] = {
    "iaf_psc_delta": Pair((0.6, -0.6), 100.0, DELTA),
    "iaf_psc_delta_fixed_timestep": Pair((0.6, -0.6), 100.0, DELTA, built_in="iaf_psc_delta"),
    "iaf_psc_exp_htum": Pair(
        (60.0, -60.0),
        100.0,
        (
            {},
            {"t_ref_abs": 1.5, "t_ref_tot": 4.0},
            {"t_ref_abs": 0.1, "t_ref_tot": 10.0, "I_e": 700.0},
            {"tau_m": 20.0, "tau_syn_exc": 20.0, "tau_syn_inh": 5.0},
            {"V_th": 10.0, "V_reset": 3.0, "C_m": 200.0, "t_ref_tot": 3.0},
        ),
        absolute=("V_th", "V_reset"),
        inputs=CURRENTS,
    ),
    "mat2_psc_exp": Pair((180.0, -60.0), 100.0, MAT_POPULATION, absolute=("omega",), names=ADAPTIVE),
    "amat2_psc_exp": Pair(
        (180.0, -60.0),
        100.0,
        (
            *MAT_POPULATION,
            {"omega": 8.0, "beta": 0.3, "alpha_2": 1.0},
            {"omega": 8.0, "beta": -0.3, "tau_v": 7.0, "alpha_1": 5.0},
            {"omega": 5.0, "beta": 1.0, "tau_v": 2.0, "alpha_1": -0.5, "alpha_2": 0.35, "I_e": 100.0},
        ),
        absolute=("omega",),
        names={**ADAPTIVE, "V_th_v": "V_th_v"},
        inputs=CURRENTS,
    ),
}

COND: Sequence[Parameters] = (
    {},
    {"refr_T": 0.1, "V_reset": -65.0, "g_L": 10.0},
    {"E_exc": 10.0, "E_inh": -75.0, "I_e": 200.0},
    {"tau_syn_exc": 3.0, "tau_syn_inh": 5.0, "C_m": 300.0, "refr_T": 0.0},
)
BETA: Sequence[Parameters] = (
    {},
    {"refr_T": 0.1, "V_reset": -65.0, "g_L": 10.0},
    {"E_ex": 10.0, "E_in": -75.0, "tau_syn_rise_E": 1.0, "tau_syn_decay_E": 1.0},
    {"tau_syn_rise_E": 3.0, "tau_syn_decay_E": 1.0, "tau_syn_rise_I": 0.5},
)
AEIF: Sequence[Parameters] = (
    {},
    {"a": 0.0, "b": 20.0, "tau_w": 50.0, "I_e": 300.0},
    {"V_peak": -30.0, "V_reset": -65.0, "refr_T": 0.1},
    {"Delta_T": 0.8, "V_reset": -50.0, "b": 150.0, "I_e": 500.0},
)
SMALL_ERROR = {"gsl_error_tol": 1e-8}
IAF_CURRENTS = (240.0, 260.0, 300.0, 500.0, 900.0)
AEIF_CURRENTS = (500.0, 600.0, 700.0, 900.0, 1500.0)
RISE_AND_DECAY = {
    "tau_syn_rise_E": 0.2,
    "tau_syn_decay_E": 2.0,
    "tau_syn_rise_I": 0.2,
    "tau_syn_decay_I": 2.0,
}
FAST = {"tau_syn_exc": 1.0}
AEIF_COND, AEIF_PSC = {"tau_syn_exc": 1.0, "refr_T": 2.0}, {"tau_exc": 1.0, "refr_T": 2.0}

NUMERIC: Mapping[str, Pair] = {
    "iaf_cond_exp": Pair((6.0, -6.0), 100.0, COND, FAST, inputs=CONDUCTANCES, currents=IAF_CURRENTS),
    "iaf_cond_alpha": Pair((3.0, -6.0), 100.0, COND, FAST, inputs=CONDUCTANCES, currents=IAF_CURRENTS),
    "iaf_cond_beta": Pair(
        (2.0, -6.0), 100.0, BETA, RISE_AND_DECAY, inputs=convolved("g_ex", "g_in", "g"), currents=IAF_CURRENTS
    ),
    "aeif_cond_exp": Pair(
        (10.0, -10.0),
        200.0,
        AEIF,
        AEIF_COND,
        theirs=SMALL_ERROR,
        inputs={**CONDUCTANCES, **WITH_ADAPTATION},
        currents=AEIF_CURRENTS,
    ),
    "aeif_cond_alpha": Pair(
        (5.0, -10.0),
        200.0,
        AEIF,
        AEIF_COND,
        theirs=SMALL_ERROR,
        inputs={**CONDUCTANCES, **WITH_ADAPTATION},
        currents=AEIF_CURRENTS,
    ),
    "aeif_cond_alpha_alt": Pair(
        (5.0, -10.0),
        200.0,
        AEIF,
        AEIF_COND,
        theirs=SMALL_ERROR,
        inputs={"g_exc": "g_ex", "g_inh": "g_in", **WITH_ADAPTATION},
        currents=AEIF_CURRENTS,
        built_in="aeif_cond_alpha",
    ),
    "iaf_cond_exp_sfa_rr": Pair(
        (20.0, -6.0),
        100.0,
        (
            {},
            {"refr_T": 3.0, "q_rr": 300.0, "tau_rr": 4.0},
            {"q_sfa": 40.0, "tau_sfa": 50.0, "E_sfa": -80.0, "E_rr": -75.0},
            {"refr_T": 0.0, "V_reset": -65.0, "g_L": 20.0},
        ),
        FAST,
        inputs={**CONDUCTANCES, "g_sfa": "g_sfa", "g_rr": "g_rr"},
        currents=(350.0, 450.0, 600.0, 900.0, 2000.0),
        silent={"g_sfa": 5.0, "g_rr": 20.0},
    ),
    "iaf_chxk_2008": Pair(
        (2.5, -1.0),
        500.0,
        (
            {},
            {"tau_ahp": 2.0, "ahp_bug": True},
            {"tau_ahp": 2.0, "G_ahp": 200.0, "E_ahp": -75.0},
            {"tau_syn_exc": 2.0, "C_m": 600.0, "V_th": -40.0},
        ),
        {"tau_syn_inh": 2.0},
        inputs=CONDUCTANCES,
        currents=(1400.0, 1800.0, 2500.0, 4000.0),
        silent={"C_m": 200.0},
        within_steps=True,
    ),
    "aeif_psc_exp": Pair(
        (400.0, -300.0),
        200.0,
        AEIF,
        AEIF_PSC,
        theirs=SMALL_ERROR,
        inputs=CURRENTS_AND_W,
        currents=AEIF_CURRENTS,
    ),
    "aeif_psc_alpha": Pair(
        (200.0, -90.0),
        200.0,
        AEIF,
        AEIF_PSC,
        theirs=SMALL_ERROR,
        inputs=CURRENTS_AND_W,
        currents=AEIF_CURRENTS,
    ),
    "hh_psc_alpha": Pair(
        (200.0, -100.0),
        200.0,
        ({}, {"refr_T": 5.0}, {"g_Na": 11000.0, "C_m": 120.0}, {"tau_syn_inh": 5.0, "E_L": -56.0}),
        FAST,
        inputs={
            **convolved("K_syn_exc", "K_syn_inh", "I_syn"),
            "Act_m": "Act_m",
            "Act_n": "Act_n",
            "Inact_h": "Inact_h",
        },
        currents=(500.0, 700.0, 900.0, 1500.0),
    ),
    "hh_psc_alpha_gap": Pair(
        (120.0, -60.0),
        100.0,
        ({}, {"refr_T": 5.0}, {"g_Na": 4000.0, "C_m": 50.0}, {"tau_syn_inh": 5.0, "E_L": -68.0}),
        FAST,
        inputs={
            **convolved("K_syn_exc", "K_syn_inh", "I_syn"),
            **{name: name for name in ("Act_m", "Act_n", "Inact_h", "Inact_p")},
        },
        currents=(50.0, 150.0, 300.0, 600.0),
    ),
    "hh_cond_exp_traub": Pair(
        (6.0, -20.0),
        200.0,
        ({}, {"V_T": -60.0}, {"refr_T": 4.0, "C_m": 250.0}, {"tau_syn_exc": 2.0, "E_inh": -75.0}),
        inputs={**CONDUCTANCES, "Act_m": "Act_m", "Act_h": "Inact_h", "Inact_n": "Act_n"},
        currents=(200.0, 300.0, 900.0, 1500.0),
        silent={"E_L": -70.0, "V_m": -70.0, "I_e": -50.0},
    ),
}
PAIRS = {**LINEAR, **NUMERIC}
PSC_SHARE = 0.3
"""Weight of the spikes below threshold, as a share of those of the Poisson input."""


def twins(name: str, population: Sequence[Parameters]) -> tuple[Any, Any]:
    """Create neurons of ours and of NEST's with the same parameters."""
    pair = PAIRS[name]
    ours = nest.Create(f"{name}_neuron", len(population))
    theirs = nest.Create(pair.built_in or name, len(population))
    for a, b, params in zip(ours, theirs, population, strict=True):
        given = {**pair.base, **params}
        a.set(given)
        b.set({**pair.in_nests_words(given), **pair.theirs})
    return ours, theirs


def drive(pair: Pair, populations: Sequence[Any]) -> None:
    """Give neurons at the same position the same Poisson input and a current that is switched."""
    current = nest.Create("dc_generator", params={"amplitude": pair.current, "start": 200.0, "stop": 500.0})
    for rate, weight in ((4000.0, pair.weights[0]), (1000.0, pair.weights[1])):
        relay = nest.Create("parrot_neuron", len(populations[0]))
        nest.Connect(nest.Create("poisson_generator", params={"rate": rate}), relay)
        for population in populations:
            nest.Connect(relay, population, "one_to_one", {"weight": weight, "delay": 1.0})
    for population in populations:
        nest.Connect(current, population)


def evoke(pair: Pair, neurons: Any) -> None:
    """Send two excitatory spikes and an inhibitory one."""
    for source, weight in zip(generators([[20.0, 23.0], [60.0]]), pair.weights, strict=True):
        nest.Connect(source, neurons, syn_spec={"weight": PSC_SHARE * weight, "delay": 1.5})


def compare(
    name: str,
    population: Sequence[Parameters],
    inputs: Callable[[Any, Any], None],
    resolution: float = 0.1,
    threads: int = 1,
) -> Outcome:
    """Simulate one second of both populations."""
    reset(resolution, threads)
    pair, both = PAIRS[name], twins(name, population)
    inputs(*both)
    recorders = [record_spikes(neurons) for neurons in both]
    meters = [
        record(neurons, list(names))
        for neurons, names in zip(both, (pair.names.keys(), pair.names.values()), strict=True)
    ]
    of_first = [
        record(neurons[:1], list(names)) if names else None
        for neurons, names in zip(both, (pair.inputs.keys(), pair.inputs.values()), strict=True)
    ]
    nest.Simulate(1000.0)
    trains = tuple(by_neuron(recorder, neurons) for recorder, neurons in zip(recorders, both, strict=True))
    if pair.within_steps:
        trains[1][:] = [np.ceil(train / resolution - 1e-6) * resolution for train in trains[1]]
    traces = {
        ours: (trace(meters[0], both[0], ours), trace(meters[1], both[1], theirs))
        for ours, theirs in pair.names.items()
    }
    inputs_of_first = {
        ours: (trace(of_first[0], both[0][:1], ours), trace(of_first[1], both[1][:1], theirs))
        for ours, theirs in pair.inputs.items()
    }
    return Outcome((trains[0], trains[1]), traces, inputs_of_first)


def by_neuron(recorder: Any, neurons: Any) -> list[np.ndarray]:
    events = spikes(recorder, neurons)
    return [np.array([time for time, index in events if index == i]) for i in range(len(neurons))]


@cache
def numeric(name: str) -> Outcome:
    """Simulate the neuron below threshold, those with Poisson input, those with constant currents."""
    pair = NUMERIC[name]
    first_current = 1 + len(pair.population)
    population = [pair.silent, *pair.population, *({"I_e": current} for current in pair.currents)]

    def inputs(*both: Any) -> None:
        drive(pair, [neurons[1:first_current] for neurons in both])
        for neurons in both:
            evoke(pair, neurons[0])

    return compare(name, population, inputs)


@pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")  # that one of them counts steps
@pytest.mark.parametrize(("resolution", "threads"), [(0.1, 1), (0.05, 2)])
@pytest.mark.parametrize("name", LINEAR)
def test_linear_models_are_those_of_nest(name: str, resolution: float, threads: int) -> None:
    pair = LINEAR[name]
    outcome = compare(name, pair.population, lambda *both: drive(pair, both), resolution, threads)
    for ours, theirs in zip(*outcome.spikes, strict=True):
        assert len(theirs) >= 5
        assert ours.tolist() == theirs.tolist()
    for variable, (ours, theirs) in {**outcome.traces, **outcome.inputs}.items():
        assert np.ptp(theirs) > 1.0, variable
        sign = -1.0 if variable.endswith("__X__inh_spikes") else 1.0
        assert np.abs(ours - sign * theirs).max() <= 1e-9, variable


@pytest.mark.parametrize("name", NUMERIC)
def test_postsynaptic_potentials(name: str) -> None:
    outcome = numeric(name)
    assert len(outcome.spikes[0][0]) == len(outcome.spikes[1][0]) == 0
    ours, theirs = (values[:, 0] for values in outcome.traces["V_m"])
    size = np.ptp(theirs[200:])
    assert size > 0.5
    assert np.abs(ours - theirs).max() <= 5e-6 * size


@pytest.mark.parametrize("name", NUMERIC)
def test_synaptic_currents_and_conductances(name: str) -> None:
    """What spikes do below threshold; NEST integrates numerically what has an exact solution here."""
    outcome = numeric(name)
    assert len(outcome.inputs) >= 2
    for variable, both in outcome.inputs.items():
        ours, theirs = (values[200:, 0] for values in both)  # NEST's first step is a large one
        size = np.ptp(theirs)
        assert size > 1e-5, variable
        assert np.abs(np.abs(ours) - np.abs(theirs)).max() <= 5e-5 * size, variable


@pytest.mark.parametrize("name", NUMERIC)
def test_spikes_of_poisson_input_are_within_a_step(name: str) -> None:
    pair, outcome = NUMERIC[name], numeric(name)
    for index in range(1, 1 + len(pair.population)):
        ours, theirs = (trains[index] for trains in outcome.spikes)
        assert len(theirs) >= 5
        assert len(ours) == len(theirs)
        assert np.abs(ours - theirs).max() <= 0.1 + 1e-9


@pytest.mark.parametrize("name", NUMERIC)
def test_rates_at_constant_currents(name: str) -> None:
    """The f-I curve, from below threshold to far above, and the spike times behind it."""
    pair, outcome = NUMERIC[name], numeric(name)
    first = 1 + len(pair.population)
    counts = np.array([[len(train) for train in trains[first:]] for trains in outcome.spikes])
    assert np.array_equal(counts[0], counts[1])
    assert np.all(np.diff(counts[1]) >= 0)
    assert counts[1][-1] > max(20, 1.2 * counts[1][1])
    for ours, theirs in zip(outcome.spikes[0][first:], outcome.spikes[1][first:], strict=True):
        # Where nothing is reset the errors of NEST's integrator, of up to 1e-3 mV, add up.
        tolerance = 0.1 + 1e-9 + pair.within_steps * 1e-3 * theirs
        assert not len(theirs) or np.all(np.abs(ours - theirs) <= tolerance)


IZHIKEVICH: Sequence[Parameters] = (
    {"I_e": 4.0},
    {"I_e": 10.0, "d": 2.0, "c": -50.0},
    {"a": 0.1, "I_e": 6.0},
    {"V_min": -66.0, "b": 0.25},
)


def izhikevich(resolution: float, duration: float, weight: float) -> tuple[Any, ...]:
    """Return spikes and V_m of ours and of NEST's with the same input."""
    reset(resolution)
    both = nest.Create("izhikevich_neuron", len(IZHIKEVICH)), nest.Create("izhikevich", len(IZHIKEVICH))
    for population in both:
        for neuron, params in zip(population, IZHIKEVICH, strict=True):
            neuron.set(params)
        population.set({"V_m": -65.0, "U_m": -13.0})
    recorders, meters = [record_spikes(p) for p in both], [record(p, ("V_m", "U_m"), 0.1) for p in both]
    if weight:
        drive(Pair((weight, -weight), 5.0, IZHIKEVICH), both)
    nest.Simulate(duration)
    return (
        [by_neuron(*item) for item in zip(recorders, both, strict=True)],
        {name: [trace(m, p, name) for m, p in zip(meters, both, strict=True)] for name in ("V_m", "U_m")},
    )


@pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")
def test_izhikevich_with_the_method_of_nest() -> None:
    """NEST makes one step of the forward Euler method (consistent_integration is on by default)."""
    nest.Create("izhikevich_neuron")
    nest.jit.configure("izhikevich_neuron", solver="forward_euler")
    try:
        trains, traces = izhikevich(0.1, 1000.0, 1.0)
    finally:
        nest.jit.configure("izhikevich_neuron", solver="auto")
    for ours, theirs in zip(*trains, strict=True):
        assert len(theirs) >= 5
        assert ours.tolist() == theirs.tolist()
    for ours, theirs in traces.values():
        assert np.abs(ours - theirs).max() <= 1e-7


@pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")
def test_izhikevich_solves_its_equations() -> None:
    """At 0.1 ms ours is where NEST's method arrives with small steps, until the first spike."""
    fine, fine_traces = izhikevich(0.001, 40.0, 0.0)
    trains, traces = izhikevich(0.1, 40.0, 0.0)
    for index, (ours, exact, nests) in enumerate(zip(trains[0], fine[1], trains[1], strict=True)):
        if not len(exact):
            continue
        assert 0.0 <= ours[0] - exact[0] + 0.01 <= 0.11
        assert nests[0] >= ours[0]
        end = int(exact[0] / 0.1) - 5
        reference, solved, euler = (
            values[:end, index] for values in (fine_traces["V_m"][1], traces["V_m"][0], traces["V_m"][1])
        )
        assert np.abs(solved - reference).max() < 0.05 * np.abs(euler - reference).max()
    assert sum(len(train) > 0 for train in fine[1]) >= 2


def test_ignore_and_fire_is_that_of_nest() -> None:
    settings = {"rate": [10.0, 20.0, 50.0, 7.0, 33.3], "phase": [0.3, 1.0, 0.5, 0.01, 0.777]}
    ours, theirs = nest.Create("ignore_and_fire_neuron", 5), nest.Create("ignore_and_fire", 5)
    ours.set({"firing_rate": settings["rate"], "phase": settings["phase"]})
    theirs.set(settings)
    recorders = [record_spikes(population) for population in (ours, theirs)]
    nest.Simulate(120.0)
    nest.Simulate(180.0)
    trains = [by_neuron(recorder, nodes) for recorder, nodes in zip(recorders, (ours, theirs), strict=True)]
    assert all(len(train) >= 2 for train in trains[1])
    assert [list(train) for train in trains[0]] == [list(train) for train in trains[1]]
