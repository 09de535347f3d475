"""`emit_spike` takes one argument, the weight, or none."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0506",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield calls with more."""
    for call, _ in facts.calls():
        if call.name == "emit_spike" and len(call.arguments) > 1:
            message = f"`emit_spike` takes at most one argument, not {len(call.arguments)}"
            yield error("E0506", message, call.span, "write `emit_spike()` or `emit_spike(w)`")
