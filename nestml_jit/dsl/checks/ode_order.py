"""An equation is one for a derivative."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0402",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield equations without a prime."""
    for ode in facts.odes:
        if ode.order == 0:
            hint = f"write `{ode.name}' = ...`, or `inline {ode.name} real = ...` for an abbreviation"
            yield error(
                "E0402", f"`{ode.name}` has no `'`, so this is no differential equation", ode.name_span, hint
            )
