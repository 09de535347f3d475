"""The table of built-in functions: every part reads it, and a record and a line of C++ add a function."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nestml_jit.codegen.cpp.headers import NEEDS
from nestml_jit.functions import BUILTINS, ELEMENTARY, MESSAGES, RANDOM
from tests.package_copy import PACKAGE, copy_package, run_with

VALUES = PACKAGE / "host" / "src" / "values"
POINTS = {1: [(-1.75,), (-0.5,), (0.3,), (2.5,)], 2: [(0.3, 2.0), (2.5, -1.5)], 3: [(0.3, 1.0, 2.0)]}


def lines() -> list[tuple[str, str, str]]:
    """Return how many arguments, which name and which C++ function each line of the host has."""
    text = (VALUES / "elementary.h").read_text()
    return re.findall(r"^  (unary|binary|ternary)\( (\w+), ([\w:]+) \)", text, re.M)


def sympy_function(path: str) -> Callable[..., Any]:
    module, _, name = f"sympy.{path}".rpartition(".")
    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]


def test_the_host_has_the_elementary_functions_in_the_order_of_the_table() -> None:
    counts = {"unary": 1, "binary": 2, "ternary": 3}
    expected = [(len(BUILTINS[name].takes), name) for name in ELEMENTARY]
    assert [(counts[kind], name) for kind, name, _ in lines()] == expected
    for _, name, spelling in lines():
        if BUILTINS[name].cpp.startswith("std::"):
            assert spelling == BUILTINS[name].cpp


@pytest.mark.parametrize("name", ELEMENTARY)
def test_a_record_agrees_with_itself(name: str) -> None:
    """The oracle's function, numpy's and sympy's are the same; headers that are named exist."""
    record = BUILTINS[name]
    assert record.reference is not None
    assert record.cpp
    reached = 0
    for point in POINTS[len(record.takes)]:
        expected = record.reference(*point)
        if not math.isfinite(expected):
            continue
        reached += 1
        if record.ufunc:
            np.testing.assert_allclose(getattr(np, record.ufunc)(*point), expected, rtol=1e-14)
        if record.sympy:
            given = float(sympy_function(record.sympy)(*point))
            np.testing.assert_allclose(given, expected, rtol=1e-14)
    assert reached
    if record.vector is not None:
        function, header = record.vector
        assert header in NEEDS
        assert f" {function}(" in (PACKAGE / "codegen" / "cpp" / "support" / header).read_text()


def test_functions_that_are_not_elementary_have_no_fixed_value() -> None:
    assert RANDOM
    assert MESSAGES
    assert not set(ELEMENTARY) & (RANDOM | MESSAGES)
    for name in BUILTINS.keys() - ELEMENTARY:
        assert BUILTINS[name].reference is None
        assert not BUILTINS[name].cpp


RECORD = '"atan": Builtin(("real",), "real", reference=math.atan, ufunc="arctan", cpp="std::atan"),\n        '
USE = '''
import math
import warnings
from pathlib import Path
import nestml_jit as nest
from nestml_jit.dsl import load
from nestml_jit.oracle.values import Values

TEXT = """model turning_neuron:
    state:
        x real = atan(p)
        y real = atan(0.25)
    equations:
        x' = -atan(x) / (10 ms)
    parameters:
        p real = 2
    output:
        spike
    update:
        integrate_odes()
        y = atan(y)
        if y > atan(7.):
            emit_spike()
"""
Path("turning_neuron.nestml").write_text(TEXT)
warnings.simplefilter("ignore")
oracle = Values(load(TEXT)[0], {}, 0.1)
assert oracle["x"] == math.atan(2.0)
nodes = nest.Create("turning_neuron", 5)
assert nodes.get("x") == (math.atan(2.0),) * 5
nest.Simulate(1.0)
y = math.atan(0.25)
for _ in range(10):
    y = math.atan(y)
assert max(abs(value / y - 1) for value in nodes.get("y")) < 1e-14, (y, nodes.get("y"))
x = math.atan(2.0)
for _ in range(10_000):
    x -= 1e-5 * math.atan(x - 0.5e-5 * math.atan(x))
assert abs(nodes.get("x")[0] - x) < 1e-6
print("turned")
'''


def with_line(text: str, before: str, line: str) -> str:
    assert text.count(before) == 1
    return text.replace(before, line + before)


@pytest.mark.slow
def test_a_record_and_a_line_add_a_function(tmp_path: Path) -> None:
    """In initial values, equations, statements and conditions, in the oracle, the host and kernels."""
    package = copy_package(tmp_path)
    table, header = package / "functions.py", package / "host" / "src" / "values" / "elementary.h"
    table.write_text(with_line(table.read_text(), '"ceil": ', RECORD))
    header.write_text(with_line(header.read_text(), "  unary( ceil,", "  unary( atan, std::atan ) \\\n"))
    printed = run_with(package, USE, NESTML_JIT_CACHE=str(tmp_path / "cache"))
    assert printed.split()[-1] == "turned"
