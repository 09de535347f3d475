"""A unit cannot be assigned to, because it is not a variable."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.units import is_unit_name
from nestml_jit.errors import Diagnostic

CODES = ("E0207",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield assignments to units."""
    for assignment, placed in facts.assignments():
        name = assignment.target.name
        if placed.scope.find(name) is None and is_unit_name(name):
            message = f"`{name}` is a unit, not a variable"
            yield error(
                "E0207", message, assignment.target.span, f"declare a variable `{name}` first, or rename it"
            )
