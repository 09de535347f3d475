"""Only a function can be `void`: a variable has a type with values."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0320",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield variables without values."""
    for node in facts.model.walk():
        if isinstance(node, (ast.Declaration, ast.Inline, ast.InputPort)) and node.type == ast.BasicType(
            "void"
        ):
            message = f"`{node.name}` is `void`, which only a function can be"
            yield error("E0320", message, node.name_span, "give it a type, such as `real`")
