"""Every path through a function ends in `return`, also if it returns nothing.

Statements behind a `return` are never reached (W0601).
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error, warning
from nestml_jit.dsl.facts import ModelFacts, inner_blocks
from nestml_jit.errors import Diagnostic

CODES = (
    "E0601",
    "W0601",
)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield functions that may end without `return`."""
    for item in facts.model.functions:
        if not _returns(item.body):
            message = f"the function `{item.name}` can end without `return`"
            yield error("E0601", message, item.name_span, "end every path with `return`")
    for body in facts.bodies:
        yield from _unreachable(body.statements)


def _returns(statements: tuple[ast.Statement, ...]) -> bool:
    for node in statements:
        if isinstance(node, ast.Return):
            return True
        complete = isinstance(node, ast.If) and node.branches[-1].condition is None
        if complete and all(_returns(block) for block in inner_blocks(node)):
            return True
    return False


def _unreachable(statements: tuple[ast.Statement, ...]) -> Iterator[Diagnostic]:
    for position, node in enumerate(statements):
        for block in inner_blocks(node):
            yield from _unreachable(block)
        if _returns((node,)) and position + 1 < len(statements):
            after = statements[position + 1]
            yield warning(
                "W0601", "this is never reached", after.span, "remove it, or move it above the `return`"
            )
            return
