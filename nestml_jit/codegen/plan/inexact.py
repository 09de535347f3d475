"""Whether an interval between two events may be divided without a difference.

The host may process postsynaptic spikes early (`advance`). If all that passes is the exact solution of
equations, connections can stop at any time on the way. Else, and where every slice brings them up to date
because they emit at times of their own, they remember when their last event was.
A rule whose `update` or equations read a third factor or a delayed variable is updated in every step, and can
stop after each.
"""

from __future__ import annotations

from nestml_jit.codegen.model.affine import analyse
from nestml_jit.codegen.model.symbolic import names
from nestml_jit.codegen.plan.moving import is_integration, static_names
from nestml_jit.codegen.plan.rule import Rule

CLOCK = "last(event)"
"""Name of the hidden variable that holds the step of a connection's last event."""


def every_step(rule: Rule) -> bool:
    """Whether something that `update` reads, directly or in an equation, changes in every step.

    That is a third factor, or the past of a variable.
    """
    normal = rule.normal
    if normal.delayed:
        return True
    continuous = {port.name for port in normal.ports.values() if port.signal == "continuous"}
    sides = [rule.reads_of(ode.value) for ode in normal.odes.values()]
    return bool(continuous & rule.reads(normal.update).union(*sides))


def needs_clock(rule: Rule) -> bool:
    """Whether a connection must remember the time of its last event."""
    between = any(
        rule.acts(port) or splits(rule) for port in (rule.roles.post, *rule.roles.modulatory) if port
    )
    return between and (not _is_exact(rule) or (rule.emits_apart and not every_step(rule)))


def splits(rule: Rule) -> bool:
    """Whether an event has an effect although it has no handler: by dividing an interval, or a condition."""
    return bool(rule.normal.on_condition) or not _is_exact(rule)


def _is_exact(rule: Rule) -> bool:
    """Whether time passes by nothing but the exact solution of equations."""
    if every_step(rule):
        return True
    normal = rule.normal
    if not all(is_integration(item) for item in normal.update):
        return False
    found = analyse(normal.odes, static_names(normal), {})
    sides = {name: names(ode.value) for name, ode in normal.odes.items()}
    # what postsynaptic spikes drive begins a dendritic delay later, from a value that is not 0
    late = {symbol.name for symbol in normal.of_kind("state")} & rule.driven
    reads_late = any(late & reading for name, reading in sides.items() if name not in rule.driven)
    return not found.nonlinear and not reads_late
