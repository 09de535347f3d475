"""The size of a vector is an integer literal of 1 or more, or an integer of `parameters` or `internals`."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import BLOCKS, ModelFacts
from nestml_jit.dsl.symbols import Scope
from nestml_jit.errors import Diagnostic

CODES = ("E0318",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield sizes that cannot be."""
    for declaration, scope in _declarations(facts):
        size = declaration.size
        if isinstance(size, ast.Literal):
            if not isinstance(size.value, int) or size.unit or size.value < 1:
                yield error("E0318", "the size of a vector is an integer of 1 or more", size.span)
        elif isinstance(size, ast.Name):
            symbol = scope.find(size.name)
            if symbol is not None and (
                symbol.role not in ("parameter", "internal") or symbol.kind.name != "integer"
            ):
                hint = "declare it as an integer in `parameters` or `internals`"
                yield error("E0318", f"`{size.name}` cannot be the size of a vector", size.span, hint)
        elif size is not None:
            hint = "use a number or a name from `parameters` or `internals`"
            yield error("E0318", "the size of a vector is a number or a name", size.span, hint)


def _declarations(facts: ModelFacts) -> Iterator[tuple[ast.Declaration | ast.InputPort, Scope]]:
    for block in BLOCKS:
        yield from ((item, facts.scope) for item in getattr(facts.model, block))
    yield from ((item, facts.scope) for item in facts.model.inputs)
    for placed in facts.statements:
        if isinstance(placed.node, ast.Declaration):
            yield placed.node, placed.scope
