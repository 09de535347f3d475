"""A model with the user's options written into it: roles of ports, weight, delay, gap junctions."""

from __future__ import annotations

import dataclasses
import difflib

from nestml_jit.codegen.model.aliases import DELAY, WEIGHT
from nestml_jit.codegen.model.gap_junctions import port_of
from nestml_jit.dsl.tree import Declaration, InputPort, Model
from nestml_jit.options import ROLES, OptionError, Options

_QUALIFIER = {"modulatory": "mod"}


def configured(model: Model, options: Options) -> Model:
    """Return a model with its options as qualifiers of ports and decorators of variables.

    Raises
    ------
    OptionError
        If the model has no such port or variable, or a port cannot have the role.
    """
    ports = dict(options.ports)
    _check_names("port", ports, [port.name for port in model.inputs], model)
    inputs = tuple(
        dataclasses.replace(_port(port, ports), at_spike=options.at_spikes and port.signal == "continuous")
        for port in model.inputs
    )
    changed = dataclasses.replace(model, inputs=inputs, role=options.role)
    for name, decorator in ((options.weight, WEIGHT), (options.delay, DELAY)):
        if name:
            changed = _decorated(changed, name, decorator)
    return _coupled(changed, dict(options.gap_junctions)) if options.gap_junctions else changed


def _coupled(model: Model, said: dict[str, str]) -> Model:
    """Return a neuron model one of whose ports gets the current of gap junctions."""
    potential = said.get("membrane_potential_variable", "")
    port = said.get("gap_current_port") or port_of(model)
    continuous = [item.name for item in model.inputs if item.signal == "continuous" and item.size is None]
    _check_names("continuous port", [port], continuous, model)
    if potential:
        _check_names("state", [potential], [item.name for item in model.state], model)
    change = {port: potential}
    return dataclasses.replace(
        model,
        inputs=tuple(dataclasses.replace(item, couples=change.get(item.name)) for item in model.inputs),
    )


def _port(port: InputPort, ports: dict[str, str]) -> InputPort:
    wanted = ports.get(port.name)
    if wanted is None:
        return port
    if port.signal == "continuous":
        return dataclasses.replace(port, reads=wanted)
    if wanted not in ROLES:
        known = ", ".join(ROLES)
        raise OptionError(f"port {port.name} receives spikes: its role is one of {known}, not {wanted!r}.")
    return dataclasses.replace(port, qualifiers=(_QUALIFIER.get(wanted, wanted),))


def _decorated(model: Model, name: str, decorator: str) -> Model:
    """Return a model in which a decorator stands behind one variable only."""
    _check_names("variable", [name], [item.name for item in (*model.state, *model.parameters)], model)

    def change(item: Declaration) -> Declaration:
        others = tuple(found for found in item.decorators if found != decorator)
        return dataclasses.replace(item, decorators=(*others, *([decorator] if item.name == name else [])))

    return dataclasses.replace(
        model,
        state=tuple(change(item) for item in model.state),
        parameters=tuple(change(item) for item in model.parameters),
    )


def _check_names(what: str, names: list[str] | dict[str, str], known: list[str], model: Model) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            listed = ", ".join(known) or "none"
            raise OptionError(f"{model.name} has no {what} {name!r}{hint} It has: {listed}.")
