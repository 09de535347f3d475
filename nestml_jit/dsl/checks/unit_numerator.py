"""A number in a unit is the 1 of `1/ms`."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0304",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield units such as `2/ms`, `1 * ms` or `1` alone."""
    quotients = (
        node for node in facts.model.walk() if isinstance(node, ast.UnitProduct) and node.operator == "/"
    )
    numerators = {id(node.left) for node in quotients}
    for node in facts.model.walk():
        if not isinstance(node, ast.UnitName) or not node.name.isdigit():
            continue
        if node.name != "1":
            yield error("E0304", f"the numerator of a unit is 1, not {node.name}", node.span, "write `1/...`")
        elif id(node) not in numerators:
            hint = "leave it out; the type of a plain number is `real`"
            yield error("E0304", "1 is no unit, only the numerator of one", node.span, hint)
