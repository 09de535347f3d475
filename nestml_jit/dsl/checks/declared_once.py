"""A name is declared once in a model, and once in a body and the blocks inside it.

`t`, `e` and `pi` are taken. A local variable may hide a variable of the model.
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts, inner_blocks
from nestml_jit.dsl.span import Span
from nestml_jit.dsl.symbols import PREDEFINED, model_symbols
from nestml_jit.errors import Diagnostic

CODES = ("E0203",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield second declarations."""
    yield from _in_model(facts)
    for body in facts.bodies:
        formals = body.owner.parameters if isinstance(body.owner, ast.Function) else ()
        yield from _in_body(body.statements, {item.name: item for item in formals})
        yield from _formals_twice(formals)


def _in_model(facts: ModelFacts) -> Iterator[Diagnostic]:
    seen: dict[str, int] = {}
    for symbol in model_symbols(facts.model):
        if symbol.name in PREDEFINED:
            yield _predefined(symbol.name, symbol.span)
        elif symbol.name in seen:
            yield _second(symbol.name, symbol.span, seen[symbol.name])
        seen.setdefault(symbol.name, symbol.span.line)
    orders: dict[tuple[str, int], int] = {}
    for item in facts.model.state:
        if item.order:
            line = orders.setdefault((item.name, item.order), item.name_span.line)
            if line != item.name_span.line:
                yield _second(item.name + "'" * item.order, item.name_span, line)


def _formals_twice(formals: tuple[ast.Declaration, ...]) -> Iterator[Diagnostic]:
    seen: dict[str, ast.Declaration] = {}
    for item in formals:
        if item.name in PREDEFINED:
            yield _predefined(item.name, item.name_span)
        elif item.name in seen:
            yield _second(item.name, item.name_span, item.name_span.line)
        seen.setdefault(item.name, item)


def _in_body(
    statements: tuple[ast.Statement, ...], outer: dict[str, ast.Declaration]
) -> Iterator[Diagnostic]:
    seen = dict(outer)
    for node in statements:
        if isinstance(node, ast.Declaration):
            if node.name in PREDEFINED:
                yield _predefined(node.name, node.name_span)
            elif node.name in seen:
                yield _second(node.name, node.name_span, seen[node.name].name_span.line)
            seen.setdefault(node.name, node)
        for block in inner_blocks(node):
            yield from _in_body(block, seen)


def _second(name: str, span: Span, line: int) -> Diagnostic:
    return error(
        "E0203", f"`{name}` is declared twice; first in line {line}", span, "rename or remove one of them"
    )


def _predefined(name: str, span: Span) -> Diagnostic:
    return error("E0203", f"`{name}` is predefined and cannot be declared", span, "choose another name")
