"""`return` stands in functions."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0604",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield returns elsewhere."""
    for placed in facts.statements:
        if isinstance(placed.node, ast.Return) and placed.place != "function":
            message = f"`return` stands in `{placed.place}`, which is no function"
            yield error("E0604", message, placed.node.span, "use `if` to leave statements out")
