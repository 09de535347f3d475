"""An inline is never assigned to."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import Facts
from nestml_jit.errors import Diagnostic

CODES = ("E0501",)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Yield assignments to inlines."""
    for assignment, placed in facts.assignments():
        symbol = placed.scope.find(assignment.target.name)
        if symbol is not None and symbol.role == "inline":
            message = f"`{symbol.name}` is an inline and cannot be assigned to"
            yield error("E0501", message, assignment.target.span, "change its definition in `equations`")
