"""Predefined variables, kernels and the parameters of functions are never assigned to."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0504",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield assignments to them."""
    words = {"predefined": "predefined", "kernel": "a kernel", "formal": "a parameter of the function"}
    for assignment, placed in facts.assignments():
        symbol = placed.scope.find(assignment.target.name)
        if symbol is not None and symbol.role in words:
            message = f"`{symbol.name}` is {words[symbol.role]} and cannot be assigned to"
            yield error("E0504", message, assignment.target.span, "use a local variable")
