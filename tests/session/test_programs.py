"""Defaults, initial values and guards with anything in them, which the host evaluates without a compiler."""

from __future__ import annotations

import random
from typing import Any

import pytest
from nest import NESTErrors

from nestml_jit.dsl import load
from nestml_jit.oracle.values import Values
from tests.numerics.network import nest

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

FUNCTIONS = """
    function factorial(n real) real:
        return n <= 1 ? 1 : n * factorial(n - 1)
    function fibonacci(n integer) integer:
        if n < 2:
            return n
        return fibonacci(n - 1) + fibonacci(n - 2)
    function even(n integer) boolean:
        return n == 0 or odd(n - 1)
    function odd(n integer) boolean:
        return n != 0 and even(n - 1)
    function halved(n integer) integer:
        left integer = n
        rounds integer = 0
        while left > 1 and rounds < 100:
            left = left // 2
            rounds += 1
        return rounds
    function weighted(a real) real:
        w[3] real = a
        i integer = 0
        for i in 2 ... -1 step -1:
            w[i] = w[i] + i
        for i in 0 ... 3 step 1:
            if i == 1:
                w[i] *= 10
            elif i > 1:
                w[i] -= p
            else:
                w[i] /= 2
        return w[0] + w[1] + w[2]
    function named(n integer) string:
        text string = "n"
        if n > 2:
            text = text + n
        return text + "."
    function again(n real) real:
        return 1 + again(n + 1)
    function ever(n real) real:
        m real = n
        while m > 0:
            m += 1
        return m
"""
EXPRESSIONS = {
    "pow(p, 2.5)": "real",
    "pow(n, 2) + 2 ** -1": "real",
    "(6 & 3 | 1 << 5) ^ n": "integer",
    "~n >> 1": "integer",
    "(1 << 62) >> 60": "integer",
    "((1 << 62) + 4097) & 8191": "integer",
    "(3037000500 * 3037000500) >> 30": "integer",
    "-7 // 2 + -7 % 3 - 7 // -2": "integer",
    "7.9": "integer",
    "n / 2 + n // 2": "real",
    "factorial(6) + weighted(p)": "real",
    "fibonacci(15) - halved(1000)": "integer",
    "even(10) and not odd(4)": "boolean",
    "even(n) ? 1 : n > 2 ? 2.5 : 3": "real",
    "min(n, 2) + max(n, 2.5) + clip(p, 0, 1) + abs(-n)": "real",
    "steps(1.05 ms) + resolution() / 1 ms": "real",
    "v[n - 2] + k[n - 2]": "real",
    'named(n) + p + n + "!"': "string",
    "ceil(p) * floor(p) + round(2.5)": "real",
}
HEAD = """model programs_neuron:
    parameters:
        n integer = 3
        p real = 1.75
        v[3] real = 2.5
        k[3] integer = 4
"""
REST = "    output:\n        spike\n" + FUNCTIONS


def created(text: str, **parameters: Any) -> Any:
    (name,) = nest.jit.define(text)
    return nest.Create(name, params=parameters)


def test_as_the_interpreter_evaluates_them() -> None:
    """As parameters, internals and initial values; with the defaults and with other parameters."""
    lines = {"parameters": "", "internals": "    internals:\n", "state": "    state:\n"}
    for index, (expression, type_) in enumerate(EXPRESSIONS.items()):
        for block in lines:
            lines[block] += f"        {block}_{index} {type_} = {expression}\n"
    text = HEAD + "".join(lines.values()) + REST
    (model,) = load(text)
    for given in ({}, {"n": 4, "p": -0.5, "v": [1.0, 2.0, 3.0], "k": [7, 8, 9]}):
        expected = Values(model, given).all()
        found = created(text.replace("programs_neuron", f"programs{len(given)}_neuron"), **given).get()
        for name, value in expected.items():
            shown = list(found[name]) if isinstance(value, list) else found[name]
            assert shown == (
                pytest.approx(value, rel=1e-15, nan_ok=True) if isinstance(value, float) else value
            ), name


def _drawn(draw: random.Random, depth: int, whole: bool) -> str:
    if depth == 0:
        return draw.choice(("n", "3", "(-5)", "12345678901") if whole else ("p", "0.5", "n", "(-1.25)"))
    left, right = _drawn(draw, depth - 1, whole), _drawn(draw, depth - 1, whole)
    if whole:
        operator = draw.choice("+ - * & | ^ << >> //".split())
        return f"({left} {operator} ({right} | 1))" if operator == "//" else f"({left} {operator} ({right}))"
    condition = f"{_drawn(draw, 1, True)} > 2"
    return draw.choice(
        (
            f"({left} + {right})",
            f"({left} * {right})",
            f"({condition} ? {left} : {right})",
            f"max({left}, {right})",
            f"halved({_drawn(draw, depth - 1, True)})",
            f"exp(-abs({left}))",
        )
    )


def test_drawn_expressions() -> None:
    draw = random.Random(1)
    texts = [_drawn(draw, depth=3, whole=index % 2 == 0) for index in range(150)]
    lines = [
        f"        q{index} {'integer' if index % 2 == 0 else 'real'} = {text}\n"
        for index, text in enumerate(texts)
    ]
    text = HEAD.replace("programs", "drawn") + "".join(lines) + REST
    (model,) = load(text)
    expected, found = Values(model).all(), created(text).get()
    for index, shown in enumerate(texts):
        value = expected[f"q{index}"]
        assert isinstance(value, (int, float))
        assert found[f"q{index}"] == pytest.approx(value, rel=1e-14), shown


def test_guards() -> None:
    text = f"""model guards_neuron:
    parameters:
        n integer = 3 [[ fibonacci(n) < 10 and n & 1 == 1 ]]
        p real = 1.75 [[ pow(p, 2) < 4 and weighted(p) < 1e3 ]]
{REST}"""
    neuron = created(text)
    for good, bad in (({"n": 5}, {"n": 4}), ({"n": 1}, {"n": 7}), ({"p": -1.5}, {"p": 2.5})):
        neuron.set(good)
        with pytest.raises(NESTErrors.BadProperty, match="violates its guard"):
            neuron.set(bad)
        assert neuron.get(list(good)) == good


def test_what_has_no_value_is_an_error_and_changes_nothing() -> None:
    text = f"""model endless_neuron:
    parameters:
        x real = 0 [[ x == 0 or again(x) > 0 ]]
        y real = 0 [[ y == 0 or ever(y) > 0 ]]
        k integer = 1 [[ 4 // k > 0 ]]
        i integer = 2
        v[3] real = 1.5
        p real = v[i]
{REST}"""
    neuron = created(text)
    names = ["x", "y", "k", "i", "p"]
    before = neuron.get(names)
    for name, value, reason in (
        ("x", 1.0, "a function calls itself more than 10000 times"),
        ("y", 1.0, "a loop has more than 10000000 rounds"),
        ("k", 0, "an integer is divided by zero"),
    ):
        with pytest.raises(NESTErrors.BadProperty, match=f"'{name}'.*{reason}"):
            neuron.set({name: value})
        assert neuron.get(names) == before
    size = nest.network_size
    with pytest.raises(NESTErrors.BadProperty, match=r"'p'.*there is no element 3 in a vector of 3"):
        nest.Create("endless_neuron", params={"i": 3})
    for text in ("again(1)", "ever(1)"):
        parameters = f"    parameters:\n        p real = 1\n        q real = {text}\n"
        with pytest.raises(NESTErrors.BadProperty, match=r"'q'.*(calls itself|a loop has) more than"):
            created(f"model {text[:4]}_neuron:\n{parameters}{REST}")
    assert neuron.get(names) == before
    assert nest.Create("parrot_neuron").global_id >= size


def test_in_synapses() -> None:
    text = f"""model programs_synapse:
    state:
        w real = pow(p, 2) + fibonacci(5)
        trace real = 0
    parameters:
        p real = 1.75 [[ pow(p, 2) < 4 ]]
        tau ms = weighted(2.0) * 1 ms
        n integer = 6 & 3
    internals:
        c real = factorial(4)
    equations:
        trace' = -trace / tau
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        w += c * trace
        emit_spike(w)
    onReceive(post_spikes):
        trace += n
    update:
        integrate_odes()
{FUNCTIONS}"""
    (name,) = nest.jit.define(text)
    neurons = nest.Create("iaf_psc_exp_neuron", 2)
    nest.Connect(neurons, neurons, "one_to_one", {"synapse_model": name})
    (model,) = load(text)
    connection = nest.GetConnections(neurons)[0]
    expected = Values(model).all()
    for key in ("w", "p", "tau", "n"):
        assert connection.get(key) == pytest.approx(expected[key]), key
    assert expected["w"] == 1.75**2 + 5
    with pytest.raises(NESTErrors.BadProperty, match="violates its guard"):
        connection.set(p=2.5)
