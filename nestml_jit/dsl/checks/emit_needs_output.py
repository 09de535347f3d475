"""A model that emits spikes declares a spike output."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0507",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield calls of `emit_spike` without output."""
    if "spike" in facts.model.outputs:
        return
    for call, _ in facts.calls():
        if call.name == "emit_spike":
            hint = "add `output:` with `spike`"
            yield error("E0507", "the model emits spikes, but has no spike output", call.span, hint)
            return
