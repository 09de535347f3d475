"""From a neuron model and its synapse models to one C++ translation unit: `generate`."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from nestml_jit.card import Column, Delay, Facts, FusionCard, Moved, Solver
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.advance import METHOD
from nestml_jit.codegen.cpp.batch import simple_delivery
from nestml_jit.codegen.cpp.calibrate import calibrate
from nestml_jit.codegen.cpp.delivery_text import DeliveryText, EventText, HistoryLayout
from nestml_jit.codegen.cpp.events import delivery_of_events
from nestml_jit.codegen.cpp.expressions import Printer, Translator
from nestml_jit.codegen.cpp.functions import caller, function_definitions
from nestml_jit.codegen.cpp.headers import included, standard
from nestml_jit.codegen.cpp.loops import PART, FusedLoop, LoopWriter, side_by_side
from nestml_jit.codegen.cpp.neuron import NeuronUpdate
from nestml_jit.codegen.cpp.past import past_value
from nestml_jit.codegen.cpp.places import at_lane_of, used_at
from nestml_jit.codegen.cpp.printing import lines_of
from nestml_jit.codegen.cpp.replay import handler_lines, replay_of, value_at
from nestml_jit.codegen.cpp.solver import SolverText
from nestml_jit.codegen.cpp.tree import Statement
from nestml_jit.codegen.model.effects import read
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.model.names import identifier, kept_for
from nestml_jit.codegen.model.normal import normalise
from nestml_jit.codegen.model.shown import as_shown, meant
from nestml_jit.codegen.model.signals import bindings, signals
from nestml_jit.codegen.model.vectors import vector_sizes
from nestml_jit.codegen.plan.describe import variables
from nestml_jit.codegen.plan.moving import moved
from nestml_jit.codegen.plan.neuron import NeuronPlan, plan_neuron
from nestml_jit.codegen.plan.past import kept, steps_columns
from nestml_jit.codegen.plan.synapse import SynapsePlan, plan_synapse
from nestml_jit.codegen.plan.systems import largest_matrix
from nestml_jit.dsl.tree import Model, Name
from nestml_jit.kinds import MovedKind, NeuronColumn
from nestml_jit.solvers import Method

SynapseText = DeliveryText | EventText

_HERE = Path(__file__).parent / "cpp"


@dataclass(frozen=True)
class ColumnText:
    """A column as the template declares it."""

    name: str
    index: int
    read: bool
    prefix: str = "c"
    type: str = "double"

    @property
    def declaration(self) -> str:
        """C++ text of the type of a pointer to the values."""
        return f"const {self.type}*" if self.read else f"{self.type}*"

    @property
    def place(self) -> str:
        """C++ text of the pointer in a tile."""
        text = f"tile->column[{self.index}]"
        return text if self.type == "double" else f"reinterpret_cast<{self.type}*>({text})"


@dataclass(frozen=True)
class NeuronText:
    """Strings for the neuron's template."""

    name: str
    columns: tuple[Column, ...]
    calibrated: tuple[ColumnText, ...]
    calibrate: tuple[cpp.Statement, ...]
    updated: tuple[ColumnText, ...]
    arrays: tuple[cpp.Declare, ...]
    tables: tuple[cpp.Declare, ...]
    channels: tuple[int, ...]
    loops: tuple[cpp.Statement, ...]
    fused: FusedLoop | None
    group: int
    part: int
    parts: tuple[int, ...]
    method: Method
    solvers: tuple[SolverText, ...]
    functions: tuple[cpp.Function, ...]
    pushes: bool
    push: tuple[str, ...]
    recall: tuple[str, ...]
    observables: tuple[cpp.Statement, ...]
    signals: tuple[str, ...]
    is_coupled: bool
    uses: frozenset[str]
    largest: int


def generate(neuron: Model, synapses: Sequence[Model], facts: Facts) -> tuple[str, FusionCard]:
    """Generate the kernel of a neuron model and the synapse models that target it.

    Parameters
    ----------
    neuron, synapses
        Lowered models under the names that they are registered with.
    facts
        What the script did with the synapses.

    Returns
    -------
    tuple of str and FusionCard
        C++17 source text and the layout of the kernel.

    Raises
    ------
    CannotGenerate
        If a model uses something that has no code.
    """
    ports = {model.name: bindings(neuron, model, facts.is_foreign) for model in synapses}
    read = signals(ports.values())
    normal = normalise(neuron, _sizes(neuron, facts))
    plan = plan_neuron(normal, facts.solver, () if facts.is_foreign else read, facts.gap_junctions)
    rules = [plan_synapse(model, facts) for model in synapses]
    records = tuple(
        record for rule in rules for record in moved(rule.normal, rule.post_driven, rule.in_neuron)
    )
    varying = meant(facts.heterogeneous, (record.column for record in records))
    facts = dataclasses.replace(facts, heterogeneous=varying)
    history = _history(records, rules, facts)
    texts = [
        simple_delivery(rule, facts, history, index)
        if rule.is_simple
        else delivery_of_events(rule, facts, history, index, ports[rule.normal.name], read)
        for index, rule in enumerate(rules)
    ]
    texts = [_with_replay(text, rule) for text, rule in zip(texts, rules, strict=True)]
    columns = _columns(plan, records)
    text = _neuron_text(plan, rules, texts, records, history, columns)
    card = FusionCard(
        neuron=neuron.name,
        columns=columns,
        internals=plan.internals,
        moved=records,
        history=history.names,
        before=history.befores,
        deliveries=tuple(item.card for item in texts),
        solvers=(*_solvers(plan), *(item for text in texts for item in _synapse_solvers(text))),
        signals=read,
        past=kept(plan.normal),
        delays=_delays(plan),
        channels=len(plan.channel),
    )
    named = as_shown(card)
    return _render(text, texts, history), dataclasses.replace(
        named, signals=read if facts.is_foreign else named.signals
    )


def _sizes(neuron: Model, facts: Facts) -> dict[str, int]:
    """Return the sizes of those vectors that do not have their default."""
    said = dict(facts.sizes)
    return dict(zip(meant(said, vector_sizes(neuron)), said.values(), strict=True))


def _with_replay(text: SynapseText, plan: SynapsePlan) -> SynapseText:
    found = replay_of(plan)
    if found is None:
        return text
    layout, lines = found
    return dataclasses.replace(text, card=dataclasses.replace(text.card, replay=layout), replay=lines)


def _history(records: tuple[Moved, ...], rules: Sequence[SynapsePlan], facts: Facts) -> HistoryLayout:
    """Lay out moved states, then moved parameters that differ between neurons."""
    states = [record.column for record in records if record.kind == "state"]
    varying = [r.column for r in records if r.kind == "parameter" and r.column in facts.heterogeneous]
    simple = [rule for rule in rules if rule.is_simple]
    before = tuple(kept_for(name, rule.normal.name) for rule in rules for name in _at_spikes(rule))
    near = tuple(kept_for(name, rule.normal.name) for rule in simple for name in _at_spikes(rule))
    after = tuple(
        kept_for(name, rule.normal.name)
        for rule in simple
        for name in rule.moved
        if name in read(rule.pre_body)
    )
    return HistoryLayout(tuple(states + varying), before, after, near)


def _at_spikes(rule: SynapsePlan) -> tuple[str, ...]:
    """Return the moved states that the postsynaptic handler reads."""
    reading = rule.rule.reads(rule.post_body)
    return tuple(name for name in rule.moved if name in reading)


def _columns(plan: NeuronPlan, records: tuple[Moved, ...]) -> tuple[Column, ...]:
    own = [Column(item.name, item.kind) for item in variables(plan.normal, recordable=True)]
    propagators = [Column(name, "internal") for name in plan.internals]
    modes: Mapping[MovedKind, NeuronColumn] = {"state": "moved", "parameter": "moved parameter"}
    return (*own, *propagators, *(Column(record.column, modes[record.kind]) for record in records))


def _delays(plan: NeuronPlan) -> tuple[Delay, ...]:
    columns = steps_columns(plan.normal)
    return tuple(
        Delay(item.variable, column)
        for column, item in zip(columns, plan.normal.delayed.values(), strict=True)
    )


def _solvers(plan: NeuronPlan) -> tuple[Solver, ...]:
    reason = "linear with coefficients that are constant over a step"
    exact = [Solver(name, "exact propagator", reason) for name in plan.exact.rows]
    added = f"; {plan.why}" if plan.why else ""
    nonlinear = plan.equations.system.nonlinear
    return (*exact, *(Solver(name, plan.method.title, why + added) for name, why in nonlinear.items()))


def _synapse_solvers(text: SynapseText) -> list[Solver]:
    names = dict.fromkeys(name for item in text.solvers for name in item.names)
    reason = "an equation of the synapse that is not linear"
    return [Solver(f"{name} of {text.card.synapse}", METHOD.title, reason) for name in names]


# --- the neuron's text ---------------------------------------------------------------------------


def _neuron_text(
    plan: NeuronPlan,
    rules: Sequence[SynapsePlan],
    texts: Sequence[SynapseText],
    records: tuple[Moved, ...],
    history: HistoryLayout,
    columns: tuple[Column, ...],
) -> NeuronText:
    index = {column.name: position for position, column in enumerate(columns)}

    def column(name: str, read: bool, prefix: str = "c") -> ColumnText:
        return ColumnText(identifier(name), index[name], read, prefix, storage(plan.types.get(name, "real")))

    update = NeuronUpdate(plan)
    statements, parameters = calibrate(plan, update.uses)
    internals = [column.name for column in columns if column.mode == "internal"]
    loops = LoopWriter(update.run(), plan.types)
    group = side_by_side(len(loops.stored))
    functions = function_definitions(plan.normal, plan.free, update.uses)
    solvers = update.solvers.texts()
    observables = tuple(_observables(plan, index, update.uses))
    largest = largest_matrix(plan.exact.groups)
    return NeuronText(
        name=plan.normal.name,
        columns=columns,
        calibrated=tuple(column(n, True, "p") for n in parameters)
        + tuple(column(n, False, "i") for n in internals),
        calibrate=statements,
        updated=tuple(
            column(item.name, item.name not in loops.stored) for item in columns if item.name in loops.columns
        ),
        arrays=tuple(dataclasses.replace(array, alignment=64) for array in loops.arrays),
        tables=loops.tables,
        channels=tuple(plan.channel.values()),
        loops=loops.loops,
        fused=loops.fused,
        group=group,
        part=PART,
        parts=tuple(range(0, group, PART)),
        method=plan.method,
        solvers=solvers,
        functions=functions,
        pushes=any(text.reads_history for text in texts),
        push=tuple(_push_lines(rules, history, index)),
        recall=tuple(_recall_lines(rules, history, index)),
        observables=observables,
        signals=plan.signals,
        is_coupled=plan.gap_junctions is not None,
        uses=frozenset(update.uses | ({"exponential.h"} if largest else set())),
        largest=largest,
    )


_STEP = cpp.Variable("step")
_OBSERVED = used_at(_STEP)


def _observables(plan: NeuronPlan, index: dict[str, int], uses: set[str]) -> list[cpp.Statement]:
    """Return for each observable the statement that returns it."""

    def resolve(node: Name) -> cpp.Expression:
        if node.name in plan.normal.delayed:
            steps = steps_columns(plan.normal)[list(plan.normal.delayed).index(node.name)]
            return past_value(
                plan.normal, node.name, cpp.minus(_STEP, cpp.Integer(1)), _in_tile(index[steps])
            )
        if node.name == "t":
            return cpp.Variable("t")
        value = _in_tile(index[node.name])
        return cpp.Call("nj_bits", (value,)) if plan.types.get(node.name) == "integer" else value

    show = Translator(resolve, call=caller(plan.free, _OBSERVED), uses=uses, place=_OBSERVED)
    return [cpp.Return(show(expression)) for expression in plan.normal.observables.values()]


def _in_tile(column: int) -> cpp.Expression:
    """Return the value of a column of the tile in lane `l`."""
    return at_lane_of(cpp.Element(cpp.path("tile", "column"), cpp.Integer(column)))


# --- history -------------------------------------------------------------------------------------


def _push_lines(rules: Sequence[SynapsePlan], history: HistoryLayout, index: dict[str, int]) -> list[str]:
    lines: list[str] = []
    for rule in rules:
        for name in rule.in_neuron:
            is_whole = rule.normal.symbols[name].type == "integer"
            slot = _propagated(rule, name, history, index)
            value = f"int64_t {_local(rule, name)} = nj_bits({slot});"
            lines.append(value if is_whole else f"double {_local(rule, name)} = {slot};")
    for name in history.befores:
        lines.append(f"next[{history.position_before(name)}].value = v_{identifier(name)};")
    for rule in rules:
        lines += _updates(rule, index)
    for rule in rules:
        for name in rule.in_neuron:
            column = kept_for(name, rule.normal.name)
            is_whole = rule.normal.symbols[name].type == "integer"
            slot = f"nj_slot({_local(rule, name)})" if is_whole else _local(rule, name)
            lines.append(f"{history.at('next', column)} = {slot};")
    known = {kept_for(name, rule.normal.name) for rule in rules for name in rule.in_neuron}
    for name in history.names:
        if name not in known:
            lines.append(f"{history.at('next', name)} = tile->column[{index[name]}][l];")
    return lines


def _local(rule: SynapsePlan, name: str) -> str:
    return f"v_{identifier(kept_for(name, rule.normal.name))}"


def _parameter(rule: SynapsePlan, index: dict[str, int], node: Name) -> str:
    return value_at(rule, node.name, lambda name: _place(rule, index, name))


def _propagated(rule: SynapsePlan, name: str, history: HistoryLayout, index: dict[str, int]) -> str:
    value = history.at("entry", kept_for(name, rule.normal.name))
    if name not in rule.rates:
        return value
    rate = Printer(lambda node: _parameter(rule, index, node))(rule.rates[name])
    return f"{value} * std::exp(({rate}) * elapsed)"


def _updates(rule: SynapsePlan, index: dict[str, int]) -> list[str]:
    """Return the moved statements of a postsynaptic handler, at the neuron's own spike."""
    return handler_lines(
        rule, rule.in_neuron, lambda name: _place(rule, index, name), lambda name: _local(rule, name)
    )


def _place(rule: SynapsePlan, index: dict[str, int], name: str) -> str:
    column = kept_for(name, rule.normal.name)
    return f"tile->column[{index[column]}][l]" if column in index else "0.0"


def _recall_lines(rules: Sequence[SynapsePlan], history: HistoryLayout, index: dict[str, int]) -> list[str]:
    lines = []
    for rule in rules:
        for name in rule.in_neuron:
            column = index[kept_for(name, rule.normal.name)]
            lines.append(f"tile->column[{column}][l] = {_propagated(rule, name, history, index)};")
    return lines


# --- the file ------------------------------------------------------------------------------------


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["lines"] = _lines
    return environment


def _lines(part: Statement | Iterable[Statement], indent: int) -> str:
    """Return statements as lines; all but the first are indented, as the filter `indent` does it."""
    return ("\n" + " " * indent).join(lines_of(part))


def _without_gaps(text: str) -> str:
    """Return a text without the lines where a template placed nothing, which consist of spaces."""
    return "\n".join(line for line in text.split("\n") if not line.isspace())


def _render(neuron: NeuronText, deliveries: Sequence[SynapseText], history: HistoryLayout) -> str:
    title = neuron.name + "".join(f" + {item.card.synapse}" for item in deliveries)
    uses = set(neuron.uses).union(*(item.uses for item in deliveries))
    if any(item.reads_history for item in deliveries):
        uses.add("history.h")
    values = {
        "title": title,
        "neuron": neuron,
        "deliveries": deliveries,
        "history": history,
        "standard": standard(uses),
        "support": _support(uses, neuron, deliveries, history),
    }
    template = _environment().get_template("kernel.cpp.jinja")
    draft = _without_gaps(template.render(values, namespace="nj_kernel"))
    key = hashlib.sha256(draft.encode()).hexdigest()[:16]
    return _without_gaps(template.render(values, namespace=f"nj_{key}"))


def _support(
    uses: set[str], neuron: NeuronText, deliveries: Sequence[SynapseText], history: HistoryLayout
) -> tuple[str, ...]:
    """Return the texts of the headers, with the constants in front that some of them need."""
    largest = max(neuron.largest, *(item.largest for item in deliveries if isinstance(item, EventText)), 0)
    at_hand = ", ".join(map(str, history.at_hand)) or "0"
    constants = {
        "exponential.h": (f"enum {{ NJ_MATRIX = {largest**2} }};",),
        "history.h": (
            f"enum {{ NJ_STRIDE = {history.stride}, NJ_AT_HAND = {len(history.at_hand)} }};",
            f"[[maybe_unused]] static const uint32_t nj_at_hand[] = {{ {at_hand} }};",
        ),
    }
    return tuple(text for name in included(uses) for text in (*constants.get(name, ()), _support_text(name)))


@functools.cache
def _support_text(name: str) -> str:
    return (_HERE / "support" / name).read_text(encoding="utf-8").rstrip()
