"""Functions of vector code against mpmath: errors in units in the last place, and edges."""

from __future__ import annotations

import ctypes as ct
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from nestml_jit import codegen
from tests.codegen.compiling import compile_library

SUPPORT = Path(codegen.__path__[0]) / "cpp" / "support"
NAMES = ("exp", "expm1", "log", "log10", "sin", "cos", "tan", "sinh", "cosh", "tanh")
BOUNDS = {
    "exp": 1.2,
    "expm1": 2,
    "log": 1,
    "log10": 2,
    "sin": 1,
    "cos": 1,
    "tan": 3,
    "sinh": 2,
    "cosh": 2,
    "tanh": 3,
}
"""Largest error; what the headers say."""

rng = np.random.default_rng(1)
SIZE = 1500
_TINY = np.exp(rng.uniform(-740.0, 0.0, SIZE))
_ANGLES = (
    rng.uniform(-10.0, 10.0, SIZE),
    rng.uniform(-1e6, 1e6, SIZE),
    np.pi / 2 * np.arange(-SIZE // 2, SIZE // 2),
    _TINY,
)
RANGES: dict[str, tuple[Any, ...]] = {
    "exp": (rng.uniform(-745.0, 709.7, SIZE), rng.normal(size=SIZE), rng.uniform(-746.0, -700.0, SIZE)),
    "expm1": (rng.uniform(-45.0, 709.7, SIZE), rng.normal(size=SIZE), _TINY, -_TINY),
    "log": (
        np.exp(rng.uniform(-744.0, 709.0, SIZE)),
        rng.uniform(0.5, 2.0, SIZE),
        1.0 + 1e-6 * rng.normal(size=SIZE),
    ),
    "log10": (np.exp(rng.uniform(-744.0, 709.0, SIZE)), rng.uniform(0.5, 2.0, SIZE)),
    "sin": _ANGLES,
    "cos": _ANGLES,
    "tan": _ANGLES,
    "sinh": (rng.uniform(-710.4, 710.4, SIZE), rng.normal(size=SIZE), _TINY),
    "cosh": (rng.uniform(-710.4, 710.4, SIZE), rng.normal(size=SIZE), _TINY),
    "tanh": (rng.uniform(-30.0, 30.0, SIZE), rng.normal(size=SIZE), _TINY),
}
_LARGE = (1.0, 709.9, 711.0, 745.1, 746.0, 1e15, 1.7e308, np.inf)
EDGES = np.array([0.0, -0.0, np.nan, 5e-324, -5e-324, 1e-310, 2.3e-308, *_LARGE, *(-x for x in _LARGE)])


@functools.cache
def _library() -> ct.CDLL:
    """Compile a loop over each function, as kernels have them."""
    headers = ("fma", "exp", "log", "trigonometric", "hyperbolic")
    text = "#include <cmath>\n#include <cstdint>\n#include <cstring>\n"
    text += "\n".join((SUPPORT / f"{name}.h").read_text() for name in headers)
    for name in (*NAMES, "exp_normal", "mean_growth"):
        text += _loop(name, "const double* x", "x[i]")
    text += _loop("pow", "const double* x, const double* e", "x[i], e[i]")
    return compile_library(text)


def _loop(name: str, arguments: str, values: str) -> str:
    return (
        f'\nextern "C" void v_{name}({arguments}, double* y, int size);\n'
        f'extern "C" void v_{name}({arguments}, double* y, int size)\n{{\n#pragma omp simd\n'
        f"  for (int i = 0; i < size; ++i)\n  {{\n    y[i] = nj_{name}({values});\n  }}\n}}\n"
    )


def vector(name: str, *arguments: Any) -> Any:
    columns = [np.ascontiguousarray(item, dtype=float) for item in arguments]
    result = np.empty_like(columns[0])
    pointers = [ct.c_void_p(item.ctypes.data) for item in (*columns, result)]
    getattr(_library(), f"v_{name}")(*pointers, len(result))
    return result


def error(found: Any, exact: Callable[[int], Any]) -> float:
    """Return the largest error in units in the last place."""
    worst = 0.0
    with mpmath.workprec(200):
        for index, value in enumerate(found):
            right = exact(index)
            unit = np.spacing(abs(float(right)))
            worst = max(worst, float(abs(mpmath.mpf(float(value)) - right) / mpmath.mpf(float(unit))))
    return worst


@pytest.mark.parametrize("name", NAMES)
def test_errors(name: str) -> None:
    function = getattr(mpmath, name)
    for values in RANGES[name]:
        found = vector(name, values)
        assert error(found, lambda i, v=values: function(mpmath.mpf(float(v[i])))) <= BOUNDS[name]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_exponentials_of_right_hand_sides() -> None:
    """Nearly as exact as exp but for results that are no normal numbers, which are 0."""
    for values in RANGES["exp"]:
        inside = values > -708.39
        right = [mpmath.mpf(float(x)) for x in values[inside]]
        assert error(vector("exp_normal", values[inside]), lambda i, x=right: mpmath.exp(x[i])) <= 2
        assert not vector("exp_normal", values[~inside]).any()
    edges = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 709.78, 709.79, -708.38, 1e300, -1e300])
    np.testing.assert_allclose(vector("exp_normal", edges), vector("exp", edges), rtol=5e-16)


@pytest.mark.parametrize(
    ("base", "exponent"),
    [
        ((0.5, 2.0), (-500.0, 500.0)),
        ((1e-3, 1e3), (-50.0, 50.0)),
        ((0.0, 100.0), (-3.0, 3.0)),
        ((1e-300, 1e300), (-1, 1)),
    ],
)
def test_errors_of_powers(base: tuple[float, float], exponent: tuple[float, float]) -> None:
    x, y = rng.uniform(*base, SIZE), rng.uniform(*exponent, SIZE)
    found = vector("pow", x, y)
    assert error(found, lambda i: mpmath.power(mpmath.mpf(float(x[i])), mpmath.mpf(float(y[i])))) <= 2.0


def same(found: Any, right: Any) -> Any:
    close = np.abs(found - right) <= 4 * np.spacing(np.abs(right))
    return ((found == right) | close | (np.isnan(found) & np.isnan(right))) & (
        (np.signbit(found) == np.signbit(right)) | np.isnan(right)
    )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", NAMES)
def test_edges(name: str) -> None:
    """Zeros with their sign, infinities, no numbers, denormal ones, overflow: as NumPy has them."""
    values = EDGES if name not in ("sin", "cos", "tan") else EDGES[np.abs(EDGES) != 1.7e308]
    found, right = vector(name, values), getattr(np, name)(values)
    if name in ("sin", "cos", "tan"):
        assert np.all(np.isnan(vector(name, [1.7e308, -1.7e308])))  # no digits of the angle are known
    assert same(found, right).all(), values[~same(found, right)]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_edges_of_powers() -> None:
    values = np.append(EDGES, [0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 2.5, 1e16])
    x, y = (item.ravel() for item in np.meshgrid(values, values))
    found, right = vector("pow", x, y), np.power(x, y)
    wrong = ~same(found, right)
    assert not wrong.any(), list(zip(x[wrong], y[wrong], found[wrong], right[wrong], strict=True))


def test_mean_growth() -> None:
    """(exp(x) - 1) / x, also where both vanish."""
    values = np.array([0.0, 1e-300, -1e-12, 1e-5, -0.3, 2.0, -40.0])
    right = np.array([1.0, *(float(mpmath.expm1(v) / v) for v in map(mpmath.mpf, values[1:]))])
    assert np.abs(vector("mean_growth", values) / right - 1.0).max() < 1e-15
