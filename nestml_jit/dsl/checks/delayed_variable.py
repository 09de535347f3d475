"""A delayed variable is read in equations, and its delay does not change in time."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0412",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield other delays."""
    for node, root in facts.names():
        if node.delay is None:
            continue
        if root.place != "equations":
            yield error(
                "E0412", "a delayed variable stands outside of `equations`", node.span, "use an inline"
            )
        for part in node.delay.walk():
            symbol = facts.symbols.get(part.name) if isinstance(part, ast.Name) else None
            if symbol is not None and (
                symbol.role not in ("parameter", "internal", "predefined") or symbol.name == "t"
            ):
                message = f"the delay of `{node.name}` depends on `{symbol.name}`, which changes"
                yield error("E0412", message, part.span, "use a parameter")
