"""A model without input or output can be simulated, but hardly meant."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import warning
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("W0202",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield a warning for missing input and for missing output."""
    model = facts.model
    if not model.inputs:
        yield warning(
            "W0202", f"the model `{model.name}` has no input", model.name_span, "add an `input:` block"
        )
    if not model.outputs:
        yield warning(
            "W0202", f"the model `{model.name}` has no output", model.name_span, "add `output:` with `spike`"
        )
