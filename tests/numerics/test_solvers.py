"""What users see of solvers: which is chosen and why, how to choose, and what happens if one fails."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nestml_jit.options import OptionError
from tests.numerics.network import generators, nest, record, reset, trace, trains

MIXED = """
model mixed_neuron:
    state:
        x real = 0.5
        y real = 1
        g real = 1
        left ms = 1 ms
    equations:
        x' = x**2 / tau
        y' = (x - y) / tau
        g' = -g / tau
        left' = -1
    parameters:
        tau ms = 10 ms
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
"""
TITLES = {
    "auto": "Runge-Kutta-Fehlberg 4(5)",
    "rkf45": "Runge-Kutta-Fehlberg 4(5)",
    "rk4": "Runge-Kutta of order 4, fixed steps",
    "rosenbrock": "Rosenbrock 2(3)",
    "forward_euler": "forward Euler",
    "exponential_euler": "exponential Euler",
}


@pytest.fixture
def name() -> str:
    (made,) = nest.jit.define(MIXED)
    return str(made)


@pytest.mark.parametrize("solver", TITLES)
def test_the_report_names_solvers_and_reasons(name: str, solver: str) -> None:
    neuron = nest.Create(name)
    nest.jit.configure(name, solver=solver)
    nest.Simulate(5.0)
    report = nest.jit.report()
    found = {item.variable: (item.method, item.reason) for item in report.solvers[name]}
    assert found["x"] == (TITLES[solver], "its right-hand side is not linear")
    assert found["y"] == (TITLES[solver], "it depends on x, which is not linear")
    for variable in ("g", "left"):
        assert found[variable][0] == "exact propagator"
        assert "linear" in found[variable][1]
    assert f"x: {TITLES[solver]} (its right-hand side is not linear)" in str(report)
    accuracy = {"forward_euler": 1e-2, "exponential_euler": 1e-2}.get(solver, 1e-6)
    assert neuron.x == pytest.approx(1 / (2 - 0.5), rel=accuracy)
    assert neuron.g == pytest.approx(math.exp(-0.5), rel=1e-13)
    assert neuron.left == -4.0
    nest.jit.configure(name, solver="auto")


def test_a_solver_can_be_chosen_between_simulations(name: str) -> None:
    neuron = nest.Create(name)
    nest.Simulate(5.0)
    nest.jit.configure(name, solver="rk4")
    nest.Simulate(5.0)
    assert neuron.x == pytest.approx(1.0, rel=1e-6)
    assert TITLES["rk4"] in str(nest.jit.report())
    nest.jit.configure(name, solver="auto")
    with pytest.raises(OptionError, match="nonsense"):
        nest.jit.configure(name, solver="nonsense")


@pytest.mark.parametrize("solver", TITLES)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_step_that_cannot_be_done_names_node_time_and_variable(
    name: str, solver: str, threads: int
) -> None:
    """1 / (1 / x - t / tau) is infinite after 5 ms; a method without control notices a little later."""
    reset(threads=threads)
    neurons = nest.Create(name, 3, params={"tau": 1e9})
    neurons[1].set(x=2.0, tau=10.0)
    nest.jit.configure(name, solver=solver)
    with pytest.raises(nest.NESTErrors.KernelException) as caught:
        nest.Simulate(20.0)
    text = str(caught.value)
    assert f"Node {neurons[1].global_id} (model '{name}') cannot be integrated" in text
    time = float(text.partition("ends at ")[2].partition(" ms")[0])
    assert 4.9 <= time <= (5.2 if solver in ("auto", "rkf45", "rosenbrock") else 7.0)
    assert text.partition(" ms: ")[2].partition(":")[0] == "x"
    nest.ResetKernel()
    nest.jit.configure(name, solver="auto")


LINEAR = """
model linear_neuron:
    state:
        x real = 1
        y__z real = 0
    equations:
        x' = -x / tau
        y__z' = (x - y__z) / width
    parameters:
        tau ms = 10 ms
        width ms = 10 ms
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
"""


@pytest.mark.parametrize(("parameter", "variables"), [("tau", ["x", "y__z"]), ("width", ["y__z"])])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("value", [0.0, -1e-4, float("nan")])
def test_a_linear_equation_without_a_finite_solution(
    parameter: str, variables: list[str], threads: int, value: float
) -> None:
    reset(threads=threads)
    neurons = nest.Create(nest.jit.define(LINEAR)[0], 70)
    nest.Simulate(1.0)
    for wrong in (neurons[-1], neurons):
        wrong.set({parameter: value})
        for _ in range(2):
            with pytest.raises(nest.NESTErrors.KernelException) as caught:
                nest.Simulate(1.0)
            assert "(model 'linear_neuron') cannot be integrated in the step that ends at 1.1 ms" in str(
                caught.value
            )
            assert str(caught.value).partition(" ms: ")[2].partition(":")[0] in variables
        assert len(wrong) == 70 or f"Node {wrong.global_id} " in str(caught.value)
    neurons.set({parameter: 10.0})
    nest.Simulate(1.0)
    assert neurons.x == pytest.approx([math.exp(-0.2)] * 70, rel=1e-12)


def test_a_derivative_that_is_no_number_is_named() -> None:
    """x and z, which depends on y, are well until the logarithm is not: x is 1 / sqrt(1 + t / (5 ms))."""
    reset()
    (made,) = nest.jit.define(
        """
model logarithm_neuron:
    state:
        x real = 1
        z real = 1
        y real = 1
    equations:
        x' = -x**3 / (10 ms)
        z' = (y - z**3) / (10 ms)
        y' = ln(x - 0.5) / (10 ms)
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
"""
    )
    neuron = nest.Create(str(made))
    with pytest.raises(nest.NESTErrors.KernelException) as caught:
        nest.Simulate(30.0)
    text = str(caught.value)
    assert f"Node {neuron.global_id} (model '{made}') cannot be integrated" in text
    assert text.partition(" ms: ")[2].startswith("y: ")
    assert float(text.partition("ends at ")[2].partition(" ms")[0]) == pytest.approx(15.0, abs=0.11)
    nest.ResetKernel()


GATE = """
model gate_neuron:
    state:
        V_m real = 0
        gate real = 0.5
        slow real = 0
    equations:
        V_m' = (4 * gate**3 - V_m - slow) / (10 ms)
        gate' = (1 / (1 + exp(-3 * (V_m - 0.5))) - gate) / tau
        slow' = (V_m**2 - slow) / (20 ms)
    parameters:
        tau ms = 0.001 ms
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
"""


def test_rosenbrock_is_chosen_for_stiff_equations() -> None:
    """A gate with a time constant of 1 us: right, and faster than with the explicit method."""
    reset()
    (made,) = nest.jit.define(GATE)
    spent = {}
    for solver in ("rkf45", "auto"):
        nest.ResetKernel()
        nest.jit.configure(made, solver=solver)
        neurons = nest.Create(made, 256)
        nest.Simulate(1.0)
        begin = time.process_time()
        nest.Simulate(29.0)
        spent[solver] = time.process_time() - begin
        found = neurons[0].get(["V_m", "gate", "slow"])
        exact = solve_ivp(_gate, (0.0, 30.0), [0.0, 0.5, 0.0], "Radau", rtol=1e-10, atol=1e-12).y[:, -1]
        assert [found[name] for name in ("V_m", "gate", "slow")] == pytest.approx(exact, abs=2e-4)
    methods = {item.variable: (item.method, item.reason) for item in nest.jit.report().solvers[made]}
    assert {method for method, _ in methods.values()} == {TITLES["rosenbrock"]}
    assert "stiff: gate decays with 1000/ms at the beginning" in methods["V_m"][1]
    assert spent["auto"] < 0.7 * spent["rkf45"]


def _gate(t: float, x: Sequence[float]) -> list[float]:
    potential, gate, slow = x
    wanted = 1 / (1 + math.exp(-3 * (potential - 0.5)))
    return [(4 * gate**3 - potential - slow) / 10, (wanted - gate) / 0.001, (potential**2 - slow) / 20]


# --- accuracy ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "tolerance", "weight"),
    [("aeif_cond_exp", 1e-6, 5.0), ("iaf_cond_alpha", 1e-3, 5.0), ("hh_psc_alpha", 1e-3, 100.0)],
)
def test_with_nests_tolerance_errors_are_like_nests(model: str, tolerance: float, weight: float) -> None:
    """Under dense input, whose conductances and currents must be integrated with the potential."""
    spikes = generators(trains(20, 600.0, 60.0, grid=0.1))
    ours = f"{model}_neuron"
    theirs, exact, same = nest.Create(model), nest.Create(ours), nest.Create(ours)
    exact.set(gsl_abs_error_tol=1e-12, gsl_rel_error_tol=0.0)
    same.set(gsl_abs_error_tol=tolerance, gsl_rel_error_tol=0.0)
    for sources, sign in ((spikes[:14], 1.0), (spikes[14:], -3.0)):
        for neuron in (theirs, exact, same):
            nest.Connect(sources, neuron, syn_spec={"weight": sign * weight / 10, "delay": 1.0})
    meters = [record(neuron) for neuron in (theirs, exact, same)]
    nest.Simulate(60.0)
    nests, true, own = (
        trace(meter, neuron) for meter, neuron in zip(meters, (theirs, exact, same), strict=True)
    )
    assert np.ptp(true) > 1.0
    assert np.abs(own - true).max() < 20 * np.abs(nests - true).max()
