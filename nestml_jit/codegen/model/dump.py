"""The input and output of passes as text, for examples and for debugging.

Names and operators of the generator's own are printed as they are: `x:` is a local variable that hides the
model's `x`, `i*` a product of integers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from nestml_jit.dsl.print_expression import expression_text, name_text
from nestml_jit.dsl.tree import (
    Assignment,
    CallStatement,
    Declaration,
    For,
    If,
    Ode,
    Return,
    Statement,
    While,
)

_STEP = "    "


def statements(body: Iterable[Statement]) -> str:
    """Return statements as text, one per line."""
    return "\n".join(line for item in body for line in _lines(item))


def equations(odes: Mapping[str, Ode]) -> str:
    """Return differential equations as text, one per line."""
    return "\n".join(f"{name}' = {expression_text(ode.value)}" for name, ode in odes.items())


def _lines(node: Statement) -> Iterator[str]:
    if isinstance(node, If):
        for index, branch in enumerate(node.branches):
            word = "if" if index == 0 else "else" if branch.condition is None else "elif"
            test = "" if branch.condition is None else f" {expression_text(branch.condition)}"
            yield from _nested(f"{word}{test}", branch.body)
    elif isinstance(node, While):
        yield from _nested(f"while {expression_text(node.condition)}", node.body)
    elif isinstance(node, For):
        start, stop, step = map(expression_text, (node.start, node.stop, node.step))
        yield from _nested(f"for {node.variable} in {start} ... {stop} step {step}", node.body)
    else:
        yield _simple(node)


def _nested(head: str, body: Iterable[Statement]) -> Iterator[str]:
    yield f"{head}:"
    yield from textwrap.indent(statements(body), _STEP).splitlines()


def _simple(node: Assignment | CallStatement | Return | Declaration) -> str:
    if isinstance(node, Assignment):
        return f"{name_text(node.target)} {node.operator} {expression_text(node.value)}"
    if isinstance(node, CallStatement):
        return expression_text(node.call)
    if isinstance(node, Return):
        return "return" if node.value is None else f"return {expression_text(node.value)}"
    value = "" if node.value is None else f" = {expression_text(node.value)}"
    return f"{node.name} {getattr(node.type, 'name', 'real')}{value}"
