"""Derivatives, guards and `recordable` belong to the blocks of the model, not to local variables."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0605",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield local declarations that have them."""
    for placed in facts.statements:
        node = placed.node
        if isinstance(node, ast.Declaration) and (node.order or node.recordable or node.decorators):
            message = (
                f"the local variable `{node.name}` cannot have a derivative, a decorator or be recordable"
            )
            yield error("E0605", message, node.name_span, "declare it in `state`")
    for block in ("parameters", "internals"):
        for item in getattr(facts.model, block):
            if item.order:
                message = f"`{item.name}` in `{block}` has a `'`, but only state variables have derivatives"
                yield error("E0605", message, item.name_span, "choose another name")
