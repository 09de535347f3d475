import math
import warnings

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nestml_jit.card import Facts
from nestml_jit.codegen.fusion import generate
from nestml_jit.solvers import METHODS
from tests.codegen.compiling import PACKAGE
from tests.codegen.harness import Block, library, models

NONLINEAR = """
model nonlinear_neuron:
    state:
        V real = 0.1
        g real = 0
        u real = 0
        x real = 0
        y real = 0
    equations:
        kernel K = exp(-t / tau_1)
        V' = (V - V**3 / 3 - u + I_e + g + convolve(K, spikes)) / tau_1
        u' = (V + 0.7 - 0.8 * u) / tau_2
        g' = -g / tau_2
        x' = -x * exp(-x) * sin(t / tau_1) / (1 ms) + 1 / (1 ms)
        y' = -y / tau_1
    parameters:
        tau_1 ms = 1 ms
        tau_2 ms = 12.5 ms
        I_e real = 0.5
    input:
        spikes <- spike
    update:
        integrate_odes()
    onReceive(spikes):
        g += spikes * 1 s
"""


def test_mixed_system_within_tolerance():
    currents = np.linspace(0.0, 1.0, 64)
    block = Block(models(NONLINEAR)[0], lanes=64, parameters={"I_e": currents}, slots=128)
    for lane in range(64):
        block.add(100, 0, lane, 0.3)
    block.run(300)
    for lane in (0, 17, 63):

        def slopes(t, z, drive=currents[lane]):
            V, u, g, K, x = z
            return [
                V - V**3 / 3 - u + drive + g + K,
                (V + 0.7 - 0.8 * u) / 12.5,
                -g / 12.5,
                -K,
                -x * math.exp(-x) * math.sin(t) + 1,
            ]

        first = solve_ivp(slopes, (0, 10), [0.1, 0, 0, 0, 0], rtol=1e-11, atol=1e-12)
        z = first.y[:, -1] + [0, 0, 0.3, 0.3, 0]
        second = solve_ivp(slopes, (10, 30), z, rtol=1e-11, atol=1e-12).y[:, -1]
        names = ["V", "u", "g", "K__X__spikes", "x"]
        found = [block[name][lane] for name in names]
        assert found == pytest.approx(list(second), rel=1e-4, abs=1e-5)
        assert found[2:4] == pytest.approx(list(second[2:4]), rel=1e-9)
    assert {s.variable: s.method for s in block.fusion.solvers} == {
        "V": "Runge-Kutta-Fehlberg 4(5)",
        "u": "Runge-Kutta-Fehlberg 4(5)",
        "x": "Runge-Kutta-Fehlberg 4(5)",
        "g": "exact propagator",
        "y": "exact propagator",
        "K__X__spikes": "exact propagator",
    }


def test_tolerances_are_parameters():
    errors = []
    for tolerance in (1e-3, 1e-6, 1e-9):
        parameters = {"gsl_abs_error_tol": tolerance, "gsl_rel_error_tol": tolerance}
        block = Block(models(NONLINEAR)[0], h=1.0, parameters=parameters)
        block.run(30)
        errors.append(block["V"][0])
    assert abs(errors[0] - errors[2]) > 10 * abs(errors[1] - errors[2])
    assert errors[1] == pytest.approx(errors[2], abs=1e-5)


STIFF = """
model stiff_neuron:
    state:
        x real = 1
        y real = 0
        held real = 2
        refr_t ms = 1 ms
    equations:
        x' = -1000 * (x**3 - cos(y)) / (1 ms)
        y' = 1 / (1 ms)
        held' = -held**2 / (1 ms)
        refr_t' = -1
    update:
        if refr_t > 0 ms:
            integrate_odes(x, y, refr_t)
        else:
            integrate_odes(x, y, held)
"""


def test_small_pieces_and_masks():
    block = Block(models(STIFF)[0], facts=Facts(solver="rkf45"))
    block.run(10)
    assert block["held"][0] == 2.0
    block.run(10)
    assert block["held"][0] == pytest.approx(2 / (1 + 2 * 1.0), rel=1e-5)
    assert block["x"][0] ** 3 == pytest.approx(math.cos(2.0), abs=5e-3)
    assert not block.failures


STEEP = """
model steep_neuron:
    state:
        x real = 10000
        y real = 0
        z real = 0
    equations:
        x' = -x**3 / (1 ms)
        y' = y * x / (1 ms)
        z' = -z**2 / (1 ms)
    update:
        integrate_odes()
"""


@pytest.mark.parametrize("solver", ["rkf45", "rosenbrock"])
def test_an_attempt_that_is_not_finite_is_none(solver):
    """A whole step overflows in x; others, whose errors are 0, do not make up for it."""
    block = Block(models(STEEP)[0], facts=Facts(solver=solver), h=1.0)
    block.run(1)
    assert block["x"][0] == pytest.approx(1.0 / math.sqrt(1e-8 + 2.0), rel=1e-4)
    assert (block["y"][0], block["z"][0]) == (0.0, 0.0)


BURSTING = """
model bursting_neuron:
    state:
        x real = 1
        y real = 0
    parameters:
        k real = 50
    equations:
        x' = -k * x / (1 ms)
        y' = exp(x) / (1 ms)
    update:
        integrate_odes(x, y)
"""


@pytest.mark.parametrize("rate", [200.0, 1000.0])
def test_an_attempt_with_an_infinite_error_is_followed_by_a_shorter_one(rate):
    """In the third stage of a whole step x is so large that exp(x) is infinite, and in no other."""
    block = Block(models(BURSTING)[0], facts=Facts(solver="rkf45"), h=1.0, parameters={"k": rate})
    block.run(1)

    def slope(_time, state):
        return [-rate * state[0], math.exp(state[0])]

    solution = solve_ivp(slope, (0.0, 1.0), [1.0, 0.0], method="Radau", rtol=1e-10, atol=1e-12)
    assert block["y"][0] == pytest.approx(solution.y[1, -1], rel=1e-4)


@pytest.mark.parametrize("model", ["aeif_cond_alpha", "hh_psc_alpha"])
def test_a_lane_does_not_depend_on_how_many_are_computed_with_it(model):
    """SIMD batches are of several sizes, depending on how many lanes need more than one substep."""
    text = (PACKAGE / "models" / f"{model}_neuron.nestml").read_text()
    traces = []
    for lanes in (64, 21, 13, 5):
        currents = np.where(np.arange(64) < lanes, np.linspace(500.0, 1500.0, 64), 0.0)
        tight = {"gsl_abs_error_tol": 1e-8, "gsl_rel_error_tol": 0.0}
        block = Block(models(text)[0], lanes=64, parameters={"I_e": currents, **tight}, slots=128)
        for lane in range(0, lanes, 3):
            block.add(10, 0, lane, 20.0)
        block.run(60)
        traces.append(block["V_m"][:5])
    for trace in traces[1:]:
        assert np.array_equal(trace, traces[0])


def test_a_step_that_cannot_be_integrated_is_reported_once_per_lane_and_step():
    text = """
model exploding_neuron:
    state:
        x real = 1
    equations:
        x' = x**2 / (1 ms)
    update:
        integrate_odes()
"""
    block = Block(models(text)[0], lanes=2)
    block.run(9)
    assert block["x"][0] == pytest.approx(10.0, rel=1e-4)
    assert not block.failures
    block.run(2)
    assert {lane for lane, _ in block.failures} == {0, 1}
    assert "x" in block.failures[0][1]


FUNCTIONS = """
model functions_neuron:
    state:
        x real = rise(2.0)
        n integer = 0
        z real = 0
    equations:
        z' = -rise(z) / tau
    parameters:
        tau ms = 10 ms
        a real = 3
    update:
        n = count(5)
        x = rise(x) + a
        integrate_odes()
    function rise(v real) real:
        if v > 1:
            w real = v - 1
            w *= a
            return w
        return 0.0
    function count(top integer) integer:
        i integer = 0
        sum integer = 0
        for i in 0 ... top step 1:
            sum += i
        while sum > 9:
            sum -= 1
        return sum
"""


def test_functions():
    block = Block(models(FUNCTIONS)[0])
    assert block["x"][0] == 3.0
    block.run(1)
    assert block["x"][0] == 3 * 2 + 3
    assert block["n"][0] == 9
    assert "function_count" in block.source
    assert "function_rise" not in block.source


def test_vector_exponential_is_accurate():
    text = """
model exponential_neuron:
    state:
        x real = 0
        y real = 0
    update:
        y = exp(x)
"""
    block = Block(models(text)[0], lanes=64)
    assert "nj_exp" in block.source
    rng = np.random.default_rng(1)
    for scale in (1e-8, 1.0, 30.0, 700.0):
        x = rng.uniform(-scale, scale, 64)
        block.columns["x"][:] = x
        block.run(1)
        exact = np.exp(x.astype(np.longdouble))
        assert np.max(np.abs(block["y"] / exact - 1)) < 1.5 * 2.3e-16
    block.columns["x"][:4] = [800.0, -800.0, math.nan, 709.5]
    block.run(1)
    assert block["y"][0] == math.inf
    assert 0 <= block["y"][1] < 1e-300
    assert math.isnan(block["y"][2])
    assert block["y"][3] == pytest.approx(math.exp(709.5), rel=1e-15)


@pytest.mark.parametrize(
    ("solver", "error"),
    [("rk4", 2e-5), ("rosenbrock", 2e-4), ("exponential_euler", 0.05), ("forward_euler", 0.1)],
)
def test_other_solvers(solver, error):
    model = models(NONLINEAR)[0]
    reference = Block(model, lanes=2, parameters={"I_e": 0.8})
    block = Block(model, facts=Facts(solver=solver), lanes=2, parameters={"I_e": 0.8})
    for each in (reference, block):
        each.add(20, 0, 0, 0.3)
        each.run(60)
    for name in ("V", "u", "x"):
        assert block[name][0] == pytest.approx(reference[name][0], abs=error)
        assert block[name][0] != reference[name][0]
    assert block["g"][0] == reference["g"][0]
    assert {s.method for s in block.fusion.solvers} == {"exact propagator", METHODS[solver].title}


def test_rosenbrock_takes_stiff_systems_in_few_steps():
    model = models(STIFF)[0]
    block = Block(model, facts=Facts(solver="rosenbrock"), h=0.5)
    block.run(4)
    assert block["x"][0] ** 3 == pytest.approx(math.cos(2.0), abs=5e-3)


def test_exponential_euler_is_exact_for_what_is_linear_in_itself():
    text = """
model gated_neuron:
    state:
        V real = 1
        m real = 0.2
    equations:
        V' = -V**3 / (1000 ms)
        m' = ((1 - m) * V - m * 2) / (1 ms)
    update:
        integrate_odes(m)
"""
    block = Block(models(text)[0], facts=Facts(solver="exponential_euler"), h=1.0)
    block.run(1)
    assert block["m"][0] == pytest.approx(1 / 3 + (0.2 - 1 / 3) * math.exp(-3), rel=1e-14)


def test_equations_of_the_library_are_not_stiff():
    names = sorted(path.stem for path in (PACKAGE / "models").glob("*_neuron.nestml"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of models that depend on the resolution, for example
        cards = {name: generate(library(name), (), Facts())[1] for name in names}
    used = {name: {solver.method for solver in card.solvers} for name, card in cards.items()}
    assert not [name for name, methods in used.items() if METHODS["rosenbrock"].title in methods]
    numeric = {name for name, methods in used.items() if METHODS["rkf45"].title in methods}
    assert {"aeif_cond_exp_neuron", "hh_psc_alpha_neuron", "iaf_cond_beta_neuron"} <= numeric


@pytest.mark.parametrize(
    ("slope", "method"),
    [
        ("-x**3 / tau", "rosenbrock"),
        ("-x**3 / (1000 * tau)", "rkf45"),
        ("x**3 / tau", "rkf45"),  # grows
        ("-x**3 / tau + erf(x) / (1 ms)", "rkf45"),  # Rosenbrock's method wants the derivative of erf
    ],
)
def test_what_counts_as_stiff(slope, method):
    text = f"""
model decaying_neuron:
    state:
        x real = 1
    equations:
        x' = {slope}
    parameters:
        tau ms = 1e-3 ms
    update:
        integrate_odes()
"""
    model = models(text)[0]
    chosen = generate(model, (), Facts())[1].solvers[0]
    assert chosen.method == METHODS[method].title
    assert ("stiff" in chosen.reason) == (method == "rosenbrock")
    asked = generate(model, (), Facts(solver="rkf45"))[1].solvers[0]
    assert asked.method == METHODS["rkf45"].title
    assert "stiff" not in asked.reason
