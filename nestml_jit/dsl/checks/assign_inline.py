"""An inline is never assigned to (E0501), unless it is a convolution, which is then set (W0602)."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error, warning
from nestml_jit.dsl.convolved import Scaled, is_pulse, scaled_convolution
from nestml_jit.dsl.facts import ModelFacts, Placed
from nestml_jit.errors import Diagnostic

CODES = ("E0501", "W0602")


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield assignments to inlines."""
    inlines = {item.name: item for item in facts.model.equations if isinstance(item, ast.Inline)}
    for assignment, placed in facts.assignments():
        symbol = placed.scope.find(assignment.target.name)
        if symbol is None or symbol.role != "inline" or symbol.name not in inlines:
            continue
        scaled = scaled_convolution(inlines[symbol.name].value)
        if scaled is not None and assignment.target.order == 0 and assignment.target.index is None:
            yield _convolution(facts, symbol.name, scaled, assignment, placed)
        else:
            message = f"`{symbol.name}` is an inline and cannot be assigned to"
            yield error("E0501", message, assignment.target.span, "change its definition in `equations`")


def _convolution(
    facts: ModelFacts, name: str, scaled: Scaled, assignment: ast.Assignment, placed: Placed
) -> Diagnostic:
    span, kernel = assignment.target.span, scaled.call.arguments[0]
    shown = kernel.name if isinstance(kernel, ast.Name) else "its kernel"
    if is_pulse(scaled.call, facts.model.equations):
        message = f"`{name}` is a convolution with the pulse `{shown}`, of which nothing is left to be set"
        return error("E0501", message, span, "use a state variable, to which `onReceive` adds")
    if placed.place == "function":
        message = f"a function cannot assign to `{name}`, which is a convolution"
        return error("E0501", message, span, "return the value and assign it by the caller")
    message = f"this sets the convolution with `{shown}`, and none of its derivatives"
    hint = f"write `{name}` as a state variable with an equation, to which `onReceive` adds"
    return warning("W0602", message, span, hint)
