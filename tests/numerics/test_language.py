"""What NESTML says that models do, in simulations, against plain Python and scipy."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.numerics.network import generators, nest, record, record_spikes, reset, spikes, trace

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

PORTS = """
    input:
        spikes <- spike
    output:
        spike
"""


def define(text: str) -> str:
    (name,) = nest.jit.define(text)
    return str(name)


FUNCTIONS = {
    "exp(x)": math.exp,
    "ln(x)": math.log,
    "log10(x)": math.log10,
    "expm1(x)": math.expm1,
    "sin(x)": math.sin,
    "cos(x)": math.cos,
    "tan(x)": math.tan,
    "sinh(x)": math.sinh,
    "cosh(x)": math.cosh,
    "tanh(x)": math.tanh,
    "erf(x)": math.erf,
    "erfc(x)": math.erfc,
    "pow(x, 2.5)": lambda x: x**2.5,
    "x**-2": lambda x: x**-2,
    "min(x, 1.5)": lambda x: min(x, 1.5),
    "max(x, 1.5)": lambda x: max(x, 1.5),
    "clip(x, 0.5, 2.5)": lambda x: min(2.5, max(0.5, x)),
    "abs(1.5 - x)": lambda x: abs(1.5 - x),
    "ceil(x)": math.ceil,
    "floor(x)": math.floor,
    "round(x)": lambda x: math.floor(x + 0.5),
}


def test_predefined_functions() -> None:
    state = "".join(f"        y{index} real = 0\n" for index in range(len(FUNCTIONS)))
    update = "".join(f"        y{index} = {text}\n" for index, text in enumerate(FUNCTIONS))
    text = f"model functions_neuron:\n    state:\n        x real = 0.5\n{state}{PORTS}    update:\n{update}"
    values = [1e-3, 0.3, 0.75, 1.5, 2.4, 3.2, 7.9]
    neurons = nest.Create(define(text), len(values))
    neurons.x = values
    nest.Simulate(0.1)
    for index, (name, function) in enumerate(FUNCTIONS.items()):
        assert neurons.get(f"y{index}") == pytest.approx([function(x) for x in values], rel=1e-14), name


def test_equations_with_conditions_functions_logarithms_and_time() -> None:
    text = f"""
model conditions_neuron:
    state:
        x real = 1
        y real = 2
        z real = 0
    equations:
        inline rate real = x > y ? 2.0 : 0.5
        x' = (rate - x * ln(y)) / tau
        y' = (max(1.0, x) + log10(1 + y) - half_of(y)) / tau
        z' = (sin(t / tau) - z * min(x, y)) / tau
    parameters:
        tau ms = 3 ms
{PORTS}
    update:
        integrate_odes()
    function half_of(v real) real:
        if v > 1.5:
            return v / 2
        return 0.75
"""
    neuron = nest.Create(define(text))
    meter = record(neuron, ["x", "y", "z"])
    nest.Simulate(20.1)

    def slopes(t: float, state: np.ndarray) -> list[float]:
        x, y, z = state
        rate = 2.0 if x > y else 0.5
        half = y / 2 if y > 1.5 else 0.75
        return [
            (rate - x * math.log(y)) / 3,
            (max(1.0, x) + math.log10(1 + y) - half) / 3,
            (math.sin(t / 3) - z * min(x, y)) / 3,
        ]

    grid = np.arange(1, 200) * 0.1
    expected = solve_ivp(slopes, (0, 20), [1, 2, 0], t_eval=grid, rtol=1e-10, atol=1e-12, max_step=0.05).y
    for name, values in zip("xyz", expected, strict=True):
        assert trace(meter, neuron, name)[:199, 0] == pytest.approx(values, rel=1e-4, abs=1e-5), name


def test_units_in_equations_with_inlines_count_once() -> None:
    text = f"""
model units_neuron:
    state:
        x mV = 1 mV
        y mV = 0 mV
    equations:
        inline gain real = 2.
        inline I_in pA = g * x * 3
        inline both pA = I_in + 500 pA / 1e3
        x' = -gain * x * 2 mV / tau / 1 mV + 3 mV / tau
        y' = both / C * 1 mV / 1 mV - y / tau
    parameters:
        tau ms = 10 ms
        g nS = 2 nS
        C pF = 100 pF
        W mV = 1 V
        p mV = 2 uV
        rate Bq = 20 Bq
        tau_s s = 0.02 s
    internals:
        period ms = 1 / rate
        same ms = tau_s
        mixed mV = 1 V + 2 mV
{PORTS}
    update:
        integrate_odes()
"""
    neuron = nest.Create(define(text))
    stored = {"W": 1000.0, "p": 0.002, "period": 50.0, "same": 20.0, "mixed": 1002.0, "tau_s": 20.0}
    assert neuron.get(list(stored)) == stored
    meter = record(neuron, ["x", "y"])
    nest.Simulate(5.1)

    def slopes(_t: float, state: np.ndarray) -> list[float]:
        x, y = state
        return [-2 * x * 2 / 10 + 3 / 10, (2 * x * 3 + 0.5) / 100 - y / 10]

    expected = solve_ivp(slopes, (0, 5), [1, 0], rtol=1e-11, atol=1e-13).y[:, -1]
    assert [trace(meter, neuron, name)[-1, 0] for name in "xy"] == pytest.approx(expected, rel=1e-9)


TIMED = f"""
model timed_neuron:
    state:
        seen[3] ms = -1 ms
    parameters:
        start ms = 3 ms
{PORTS}
    update:
        if t > start:
            start_seen ms = t
            seen[0] = start_seen
    onReceive(spikes):
        seen[1] = t
    onCondition(t > start and seen[2] < 0 ms):
        seen[2] = t
"""


@pytest.mark.parametrize("resolution", [0.1, 0.3])
def test_time_is_that_of_the_end_of_the_step(resolution: float) -> None:
    reset(resolution)
    neuron = nest.Create(define(TIMED), params={"start": round(9 * resolution, 6)})
    spike, delay = round(10 * resolution, 6), round(5 * resolution, 6)
    nest.Connect(generators([[spike]]), neuron, syn_spec={"delay": delay})
    meter = record(neuron, ["seen[0]", "seen[1]"])
    nest.Simulate(round(30 * resolution, 6))
    assert neuron.seen[2] == pytest.approx(10 * resolution, abs=1e-12)
    assert neuron.seen[0] == pytest.approx(30 * resolution, abs=1e-12)
    rows = meter.events
    arrived = rows["times"][rows["seen[1]"] > 0][0]
    assert neuron.seen[1] == pytest.approx(arrived, abs=1e-12) == pytest.approx(15 * resolution, abs=1e-12)
    late = rows["seen[0]"] > 0
    assert rows["seen[0]"][late] == pytest.approx(rows["times"][late], abs=1e-12)


def test_filter_in_a_vector() -> None:
    """A moving average over the spikes of the last steps, in a ring of a vector's elements."""
    text = """
model filter_neuron:
    state:
        ring[n] real = 0
        place integer = 0
        y real = 0
        weight real = 0
    parameters:
        n integer = 8
        b[n] real = 0.125
    input:
        spikes <- spike
    output:
        spike
    update:
        i integer = 0
        y = 0
        for i in 0 ... n step 1:
            y += b[i] * ring[(place - i + n) % n]
        place = (place + 1) % n
        ring[place] = 0
    onReceive(spikes):
        ring[place] = spikes * 1 s
"""
    neurons = nest.Create(define(text), 2)
    neurons[1].set(n=5, b=[1.0, 0.5, 0.25, 0.0, 2.0])
    steps = [12, 15, 16, 30, 31, 35]
    nest.Connect(
        generators([[round(step * 0.1, 1) for step in steps]], 2.0), neurons, syn_spec={"delay": 1.0}
    )
    meter = record(neurons, ["y"])
    nest.Simulate(10.0)
    train = np.zeros(101)
    train[[step + 10 for step in steps]] = 2.0
    for column, b in enumerate(([0.125] * 8, [1.0, 0.5, 0.25, 0.0, 2.0])):
        expected = np.convolve(train, b)
        found = trace(meter, neurons, "y")[:, column]
        assert found.max() > 0
        assert found == pytest.approx(expected[: len(found)], abs=1e-12)


PORTS_OF_ALL_KINDS = """
model ports_neuron:
    state:
        seen[7] real = 0
        a real = 0
        b real = 0
    input:
        first <- spike
        exc <- excitatory spike
        several[2] <- spike
        inh <- inhibitory spike
        last <- spike
        current pA <- continuous
        other real <- continuous
    output:
        spike
    update:
        a = current / 1 pA
        b = other
    onReceive(first):
        seen[0] += first * 1 s
    onReceive(exc):
        seen[1] += exc * 1 s
    onReceive(inh):
        seen[2] += inh * 1 s
    onReceive(several):
        i integer = 0
        for i in 0 ... 2 step 1:
            seen[3 + i] += several[i] * 1 s
    onReceive(last):
        seen[5] += last * 1 s
        seen[6] += 1
"""


def test_receptors_are_numbered_and_named_as_in_nestml() -> None:
    neuron = nest.Create(define(PORTS_OF_ALL_KINDS))
    names = {"FIRST": 1, "EXC_INH": 2, "EXC": 2, "INH": 2, "SEVERAL_0": 3, "SEVERAL_1": 4, "LAST": 5}
    assert neuron.get("receptor_types") == names
    assert neuron.get("continuous_inputs") == {"current": 0, "other": 1}
    for receptor in range(1, 6):
        for sign in (1.0, -2.0):
            spec = {"weight": receptor * sign, "delay": 1.0, "receptor_type": receptor}
            nest.Connect(generators([[1.0]]), neuron, syn_spec=spec)
    for number, amplitude in enumerate((20.0, 30.0)):
        source = nest.Create("dc_generator", params={"amplitude": amplitude})
        nest.Connect(source, neuron, syn_spec={"receptor_type": number, "weight": 2.0})
    for wrong in (0, 6):
        with pytest.raises(nest.NESTErrors.UnknownReceptorType):
            nest.Connect(generators([[1.0]]), neuron, syn_spec={"receptor_type": wrong})
    nest.Simulate(5.0)
    # The inhibitory one of a pair gets negative weights with their sign flipped.
    assert neuron.seen.tolist() == [-1.0, 2.0, 4.0, -3.0, -4.0, -5.0, 1.0]
    assert (neuron.a, neuron.b) == (40.0, 60.0)


def test_convolutions_go_on_while_other_variables_stand_still() -> None:
    text = f"""
model standing_neuron:
    state:
        x real = 1
        x' 1/ms = 0 / 1 ms
        y real = 1
        q real = 1
    equations:
        kernel K = exp(-t / tau)
        x'' = -x / tau**2 - 2 * x' / tau
        y' = (convolve(K, spikes) - y) / tau
        q' = -q**3 / tau
        recordable inline drive real = 3 * convolve(K, spikes)
    parameters:
        tau ms = 4 ms
{PORTS}
    update:
        if t < 3.05 ms:
            integrate_odes(x)
        elif t < 6.05 ms:
            integrate_odes(q, y)
        else:
            integrate_odes()
"""
    neuron = nest.Create(define(text))
    nest.Connect(generators([[1.0]]), neuron, syn_spec={"weight": 0.5, "delay": 1.0})
    meters = [record(neuron, ["x", "x__d", "y", "q", "drive"], interval) for interval in (0.1, 0.7)]
    nest.Simulate(10.1)
    rows = {name: trace(meters[0], neuron, name)[:100, 0] for name in ("x", "y", "q", "drive")}
    time = np.arange(1, 101) * 0.1
    moving = np.where(time < 3.05, time, np.where(time < 6.05, 3.0, time - 3.0))
    assert rows["x"] == pytest.approx((1 + moving / 4) * np.exp(-moving / 4), rel=1e-12)
    since = np.maximum(0.0, time - 3.0)
    assert rows["q"] == pytest.approx(1 / np.sqrt(1 + 2 * since / 4), rel=1e-5)
    assert rows["drive"] == pytest.approx(
        np.where(time > 1.95, 1.5 * np.exp(-(time - 2.0) / 4), 0.0), abs=1e-12
    )
    start = 0.5 * math.exp(-1.0 / 4)
    assert rows["y"] == pytest.approx((1 + start * since / 4) * np.exp(-since / 4), rel=1e-12)
    coarse = trace(meters[1], neuron, "drive")[:, 0]
    assert coarse == pytest.approx(trace(meters[0], neuron, "drive")[6::7, 0][: len(coarse)], rel=1e-14)


PRIORITIES = """
model ordered_neuron:
    state:
        x real = 1
    parameters:
        double real = 2
        E real = 5
    internals:
        h ms = resolution()
        from_E real = E / 42
        count integer = steps(1 ms)
    input:
        one <- spike
        two <- spike
        three <- spike
    output:
        spike
    onReceive(one, priority=2):
        x = x * double
    onReceive(two, priority=10):
        x = x + E
    onReceive(three, priority=9):
        x = x * 3
"""


@pytest.mark.parametrize("resolution", [0.1, 0.5])
def test_priorities_compare_as_numbers_and_internals_follow(resolution: float) -> None:
    reset(resolution)
    neuron = nest.Create(define(PRIORITIES))
    assert neuron.get(["h", "count"]) == {"h": resolution, "count": round(1 / resolution)}
    assert neuron.from_E == 5 / 42
    neuron.E = 123.0
    assert neuron.from_E == 123 / 42
    for receptor in (1, 2, 3):
        nest.Connect(generators([[2.0]]), neuron, syn_spec={"receptor_type": receptor})
    nest.Simulate(5.0)
    assert neuron.x == (1 + 123) * 3 * 2


REPEATING = """
model repeating_neuron:
    input:
        spikes <- spike
    output:
        spike
    onReceive(spikes):
        emit_spike()
        emit_spike()
"""


def test_spikes_from_a_handler_are_of_that_step_and_each_counts() -> None:
    neuron, heard = nest.Create(define(REPEATING)), nest.Create("parrot_neuron")
    targets = nest.Create("iaf_psc_delta", 2)
    nest.Connect(generators([[1.0, 11.0, 21.0]]), neuron, syn_spec={"delay": 1.0})
    nest.Connect(neuron, heard)
    for target, synapse in zip(targets, ("static_synapse", "static_synapse_nestml"), strict=True):
        nest.Connect(neuron, target, syn_spec={"synapse_model": synapse, "weight": 0.5})
    recorders = [record_spikes(node) for node in (neuron, heard)]
    meter = record(targets)
    nest.Simulate(25.0)
    assert recorders[0].events["times"].tolist() == [2.0, 2.0, 12.0, 12.0, 22.0, 22.0]
    assert recorders[1].events["times"].tolist() == [3.0, 3.0, 13.0, 13.0, 23.0, 23.0]
    assert trace(meter, targets).max(axis=0) == pytest.approx(
        [-69.0 + math.exp(-2) + math.exp(-1)] * 2, abs=1e-9
    )
    assert np.array_equal(*trace(meter, targets).T)


NOISE = f"""
model noisy_neuron:
    state:
        x real = 0
        y real = 0
    equations:
        y' = -y / (2 ms)
    parameters:
        tau ms = 5 ms
        sigma real = 2
    internals:
        P real = exp(-resolution() / tau)
        A real = sigma * (1 - P**2)**0.5
{PORTS}
    update:
        integrate_odes()
        x = P * x + A * random_normal(0, 1)
        if x > 1.5 * sigma and random_uniform(0, 1) < 0.2:
            emit_spike()
    onReceive(spikes):
        y += spikes * 1 s + random_poisson(3)
"""


def noisy(threads: int, order: tuple[str, ...] = ("noise", "quiet", "noise")) -> tuple[Any, ...]:
    """Simulate neurons whose IDs are the same in whatever order their models were first used."""
    reset(threads=threads)
    name = define(NOISE)
    if order[0] == "defaults":
        nest.GetDefaults("iaf_psc_exp_neuron")
        nest.CopyModel(name, "unused")
    first = nest.Create(name, 70) if order[0] != "pieces" else nest.Create(name, 20) + nest.Create(name, 50)
    nest.Create("iaf_psc_exp_neuron", 3)
    second = nest.Create(name, 5)
    neurons = first + second
    nest.Connect(first, second, "all_to_all")
    recorder, meter = record_spikes(neurons), record(neurons, ["x", "y"], 1.0)
    nest.Simulate(200.0)
    return spikes(recorder, neurons), trace(meter, neurons, "x"), trace(meter, neurons, "y")


def test_noise_has_its_mean_and_variance_whatever_the_threads_and_the_order() -> None:
    expected = noisy(1)
    x = expected[1]
    assert len(expected[0]) > 50
    assert abs(x[50:].mean()) < 0.1
    assert x[50:].var() == pytest.approx(4.0, rel=0.1)
    for found in (noisy(2), noisy(4), noisy(1, ("pieces",)), noisy(2, ("defaults",))):
        assert found[0] == expected[0]
        assert np.array_equal(found[1], expected[1])
        assert np.array_equal(found[2], expected[2])


@pytest.mark.parametrize("threads", [1, 2])
def test_input_of_frozen_neurons_waits_as_with_nest(threads: int) -> None:
    found = []
    for model in ("iaf_psc_exp_neuron", "iaf_psc_exp"):
        reset(threads=threads)
        neurons = nest.Create(model, 70, params={"I_e": [10.0 * index for index in range(70)]})
        for delay, weight in ((1.0, 100.0), (2.5, -40.0), (0.7, 30.0)):
            source = generators([[3.0, 8.0, 8.1, 13.0, 61.0]])
            nest.Connect(source, neurons, syn_spec={"weight": weight, "delay": delay})
        current = nest.Create("dc_generator", params={"amplitude": 5.0, "start": 9.0})
        nest.Connect(current, neurons[::3])
        recorder, meter = record_spikes(neurons), record(neurons[1::2])
        nest.Simulate(5.0)
        neurons[::2].frozen = True
        before = neurons[::2].V_m
        nest.Simulate(9.6)
        assert neurons[::2].V_m == before
        nest.Simulate(40.0)
        neurons[:40].frozen = False
        nest.Simulate(30.0)
        found.append((spikes(recorder, neurons), trace(meter, neurons[1::2]), np.array(neurons.V_m)))
    (our_spikes, our_trace, ours), (their_spikes, their_trace, theirs) = found
    assert our_spikes == their_spikes
    assert {index for time, index in our_spikes if time > 54.6} >= {38, 41, 69}
    assert np.abs(our_trace - their_trace).max() <= 1e-9
    assert np.abs(ours - theirs).max() <= 1e-9


TALKING = f"""
model talking_neuron:
    state:
        x mV = 2.5 mV
        k integer = 1234567
{PORTS}
    update:
        if k > 0:
            print("x is {{x}}, ")
            println("k is {{k}} and {{nothing}}")
            info("informed of {{x}}")
            warning("warned at {{t}}")
            k = -1
"""


def test_messages() -> None:
    script = f"""
import nestml_jit as nest
nest.jit.define({TALKING!r})
neuron = nest.Create("talking_neuron")
for level in ("INFO", "WARNING", "ERROR"):
    nest.verbosity = nest.VerbosityLevel[level]
    neuron.k = 1234567
    nest.Simulate(0.1)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True
    )
    text = done.stdout + done.stderr
    assert text.count("x is 2.5 mV, k is 1234567 and {nothing}\n") == 3
    assert text.count("Node 1 (talking_neuron): informed of 2.5 mV") == 1
    assert text.count("Node 1 (talking_neuron): warned at") == 2
