"""The interpreter: statements, initial values, guards, and a neuron against its exact solution."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import pytest

import nestml_jit
from nestml_jit import dsl
from nestml_jit.dsl.tree import Model
from nestml_jit.oracle.arithmetic import Value
from nestml_jit.oracle.interpreter import InterpreterError
from nestml_jit.oracle.reference import ReferenceNeuron
from nestml_jit.oracle.values import Values


def load(text: str) -> Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (model,) = dsl.load(text)
    return model


def run(update: str, state: str = "x real = 0", more: str = "") -> ReferenceNeuron:
    lines = "\n".join(f"        {line}" for line in update.splitlines())
    head = f"model a_neuron:\n    state:\n        {state}\n    output:\n        spike\n"
    text = f"{head}    update:\n{lines}\n{more}"
    neuron = ReferenceNeuron(load(text))
    neuron.step()
    return neuron


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ("x += 2\nx *= 3\nx -= 1\nx /= 2", 2.5),
        ("i integer = 0\nfor i in 0 ... 5 step 1:\n    x += i", 10),
        ("i integer = 0\nfor i in 5 ... 0 step -2:\n    x += i", 9),
        ("i real = 0\nfor i in 0 ... 1 step 0.25:\n    x += 1", 4),
        ("while x < 10:\n    x += 3", 12),
        ("if x > 0:\n    x = 1\nelif x == 0:\n    x = 2\nelse:\n    x = 3", 2),
        ("v[3] real = 2\nv[1] = 5\nx = v[0] + v[1] + v[2]", 9),
        ("n integer = 7\nn //= 2\nx = n", 3),
        ("x = clip(5, 1, 3) + abs(-2) + min(1, 2) + max(1, 2.5)", 8.5),
    ],
)
def test_statements(update: str, expected: float) -> None:
    assert run(update)["x"] == expected


def test_functions() -> None:
    more = "    function f(n integer) integer:\n        return n <= 1 ? 1 : n * f(n - 1)\n"
    assert run("x = f(5)", more=more)["x"] == 120


def test_a_loop_variable_may_be_a_state() -> None:
    assert run("for x in 0 ... 3 step 1:\n    y += x", "x real = 0\n        y real = 0")["y"] == 3


def test_endless_recursion_is_an_error() -> None:
    more = "    function f(n integer) integer:\n        return f(n)\n"
    with pytest.raises(InterpreterError, match="too often"):
        run("x = f(5)", more=more)


def test_printing() -> None:
    neuron = run('x = 2\nprintln("x is {x}")')
    assert neuron.output == ["x is 2.0\n"]


INITIAL = """model a_neuron:
    state:
        V_m mV = E_L + 1 mV
    parameters:
        E_L mV = -70 mV [[ E_L < 0 mV ]]
        q mV = p
    internals:
        p mV = 2 * E_L
"""


def test_initial_values_follow_parameters() -> None:
    model = load(INITIAL)
    assert Values(model)["V_m"] == -69.0
    values = Values(model, {"E_L": -50.0})
    assert (values["V_m"], values["p"], values["q"]) == (-49.0, -100.0, -100.0)


def test_guards() -> None:
    model = load(INITIAL)
    assert Values(model).violated() == []
    assert [item.name for item in Values(model, {"E_L": 1.0}).violated()] == ["E_L"]


def test_priorities_compare_as_numbers() -> None:
    text = """model a_neuron:
    state:
        x real = 1
    input:
        a <- spike
        b <- spike
    onReceive(a, priority=2):
        x += 1
    onReceive(b, priority=10):
        x *= 5
"""
    neuron = ReferenceNeuron(load(text))
    neuron.step({"a": 1.0, "b": 1.0})
    assert neuron["x"] == 6


DECAY = """model a_neuron:
    state:
        x real = 1
        y real = 0
        r ms = 2 ms
    parameters:
        tau ms = 10 ms
    equations:
        kernel K = t / tau * exp(-t / tau)
        kernel D = delta(t)
        inline I real = convolve(K, s)
        x' = -x / tau + s
        y' = -y / tau + 2 * convolve(D, s) / 1 ms
        r' = -1
    input:
        s <- spike
    update:
        integrate_odes()
"""


def test_equations_and_convolutions() -> None:
    neuron = ReferenceNeuron(load(DECAY))
    for step in range(1, 51):
        neuron.step({"s": 3.0} if step == 10 else None)
    age = 4.0
    assert neuron["x"] == pytest.approx(math.exp(-0.5) + 3 * math.exp(-age / 10), rel=1e-12)
    assert neuron["y"] == pytest.approx(6 * math.exp(-age / 10), rel=1e-12)
    assert neuron["I"] == pytest.approx(3 * age / 10 * math.exp(-age / 10), rel=1e-12)
    assert neuron["r"] == pytest.approx(-3.0, abs=1e-12)


def test_own_model_against_its_exact_solution() -> None:
    path = Path(nestml_jit.__file__).parent / "models" / "iaf_psc_exp_neuron.nestml"
    neuron = ReferenceNeuron(load(path.read_text(encoding="utf-8")))
    values = {name: neuron[name] for name in ("tau_m", "C_m", "tau_syn_exc", "E_L")}
    tau, capacity, decay, rest = (float(item) for item in values.values() if isinstance(item, float))
    for step in range(1, 101):
        neuron.step({"exc_spikes": 500.0} if step == 10 else None)
    age = 9.0
    depth = 500.0 / capacity / (1 / decay - 1 / tau) * (math.exp(-age / tau) - math.exp(-age / decay))
    assert neuron["V_m"] == pytest.approx(rest + depth, abs=1e-9)


VECTORS = """model a_neuron:
    state:
        v[n] real = 3
        u[2] real = 0
        past real = 0
        ready[2] boolean = false
        other[2] boolean = true
    parameters:
        n integer = 2
        tau[2] ms = 4 ms
        a[2] real = 2
    equations:
        kernel K = exp(-t / tau[0])
        inline sum real = v[0] + v[1]
        v' = -v / tau
        u' = (a - u) / tau[1] + spikes
    input:
        spikes[2] <- spike
        I[2] real <- continuous
    update:
        integrate_odes()
        past = sum + I[1]
        other = ready
        ready[1] = true
    onReceive(spikes):
        a2[2] real = a
        a2 += 1
        v[0] += spikes[0] * 1 s + a2[1]
"""


def test_vectors() -> None:
    given: dict[str, Value] = {"v": [3.0, 5.0], "tau": [4.0, 8.0], "a": [2.0, 1.0]}
    neuron = ReferenceNeuron(load(VECTORS), given, resolution=0.5)
    neuron.step(None, {"I[1]": 7.0})
    neuron.step({"spikes[0]": 10.0})
    decays = [math.exp(-1 / 4), math.exp(-1 / 8)]
    assert neuron["v"] == pytest.approx([3 * decays[0] + 12, 5 * decays[1]], rel=1e-12)
    assert neuron["u"] == pytest.approx([2 * (1 - decays[1]) + 10, 1 - decays[1]], rel=1e-12)
    assert neuron["past"] == pytest.approx(3 * decays[0] + 5 * decays[1] + 7, rel=1e-12)
    assert (neuron["ready"], neuron["other"]) == ([False, True], [False, True])
    neuron.step()
    assert neuron["past"] == pytest.approx(sum(map(float, neuron["v"])), rel=1e-12)  # type: ignore[arg-type]
    assert given["v"] == [3.0, 5.0]


def test_sizes_of_vectors_follow_parameters() -> None:
    assert ReferenceNeuron(load(VECTORS), {"n": 3, "tau": [1.0, 1.0, 1.0]})["v"] == [3.0, 3.0, 3.0]


def test_vectors_agree_with_the_compiled_kernel() -> None:
    from tests.codegen.harness import Block
    from tests.codegen.test_vectors import VECTORS as TEXT

    model = load(TEXT)
    block, neuron = Block(model, lanes=1, h=0.125), ReferenceNeuron(model, resolution=0.125)
    for step, weights in enumerate(({}, {"spikes[0]": 1.0}, {"spikes[0]": 2.0, "spikes[1]": 3.0}), 1):
        for label, weight in weights.items():
            block.add(step, int(label[7]), 0, weight)
        block.run(1)
        neuron.step(weights)
    for name, value in neuron.variables.items():
        elements = value if isinstance(value, list) else [value]
        labels = [f"{name}[{index}]" for index in range(len(elements))] if isinstance(value, list) else [name]
        assert [block[label][0] for label in labels] == pytest.approx(elements, rel=1e-6), name
