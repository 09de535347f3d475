"""Infinities, NaN, signed zeros, huge numbers: host, kernels and oracle agree with IEEE arithmetic."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nestml_jit as nest
from nestml_jit import dsl
from nestml_jit.codegen.model.symbolic import fold
from nestml_jit.codegen.plan.describe import describe
from nestml_jit.dsl.tree import Binary, Expression, Literal, Model, Name, Unary
from nestml_jit.oracle.interpreter import Interpreter

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, math.inf, -math.inf, math.nan, 1e300, -1e300, 1e-300, 720.0]
PAIRS = list(itertools.product(SPECIAL, SPECIAL))
UNARY = "exp ln log10 expm1 sin cos tan sinh cosh tanh erf erfc ceil floor round abs".split()
EXPRESSIONS = {
    **{f"{name}_": f"{name}({{a}})" for name in UNARY},
    "add": "{a} + {b}",
    "subtract": "{a} - {b}",
    "multiply": "{a} * {b}",
    "divide": "{a} / {b}",
    "power": "{a} ** {b}",
    "pow_": "pow({a}, {b})",
    "square": "{a} ** 2",
    "cube": "{a} ** -3",
    "root": "{a} ** 0.5",
    "inverse": "{a} ** -1",
    "least": "min({a}, {b})",
    "greatest": "max({a}, {b})",
    "clipped": "clip({a}, {b}, 2.0)",
    "negated": "-{a} + -{b}",
    "nothing": "0 * {a} + {b} * 0",
    "cancelled": "{a} - {a} + {b} - {b}",
    "over": "0 / {a} + {b}",
    "zero": "({a} + 0) / {b}",
    "less": "({a} < {b} ? 1 : 0) + ({a} <= {b} ? 2 : 0)",
    "equal": "({a} == {b} ? 1 : 0) + ({a} != {b} ? 2 : 0) + (not ({a} > {b}) ? 4 : 0)",
}  # fmt: skip


def written() -> str:
    """Return a model that computes all expressions in its initial values, in vector code and in a loop."""
    lines = ["model special_neuron:", "    state:"]
    lines += [f"        {name}_h real = {text.format(a='a', b='b')}" for name, text in EXPRESSIONS.items()]
    lines += [f"        {name}_{place} real = 0" for name in EXPRESSIONS for place in "vl"]
    lines += ["    parameters:", "        a real = 1", "        b real = 1", "    update:"]
    lines += [f"        {name}_v = {text.format(a='a', b='b')}" for name, text in EXPRESSIONS.items()]
    lines += ["        k integer = 0", "        while k < 1:", "            k += 1"]
    lines += [f"            {name}_l = {text.format(a='a', b='b')}" for name, text in EXPRESSIONS.items()]
    return "\n".join([*lines, ""])


def alike(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if one == 0 or other == 0 or math.isinf(one) or math.isinf(other):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return one == pytest.approx(other, rel=4e-15)


def oracle(tree: Model) -> Iterator[tuple[int, str, float]]:
    """Yield what the interpreter computes of each expression for each pair."""
    defaults = {item.name: item.value for item in tree.state}
    for lane, (one, two) in enumerate(PAIRS):
        values = {"a": one, "b": two}
        interpreter = Interpreter(tree, lambda node, values=values: values[node.name])
        for name in EXPRESSIONS:
            yield lane, name, float(interpreter.value(defaults[f"{name}_h"]))


def test_host_kernel_and_oracle_agree(tmp_path: Path) -> None:
    file = tmp_path / "special_neuron.nestml"
    file.write_text(written())
    nest.jit.load(file)
    a, b = (list(values) for values in zip(*PAIRS, strict=True))
    neurons = nest.Create("special_neuron", len(PAIRS), params={"a": a, "b": b})
    nest.Simulate(0.1)
    found = neurons.get()
    (tree,) = dsl.load(written())
    wrong = [
        (name, place, PAIRS[lane], expected, found[f"{name}_{place}"][lane])
        for lane, name, expected in oracle(tree)
        for place in "hvl"
        if not alike(expected, found[f"{name}_{place}"][lane]) and not _is_far(name, lane)
    ]
    assert not wrong


def _is_far(name: str, lane: int) -> bool:
    """Whether an angle is so large that kernels have no number for it: doubles there are far apart."""
    return name in ("sin_", "cos_", "tan_") and abs(PAIRS[lane][0]) > 2**50


# --- what code generation folds -------------------------------------------------------------------

numbers = st.sampled_from([0, 1, 2, -3, 2**53, 0.0, 0.5, 1e-300, 1e300, 1e308, math.inf, 0.1, 3.0])
leaves = st.builds(Literal, numbers) | st.builds(Name, st.sampled_from(["a", "b"]))


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return (
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), inner, inner)
        | st.builds(Unary, st.sampled_from(["+", "-"]), inner)
        | st.builds(Binary, st.just("**"), inner, st.builds(Literal, st.integers(-2, 3)))
    )


def _size(value: float) -> float:
    return abs(value) if math.isfinite(value) else 1.0


@settings(deadline=None)
@given(st.recursive(leaves, _larger, max_leaves=6), st.sampled_from(SPECIAL), st.sampled_from(SPECIAL))
def test_what_is_folded_has_the_value_of_what_was_written(tree: Expression, a: float, b: float) -> None:
    values = {"a": a, "b": b}
    interpreter = Interpreter(Model("m"), lambda node: values[node.name])
    before, after = (float(interpreter.value(node)) for node in (tree, fold(tree)))
    merged = sum(isinstance(node, Literal) for node in tree.walk()) > 1
    extreme = any(not 1e-200 < _size(value) < 1e200 for value in (a, b)) and merged
    if not extreme:
        assert alike(before, after) or (merged and before == pytest.approx(after, rel=1e-13))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 / 0", math.nan),
        ("inf * 0", math.nan),
        ("inf - inf", math.nan),
        ("1e300 * 1e300", math.inf),
        ("-1e300 * 1e300", -math.inf),
        ("1 / -0.0", -math.inf),
        ("0 ** -1", math.inf),
        ("1e300 ** 2", math.inf),
        ("1e308 V / 1 mV", math.inf),
    ],
)
def test_constants_are_those_of_ieee_arithmetic(text: str, expected: float) -> None:
    model = f"model m:\n    state:\n        x real = {text}\n    update:\n        x = {text}\n"
    (tree,) = dsl.load(model)
    value = Interpreter(tree, lambda node: 0.0).value(fold(tree.state[0].value))
    assert alike(float(value), expected)
    describe(tree)
