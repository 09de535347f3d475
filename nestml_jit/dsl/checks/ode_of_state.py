"""An equation is one for a state variable, whose lower derivatives are declared too."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0403",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield equations for anything else."""
    for ode in facts.odes:
        for order in range(max(ode.order, 1)):
            if (ode.name, order) not in facts.state_orders:
                name = ode.name + "'" * order
                message = f"`{name}` has an equation, but is not declared in `state`"
                yield error(
                    "E0403", message, ode.name_span, f"declare `{name}` with its initial value in `state`"
                )
                break
