"""An input port is never assigned to."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0502",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield assignments to ports."""
    for assignment, placed in facts.assignments():
        symbol = placed.scope.find(assignment.target.name)
        if symbol is not None and symbol.role == "port":
            message = f"`{symbol.name}` is an input port and cannot be assigned to"
            yield error("E0502", message, assignment.target.span, "use a variable of `state`")
