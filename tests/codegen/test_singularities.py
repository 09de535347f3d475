"""Removable singularities: the forms that models write, near and far, against mpmath."""

from __future__ import annotations

import ctypes as ct
import functools
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Translator
from nestml_jit.codegen.cpp.headers import VectorFunctions, included
from nestml_jit.codegen.cpp.printing import text_of
from nestml_jit.codegen.model.factored import factored
from nestml_jit.codegen.model.normal import normalise
from nestml_jit.codegen.model.quotients import CPP, FUNCTIONS, HEADER, KINDS, NAMES, NEAR, derivative_of, over
from nestml_jit.codegen.model.singularities import without_singularities
from nestml_jit.dsl.tree import Call, Expression, Model, Name
from nestml_jit.oracle.interpreter import Interpreter
from tests.codegen.compiling import PACKAGE, compile_library
from tests.codegen.harness import models
from tests.codegen.test_symbolic import parsed, plain

SUPPORT = PACKAGE / "codegen" / "cpp" / "support"

# Each form, its variable, where it is singular, and its parameters.
FORMS: dict[str, tuple[str, float, dict[str, float]]] = {
    "0.01 * (x + 55) / (1 - exp(-(x + 55) / 10))": ("x", -55.0, {}),
    "0.01 * (x + 55) / (1 - exp(-0.1 * x - 5.5))": ("x", -55.0, {}),
    "(0.1 - 0.01 * x) / (exp(1 - 0.1 * x) - 1)": ("x", 10.0, {}),
    "(2.5 - 0.1 * x) / (exp(2.5 - 0.1 * x) - 1)": ("x", 25.0, {}),
    "-0.1 * (x + 40) / (exp(-(x + 40) / 10) - 1)": ("x", -40.0, {}),
    "0.032 * (15 - x) / (exp((15 - x) / 5) - 1)": ("x", 15.0, {}),
    "0.32 * (13.125 - x + a) / (exp((13.125 - x + a) / 4) - 1)": ("x", -50.0, {"a": -63.125}),
    "0.28 * (x - a - 40) / (exp((x - a - 40) / 5) - 1)": ("x", -15.0, {"a": -55.0}),
    "(x - a) / (exp((x - a) / b) - 1)": ("x", -61.3, {"a": -61.3, "b": 9.7}),
    "b * (x - a) / (1 - exp(-(x - a) / b))": ("x", -61.3, {"a": -61.3, "b": 9.7}),
    "c * (x - a) / (1 - exp(a / b - x / b))": ("x", 33.3, {"a": 33.3, "b": 5.1, "c": 0.7}),
    "(x - a) / b / (1 / exp((a - x) / b) - 1)": ("x", -61.3, {"a": -61.3, "b": 9.7}),
    "(x - a) * (1 / (exp((x - a) / b) - 1)) + 0.25": ("x", 3.0, {"a": 3.0, "b": -2.0}),
    "x * (a - b * exp(-x)) / (1 - exp(-x))": ("x", 0.0, {"a": 2.4, "b": 1.3}),
    "(x - 2 * a) / expm1(x - 2 * a)": ("x", 4.5, {"a": 2.25}),
    "sin(x) / x": ("x", 0.0, {}),
    "x / sin(x)": ("x", 0.0, {}),
    "tan(a * x) / x": ("x", 0.0, {"a": 0.6}),
    "x / tan(x)": ("x", 0.0, {}),
    "(1 - exp(-x)) / x": ("x", 0.0, {}),
    "(1 - exp(-x / b)) * b / x": ("x", 0.0, {"b": 7.5}),
    "x / tanh(x)": ("x", 0.0, {}),
    "x / tanh((x + 1) / 2 - 0.5)": ("x", 0.0, {}),
    "tanh(x) / x": ("x", 0.0, {}),
    "x / sinh(x)": ("x", 0.0, {}),
    "sinh(x - a) / (a - x)": ("x", 1.5, {"a": 1.5}),
    "sin(x) / (exp(2 * x) - 1)": ("x", 0.0, {}),
    "(1 - cos(x)) / x ** 2": ("x", 0.0, {}),
    "(1 - cos(x)) / x": ("x", 0.0, {}),
    "(cosh(x) - 1) / (x * x)": ("x", 0.0, {}),
    "x ** 2 / (exp(x) - 1) ** 2": ("x", 0.0, {}),
    "x * exp(x) / (exp(x) - 1)": ("x", 0.0, {}),
    "x / (exp(x) - exp(-x))": ("x", 0.0, {}),
    "(exp(-b / x) - exp(-b / a)) / (x - a)": ("x", 2.5, {"a": 2.5, "b": 3.0}),
    "ln(x / a) / (x - a)": ("x", 2.7, {"a": 2.7}),
    "x * a * ln(x / a) / (x - a)": ("x", 2.7, {"a": 2.7}),
    "(ln(x) - ln(a)) / (x - a)": ("x", 2.7, {"a": 2.7}),
    "log10(x) / (x - 1)": ("x", 1.0, {}),
    "ln(1 + x) / x": ("x", 0.0, {}),
    "x / (e ** x - 1)": ("x", 0.0, {}),
}
ULPS = 6.0
"""Largest error of any form, in units in the last place; most have less than 4."""


def normal(text: str) -> Expression:
    """Return an expression as kernels compute it."""
    source = f"""
model text_neuron:
    state:
        z real = 0
    parameters:
        a, b, c, x real = 1
    update:
        z = {text}
"""
    return normalise(models(source)[0]).update[0].value


def points(center: float) -> Any:
    """Return places at all distances from a singularity, on both sides."""
    steps = (np.spacing(center) if center else 1e-290) * np.concatenate(
        [np.arange(4.0), 2.0 ** np.arange(2.0, 52.0)]
    )
    apart = 10.0 ** np.concatenate([[-300.0, -100.0, -30.0], np.arange(-17.0, 0.3, 0.5)])
    found = np.concatenate([center + steps, center - steps, center + apart, center - apart])
    return np.unique(found[np.abs(found - center) < 0.9])


def exact(text: str, x: float) -> Any:
    """Return the value of a form with many digits; at the singularity, next to it."""
    _, center, given = FORMS[text]
    names = {"ln": mpmath.log, "log10": mpmath.log10, "e": mpmath.e}
    names |= {name: getattr(mpmath, name) for name in "exp expm1 sin cos tan sinh cosh tanh".split()}
    places: dict[str, Any] = {name: mpmath.mpf(value) for name, value in given.items()}
    node = compile(_with_decimals(text), text, "eval")
    away = abs(mpmath.mpf(x) - center) or mpmath.mpf(10) ** -40
    with mpmath.workdps(100 - 2 * int(mpmath.log10(away))):
        moved = mpmath.mpf(x) + away * mpmath.mpf(10) ** -40
        return eval(node, {}, {**names, **places, "x": moved, "D": mpmath.mpf})


def _with_decimals(text: str) -> str:
    """Return Python text in which numbers are what they are as decimals."""
    return re.sub(r"(?<![\w.])(\d+\.?\d*)", r'D("\1")', text)


@functools.cache
def library() -> ct.CDLL:
    """Compile each form into a loop over lanes."""
    uses = {HEADER}
    text = ""
    for index, form in enumerate(FORMS):
        names = sorted(FORMS[form][2])
        where = {name: f"p[{place}]" for place, name in enumerate(names)} | {"x": "x[i]"}
        show = Translator(
            lambda node, where=where: cpp.Variable(where[node.name]), call=VectorFunctions(uses)
        )
        arguments = "const double* x, [[maybe_unused]] const double* p, double* y, int size"
        text += (
            f'extern "C" void form_{index}({arguments});\nextern "C" void form_{index}({arguments})\n{{\n'
            f"#pragma omp simd\n  for (int i = 0; i < size; ++i)\n  {{\n"
            f"    y[i] = {text_of(show(normal(form)))};\n  }}\n}}\n"
        )
    return compile_library(headers(uses) + text)


def headers(uses: set[str]) -> str:
    """Return the headers of functions that a kernel without loops needs."""
    names = [name for name in included(uses) if name != "interrupt.h"]
    head = "#include <cmath>\n#include <cstdint>\n#include <cstring>\n"
    return head + "".join((SUPPORT / name).read_text() for name in names)


def computed(form: str, x: Any) -> Any:
    given = FORMS[form][2]
    parameters = np.array([given[name] for name in sorted(given)] or [0.0])
    result = np.empty_like(x)
    pointers = [ct.c_void_p(item.ctypes.data) for item in (x, parameters, result)]
    getattr(library(), f"form_{list(FORMS).index(form)}")(*pointers, len(x))
    return result


def ulps(found: float, right: Any) -> float:
    unit = max(float(np.spacing(abs(float(right)))), 1e-39 if found == 0 else 0.0)
    return float(abs(mpmath.mpf(found) - right) / mpmath.mpf(unit))


@pytest.mark.parametrize("form", FORMS)
def test_forms_are_exact_at_all_distances(form: str) -> None:
    x = points(FORMS[form][1])
    errors = [ulps(value, exact(form, place)) for place, value in zip(x, computed(form, x), strict=True)]
    assert max(errors) < ULPS, x[int(np.argmax(errors))]


@pytest.mark.parametrize("form", FORMS)
def test_the_interpreter_takes_limits(form: str) -> None:
    """It finds them by itself, from the expression as it is written."""
    _, center, given = FORMS[form]
    written = parsed(form)
    for x in [*points(center)[::7].tolist(), center]:
        found = Interpreter(Model("form"), lambda node, x=x: {**given, "x": x}[node.name]).value(written)
        right = float(exact(form, x))
        assert found == pytest.approx(right, rel=1e-12, abs=1e-39), x


@pytest.mark.parametrize(
    "text",
    [
        "1 / (exp(x) - 1)",
        "a / (1 - exp(-x))",
        "x / (exp(x - 1) - 1)",
        "(x - a) / (exp((x - b) / c) - 1)",
        "x / (exp(x) - 2)",
        "x / (exp(x) + 1)",
        "x / (exp(x) - exp(x))",
        "exp(x) / x",
        "cos(x) / x",
        "(exp(a) - 1) / b",
        "x / x",
        "(x - a) / (x - a)",
        "x * (exp(x) - 1)",
        "a * exp((x - b) / c)",
        "(a - x) / b + a * b / c",
        "exp(0) / x",
        "0 * x / (exp(x) - 1)",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    before = parsed(text)
    assert without_singularities(before) is before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.01 * (x + 55) / (1 - exp(-(x + 55) / 10))", "0.1 * nj_expm1_reciprocal(-(x + 55.0) / 10.0)"),
        ("x / (exp(x) - 1) ** 2", "nj_expm1_reciprocal(x) / (std::exp(x) - 1.0)"),
        ("x / (exp(x ** 2) - 1)", "nj_expm1_reciprocal(nj_power<2>(x)) / x"),
        ("a * x / (exp(x) - 1) * b", "a * nj_expm1_reciprocal(x) * b"),
        ("(exp(a * x) - 1) / x", "a * nj_expm1_quotient(a * x)"),
    ],
)
def test_what_they_become(text: str, expected: str) -> None:
    found = without_singularities(parsed(text))
    assert plain(found) == expected
    assert without_singularities(found) == found


def test_poles_stay() -> None:
    with np.errstate(all="ignore"):
        x = np.array([0.0, -0.0])
        library_of_poles = compile_library(_poles())
        result = np.empty(2)
        for name in ("square", "alone"):
            pointers = [ct.c_void_p(item.ctypes.data) for item in (x, result)]
            getattr(library_of_poles, name)(*pointers, 2)
            assert np.isinf(result).all()


def _poles() -> str:
    text = headers({HEADER})
    for name, form in (("square", "x / (exp(x) - 1) ** 2"), ("alone", "1 / (exp(x) - 1)")):
        shown = text_of(Translator(lambda node: cpp.Variable("x[i]"))(normal(form)))
        head = f'extern "C" void {name}(const double* x, double* y, int size)'
        text += f"{head};\n{head}\n{{\n  for (int i = 0; i < size; ++i) y[i] = {shown};\n}}\n"
    return text


# --- the functions themselves ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_series_of_derivatives(kind: str) -> None:
    """They are those that sympy finds."""
    x = sympy.Symbol("x")
    function = sympy.exp(x) - 1 if kind == "expm1" else getattr(sympy, kind)(x + KINDS[kind].zero)
    for quotient, coefficients in ((function / x, KINDS[kind].over), (x / function, KINDS[kind].under)):
        series = sympy.series(quotient, x, 0, len(coefficients) + 1).removeO().diff(x)
        right = [float(series.coeff(x, power)) for power in range(len(coefficients))]
        assert list(coefficients) == pytest.approx(right, rel=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_derivatives(name: str) -> None:
    kind, is_over = NAMES[name]
    zero = KINDS[kind].zero
    slope = derivative_of(Call(name, (Name("x"),)))
    model = Model("quotients", functions=tuple(FUNCTIONS.values()))
    function = mpmath.log if kind == "ln" else getattr(mpmath, kind)
    for distance in (0.0, 1e-300, 1e-9, -1e-5, 0.01, NEAR * 0.99, -NEAR * 0.99, NEAR * 1.01, -0.1, 0.5, 0.9):
        found = Interpreter(model, lambda node, x=zero + distance: x).number(slope)
        with mpmath.workdps(700):

            def quotient(x: Any) -> Any:
                return function(x) / (x - zero) if is_over else (x - zero) / function(x)

            at = mpmath.mpf(zero + distance) + mpmath.mpf(10) ** -310
            right = mpmath.diff(quotient, at, h=mpmath.mpf(10) ** -330)
        assert found == pytest.approx(float(right), rel=1e-9, abs=1e-15)


def test_every_function_is_in_the_header() -> None:
    text = (SUPPORT / HEADER).read_text()
    assert all(f"NJ_QUOTIENT({kind}, " in text for kind in KINDS)
    assert {name.removesuffix("_quotient").removesuffix("_reciprocal") for name in CPP.values()} == {
        f"nj_{kind}" for kind in KINDS
    }
    assert over("expm1") in CPP


def test_products_are_compared_however_they_are_written() -> None:
    pairs = [
        ("-x / b + a / b", "(a - x) / b"),
        ("5.5 + 0.1 * x", "0.1 * (x + 55)"),
        ("1 / b - 1 / a", "(a - b) / (a * b)"),
        ("2 * (x + a) - 3 * a", "2 * x - a"),
        ("x * x * a / x", "a * x"),
    ]
    for one, other in pairs:
        assert factored(parsed(one)) == factored(parsed(other))


def test_the_text_does_not_depend_on_the_order_of_sets() -> None:
    code = (
        "from tests.codegen.test_singularities import FORMS, normal, plain\n"
        "for form in FORMS: print(plain(normal(form)))"
    )
    root = Path(__file__).parents[2]
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(texts) == 1
    assert math.log(len(texts.pop())) > 5
