"""Connections that give another result if they stop between two events, and remember their last one.

The host may process postsynaptic spikes early (`advance`). It then advances a connection to a time between
two of its events, and the next event continues from there::

    update:  integrate_odes()  # x' = -x / tau: 3 steps and then 2 give the x that 5 steps give
    update:  n += 1            # runs once for 5 steps, but twice for 3 steps and then 2

Connections whose `update` is like the second one remember the time of their last event (`CLOCK`). So do
connections that emit at times of their own, because every slice brings them up to date.
A rule whose `update` or equations read a third factor or a delayed variable is updated in every step. It can
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
    """Return whether `update` or an equation reads something that changes in every step.

    Third factors and delayed variables change in every step.
    """
    normal = rule.normal
    if normal.delayed:
        return True
    continuous = {port.name for port in normal.ports.values() if port.signal == "continuous"}
    sides = [rule.reads_of(ode.value) for ode in normal.odes.values()]
    return bool(continuous & rule.reads(normal.update).union(*sides))


def needs_clock(rule: Rule) -> bool:
    """Return whether a connection must remember the time of its last event."""
    between = any(
        rule.acts(port) or splits(rule) for port in (rule.roles.post, *rule.roles.modulatory) if port
    )
    return between and (not _is_exact(rule) or (rule.emits_apart and not every_step(rule)))


def splits(rule: Rule) -> bool:
    """Return whether an event has an effect even if it has no handler.

    Conditions are tested at each event, and an event divides the interval that `update` runs for.
    """
    return bool(rule.normal.on_condition) or not _is_exact(rule)


def _is_exact(rule: Rule) -> bool:
    """Return whether a connection can be advanced to a time between two events with the same result.

    It can if `update` only integrates equations that are solved exactly, for example x' = -x / tau. It can
    also if it is updated in every step.
    """
    if every_step(rule):
        return True
    normal = rule.normal
    if not all(is_integration(item) for item in normal.update):
        return False
    found = analyse(normal.odes, static_names(normal), {})
    sides = {name: names(ode.value) for name, ode in normal.odes.items()}
    # variables that postsynaptic spikes drive begin a dendritic delay later, from a value that is not 0
    late = {symbol.name for symbol in normal.of_kind("state")} & rule.driven
    reads_late = any(late & reading for name, reading in sides.items() if name not in rule.driven)
    return not found.nonlinear and not reads_late
