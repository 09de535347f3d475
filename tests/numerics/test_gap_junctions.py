"""Gap junctions: against NEST's model that has them, and against solutions of the coupled equations.

NEST's model integrates with an absolute error of 1e-6 per step; where it spikes, its potential is
exact to some 1e-4 mV.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg

from tests.numerics.network import (
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

OURS, THEIRS = "hh_psc_alpha_gap_neuron", "hh_psc_alpha_gap"
JUNCTION = "gap_junction"
SYMMETRIC = {"rule": "one_to_one", "make_symmetric": True}
RELAXED = {"use_wfr": True, "wfr_tol": 1e-9, "wfr_max_iterations": 40}
METHODS: Sequence[Mapping[str, Any]] = (
    {**RELAXED, "wfr_interpolation_order": 3},
    {**RELAXED, "wfr_interpolation_order": 1},
    {**RELAXED, "wfr_interpolation_order": 0},
    {"use_wfr": False},
)

INTEGRATE_AND_FIRE = """
model {name}:
    state:
        U mV = 0 mV
        w mV = 0 mV
        refr_t ms = 0 ms
    equations:
        U' = -U / tau + (I + {port}) / C
        w' = (U - w) / tau_w
        refr_t' = -1
    parameters:
        I pA = 0 pA
        C pF = 100 pF
        tau ms = 10 ms
        tau_w ms = 5 ms
        refr_T ms = 2 ms
    input:
        spikes <- spike
        {port} pA <- continuous
    output:
        spike
    update:
        if refr_t > 0 ms:
            integrate_odes(w, refr_t)
        else:
            integrate_odes(U, w)
    onReceive(spikes):
        U += spikes * 1 mV * 1 s
    onCondition(U >= 10 mV):
        refr_t = refr_T
        U = 0 mV
        emit_spike()
"""


def tight(model: str) -> dict[str, float]:
    """Return tolerances: those of NEST's model where there is no choice."""
    return {"gsl_abs_error_tol": 1e-8, "gsl_rel_error_tol": 0.0} if model != THEIRS else {}


def begin(method: Mapping[str, Any], threads: int = 1) -> None:
    reset(threads=threads)
    nest.set(**method)


def join(nodes: Any, junctions: Mapping[tuple[int, int], float], synapse: str = JUNCTION) -> None:
    for (i, j), weight in junctions.items():
        nest.Connect(nodes[i], nodes[j], SYMMETRIC, {"synapse_model": synapse, "weight": weight})


# --- against NEST's model ------------------------------------------------------------------------------


SIZE = 10
TIME = 60.0


def network(
    models: Sequence[str], method: Mapping[str, Any], threads: int = 1, pieces: Sequence[float] = (TIME,)
) -> tuple[np.ndarray, Any]:
    """Return potentials and spikes of a random network, neuron i of model i modulo their number."""
    begin(method, threads)
    random = np.random.default_rng(5)
    nodes = sum((nest.Create(models[i % len(models)]) for i in range(1, SIZE)), nest.Create(models[0]))
    for node, current in zip(nodes, random.uniform(50.0, 350.0, SIZE), strict=True):
        node.set(I_e=current, **tight(node.model))
    pairs = [(i, j) for i in range(SIZE) for j in range(i) if random.random() < 0.3]
    join(nodes, {pair: random.uniform(0.2, 1.5) for pair in pairs})
    pre = parrots(trains(SIZE, 60.0, TIME))
    for shift, weight in ((0, 300.0), (3, -100.0)):
        targets = [nodes[(i + shift) % SIZE] for i in range(SIZE)]
        for source, target in zip(pre, targets, strict=True):
            nest.Connect(source, target, syn_spec={"weight": weight, "delay": 1.5})
    nest.Connect(nodes[:5], nodes[5:], "one_to_one", {"weight": 150.0, "delay": 1.0})
    meter, recorder = record(nodes), record_spikes(nodes)
    for piece in pieces:
        nest.Simulate(piece)
    return trace(meter, nodes), spikes(recorder, nodes)


@pytest.mark.parametrize("method", METHODS, ids=["cubic", "linear", "constant", "none"])
def test_networks_are_those_of_nests_model(method: Mapping[str, Any]) -> None:
    wanted, wanted_spikes = network([THEIRS], method)
    assert len(wanted_spikes) > 20
    for models, threads in (([OURS], 1), ([OURS, THEIRS], 2)):
        found, found_spikes = network(models, method, threads)
        assert found_spikes == wanted_spikes
        assert np.abs(found - wanted).max() < 0.02
        assert np.median(np.abs(found - wanted)) < 1e-5


@pytest.mark.parametrize("method", [METHODS[0], METHODS[3]], ids=["cubic", "none"])
def test_results_do_not_depend_on_threads_and_order_of_models(method: Mapping[str, Any]) -> None:
    alone, alone_spikes = network([OURS], method)
    shared, shared_spikes = network([OURS], method, threads=2)
    assert shared_spikes == alone_spikes
    assert np.abs(shared - alone).max() < 1e-7


def test_a_simulation_can_be_cut_anywhere() -> None:
    """Also within the interval that waveform relaxation treats at once."""
    whole, whole_spikes = network([OURS], METHODS[0])
    pieces, pieces_spikes = network([OURS], METHODS[0], pieces=(10.3, 0.4, 20.0, 29.3))
    assert pieces_spikes == whole_spikes
    assert np.abs(pieces - whole).max() < 1e-6


@pytest.mark.parametrize("frozen", [(1,), (0,), (0, 1, 2)])
def test_frozen_neurons(frozen: tuple[int, ...]) -> None:
    """They are as NEST's: partners are told how they would go on, and they stay where they are."""

    def simulate(model: str) -> np.ndarray:
        begin(METHODS[0])
        nodes = nest.Create(model, 4, params={"I_e": 100.0, **tight(model)})
        nodes.V_m = [-70.0, -65.0, -60.0, -75.0]
        join(nodes, {(0, 1): 2.0, (1, 2): 1.0, (2, 3): 1.0})
        for index in frozen:
            nodes[index].frozen = True
        found = []
        for thawed in (False, True):
            if thawed:
                nodes.frozen = False
            for _ in range(8):
                nest.Simulate(0.5)
                found.append(nodes.V_m)
        return np.array(found)

    ours, theirs = simulate(OURS), simulate(THEIRS)
    assert np.all(ours[:8, frozen] == ours[0, frozen])
    assert np.abs(ours - theirs).max() < 1e-4


# --- against solutions of the coupled equations ---------------------------------------------------------


def linoid(x: np.ndarray) -> np.ndarray:
    return x / -np.expm1(-x)


def slopes(_time: float, values: np.ndarray, currents: np.ndarray, coupling: np.ndarray) -> np.ndarray:
    """Return the derivatives of hh_psc_alpha_gap with its default parameters, without synapses."""
    v, m, h, n, p = values.reshape(5, -1)
    sodium = 4500.0 * m**3 * h * (v - 74.0)
    potassium = (9.0 * n**4 + 9000.0 * p**2) * (v + 90.0)
    gap = coupling @ v - coupling.sum(axis=1) * v
    gates = rates(v)
    changes = [a * (1.0 - x) - b * x for x, (a, b) in zip((m, h, n, p), gates, strict=True)]
    return np.concatenate([(-sodium - potassium - 10.0 * (v + 70.0) + currents + gap) / 40.0, *changes])


def rates(v: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rates of opening and closing of m, h, n, p."""
    return [
        (40.0 * 13.5 * linoid((v - 75.5) / 13.5), 1.2262 * np.exp(-v / 42.248)),
        (0.0035 * np.exp(-v / 24.186), 0.017 * 5.2 * linoid((v + 51.25) / 5.2)),
        (0.014 * 2.3 * linoid((v + 44.0) / 2.3), 0.0043 * np.exp(-(v + 44.0) / 34.0)),
        (11.8 * linoid((v - 95.0) / 11.8), 0.025 * np.exp(-v / 22.222)),
    ]


def at_rest(size: int) -> np.ndarray:
    v = np.full(size, -69.60401191631222)
    return np.concatenate([v, *(a / (a + b) for a, b in rates(v))])


def test_currents_that_change_within_a_slice() -> None:
    """They count in trials, too; NEST's model goes on with those from before the slice there."""
    coupling, values, wanted = np.array([[0.0, 5.0], [5.0, 0.0]]), at_rest(2), []
    for step in range(60):
        currents = np.array([80.0 if step >= 45 else 0.0, 0.0])
        values = scipy.integrate.solve_ivp(
            slopes, (0.0, 0.1), values, "DOP853", rtol=1e-10, atol=1e-10, args=(currents, coupling)
        ).y[:, -1]
        wanted.append(values[:2])
    nest.set(**METHODS[0])
    nodes = nest.Create(OURS, 2, params={"gsl_abs_error_tol": 1e-10, "gsl_rel_error_tol": 0.0})
    join(nodes, {(0, 1): 5.0})
    current = nest.Create("dc_generator", params={"amplitude": 80.0, "start": 3.5})
    nest.Connect(current, nodes[0], syn_spec={"delay": 1.0})
    meter = record(nodes)
    nest.Simulate(7.2)
    assert np.abs(trace(meter, nodes)[:60] - np.array(wanted)).max() < 1e-7


@pytest.mark.parametrize(
    ("order", "resolution", "error"), [(3, 0.1, 1e-8), (3, 0.05, 1e-9), (1, 0.1, 1e-4), (1, 0.05, 2e-5)]
)
def test_the_error_of_the_interpolation_is_all_there_is(order: int, resolution: float, error: float) -> None:
    currents, coupling = np.array([200.0, 50.0, 0.0]), np.array([[0, 1.0, 2.0], [1.0, 0, 0.5], [2.0, 0.5, 0]])
    start, steps = at_rest(3), np.arange(1, 41) * 0.1
    wanted = scipy.integrate.solve_ivp(
        slopes, (0.0, 4.0), start, "DOP853", steps, rtol=1e-11, atol=1e-11, args=(currents, coupling)
    ).y[:3]
    reset(resolution)
    nest.set(**{**RELAXED, "wfr_tol": 1e-11, "wfr_interpolation_order": order})
    nodes = nest.Create(OURS, 3, params={"gsl_abs_error_tol": 1e-11, "gsl_rel_error_tol": 0.0})
    nodes.I_e = currents
    join(nodes, {(i, j): coupling[i, j] for i in range(3) for j in range(i)})
    meter = record(nodes, interval=0.1)
    nest.Simulate(5.2)
    found = trace(meter, nodes)[:40].T
    assert error / 50.0 < np.abs(found - wanted).max() < error


def coupled_exactly(
    currents: np.ndarray, conductance: float, steps: int, kicks: Mapping[int, float]
) -> tuple[np.ndarray, list[tuple[float, int]]]:
    """Integrate two integrate-and-fire neurons, each step exactly; kicks are to the first one."""
    u, w, left = np.zeros(2), np.zeros(2), np.zeros(2, dtype=int)
    found, events = [], []
    for step in range(1, steps + 1):
        free = left == 0
        a = np.zeros((5, 5))
        for i in np.flatnonzero(free):
            a[i, i], a[i, 1 - i] = -0.1 - conductance / 100.0, conductance / 100.0
            a[i, 4] = currents[i] / 100.0
        for i in range(2):
            a[2 + i, i], a[2 + i, 2 + i] = 0.2, -0.2
        after = scipy.linalg.expm(0.1 * a) @ np.concatenate([u, w, [1.0]])
        u, w = after[:2], after[2:4]
        left = np.maximum(left - 1, 0)
        u[0] += kicks.get(step, 0.0)
        for i in np.flatnonzero(u >= 10.0):
            u[i], left[i] = 0.0, 20
            events.append((round(0.1 * step, 6), int(i)))
        found.append(u)
    return np.array(found), sorted(events)


def test_neurons_that_are_reset_and_a_port_of_another_name() -> None:
    """Potentials jump at the ends of steps, and stay where they are during refractory periods."""
    currents, steps = np.array([140.0, 112.0]), 1000
    kicks = {100: 3.0, 333: -4.0, 505: 2.5}
    wanted, wanted_events = coupled_exactly(currents, 3.0, steps, kicks)
    assert {index for _, index in wanted_events} == {0, 1}
    (model,) = nest.jit.define(INTEGRATE_AND_FIRE.format(name="reset_gap_neuron", port="coupling"))
    nest.jit.configure(
        model, gap_junctions={"gap_current_port": "coupling", "membrane_potential_variable": "U"}
    )
    nest.set(**{**RELAXED, "wfr_interpolation_order": 3})
    nodes = nest.Create(model, 2, params=tight(model))
    nodes.I = currents
    join(nodes, {(0, 1): 3.0})
    for time, weight in kicks.items():
        source = generators([[round(0.1 * time - 1.0, 6)]], weight)
        nest.Connect(source, nodes[0], syn_spec={"delay": 1.0})
    meter, recorder = record(nodes, ["U"]), record_spikes(nodes)
    nest.Simulate(0.1 * steps + 0.2)
    events = [(round(time, 6), index) for time, index in spikes(recorder, nodes)]
    assert [event for event in events if event[0] <= 0.1 * steps] == wanted_events
    assert np.abs(trace(meter, nodes, "U")[: steps - 10] - wanted[: steps - 10]).max() < 1e-6


# --- nothing but the potentials comes of trials ---------------------------------------------------------


BUSY = """
model busy_gap_neuron:
    state:
        V_m mV = 0 mV
        drawn real = 0
        late mV = 0 mV
        steps integer = 0
    equations:
        inline level mV = V_m + 1 mV
        V_m' = -V_m / tau + (I_stim + I_gap) / C + drawn * 1 mV / ms
        late' = (V_m(t - delay) - late) / tau
    parameters:
        tau ms = 10 ms
        delay ms = 3 ms
        C pF = 100 pF
    input:
        spikes <- spike
        I_stim pA <- continuous
        I_gap pA <- continuous
    output:
        spike
    update:
        drawn = random_normal(0, 1)
        steps += 1
        integrate_odes()
    onReceive(spikes):
        V_m += spikes * 1 mV * 1 s
    onCondition(V_m >= 2 mV):
        V_m = 0 mV
        println("spike at {t}")
        emit_spike()
"""
READING = """
model reading_gap_synapse:
    state:
        w real = 1
        trace real = 0
    equations:
        trace' = -trace / (20 ms)
    input:
        pre_spikes <- spike
        post_spikes <- spike
        level mV <- continuous
    output:
        spike
    update:
        integrate_odes()
    onReceive(post_spikes):
        trace += 1
        w += 0.01 * level / 1 mV
    onReceive(pre_spikes):
        w += 0.1 * trace
        emit_spike(w)
"""


def busy(method: Mapping[str, Any], junction: float, capfd: pytest.CaptureFixture[str]) -> tuple[Any, ...]:
    begin(method)
    nodes = nest.Create("busy_gap_neuron", 3, params={"gsl_abs_error_tol": 1e-11})
    join(nodes, {(0, 1): junction})
    pre = parrots(trains(3, 100.0, 60.0))
    nest.Connect(pre, nodes, syn_spec={"synapse_model": "reading_gap_synapse", "delay": 1.0})
    nest.Connect(nest.Create("dc_generator", params={"amplitude": 25.0, "start": 10.3}), nodes)
    names = ["V_m", "drawn", "late"]
    meter, recorder = record(nodes, names), record_spikes(nodes)
    capfd.readouterr()
    nest.Simulate(60.0)
    printed = [line for line in capfd.readouterr().out.splitlines() if "spike at" in line]
    found = np.array([trace(meter, nodes, name)[:490] for name in names])
    return (
        found,
        spikes(recorder, nodes),
        weights(pre, nodes, "reading_gap_synapse", "w"),
        printed,
        nodes.steps,
    )


def test_nothing_but_potentials_comes_of_trials(capfd: pytest.CaptureFixture[str]) -> None:
    """Spikes, messages, random numbers, pasts, third factors and plasticity are those of a single pass."""
    nest.jit.define(BUSY)
    nest.jit.define(READING)
    once = busy(METHODS[3], 0.0, capfd)
    tried = busy(METHODS[0], 0.0, capfd)
    coupled = busy(METHODS[0], 5.0, capfd)
    assert len(once[1]) > 10
    assert np.array_equal(tried[0], once[0])
    assert tried[1:] == once[1:]
    assert np.abs(coupled[0] - once[0]).max() > 0.1
    for found in (once, coupled):
        assert len(found[3]) == len([event for event in found[1] if event[0] <= 60.0])
        assert found[4] == (600, 600, 600)


# --- connections and solvers --------------------------------------------------------------------------------


def test_weights_are_read_and_set_and_models_copied() -> None:
    begin(METHODS[0])
    nest.CopyModel(JUNCTION, "strong_junction", {"weight": 4.0})
    nodes = nest.Create(OURS, 3, params={"I_e": 50.0})
    nodes[0].V_m = -60.0
    nest.Connect(nodes[0], nodes[1], SYMMETRIC, {"synapse_model": JUNCTION, "weight": 0.5})
    nest.Connect(nodes[1], nodes[2], SYMMETRIC, {"synapse_model": "strong_junction"})
    assert weights(nodes, nodes, JUNCTION) == {(0, 1, 0): 0.5, (1, 0, 0): 0.5}
    assert weights(nodes, nodes, "strong_junction") == {(1, 2, 0): 4.0, (2, 1, 0): 4.0}
    nest.Simulate(5.0)
    nest.GetConnections(synapse_model=JUNCTION).weight = 0.0
    nest.GetConnections(synapse_model="strong_junction").weight = 1000.0
    nest.Simulate(5.0)
    first, second, third = nodes.V_m
    assert abs(second - third) < 0.01 < abs(first - second)
    assert weights(nodes, nodes, JUNCTION) == {(0, 1, 0): 0.0, (1, 0, 0): 0.0}


def test_junctions_that_are_made_late_change_the_solver() -> None:
    """Without junctions a linear model keeps its exact solution, and its port is one like any other."""
    (model,) = nest.jit.define(INTEGRATE_AND_FIRE.format(name="late_gap_neuron", port="I_gap"))
    nodes = nest.Create(model, 2, params={"C": 50.0})
    nest.Connect(nest.Create("dc_generator", params={"amplitude": 10.0}), nodes[0])

    def methods() -> dict[str, str]:
        return {item.variable: item.method for item in nest.jit.report().solvers[model]}

    nest.Simulate(10.0)
    assert methods()["U"] == "exact propagator"
    left, right = nodes.U
    assert left == pytest.approx(2.0 * -np.expm1(-0.89), abs=1e-12)
    assert right == 0.0
    join(nodes, {(0, 1): 5.0})
    nest.Simulate(200.0)
    assert "Runge-Kutta" in methods()["U"]
    # At rest: 10 pA = (5 nS + g) U_0 - g U_1 and g U_0 = (5 nS + g) U_1 with g = 5 nS.
    assert pytest.approx((4.0 / 3.0, 2.0 / 3.0), abs=1e-5) == nodes.U


def test_other_solvers() -> None:
    found = {}
    for solver in ("auto", "rk4", "rosenbrock"):
        nest.jit.configure(OURS, solver=solver)
        begin(METHODS[0])
        nodes = nest.Create(OURS, 2, params={"gsl_abs_error_tol": 1e-7, "gsl_rel_error_tol": 0.0})
        nodes[0].I_e = 100.0
        join(nodes, {(0, 1): 3.0})
        nest.Simulate(5.0)
        found[solver] = np.array(nodes.V_m)
    nest.jit.configure(OURS, solver="auto")
    assert np.abs(found["rk4"] - found["auto"]).max() < 1e-6
    assert np.abs(found["rosenbrock"] - found["auto"]).max() < 1e-5
