"""A kernel given by equations has its initial values in `state`, numbers without unit or per time."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.symbols import safe_kind
from nestml_jit.errors import Diagnostic

CODES = ("E0405",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield kernels without initial values."""
    for item in facts.model.equations:
        for ode in item.equations if isinstance(item, ast.Kernel) else ():
            for order in range(ode.order):
                yield from _initial(facts, ode, order)


def _initial(facts: ModelFacts, ode: ast.Ode, order: int) -> Iterator[Diagnostic]:
    name = ode.name + "'" * order
    found = [item for item in facts.model.state if (item.name, item.order) == (ode.name, order)]
    if not found:
        hint = f"declare `{name} real = ...` in `state`"
        yield error("E0405", f"the kernel variable `{name}` has no initial value", ode.name_span, hint)
        return
    kind = safe_kind(found[0].type)
    if not kind.is_error and not kind.plain and any(part != "s" for part, _ in kind.unit.dimensions):
        message = f"the kernel variable `{name}` has the unit {kind}"
        yield error("E0405", message, found[0].name_span, "declare it as `real`; convolve() brings no unit")
