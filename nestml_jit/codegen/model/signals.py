"""Third factors: the variables of the neuron that the continuous ports of its synapses read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from nestml_jit.codegen.model.names import element, shown
from nestml_jit.codegen.model.normal import Normal, normalise
from nestml_jit.codegen.model.problem import PORTS, CannotGenerate
from nestml_jit.codegen.model.vectors import size_of
from nestml_jit.dsl.tree import Expression, InputPort, Model, Name

_READABLE = ("state", "convolution")


def readable(neuron: Normal) -> dict[str, Expression]:
    """Return the variables of a neuron that synapses may read, by the names that users see."""
    own = {shown(item.name): Name(item.name) for item in neuron.of_kind(*_READABLE) if item.type == "real"}
    return {**own, **neuron.inlines}


def bindings(neuron: Model, synapse: Model, is_foreign: bool = False) -> dict[str, str]:
    """Return the variable of the neuron that each continuous port of a synapse reads.

    Parameters
    ----------
    is_foreign
        Whether the neuron stands for NEST's own, which may have any variable.

    Raises
    ------
    CannotGenerate
        If the neuron has no such variable; the hint says what to write.
    """
    ports = [port for port in synapse.inputs if port.signal == "continuous"]
    if not ports:
        return {}
    if is_foreign:
        return {name: read for port in ports for name, read in _recordables(port, synapse).items()}
    known = readable(normalise(neuron))
    found: dict[str, str] = {}
    for port in ports:
        pairs = _elements(port, synapse)
        if not set(pairs.values()) <= set(known):
            raise _unknown(port, neuron, synapse, known)
        found.update(pairs)
    return found


def _elements(port: InputPort, synapse: Model) -> dict[str, str]:
    """Return the variables that a port reads; a vector of ports reads the elements of a vector."""
    variable = port.reads or port.name
    if port.size is None:
        return {port.name: variable}
    size = size_of(port, synapse)
    return {element(port.name, index): element(variable, index) for index in range(size)}


def _recordables(port: InputPort, synapse: Model) -> dict[str, str]:
    """Return the variables that a port reads of NEST's own neurons, whose names may have dots."""
    if port.size is None:
        return _elements(port, synapse)
    return {name: shown(variable) for name, variable in _elements(port, synapse).items()}


def _unknown(
    port: InputPort, neuron: Model, synapse: Model, known: Mapping[str, Expression]
) -> CannotGenerate:
    wanted = port.reads or port.name
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.4) or sorted(known)[:1] or ["V_m"]
    line = f'nest.jit.configure("{synapse.name}", ports={{"{port.name}": "{near[0]}"}})'
    listed = ", ".join(sorted(known)) or "none"
    problem = (
        f"the neuron {neuron.name} has no state or inline {wanted} for port {port.name} of {synapse.name}"
    )
    return CannotGenerate(PORTS, problem, port, f"write for example {line}; {neuron.name} has: {listed}")


def signals(ports: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """Return all variables that some synapse reads, each once."""
    return tuple(dict.fromkeys(variable for mapping in ports for variable in mapping.values()))
