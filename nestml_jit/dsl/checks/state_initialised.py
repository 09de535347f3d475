"""Every state variable has an initial value."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0210",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield state variables without a value."""
    for item in facts.model.state:
        if item.value is None:
            name = item.name + "'" * item.order
            unit = f" {item.type.text}" if isinstance(item.type, ast.UnitType) else ""
            message = f"the state variable `{name}` has no initial value"
            yield error("E0210", message, item.name_span, f"add one, such as `= 0{unit}`")
