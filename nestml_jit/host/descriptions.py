"""Telling the host of a model before there is any kernel: its variables, vectors, ports and roles."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from typing import Any

from nestml_jit.card import OPCODES, NeuronCard, Program, SynapseCard, Variable, Vector

KINDS = (
    "parameter",
    "state",
    "internal",
    "input",
    "convolution",
    "moved state",
    "moved parameter",
    "clock",
)
"""Kinds of variables by their numbers in the host: `Kind` in host/src/values/kinds.h."""

TYPES = ("real", "integer", "boolean", "string")
"""Types of variables by their numbers in the host: `Type` in host/src/values/slots.h."""

_TEXT, _HANDLE, _INT, _UINT, _DOUBLE = (
    ctypes.c_char_p,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_uint32,
    ctypes.c_double,
)
_PROGRAM = (ctypes.POINTER(ctypes.c_int32), ctypes.POINTER(_DOUBLE), _INT)

SIGNATURES: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "nj_neuron_new": (_HANDLE, (_TEXT, _INT)),
    "nj_synapse_new": (_HANDLE, (_TEXT, _INT, _INT, _INT, _INT)),
    "nj_variable": (None, (_HANDLE, _TEXT, _INT, _INT, _TEXT, *_PROGRAM, _DOUBLE, _INT, _INT)),
    "nj_guard": (None, (_HANDLE, _UINT, *_PROGRAM, _TEXT)),
    "nj_vector": (None, (_HANDLE, _TEXT, _TEXT, _TEXT, _UINT, _TEXT)),
    "nj_text": (_DOUBLE, (_TEXT,)),
    "nj_port": (None, (_HANDLE, _TEXT, _INT, _INT, _INT, _UINT, _TEXT)),
    "nj_observable": (None, (_HANDLE, _TEXT)),
    "nj_neuron_gap_junctions": (None, (_HANDLE, _TEXT, _TEXT)),
    "nj_synapse_roles": (None, (_HANDLE, _TEXT, _TEXT)),
    "nj_synapse_modulatory": (None, (_HANDLE, _TEXT)),
    "nj_synapse_past": (None, (_HANDLE, _TEXT, *_PROGRAM)),
    "nj_publish": (None, (_HANDLE,)),
}


def describe_neuron(library: ctypes.CDLL, card: NeuronCard) -> None:
    """Make a neuron model's description known to the host; it stays for the life of the process."""
    handle = library.nj_neuron_new(card.name.encode(), card.emits)
    _add_variables(library, handle, card.variables)
    _add_vectors(library, handle, card.vectors)
    for port in card.ports:
        library.nj_port(
            handle,
            port.name.encode(),
            port.signal == "spike",
            port.sign,
            port.counted,
            port.size,
            port.size_variable.encode(),
        )
    for observable in card.observables:
        library.nj_observable(handle, observable.encode())
    junctions = card.gap_junctions
    library.nj_neuron_gap_junctions(handle, junctions.potential.encode(), junctions.refusal.encode())
    library.nj_publish(handle)


def describe_synapse(library: ctypes.CDLL, card: SynapseCard) -> None:
    """Make a synapse model's description known to the host; it stays for the life of the process."""
    handle = library.nj_synapse_new(
        card.name.encode(), bool(card.post), card.plastic, bool(card.continuous), card.emits_apart
    )
    _add_variables(library, handle, card.variables)
    _add_vectors(library, handle, card.vectors)
    library.nj_synapse_roles(handle, card.weight.encode(), card.delay.encode())
    for port in card.modulatory:
        library.nj_synapse_modulatory(handle, port.encode())
    for past in card.past:
        library.nj_synapse_past(handle, past.variable.encode(), *_program(library, past.delay))
    library.nj_publish(handle)


def _add_variables(library: ctypes.CDLL, handle: int, variables: Iterable[Variable]) -> None:
    for index, variable in enumerate(variables):
        library.nj_variable(
            handle,
            variable.name.encode(),
            KINDS.index(variable.kind),
            TYPES.index(variable.type),
            variable.unit.encode(),
            *_program(library, variable.default),
            0.0,
            variable.common,
            variable.recordable,
        )
        for guard in variable.guards:
            library.nj_guard(handle, index, *_program(library, guard.program), guard.text.encode())


def _program(library: ctypes.CDLL, program: Program | None) -> tuple[Any, Any, int]:
    """Return a program's operations, their arguments, and how many these are; -1 for no program."""
    if program is None:
        return None, None, -1
    size = len(program.operations)
    arguments = list(program.arguments)
    for index, operation in enumerate(program.operations):
        if operation == OPCODES["text"]:
            arguments[index] = library.nj_text(program.texts[int(arguments[index])].encode())
    return (ctypes.c_int32 * size)(*program.operations), (_DOUBLE * size)(*arguments), size


def _add_vectors(library: ctypes.CDLL, handle: int, vectors: Iterable[Vector]) -> None:
    for vector in vectors:
        before, after = (vector.pattern or f"{vector.name}[{{}}]").encode().split(b"{}")
        name = b"" if vector.pattern else vector.name.encode()
        library.nj_vector(handle, name, before, after, vector.size, vector.size_variable.encode())
