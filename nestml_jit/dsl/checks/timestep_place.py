"""`timestep()` is known in `update`."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0414",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield uses elsewhere."""
    for call, root in facts.calls():
        if call.name == "timestep" and root.place != "update":
            hint = "use it in `update`; elsewhere, `resolution()` in an internal"
            yield error("E0414", "`timestep()` is available in `update` only", call.span, hint)
