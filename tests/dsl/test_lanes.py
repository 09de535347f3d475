"""Many lanes at once give what as many single interpreters give."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nestml_jit import dsl
from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.printer import model_text
from nestml_jit.oracle.arithmetic import Value, converted
from nestml_jit.oracle.interpreter import Interpreter, InterpreterError
from nestml_jit.oracle.lanes import LaneInterpreter, LaneValues
from nestml_jit.oracle.values import Values
from tests.dsl import strategies

LANES = 5


def load(text: str) -> ast.Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (model,) = dsl.load(text)
    return model


def run_one(model: ast.Model, given: dict[str, Value]) -> tuple[dict[str, Value], list[str]]:
    variables = Values(model, given).all()
    types = {item.name: item.type for item in model.state}

    def write(node: ast.Name, value: Value) -> None:
        if node.index is not None:
            vector = variables[node.name]
            assert isinstance(vector, list)
            assert not isinstance(value, list)
            vector[int(one.number(node.index))] = value
        else:
            old, new = variables[node.name], converted(value, types[node.name])
            variables[node.name] = (
                [new] * len(old) if isinstance(old, list) and not isinstance(new, list) else new
            )  # type: ignore[list-item]

    one = Interpreter(model, lambda node: variables[node.name], write)
    one.run(model.update or ())
    return variables, one.output


def run_many(model: ast.Model, given: dict[str, np.ndarray]) -> tuple[list[dict[str, Value]], list[str]]:
    start = LaneValues(model, given, LANES)
    variables = start.all()
    types = {item.name: item.type for item in model.state}

    def write(node: ast.Name, value: Value) -> None:
        if not isinstance(value, list):
            many.active, before = np.ones(LANES, dtype=bool), many.active
            value, many.active = many.converted(value, types[node.name]), before
        variables[node.name] = value

    many = LaneInterpreter(model, lambda node: variables[node.name], LANES, write)
    many.run(model.update or ())
    start._values.update(variables)
    return [start.lane(number) for number in range(LANES)], many.output


def agree(model: ast.Model, rows: list[dict[str, Value]]) -> None:
    given = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    singles = [run_one(model, dict(row))[0] for row in rows]
    for single, lane in zip(singles, run_many(model, given)[0], strict=True):
        assert set(single) == set(lane)
        for key, value in single.items():
            assert close(lane[key], value), (key, model_text(model))


def close(one: Value, other: Value) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return all(map(close, one, other))
    assert type(one) is type(other)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-300) or (
            math.isnan(one) and math.isnan(other)
        )
    return one == other


values = st.floats(min_value=-20, max_value=20).map(lambda value: round(value, 2))
rows = st.lists(
    st.fixed_dictionaries(
        {"x": values, "y": values, "V_m": values, "n": st.integers(-5, 9), "ready": st.booleans()}
    ),
    min_size=LANES,
    max_size=LANES,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.models, rows)
def test_random_programs(model: ast.Model, given: list[dict[str, Value]]) -> None:
    lowered = load(model_text(model))
    try:
        for row in given:
            run_one(lowered, dict(row))
    except InterpreterError:
        with pytest.raises(InterpreterError, match="divided by zero"):
            agree(lowered, given)
        return
    agree(lowered, given)


PROGRAM = """model a_neuron:
    state:
        x real = 1
        y real = 0
        n integer = 4
        v[3] real = 1
    parameters:
        p real = 2
    update:
{update}
    function f(n integer) integer:
        return n <= 1 ? 1 : n * f(n - 1)
    function sign(x real) real:
        if x < 0:
            return -1.0
        elif x == 0:
            return 0.0
        y real = 1.0
        return y
    function until(x real) integer:
        k integer = 0
        while true:
            k += 1
            if k > x:
                return k
        return 0
"""


@pytest.mark.parametrize(
    "update",
    [
        "y = f(n)",
        "y = sign(x)",
        "y = until(x)",
        "while x < 10:\n    x += n + 6\n    y += 1",
        "k integer = 0\nfor k in n ... 0 step -1:\n    y += k\n    x *= 2",
        "k integer = 0\nfor k in 0 ... n step 2:\n    if k > 2:\n        y += x",
        "k integer = min(2, max(0, n))\nv[k] = x\ny = v[k] + v[1] * 10",
        "v = x\nv[2] += 1\nx = n > 0 and 1 / n > 0.3 ? 7 : 8",
        "if n > 0:\n    y = 12 // n\nelif x > 0:\n    k real = x\n    y = k ** 2\nelse:\n    y = -1",
        "y = clip(x, 0, 2) + abs(x) + round(x) + expm1(x) + erf(x) + ln(x)\nn = x",
        "x = p * ceil(x)",
    ],
)
def test_programs(update: str) -> None:
    model = load(PROGRAM.format(update="\n".join("        " + line for line in update.splitlines())))
    agree(
        model, [{"x": x, "n": n} for x, n in zip((-2.5, 0.0, 1.25, 3.5, 60.0), (-1, 0, 1, 3, 6), strict=True)]
    )


def test_each_lane_prints_its_own_value() -> None:
    update = '        if x > 0:\n            println("{x} of {n}")'
    model = load(PROGRAM.format(update=update))
    _, output = run_many(model, {"x": np.array([1.0, -1.0, 2.0, 0.0, 3.0]), "n": np.arange(LANES)})
    assert output == ["1.0 of 0\n", "2.0 of 2\n", "3.0 of 4\n"]


def test_a_wrong_index_is_told_for_active_lanes_only() -> None:
    model = load(PROGRAM.format(update="        if n < 3:\n            v[n] = 1\n            x = v[n]"))
    run_many(model, {"n": np.arange(LANES)})
    with pytest.raises(InterpreterError, match="no element -1"):
        run_many(model, {"n": np.arange(LANES) - 1})


GUARDED = """model a_neuron:
    state:
        V_m mV = E_L + 1 mV
    parameters:
        E_L mV = -70 mV [[ E_L < 0 mV and E_L > low ]]
        low mV = 2 * E_L
    internals:
        k integer = steps(2 ms) [[ k > 0 ]]
"""


def test_initial_values_and_guards_of_many_nodes() -> None:
    model = load(GUARDED)
    values = LaneValues(model, {"E_L": np.array([-1.0, 2.0, -3.0]), "low": np.array([-2.0, 0.0, 0.0])}, 3)
    assert values["V_m"].tolist() == [0.0, 3.0, -2.0]  # type: ignore[union-attr]
    assert values.violations()["E_L"].tolist() == [False, True, True]
    assert values.violations()["k"].tolist() == [False] * 3
    assert values.lane(1) == Values(model, {"E_L": 2.0, "low": 0.0}).all()
