"""Models of neurons with several compartments are written for another target: here a neuron is a point."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.tree import Declaration, Inline, Kernel, Ode
from nestml_jit.errors import Diagnostic

CODES = ("E0512",)

POTENTIAL = "v_comp"
MECHANISM = "@mechanism"

_HINT = (
    "write a point neuron, with an equation for its potential, or use NESTML's compartmental target "
    "(NEST_COMPARTMENTAL) and NEST's cm_default"
)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield the first sign of such a model: the potential without an equation, or a mechanism."""
    model = facts.model
    solved = {ode.name for ode in facts.odes}
    for item in model.state:
        if item.name == POTENTIAL and POTENTIAL not in solved:
            message = f"`{POTENTIAL}` is the potential of a compartment, but models are point neurons here"
            yield error("E0512", message, item.span, _HINT)
            return
    for node in model.walk():
        if not isinstance(node, (Declaration, Inline, Kernel, Ode)):
            continue
        found = [word for word in node.decorators if word.partition("::")[0] == MECHANISM]
        if found:
            message = f"`{found[0]}` marks a mechanism of a compartment, but models are point neurons here"
            yield error("E0512", message, node.span, _HINT)
            return
