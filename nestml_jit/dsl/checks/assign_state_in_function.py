"""A function changes nothing outside of itself."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0505",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield assignments to state variables."""
    for assignment, placed in facts.assignments():
        symbol = placed.scope.find(assignment.target.name)
        if placed.place == "function" and symbol is not None and symbol.role == "state":
            message = f"a function cannot assign to the state variable `{symbol.name}`"
            yield error(
                "E0505", message, assignment.target.span, "return the value and assign it by the caller"
            )
