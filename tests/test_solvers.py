"""The table of numerical methods: a record and a header add one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nestml_jit.codegen.cpp.headers import NEEDS
from nestml_jit.options import OptionError, Options
from nestml_jit.solvers import DEFAULT, FOR_STIFF, METHODS, SOLVERS
from tests.package_copy import PACKAGE, copy_package, run_with

SUPPORT = PACKAGE / "codegen" / "cpp" / "support"


@pytest.mark.parametrize("name", METHODS)
def test_a_record_names_what_its_header_has(name: str) -> None:
    method = METHODS[name]
    assert NEEDS[method.header] == method.needs
    text = (SUPPORT / method.header).read_text()
    assert re.search(rf"^(struct|typedef \S+) {method.structure}\b", text, re.M)
    if method.formula is not None and method.formula.growth is not None:
        function, header = method.formula.growth
        assert f" {function}(" in (SUPPORT / header).read_text()


def test_headers_are_included_after_those_that_they_need() -> None:
    order = list(NEEDS)
    for name, needed in NEEDS.items():
        assert all(order.index(item) < order.index(name) for item in needed), name


def test_methods_that_are_chosen_by_themselves_control_their_error() -> None:
    assert METHODS[DEFAULT].controlled
    assert METHODS[FOR_STIFF].controlled


def test_a_mistake_lists_the_methods_of_the_table() -> None:
    with pytest.raises(OptionError, match=f"Known: {', '.join(SOLVERS)}"):
        Options(solver="heun")


RECORD = '"rk4": Method('
ADDED = '"midpoint": Method("midpoint rule", "NjMidpoint", "midpoint.h"),\n        '
HEADER = """/* Two slopes for a step: that in its middle counts. */
struct NjMidpoint
{
  static constexpr int order = 2;

  template <uint32_t lanes, class System>
  static void step(const System& f, uint32_t first, NjChecked, const double* now, const double* h,
    const NjLanes* v, NjLanes* y, double* ratio)
  {
    enum { N = System::size };
    alignas(64) double k[N][NJ_PACK] = {}, x[N][NJ_PACK], time[NJ_PACK];
    for (int s = 0; s < 2; ++s)
    {
      for (int n = 0; n < N; ++n)
      {
        NjPack slope = {};
        nj_add(k[n], 0.5 * s, lanes, slope);
        nj_move(v[n] + first, h + first, slope, lanes, x[n]);
      }
      nj_later(now + first, h + first, 0.5 * s, lanes, time);
      f(first, lanes, time, x, k);
    }
    for (int n = 0; n < N; ++n)
    {
      nj_move(v[n] + first, h + first, k[n], lanes, y[n] + first);
    }
    for (uint32_t l = first; l < first + lanes; ++l)
    {
      ratio[l] = 0.0;
    }
  }
};
"""
USE = '''
import nestml_jit as nest

TEXT = """model slowing_neuron:
    state:
        x real = 2
    equations:
        x' = -x**2 / (10 ms)
    output:
        spike
    update:
        integrate_odes()
"""
assert nest.jit.solvers["midpoint"] == "midpoint rule"
(name,) = nest.jit.define(TEXT)
nodes = nest.Create(name, 3)
nest.jit.configure(name, solver="midpoint")
nest.Simulate(1.0)
x = 2.0
for _ in range(10):
    middle = x - 0.05 * x * x / 10
    x -= 0.1 * middle * middle / 10
assert all(abs(value / x - 1) < 1e-12 for value in nodes.get("x")), (x, nodes.get("x"))
assert "midpoint rule" in str(nest.jit.report())
'''


def test_a_record_and_a_header_add_a_method(tmp_path: Path) -> None:
    package = copy_package(tmp_path)
    text = (package / "solvers.py").read_text()
    assert text.count(RECORD) == 1
    (package / "solvers.py").write_text(text.replace(RECORD, ADDED + RECORD))
    (package / "codegen" / "cpp" / "support" / "midpoint.h").write_text(HEADER)
    run_with(package, USE)
