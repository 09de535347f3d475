"""How many substeps adaptive integration takes, seen by a system that notes when it is evaluated."""

from __future__ import annotations

import ctypes as ct
import functools
from pathlib import Path

import numpy as np
import pytest

from nestml_jit import codegen
from tests.codegen.compiling import compile_library

SUPPORT = Path(codegen.__path__[0]) / "cpp" / "support"
EXPLODES = "nj_exp(x)"  # x(t) = -log(exp(-x(0)) - t)

SYSTEM = """
struct Noting
{{
  enum {{ size = 1, solved = 1, linear = 0, seen = 0, batch = 16, sources = 1, hoisted = 1, columns = 2 }};
  double h;
  const double *source[sources], *column[columns];
  static double times[10000];
  static int attempts;

  const double* absolute() const {{ return column[0]; }}
  const double* relative() const {{ return column[1]; }}
  static const char* derivative(int) {{ return "derivative"; }}
  static const char* where() {{ return "here"; }}
  static const char* error(int) {{ return "error"; }}
  void hoist(NjLanes*, uint32_t, uint32_t) {{}}
  void operator()(uint32_t first, uint32_t lanes, const double* now, const NjPack* values, NjPack* k) const
  {{
    slopes_of_others(first, lanes, now, values, k);
  }}
  void slopes_of_others(uint32_t, uint32_t lanes, const double* now, const NjPack* values, NjPack* k) const
  {{
    times[attempts] = now[0]; // of each stage
    ++attempts;
    for (uint32_t l = 0; l < lanes; ++l)
    {{
      const double x = values[0][l];
      k[0][l] = {slope};
    }}
  }}
}};
double Noting::times[10000];
int Noting::attempts;

extern "C" int attempts(double x, double step, double tolerance, double* end, double* times);
extern "C" int attempts(double x, double step, double tolerance, double* end, double* times)
{{
  Noting::attempts = 0;
  alignas(64) NjLanes v[1], y[1], absolute, relative;
  for (uint32_t l = 0; l < NJ_TILE; ++l)
  {{
    v[0][l] = x;
    absolute[l] = tolerance;
    relative[l] = 0.0;
  }}
  const Noting system = {{ step, {{ nullptr }}, {{ absolute, relative }} }};
  nj_integrate_alone<NjFehlberg>(system, 0.0, step, step, v, y);
  *end = y[0][0];
  for (int n = 0; n < Noting::attempts; n += 6)
  {{
    times[n / 6] = Noting::times[n];
  }}
  return Noting::attempts / 6;
}}
"""


@functools.cache
def _library(slope: str) -> ct.CDLL:
    headers = ("fma", "arithmetic", "interrupt", "exp", "log", "solver", "rkf45")
    text = '#include "nestml_jit_abi.h"\n#include <cmath>\n#include <cstdint>\n#include <cstring>\n'
    text += "\n".join((SUPPORT / f"{name}.h").read_text() for name in headers)
    library = compile_library(text + SYSTEM.format(slope=slope))
    library.attempts.argtypes = [*[ct.c_double] * 3, ct.c_void_p, ct.c_void_p]
    return library


def attempts(slope: str, x: float, step: float, tolerance: float) -> tuple[float, np.ndarray]:
    """Return where a lane arrives, and when each of its attempts begins."""
    end, times = ct.c_double(), np.empty(2000)
    number = _library(slope).attempts(x, step, tolerance, ct.addressof(end), times.ctypes.data)
    return end.value, times[:number]


def test_on_an_upstroke_hardly_an_attempt_fails() -> None:
    step = 1.0 - 1e-4
    x, times = attempts(EXPLODES, 0.0, step, 1e-6)
    assert x == pytest.approx(-np.log1p(-step), abs=0.01)  # 1e-6 are magnified by exp(9)
    accepted = len(np.unique(times))
    assert accepted > 25
    assert len(times) - accepted <= 4  # it takes some to find the length of the first substep
