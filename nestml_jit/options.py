"""Options that a user may settle about a model instead of leaving them to inference."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nestml_jit.kinds import ModelRole, PortRole
from nestml_jit.solvers import AUTO, SOLVERS

ROLES: tuple[PortRole, ...] = ("pre", "post", "modulatory")
"""Roles of a synapse's spike ports."""

OF_SYNAPSES = ("weight", "delay", "ports")
"""Options of synapse models; the others are of neuron models."""

OF_TEXTS = (*OF_SYNAPSES, "gap_junctions", "role", "at_spikes")
"""Options that settle what a model's text means, and so what is known of it before anything is simulated."""

PARTS_OF_GAP_JUNCTIONS = ("membrane_potential_variable", "gap_current_port")
"""The options of a neuron's gap junctions."""


class OptionError(ValueError):
    """An option has no such name or value; the text says which there are."""


@dataclass(frozen=True)
class Options:
    """Options of one model; part of the request key.

    Attributes
    ----------
    solver
        How equations are integrated that have no exact solution.
    move
        Whether a synapse's variables that only depend on the postsynaptic neuron may be kept there.
        Results do not depend on it.
    weight
        The synapse's variable that is its weight; "" to infer it.
    delay
        The synapse's variable that reads as the delay of a connection; "" for what the model says.
    ports
        Sorted pairs of a synapse's port and its role, or for a continuous port the variable of the
        postsynaptic neuron that it reads. Those of other ports are inferred.
    gap_junctions
        Sorted pairs of what is said of a neuron's gap junctions: "membrane_potential_variable" and
        "gap_current_port", each with a name. What is not said is inferred.
    role
        "neuron" or "synapse"; "" for what the model's name and text say.
    at_spikes
        Whether a synapse's continuous ports have, at a postsynaptic spike, their values from when the neuron
        fired, and not from when the spike arrives at the synapse.
    """

    solver: str = AUTO
    move: bool = True
    weight: str = ""
    delay: str = ""
    ports: tuple[tuple[str, str], ...] = ()
    gap_junctions: tuple[tuple[str, str], ...] = ()
    role: ModelRole = ""
    at_spikes: bool = False

    def __post_init__(self) -> None:
        _check_type("solver", self.solver, str)
        _check_type("move", self.move, bool)
        _check_type("weight", self.weight, str)
        _check_type("delay", self.delay, str)
        _check_choice("solver", self.solver, SOLVERS)
        for port, role in self.ports:
            _check_type(f"ports[{port!r}]", role, str)
        for part, name in self.gap_junctions:
            _check_choice("part of gap_junctions", part, PARTS_OF_GAP_JUNCTIONS)
            _check_type(f"gap_junctions[{part!r}]", name, str)

    def changed(self, **changes: Any) -> Options:
        """Return options with some of them changed; `ports` and `gap_junctions` may be mappings.

        Raises
        ------
        OptionError
            If there is no option of a name, or it cannot have the value.
        """
        names = [field.name for field in dataclasses.fields(self)]
        for name in changes:
            _check_choice("option", name, names)
        for name in ("ports", "gap_junctions"):
            if isinstance(changes.get(name), Mapping):
                changes[name] = tuple(sorted(changes[name].items()))
        return dataclasses.replace(self, **changes)

    def text(self) -> str:
        """Return all options as one text, for a key."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)


def of_text(options: Options) -> Options:
    """Return the part of options that settles what a model's text means."""
    return Options(**{name: getattr(options, name) for name in OF_TEXTS})


def _check_type(name: str, value: object, expected: type) -> None:
    if not isinstance(value, expected):
        raise OptionError(f"option {name!r} is {value!r}, but must be of type {expected.__name__}")


def _check_choice(what: str, value: object, choices: list[str] | tuple[str, ...]) -> None:
    if value in choices:
        return
    near = difflib.get_close_matches(str(value), choices, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise OptionError(f"there is no {what} {value!r}{hint} Known: {', '.join(choices)}.")
