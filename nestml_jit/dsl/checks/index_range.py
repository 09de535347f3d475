"""An index that is known in advance lies within the vector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.constants import constant
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.symbols import Scope
from nestml_jit.errors import Diagnostic

CODES = ("E0319",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield indices that are out of range."""
    known = {item.name: item.value for item in facts.model.internals if item.value is not None}
    for node, scope in _indexed(facts):
        symbol = scope.find(node.name)
        index = _index(node.index, scope, known)
        if symbol is None or index is None or not symbol.vector:
            continue
        declared = symbol.node
        size = _whole(declared.size) if isinstance(declared, (ast.Declaration, ast.InputPort)) else None
        if index < 0 or (size is not None and index >= size):
            last = f"; the last element is {size - 1}" if size is not None else ""
            span = node.index.span if node.index is not None else node.span
            yield error("E0319", f"`{node.name}` has no element {index}{last}", span, "count from 0")


def _indexed(facts: ModelFacts) -> Iterator[tuple[ast.Name, Scope]]:
    yield from ((node, root.scope) for node, root in facts.names() if node.index is not None)
    for assignment, placed in facts.assignments():
        if assignment.target.index is not None:
            yield assignment.target, placed.scope


def _index(node: ast.Expression | None, scope: Scope, known: Mapping[str, ast.Expression]) -> int | None:
    value = None if node is None else constant(node, scope, known)
    return int(value) if value is not None and value.denominator == 1 else None


def _whole(node: ast.Expression | None) -> int | None:
    if isinstance(node, ast.Unary) and node.operator == "-":
        inner = _whole(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, ast.Literal) and isinstance(node.value, int) else None
