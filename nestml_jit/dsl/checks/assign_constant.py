"""Parameters and internals get their values in their blocks only."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0503",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield assignments to them."""
    for assignment, placed in facts.assignments():
        symbol = placed.scope.find(assignment.target.name)
        if symbol is not None and symbol.role in ("parameter", "internal"):
            word = {"parameter": "a parameter", "internal": "an internal"}[symbol.role]
            message = f"`{symbol.name}` is {word} and cannot be assigned to"
            yield error("E0503", message, assignment.target.span, "move it to `state` if it changes")
