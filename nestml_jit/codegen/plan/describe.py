"""Cards of models: the facts that the host needs before any code is generated (`describe`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nestml_jit.card import (
    ContinuousPort,
    Guard,
    NeuronCard,
    Past,
    Port,
    Program,
    Receptor,
    SynapseCard,
    Variable,
    Vector,
)
from nestml_jit.codegen.model.convolutions import port_name
from nestml_jit.codegen.model.effects import emissions
from nestml_jit.codegen.model.equations import TOLERANCES, equations
from nestml_jit.codegen.model.gap_junctions import gap_junctions
from nestml_jit.codegen.model.integers import as_it_stands
from nestml_jit.codegen.model.names import canonical, element
from nestml_jit.codegen.model.normal import Delayed, Normal, NormalVariable, normalise
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.roles import is_synapse, roles
from nestml_jit.codegen.model.shown import as_shown
from nestml_jit.codegen.model.symbolic import ZERO, names
from nestml_jit.codegen.model.vectors import size_of, size_variable
from nestml_jit.codegen.plan.inexact import CLOCK, needs_clock
from nestml_jit.codegen.plan.ports import channels, counted_ports
from nestml_jit.codegen.plan.program_types import ProgramScope
from nestml_jit.codegen.plan.programs import constant, program
from nestml_jit.codegen.plan.rule import rule_of
from nestml_jit.dsl.tree import (
    Binary,
    Call,
    CallStatement,
    Declaration,
    Expression,
    InputPort,
    Model,
    Name,
)
from nestml_jit.kinds import BasicName

Evaluated = Callable[[Expression, BasicName], Program]

_ORDER = ("parameter", "internal", "input", "state", "convolution")
_PAIR = ("excitatory", "inhibitory")

TAKEN = {"frozen": "whether it stands still", "recordables": "the list of what can be recorded"}
"""Names that never refer to a variable of the model, and their meaning."""

TAKEN_BY_CONNECTIONS = {
    "source": "the sending node",
    "target": "the receiving node",
    "target_thread": "the thread of the receiving node",
    "synapse_id": "the number of the synapse model",
    "synapse_modelid": "the number of the synapse model",
    "synapse_model": "the name of the synapse model",
    "synapse_label": "a label",
    "port": "the number of the connection",
    "receptor": "the receptor type",
    "receptor_type": "the receptor type",
    "sizeof": "the size in bytes",
    "has_delay": "whether there is a delay",
    "num_connections": "the number of connections",
    "requires_symmetric": "whether both directions are needed",
    "element_type": "the kind of model",
    "weight_recorder": "what records weights",
}
"""The same for synapse models: what connections, or the defaults of their model, show under these names."""


def describe(model: Model) -> NeuronCard | SynapseCard:
    """Return the card of a lowered model.

    Raises
    ------
    CannotGenerate
        If the model uses something that the store cannot hold, or its ports' roles are ambiguous.
    """
    normal = normalise(model)
    return as_shown(_synapse_card(normal) if is_synapse(normal.model) else _neuron_card(normal))


def variables(normal: Normal, recordable: bool) -> tuple[Variable, ...]:
    """Return the columns of a model in evaluation order; those of neurons may be recordable."""
    return _variables_and_place(normal, recordable)[0]


def _variables_and_place(normal: Normal, recordable: bool) -> tuple[tuple[Variable, ...], ProgramScope]:
    """Return the columns of a model, and the scope in which expressions find them."""
    pulses = _pulses(normal)
    kinds = _ORDER if recordable else [kind for kind in _ORDER if kind != "input"]
    symbols = [s for kind in kinds for s in normal.of_kind(kind) if s.name not in pulses]
    tolerances = _tolerances(normal)
    own = len(normal.of_kind("parameter"))
    order = [
        *(s.name for s in symbols[:own]),
        *(v.name for v in tolerances),
        *(s.name for s in symbols[own:]),
    ]
    place = ProgramScope(
        indices={name: index for index, name in enumerate(order)},
        types={symbol.name: symbol.type for symbol in symbols},
        functions=normal.functions,
        vectors={item.name: item.size for item in vectors(normal) if not item.size_variable},
    )

    def evaluated(expression: Expression, type_: BasicName = "real") -> Program:
        return program(expression, place, type_)

    found = [_variable(symbol, evaluated, recordable) for symbol in symbols]
    return (*found[:own], *tolerances, *found[own:]), place


def _pulses(normal: Normal) -> set[str]:
    """Return the convolutions with delta pulses, which need no column."""
    return {made.name for made in normal.convolutions if made.impulse is not None}


def vectors(normal: Normal) -> tuple[Vector, ...]:
    """Return the vectors among a model's variables."""
    model = normal.model
    return tuple(
        Vector(canonical(item.name, item.order), size_of(item, model), size_variable(item, model))
        for item in (*model.parameters, *model.internals, *model.state)
        if item.size is not None
    )


def _default(symbol: NormalVariable, declared: Declaration, evaluated: Evaluated) -> Program | None:
    """Return the initial value; None for an internal that only a kernel can compute."""
    try:
        return evaluated(declared.value if declared.value is not None else ZERO, symbol.type)
    except CannotGenerate:
        if symbol.kind == "internal":
            return None
        raise


def _tolerances(normal: Normal) -> list[Variable]:
    """Return the parameters of the numerical solver, if the model needs one."""
    if not equations(normal).is_numeric and not gap_junctions(normal).potential:
        return []
    names = [name for name in TOLERANCES if name not in normal.symbols]
    return [Variable(name, "parameter", "real", "", constant(1e-6)) for name in names]


def _variable(symbol: NormalVariable, evaluated: Evaluated, recordable: bool) -> Variable:
    declared = symbol.declaration
    assert symbol.kind != "spike"
    if declared is None:
        seen = recordable and symbol.kind == "convolution"
        return Variable(symbol.name, symbol.kind, symbol.type, symbol.unit, constant(0.0), recordable=seen)
    guards: tuple[Guard, ...] = ()
    if declared.guard is not None:
        guards = (Guard(evaluated(declared.guard, "boolean"), declared.guard_text),)
    return Variable(
        name=symbol.name,
        kind=symbol.kind,
        type=symbol.type,
        unit=symbol.unit,
        default=_default(symbol, declared, evaluated),
        guards=guards,
        common="@homogeneous" in declared.decorators,
        recordable=recordable and symbol.kind == "state" and symbol.type not in ("boolean", "string"),
    )


# --- neurons -------------------------------------------------------------------------------------


def _neuron_card(normal: Normal) -> NeuronCard:
    _check_names(normal, TAKEN, "node")
    ring = channels(normal)
    continuous = [port for port in normal.ports.values() if port.signal == "continuous"]
    return NeuronCard(
        name=normal.name,
        variables=variables(normal, recordable=True),
        receptors=_receptors(normal, ring),
        continuous=tuple(
            ContinuousPort(port.name, index, ring[port.name], port.name)
            for index, port in enumerate(continuous)
        ),
        channels=len(ring),
        vectors=(*vectors(normal), *_vectors_of_ports(normal)),
        ports=tuple(_port(item, normal) for item in normal.model.inputs),
        observables=tuple(normal.observables),
        emits="spike" in normal.model.outputs or any(emissions(normal.model)),
        gap_junctions=gap_junctions(normal),
    )


def _check_names(normal: Normal, taken: Mapping[str, str], owner: str) -> None:
    """Refuse variables that users could not set or read, because NEST uses their names for something else."""
    model = normal.model
    for item in (*model.parameters, *model.internals, *model.state):
        if item.name in taken:
            message = f"{item.name} is {taken[item.name]}, of every {owner} of NEST"
            raise CannotGenerate(UNSUPPORTED, message, item, "choose another name for the variable")
    for symbol in normal.symbols.values():
        if symbol.name in TOLERANCES and symbol.kind != "parameter":
            message = f"{symbol.name} is a tolerance of the numerical solver, which is a parameter"
            raise CannotGenerate(UNSUPPORTED, message, symbol.declaration, "choose another name")


def _port(item: InputPort, normal: Normal) -> Port:
    size = 0 if item.size is None else size_of(item, normal.model)
    counted = {name.partition("[")[0] for name in counted_ports(normal)}
    sign = {"excitatory": 1, "inhibitory": -1}.get(_qualifier(item), 0)
    return Port(item.name, item.signal, sign, size, size_variable(item, normal.model), item.name in counted)


def _vectors_of_ports(normal: Normal) -> tuple[Vector, ...]:
    """Return the vectors among the variables that ports bring along: currents and convolutions."""
    model = normal.model
    sized = [port for port in model.inputs if port.size is not None]
    currents = [
        Vector(port.name, size_of(port, model), size_variable(port, model))
        for port in sized
        if port.signal == "continuous"
    ]
    names = dict.fromkeys(size_variable(port, model) for port in sized)
    return (*currents, *(vector for name in names if name for vector in _convolved(normal, name)))


def _convolved(normal: Normal, variable: str) -> list[Vector]:
    """Return the vectors of convolutions whose size is a variable: one more element makes them longer."""
    model = normal.model
    declared = (*model.parameters, *model.internals, *model.state)
    sized: list[Declaration | InputPort] = [*declared, *model.inputs]
    grown = {
        canonical(item.name, item.order if isinstance(item, Declaration) else 0): size_of(item, model) + 1
        for item in sized
        if item.size is not None and size_variable(item, model) == variable
    }
    longer = normalise(model, grown)
    known = {item.name for item in normal.of_kind("convolution")} - _pulses(normal)
    made = [item for item in longer.convolutions if item.impulse is None]
    found = []
    for port in (port for port in model.inputs if port.name in grown):
        size = grown[port.name] - 1
        for item in (item for item in made if port_name(item.port) == element(port.name, size)):
            for name in item.variables:
                pattern = name.replace(f".{size}", ".{}")
                if all(pattern.format(index) in known for index in range(size)):
                    found.append(Vector(pattern.format(""), size, variable, pattern))
    return found


def _receptors(normal: Normal, ring: dict[str, int]) -> tuple[Receptor, ...]:
    spike = [port for port in normal.ports.values() if port.signal == "spike"]
    groups = _paired(spike)
    plain = [group for group in groups if not _qualifier(group[0])]
    first = 1 if len(groups) > 1 or len(plain) > 1 or any("[" in port.name for port in spike) else 0
    return tuple(_receptor(first + index, group, ring) for index, group in enumerate(groups))


def _qualifier(port: InputPort) -> str:
    found = [word for word in port.qualifiers if word in _PAIR]
    return found[0] if len(found) == 1 else ""


def _paired(spike: list[InputPort]) -> list[tuple[InputPort, ...]]:
    """Pair excitatory with inhibitory ports in order; every other port stands alone."""
    excitatory = [port for port in spike if _qualifier(port) == "excitatory"]
    inhibitory = [port for port in spike if _qualifier(port) == "inhibitory"]
    partner = dict(zip((p.name for p in excitatory), inhibitory, strict=False))
    taken = {port.name for port in partner.values()}
    groups: list[tuple[InputPort, ...]] = []
    for port in spike:
        if port.name in taken:
            continue
        groups.append((port, partner[port.name]) if port.name in partner else (port,))
    return groups


def _receptor(receptor: int, group: tuple[InputPort, ...], ring: dict[str, int]) -> Receptor:
    positive, negative = group[0].name, group[-1].name
    return Receptor(
        number=receptor,
        name="_".join(port.name.upper().replace("[", "_").rstrip("]") for port in group),
        positive=ring[positive],
        negative=ring[negative],
        count_positive=ring.get(f"count({positive})", -1),
        count_negative=ring.get(f"count({negative})", -1),
    )


# --- synapses ------------------------------------------------------------------------------------


def _synapse_card(normal: Normal) -> SynapseCard:
    _check_names(normal, TAKEN_BY_CONNECTIONS, "connection")
    found = roles(normal.model)
    rule = rule_of(normal)
    clock = [Variable(CLOCK, "clock", "real", "", constant(0.0))] if needs_clock(rule) else []
    columns, place = _variables_and_place(normal, recordable=False)
    return SynapseCard(
        name=normal.name,
        variables=(*columns, *clock),
        weight=found.weight if found.weight in normal.symbols else "",
        delay=found.delay,
        pre=found.pre,
        post=found.post,
        modulatory=found.modulatory,
        continuous=found.continuous,
        plastic=_is_plastic(normal, found.weight),
        exponents=_exponents(normal),
        vectors=vectors(normal),
        emits_apart=rule.emits_apart,
        past=tuple(_past(item, columns, place, normal) for item in normal.delayed.values()),
    )


def _past(item: Delayed, columns: tuple[Variable, ...], place: ProgramScope, normal: Normal) -> Past:
    """Return a delay that the host can compute, since it must reserve memory for the past."""
    unknown = {column.name for column in columns if column.default is None}
    declared = {symbol.name: symbol.declaration for symbol in normal.of_kind("internal")}
    reading, todo = set[str](), list(names(item.delay))
    while todo:
        name = todo.pop()
        found = declared.get(name)
        if name not in reading and found is not None and found.value is not None:
            todo += names(found.value)
        reading.add(name)
    if reading & unknown:
        problem = (
            f"the delay of {item.variable} hangs on {min(reading & unknown)}, which only kernels compute"
        )
        raise CannotGenerate(UNSUPPORTED, problem, item.delay, "let a parameter be the delay")
    return Past(item.variable, program(item.delay, place, "real"))


def _exponents(normal: Normal) -> tuple[str, ...]:
    """Return the parameters that stand alone as an exponent.

    A power is cheap if its exponent is known: x**2 is a product.
    """
    exponents = set()
    for node in normal.model.walk():
        exponent = None
        if isinstance(node, Binary) and node.operator == "**":
            exponent = as_it_stands(node.right)
        if isinstance(node, Call) and node.name == "pow":
            exponent = as_it_stands(node.arguments[1])
        if isinstance(exponent, Name):
            exponents.add(exponent.name)
    return tuple(symbol.name for symbol in normal.of_kind("parameter") if symbol.name in exponents)


def _is_plastic(normal: Normal, weight: str) -> bool:
    if normal.of_kind("state", "convolution") or normal.has_update or len(normal.on_receive) != 1:
        return True
    body = normal.on_receive[0].body
    if len(body) != 1 or not isinstance(body[0], CallStatement):
        return True
    arguments = body[0].call.arguments
    return not (len(arguments) == 1 and isinstance(arguments[0], Name) and arguments[0].name == weight)
