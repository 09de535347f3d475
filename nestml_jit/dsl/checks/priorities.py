"""If one handler has a priority, another one has too, and all differ.

This holds for `onReceive` and `onCondition` apart; the higher number runs first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.span import Span
from nestml_jit.errors import Diagnostic

CODES = ("E0510",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield lonely and repeated priorities."""
    yield from _among(facts.model.on_receive)
    yield from _among(facts.model.on_condition)


def _among(handlers: Sequence[ast.OnReceive | ast.OnCondition]) -> Iterator[Diagnostic]:
    given = [item for item in handlers if item.priority is not None]
    if len(given) == 1 and isinstance(given[0], ast.OnReceive):
        hint = "give another handler a priority too, or remove this one"
        yield error("E0510", "a single priority decides nothing", _head(given[0]), hint)
    seen: dict[int | None, int] = {}
    for item in given:
        line = seen.setdefault(item.priority, item.span.line)
        if line != item.span.line:
            message = f"priority {item.priority} is taken by the handler in line {line}"
            yield error("E0510", message, _head(item), "give each handler a number of its own")


def _head(item: ast.OnReceive | ast.OnCondition) -> Span:
    return item.name_span if isinstance(item, ast.OnReceive) else item.condition.span
