"""The numerator of a unit is 1."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import Facts
from nestml_jit.errors import Diagnostic

CODES = ("E0304",)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Yield units such as `2/ms`."""
    for node in facts.model.walk():
        if isinstance(node, ast.UnitName) and node.name.isdigit() and node.name != "1":
            yield error("E0304", f"the numerator of a unit is 1, not {node.name}", node.span, "write `1/...`")
