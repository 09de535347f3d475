"""Bit operators bind tighter than comparisons here, unlike in C; brackets make it plain."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import warning
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("W0305",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield comparisons with bit operators beside them."""
    for root in facts.roots:
        for node in root.node.walk():
            if isinstance(node, ast.Binary) and node.operator in _COMPARISONS:
                for side in (node.left, node.right):
                    if isinstance(side, ast.Binary) and side.operator in _BITS:
                        message = f"`{side.operator}` is evaluated before `{node.operator}`"
                        yield warning(
                            "W0305", message, side.span, "compute it in a variable of its own first"
                        )


_COMPARISONS = frozenset(("<", "<=", "==", "!=", ">=", ">"))
_BITS = frozenset(("&", "^", "|", "<<", ">>"))
