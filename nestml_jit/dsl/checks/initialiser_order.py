"""No initial value needs itself, directly or through others."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import BLOCKS, ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0206",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield declarations whose values go in circles."""
    needs = dict(_dependencies(facts))
    reported: set[str] = set()
    for name in needs:
        circle = _circle(name, needs)
        if circle and not reported & set(circle):
            reported.update(circle)
            symbol = facts.symbols[name]
            way = " -> ".join(f"`{item}`" for item in circle)
            message = f"the value of `{name}` needs itself" + (f": {way}" if len(circle) > 2 else "")
            yield error("E0206", message, symbol.span, "give one of them a value of its own")


def _dependencies(facts: ModelFacts) -> Iterator[tuple[str, list[str]]]:
    for block in BLOCKS:
        for item in getattr(facts.model, block):
            if item.order == 0 and item.value is not None:
                yield item.name, _read(item.value)
    for equation in facts.model.equations:
        if isinstance(equation, ast.Inline):
            yield equation.name, _read(equation.value)


def _read(value: ast.Expression) -> list[str]:
    return [node.name for node in value.walk() if isinstance(node, ast.Name)]


def _circle(name: str, needs: dict[str, list[str]]) -> list[str]:
    """Return the way from a name back to itself, or nothing."""
    stack, seen = [(name, [name])], {name}
    while stack:
        here, way = stack.pop()
        for other in needs.get(here, ()):
            if other == name:
                return [*way, name]
            if other not in seen:
                seen.add(other)
                stack.append((other, [*way, other]))
    return []
