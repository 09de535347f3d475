"""Cards: what the host and the session must know of a model, without its source text.

A card is plain data that goes through JSON, so that a warm start reads it from the cache and
imports neither the parser nor the code generator.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from nestml_jit.functions import ELEMENTARY
from nestml_jit.kinds import BasicName, ColumnMode, MovedKind, Owner, Signal, VariableKind

CARD_VERSION = 15

KERNEL_FUNCTION = "nestml_jit_kernel"
"""The function of a kernel's library that gives its table of functions."""

_OPERATIONS = (
    *"push variable + - * / // % neg not < <= == != >= >".split(),
    *ELEMENTARY,
    *"steps resolution text join show whole real integer".split(),
    *"whole+ whole- whole* whole// whole% whole_pow whole_neg".split(),
    *"whole< whole<= whole== whole!= whole>= whole>".split(),
    *"whole_min whole_max whole_abs whole_clip whole_show & | ^ << >> ~ checked".split(),
    *"jump jump_unless drop end call enter reserve return local set_local".split(),
    *"elements element locals local_element set_local_element".split(),
)
OPCODES: Mapping[str, int] = types.MappingProxyType({name: code for code, name in enumerate(_OPERATIONS)})
"""Operations of a `Program`; the host's evaluator has the same numbers (host/src/values/program.h)."""


@dataclass(frozen=True)
class Program:
    """An expression in postfix form, evaluated by the host without a compiler.

    Attributes
    ----------
    operations
        Opcodes, see `OPCODES`; what each of them does is said in host/src/values/program.h. `push` pushes its
        argument, `variable` the value of the card's variable whose index is its argument, `integer` that of
        an integer variable as 64 bits, on which the operations `whole...` and those on bits work.
    arguments
        One number per operation; 0 where the operation has none.
    texts
        What the operation `text` pushes, by its argument. `join` pops two texts and pushes both in a row.
    """

    operations: tuple[int, ...]
    arguments: tuple[float, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guard:
    """A condition on a variable's value and its text as the user wrote it."""

    program: Program
    text: str


@dataclass(frozen=True)
class Variable:
    """A column of the store.

    Attributes
    ----------
    kind
        "parameter", "state", "internal" (derived, read-only), "input" (the value of a continuous
        port in the current step), "convolution" (a state that the generator made; starts at 0) or "clock"
        (the step of a connection's last event, which only the kernel reads).
    type
        "real", "integer", "boolean" or "string"; all are stored as double.
    unit
        The unit as text ("mV"), "" for a plain number.
    default
        Initial value; may use variables that come before it in evaluation order, parameters first.
        None: an internal that only a kernel computes (a propagator).
    guards
        Conditions that must hold before a value is stored.
    common
        Declared `@homogeneous`: one value for all synapses of a model.
    recordable
        Whether a multimeter may record it.
    """

    name: str
    kind: VariableKind
    type: BasicName
    unit: str
    default: Program | None
    guards: tuple[Guard, ...] = ()
    common: bool = False
    recordable: bool = False


@dataclass(frozen=True)
class Vector:
    """A vector whose elements are the variables `name[0]`, `name[1]`, ...

    `size_variable` is the variable that is its size, "" if the size is a number. With a `pattern`, such as
    `K__X__spikes_{}`, the elements have names of that form, and cannot be read and set together.
    """

    name: str
    size: int
    size_variable: str = ""
    pattern: str = ""


@dataclass(frozen=True)
class Port:
    """A port of a neuron as it is declared.

    Attributes
    ----------
    signal
        "spike" or "continuous".
    sign
        1 if it is excitatory, -1 if it is inhibitory, 0 if it is neither or both.
    size
        Of a vector of ports, with the default of `size_variable`; 0 if it is a single port.
    size_variable
        The variable that is its size, "" if the size is a number.
    counted
        Whether a handler must know that something arrived, and not only the sum.
    """

    name: str
    signal: Signal
    sign: int
    size: int
    size_variable: str
    counted: bool


@dataclass(frozen=True)
class Receptor:
    """The channels of a receptor type in a neuron whose vectors have their default sizes.

    `positive` and `negative` are ring channels for weights >= 0 and < 0. They differ for a pair of
    excitatory and inhibitory ports, whose inhibitory one gets the weight with its sign flipped.
    `counts` are the channels that count arrivals (-1: not counted).
    """

    number: int
    name: str
    positive: int
    negative: int
    count_positive: int = -1
    count_negative: int = -1


@dataclass(frozen=True)
class ContinuousPort:
    """A port for currents: `receptor` counts from 0, `column` names its "input" variable."""

    name: str
    receptor: int
    channel: int
    column: str


@dataclass(frozen=True)
class GapJunctions:
    """The state `potential` that gap junctions couple, by a current that goes to `port`.

    `refusal` says why the model can have none, "" if it can.
    """

    potential: str = ""
    port: str = ""
    refusal: str = ""


@dataclass(frozen=True)
class NeuronCard:
    """A neuron model as the host must know it to create, read, set and connect neurons.

    `variables` are in evaluation order: parameters, internals, inputs, states, convolutions. `ports` decide
    how receptors are numbered, which depends on a neuron's sizes; `receptors`, `continuous` and `channels`
    show that for the default ones. `observables` are recordable inlines, evaluated by the kernel.
    """

    name: str
    variables: tuple[Variable, ...]
    receptors: tuple[Receptor, ...]
    continuous: tuple[ContinuousPort, ...]
    channels: int
    observables: tuple[str, ...] = ()
    emits: bool = True
    vectors: tuple[Vector, ...] = ()
    ports: tuple[Port, ...] = ()
    gap_junctions: GapJunctions = GapJunctions()
    version: int = CARD_VERSION


@dataclass(frozen=True)
class Past:
    """A delay in ms with which equations of a synapse read a variable."""

    variable: str
    delay: Program


@dataclass(frozen=True)
class SynapseCard:
    """A synapse model as the host must know it to make connections.

    Attributes
    ----------
    weight
        The variable that is emitted; `weight` is its alias. "" if the emitted value is not a
        variable.
    delay
        The variable that reads as the connection's delay, or "".
    pre, post, modulatory, continuous
        Names of the ports in each role ("" or empty if there is none).
    plastic
        Has state or a handler beyond passing the weight on: it cannot take a device's events.
    exponents
        Parameters that are used as exponents: generated code may be specialised to their values.
    emits_apart
        Emits at other times than those of presynaptic spikes.
    past
        The delays with which equations read variables.
    """

    name: str
    variables: tuple[Variable, ...]
    weight: str
    delay: str
    pre: str
    post: str
    modulatory: tuple[str, ...] = ()
    continuous: tuple[str, ...] = ()
    plastic: bool = False
    exponents: tuple[str, ...] = ()
    vectors: tuple[Vector, ...] = ()
    emits_apart: bool = False
    past: tuple[Past, ...] = ()
    version: int = CARD_VERSION


KEPT = "__for_"
"""The text between a synapse's variable that a neuron keeps and the synapse's name."""


@dataclass(frozen=True)
class Moved:
    """A synapse's variable that a fusion keeps in the postsynaptic neuron.

    `column` is its full name there, `<variable>__for_<synapse>`; `kind` is "state" or "parameter".
    """

    column: str
    variable: str
    synapse: str
    kind: MovedKind
    type: BasicName
    unit: str
    default: float


@dataclass(frozen=True)
class PairCard:
    """The columns that a synapse model adds to a neuron model, known as soon as they are connected.

    `signals` are the synapse's continuous ports, each with the variable of the neuron that it reads.
    """

    neuron: str
    synapse: str
    moved: tuple[Moved, ...]
    signals: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Column:
    """A column that a kernel reads or writes, in the kernel's order.

    For a neuron, `mode` is the kind of the variable ("parameter", "state", "internal", "input",
    "convolution", "clock", "moved", "moved parameter"). For a synapse it is "connection" (one value per
    connection) or "source" (one per source and segment).
    """

    name: str
    mode: ColumnMode


@dataclass(frozen=True)
class Trace:
    """The drive of a state, with parameters by number: states with the same `form` and values are the same.

    `form` is "" if the state reads other ones. `archived` says that NEST's own neurons keep such a state,
    with a time constant of theirs; it is then the only parameter.
    """

    form: str
    parameters: tuple[str, ...]
    archived: bool = False


@dataclass(frozen=True)
class Replay:
    """States that follow from postsynaptic spikes and parameters alone, in the order of `replay`."""

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    traces: tuple[Trace, ...]


@dataclass(frozen=True)
class Delivery:
    """The layout of a kernel's delivery of the events of one synapse model.

    `scalars` are values that are the same for all connections of the model, as pairs of owner
    ("synapse" or "neuron") and variable; `scratch` is the number of doubles that the kernel's
    `prepare` fills from them. `moved` are the states that the neuron keeps for the connections;
    `late_states` are those that connections keep, but whose late initial state, that of a connection that is
    made later, the neuron knows; `replay` are those that can be computed from the neuron's spikes.
    `modulatory` are the ports whose spikes the host hands over, in the order of `NjDelivery::modulation`.
    `signals` are the continuous ports with the variable of the neuron that each reads; `flush` says that
    values from between two presynaptic spikes are read, at postsynaptic and modulatory spikes, or, if
    `every_step`, in every step. `at_spikes` says that values are read from when neurons fired.
    """

    synapse: str
    columns: tuple[Column, ...]
    scalars: tuple[tuple[Owner, str], ...]
    scratch: int
    uses_history: bool
    moved: tuple[str, ...] = ()
    modulatory: tuple[str, ...] = ()
    signals: tuple[tuple[str, str], ...] = ()
    flush: bool = False
    every_step: bool = False
    at_spikes: bool = False
    late_states: tuple[str, ...] = ()
    replay: Replay | None = None


@dataclass(frozen=True)
class Delay:
    """A delay with which equations read `variable`; `steps` is the internal that holds it in steps."""

    variable: str
    steps: str


@dataclass(frozen=True)
class Solver:
    """The solver that integrates a variable, and the reason."""

    variable: str
    method: str
    reason: str


@dataclass(frozen=True)
class FusionCard:
    """The layout of a compiled kernel: what to hand it, in which order.

    `internals` are internal columns that only this kernel knows (propagators, delays in steps);
    `history` are the moved states, in the order of a history entry, `before` those whose values right before
    a spike follow them; `signals` are the variables that the kernel writes to `NjBlock::signal`, in its
    order; `past` are the states whose earlier values are kept for each step, with `delays`;
    `channels` is the number of rows per slot of the ring.
    """

    neuron: str
    columns: tuple[Column, ...]
    internals: tuple[str, ...]
    moved: tuple[Moved, ...]
    history: tuple[str, ...]
    deliveries: tuple[Delivery, ...]
    solvers: tuple[Solver, ...]
    signals: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    delays: tuple[Delay, ...] = ()
    channels: int = 0
    before: tuple[str, ...] = ()
    version: int = CARD_VERSION


@dataclass(frozen=True)
class SynapseFacts:
    """Facts about a script's use of one synapse model on which generated code depends.

    Attributes
    ----------
    heterogeneous
        Variables that differ between connections, sorted.
    constants
        Values of the parameters that are the same for all connections and that the generator may
        fold (exponents), as sorted pairs of name and value.
    """

    synapse: str
    heterogeneous: tuple[str, ...] = ()
    constants: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Facts:
    """Facts to which a fusion is specialised; part of the request key.

    `heterogeneous` are moved parameters that differ between neurons. `sizes` are the lengths of those
    vectors of the neuron, ports included, whose size is a variable. `move` is the option that
    switches the optimisation of moving variables off, `solver` how equations of the neuron are integrated
    that have no exact solution. `keeps_late_states` says whether neurons keep the late initial state of
    connections, which keep it themselves. `gap_junctions` says whether neurons are coupled by such.
    `is_foreign` says that the neurons are NEST's own: the host writes the signals that synapses read.
    """

    synapses: tuple[SynapseFacts, ...] = ()
    heterogeneous: tuple[str, ...] = ()
    move: bool = True
    solver: str = "auto"
    sizes: tuple[tuple[str, int], ...] = ()
    keeps_late_states: bool = True
    gap_junctions: bool = False
    is_foreign: bool = False


T = TypeVar("T")


def to_json(card: Any) -> dict[str, Any]:
    """Return a card as JSON-ready data."""
    return dataclasses.asdict(card)


def from_json(kind: type[T], data: Any) -> T:
    """Build a card of type `kind` from JSON data.

    Raises
    ------
    TypeError, KeyError, ValueError
        If the data does not fit; the cache counts such an entry as a miss.
    """
    return typing.cast(T, _decode(kind, data))


@functools.cache
def _hints(kind: type) -> Mapping[str, Any]:
    """Return the types of a dataclass's fields: Python compiles their texts each time it is asked."""
    return typing.get_type_hints(kind)


def _decode(kind: Any, data: Any) -> Any:
    origin = typing.get_origin(kind)
    arguments = typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        chosen = [option for option in arguments if option is not type(None)]
        return None if data is None else _decode(chosen[0], data)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_decode(arguments[0], item) for item in data)
        return tuple(_decode(option, item) for option, item in zip(arguments, data, strict=True))
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        unknown = set(data) - set(hints)
        if unknown:
            raise ValueError(f"unknown fields {sorted(unknown)} in {kind}")
        return kind(**{name: _decode(hints[name], value) for name, value in data.items()})
    if origin is typing.Literal:
        if data not in arguments:
            raise ValueError(f"expected one of {arguments}, got {data!r}")
        return data
    if kind is float:
        return float(data)
    if not isinstance(data, kind):
        raise TypeError(f"expected {kind}, got {type(data)}")
    return data
