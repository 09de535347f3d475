"""A variable has one equation."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0404",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield second equations."""
    seen: dict[str, int] = {}
    for ode in facts.odes:
        line = seen.setdefault(ode.name, ode.name_span.line)
        if line != ode.name_span.line:
            message = f"a second equation for `{ode.name}`; the first is in line {line}"
            yield error("E0404", message, ode.name_span, "add the right-hand sides up")
