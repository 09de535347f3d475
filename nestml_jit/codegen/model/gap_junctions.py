"""Gap junctions: the current that neurons get of the difference between their potentials.

NEST tells a neuron the potentials of its partners as a polynomial of the time in each step. With their sum,
weighted by conductances, as c(u), u ms after the step began, and the sum g of conductances, the current is
c(u) - g V. It is added to the other input of its port, wherever differential equations read the port: these
are then integrated numerically. NEST's waveform relaxation needs the potential and its derivative at both
ends of each step. They are noted where the potential is integrated.

Port and potential are inferred: the continuous port that has `gap` in its name, and the only state whose
equation its current enters.
"""

from __future__ import annotations

import dataclasses

from nestml_jit.card import GapJunctions
from nestml_jit.codegen.model.equations import equations
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.model.roles import is_synapse
from nestml_jit.codegen.model.symbolic import add, multiply, names, substitute, subtract
from nestml_jit.dsl.tree import Expression, Model, Name
from nestml_jit.options import OptionError

_BEGIN, _CONDUCTANCE = "gap(begin)", "gap(g)"
COEFFICIENTS = tuple(f"gap({power})" for power in range(4))

PER_STEP = (_BEGIN, _CONDUCTANCE, *COEFFICIENTS)
"""Names of what coupled equations read besides the model's variables; constant over a step."""


def port_of(model: Model) -> str:
    """Return the port that gets the current of gap junctions, as far as names tell.

    Raises
    ------
    OptionError
        If no port, or more than one, is possible.
    """
    found = _ports(model)
    if len(found) == 1:
        return found[0]
    known = ", ".join(found or [port.name for port in model.inputs if port.signal == "continuous"])
    raise OptionError(
        f"{model.name}: say which port gets the current of gap junctions, by gap_current_port. "
        f"It has: {known or 'no continuous port'}."
    )


def gap_junctions(normal: Normal) -> GapJunctions:
    """Return the port and the potential that gap junctions couple, or the reason why there are none."""
    model = normal.model
    ports = [] if is_synapse(model) else _ports(model)
    if not ports:
        line = _line(model.name, "...", "")
        return GapJunctions(
            refusal=f"it has no continuous port with 'gap' in its name. If one is meant, write {line}"
        )
    if len(ports) > 1:
        listed, line = " or ".join(ports), _line(model.name, ports[0], "")
        return GapJunctions(refusal=f"their current may be meant to go to {listed}. Write for example {line}")
    (port,) = ports
    said = next(item.couples for item in model.inputs if item.name == port) or ""
    readers = [name for name, ode in normal.odes.items() if port in names(ode.value)]
    potential = said or (readers[0] if len(readers) == 1 else "")
    reason = _refusal(normal, port, potential, readers)
    return GapJunctions(refusal=reason) if reason else GapJunctions(potential, port)


def _ports(model: Model) -> list[str]:
    """Return the possible ports: the one that a user named, or those with `gap` in their name."""
    single = [port for port in model.inputs if port.signal == "continuous" and port.size is None]
    settled = [port.name for port in single if port.couples is not None]
    return settled or [port.name for port in single if "gap" in port.name.lower()]


def _refusal(normal: Normal, port: str, potential: str, readers: list[str]) -> str:
    states = [item.name for item in normal.model.state if item.order == 0 and item.name in normal.odes]
    if not readers:
        return f"no differential equation reads their current, {port}"
    if potential not in states:
        listed = ", ".join(f"{name}'" for name in readers)
        line = _line(normal.model.name, port, next(iter([*(set(states) & set(readers)), "V_m"])))
        return (
            f"their current, {port}, enters {listed}: which state is the potential? Write for example {line}"
        )
    if port in _read_elsewhere(normal):
        elsewhere = "in a statement, a condition or a recordable inline"
        return f"{port} is also read {elsewhere}, where the current is not known: it changes during a step"
    if potential not in equations(coupled(normal, GapJunctions(potential, port))).system.nonlinear:
        return f"{potential} does not depend on their current, {port}"
    return ""


def _read_elsewhere(normal: Normal) -> set[str]:
    """Return the names that are read outside of differential equations."""
    blocks = (*normal.update, *normal.on_receive, *normal.on_condition)
    read = {node.name for item in blocks for node in item.walk() if isinstance(node, Name)}
    return read.union(*(names(value) for value in normal.observables.values()))


def _line(model: str, port: str, potential: str) -> str:
    more = f', "membrane_potential_variable": "{potential}"' if potential else ""
    return f'nest.jit.configure("{model}", gap_junctions={{"gap_current_port": "{port}"{more}}})'


def coupled(normal: Normal, junctions: GapJunctions) -> Normal:
    """Return a model whose equations read the current of gap junctions."""
    current = add(Name(junctions.port), subtract(_polynomial(), _loss(junctions)))
    values = {junctions.port: current}
    odes = {
        name: dataclasses.replace(ode, value=substitute(ode.value, values))
        for name, ode in normal.odes.items()
    }
    return dataclasses.replace(normal, odes=odes)


def _polynomial() -> Expression:
    elapsed = subtract(Name("t"), Name(_BEGIN))
    *lower, value = (Name(name) for name in COEFFICIENTS)
    result: Expression = value
    for coefficient in reversed(lower):
        result = add(coefficient, multiply(elapsed, result))
    return result


def _loss(junctions: GapJunctions) -> Expression:
    return multiply(Name(_CONDUCTANCE), Name(junctions.potential))
