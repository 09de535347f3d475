"""The variable of a loop is declared before it."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0603",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield loops over undeclared or fixed variables."""
    for placed in facts.statements:
        node = placed.node
        if not isinstance(node, ast.For):
            continue
        symbol = placed.scope.find(node.variable)
        if symbol is None:
            message = f"the loop variable `{node.variable}` is not declared"
            yield error(
                "E0603", message, node.name_span, f"write `{node.variable} integer = 0` above the loop"
            )
        elif symbol.role not in ("local", "state") or (symbol.role == "state" and placed.place == "function"):
            message = f"`{node.variable}` cannot be a loop variable, because it cannot be assigned to"
            yield error("E0603", message, node.name_span, "use a local variable")
