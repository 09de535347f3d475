"""A model with equations calls `integrate_odes`, else they have no effect.

A compartmental model (one with `@mechanism::...`) is refused for that alone (E0512).
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0410",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield models that never integrate."""
    mechanisms = any(
        word.startswith("@mechanism") for item in facts.model.equations for word in item.decorators
    )
    if facts.odes and not mechanisms and not any(call.name == "integrate_odes" for call, _ in facts.calls()):
        ode = facts.odes[0]
        message = f"`{ode.name}` has an equation, but `integrate_odes` is never called"
        yield error("E0410", message, ode.name_span, "call `integrate_odes()` in `update`")
