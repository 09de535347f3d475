"""`resolution()` and `steps()` tie the model to the simulation's time grid."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import warning
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("W0401",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield their uses."""
    for call, root in facts.calls():
        if call.name in ("resolution", "steps") and root.place != "equations":
            message = f"`{call.name}` makes the model depend on the simulation's resolution"
            yield warning("W0401", message, call.span, "prefer `timestep()`, or a timer with an equation")
