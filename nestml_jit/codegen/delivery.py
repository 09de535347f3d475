"""The part of a kernel that delivers the events of one synapse model.

`deliver` walks over a run of connections. For each one it finds the postsynaptic spikes since the
last event in the neuron's history, runs the postsynaptic handler for them, then the presynaptic one.
Statements that only concern the source run once, before the walk.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.card import Column, Delivery, Facts
from nestml_jit.codegen.cpp import Printer, identifier
from nestml_jit.codegen.effects import assigned, read
from nestml_jit.codegen.lanes import Body, Surroundings, Updates
from nestml_jit.codegen.moving import moved_name
from nestml_jit.codegen.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.synapse import SynapsePlan
from nestml_jit.dsl.tree import Call, CallStatement, Declaration, Expression, Name, Statement

TABLE = 512


@dataclass(frozen=True)
class HistoryLayout:
    """Position of every value of a history entry; position 0 is the key."""

    names: tuple[str, ...]

    @property
    def stride(self) -> int:
        """Doubles per entry."""
        return 1 + len(self.names)

    def position(self, name: str) -> int:
        """Position of a value in an entry."""
        return 1 + self.names.index(name)

    def at(self, entry: str, name: str) -> str:
        """Text of a value of an entry."""
        return f"{entry}[{self.position(name)}].value"


@dataclass(frozen=True)
class DeliveryText:
    """Strings for the template, all lines without indentation."""

    card: Delivery
    index: int
    stride: int
    has_post: bool
    has_sources: bool
    has_state: bool
    reads_history: bool
    scalars: tuple[str, ...]
    tables: tuple[str, ...]
    prepare: tuple[str, ...]
    columns: tuple[str, ...]
    connection_columns: tuple[str, ...]
    sources: tuple[str, ...]
    source_columns: tuple[tuple[str, int], ...]
    sources_then: tuple[str, ...]
    sources_now: tuple[str, ...]
    hoisted: tuple[str, ...]
    spike: tuple[str, ...]
    load: tuple[str, ...]
    post: tuple[str, ...]
    settle: tuple[str, ...]
    moved: tuple[str, ...]
    pre: tuple[str, ...]
    late: tuple[str, ...]
    save: tuple[str, ...]
    finish: tuple[str, ...]
    batch: BatchText | None = None
    alike: tuple[str, ...] = ()
    look: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchText:
    """Strings for delivery in batches.

    Attributes
    ----------
    values
        Positions of the values of a history entry that are used.
    states
        Variables of a connection that a postsynaptic spike may change.
    loaded
        Variables of a connection that are read in the beginning.
    saved
        Variables of a connection that are stored at the end.
    """

    values: tuple[int, ...]
    states: tuple[str, ...]
    saved: tuple[str, ...]
    loaded: tuple[str, ...]
    load: tuple[str, ...]
    post: tuple[str, ...]
    reads_before: bool
    moved: tuple[str, ...]
    pre: tuple[str, ...]


class DeliveryWriter:
    """Writes the functions of one synapse model in a fusion."""

    decay_function = "nj_decay"

    def __init__(self, plan: SynapsePlan, facts: Facts, history: HistoryLayout, index: int) -> None:
        self.plan = plan
        self.normal = plan.normal
        self.facts = facts
        self.history = history
        self.index = index
        self.scalars: dict[tuple[str, str], str] = {}
        self.tables: dict[str, str] = {}
        self.prepare: list[str] = []
        self.columns = [Column(name, "connection") for name in (*plan.connection, *plan.post, *plan.columns)]
        self.columns += [Column(name, "source") for name in plan.source]
        self.types = {symbol.name: symbol.type for symbol in self.normal.symbols.values()}
        self.kept: dict[str, None] = {}

    def write(self) -> DeliveryText:
        """Return all strings of the delivery."""
        hoisted, snapshots = self._hoisted()
        post = self._post_lines()
        late = self._late_lines()
        pre = self._pre_lines(snapshots)
        moved = self._moved_lines()
        look = self._look_lines()
        plan = self.plan
        reads_history = plan.has_post or bool(plan.moved)
        spike = self._source_body().lines
        settle = self._settle_lines("t_spike")
        finish = self._settle_lines("until")
        sources = tuple(identifier(name) for name in plan.source)
        now = self._decayed_sources()
        then = [f"[[maybe_unused]] const double a_{name} = v_{name};" for name in sources] + now
        text = DeliveryText(
            card=self._card(reads_history),
            index=self.index,
            stride=self.history.stride,
            has_post=plan.has_post,
            has_sources=bool(plan.source),
            reads_history=reads_history,
            scalars=tuple(self.scalars.values()),
            tables=tuple(self.tables.values()),
            prepare=tuple(self.prepare),
            columns=tuple(identifier(column.name) for column in self.columns),
            connection_columns=tuple(
                identifier(column.name) for column in self.columns if column.mode == "connection"
            ),
            has_state=plan.has_post or bool(settle),
            sources=sources,
            source_columns=tuple(
                (identifier(column.name), index)
                for index, column in enumerate(self.columns)
                if column.mode == "source"
            ),
            sources_then=tuple(then),
            sources_now=tuple(now),
            hoisted=tuple(hoisted),
            spike=tuple(spike),
            load=(),
            post=tuple(post),
            settle=tuple(settle),
            moved=tuple(moved),
            pre=tuple(pre),
            late=tuple(late),
            save=(),
            finish=tuple(finish),
            look=tuple(look),
        )
        text = self._with_columns(text)
        return dataclasses.replace(
            text, batch=self._batch(text, snapshots), alike=self._alike(text, snapshots)
        )

    def _alike(self, text: DeliveryText, snapshots: Mapping[int, Mapping[str, str]]) -> tuple[str, ...]:
        """Return the presynaptic handler for a run of connections that are all alike, () if none can be.

        That is where nothing is kept, neither per connection nor per source: then one of them tells what
        all emit, also for several spikes at once.
        """
        keeps = text.reads_history or text.save or text.settle or text.sources
        if keeps or not self._emits_once():
            return ()
        return tuple(AlikeWriter(self)._pre_lines(snapshots))

    def _emits_once(self) -> bool:
        emits = [item for item in self.plan.pre_body if _emits(item)]
        return len(emits) == 1 and isinstance(emits[0], CallStatement)

    def _batch(self, text: DeliveryText, snapshots: Mapping[int, Mapping[str, str]]) -> BatchText | None:
        """Return the strings for delivery in batches, or None if the synapse is not of that kind.

        It is if nothing is left for single connections to keep time of, and if the presynaptic
        handler emits just once, whatever happens.
        """
        plan = self.plan
        simple = self._emits_once() and not self.facts.heterogeneous
        if not text.reads_history or text.late or text.settle or not simple:
            return None
        writer = BatchWriter(self)
        post = writer._post_lines() if plan.has_post else []
        moved, pre = writer._moved_lines(), writer._pre_lines(snapshots)
        used = "\n".join([*post, *moved])
        saved = [line.split("[")[0].removeprefix("c_") for line in text.save]
        return BatchText(
            values=tuple(k for k in range(1, self.history.stride) if f"_v{k}" in used),
            states=tuple(identifier(name) for name in plan.connection),
            saved=tuple(saved),
            loaded=text.connection_columns,
            load=tuple(line.replace("= c_", "= from_").replace("[i]", "[j]") for line in text.load),
            post=tuple(post),
            reads_before="before_" in "\n".join(post),
            moved=tuple(moved),
            pre=tuple(pre),
        )

    def _with_columns(self, text: DeliveryText) -> DeliveryText:
        """Add the lines that load and store the columns of a connection."""
        used = "\n".join((*text.post, *text.settle, *text.pre, *text.late))
        load, save = [], []
        for column in self.columns:
            if column.mode != "connection":
                continue
            name = identifier(column.name)
            if column.name in self.plan.columns:
                load.append(f"const double k_{name} = c_{name}[i];")
            else:
                load.append(f"double v_{name} = c_{name}[i];")
                if f"v_{name} =" in used or f"v_{name} *=" in used:
                    save.append(f"c_{name}[i] = v_{name};")
        return dataclasses.replace(text, load=tuple(load), save=tuple(save))

    def _card(self, reads_history: bool) -> Delivery:
        return Delivery(
            synapse=self.normal.name,
            columns=tuple(self.columns),
            scalars=tuple(self.scalars),
            scratch=(TABLE + 1) * len(self.tables),
            uses_history=reads_history,
            moved=tuple(self.plan.moved),
        )

    # --- values ---------------------------------------------------------------------------------

    def _at(self, entry: str, column: str) -> str:
        """Text of a value of the history entry that the variable `entry` points to."""
        return self.history.at(entry, column)

    def _step(self, entry: str) -> str:
        """Text of the step of a history entry."""
        return f"({entry}->key >> 1)"

    def _scalar(self, owner: str, name: str) -> str:
        if (owner, name) not in self.scalars:
            self.scalars[owner, name] = f"s_{identifier(name)}"
        return self.scalars[owner, name]

    def _static(self, node: Name) -> str:
        """Text of a parameter, or of an internal, which is written out."""
        name = node.name
        symbol = self.normal.symbols.get(name)
        if symbol is None or symbol.kind not in ("parameter", "internal"):
            raise CannotGenerate(UNSUPPORTED, f"{name} cannot be used here", node)
        if symbol.kind == "internal":
            value = symbol.declaration.value if symbol.declaration else None
            return f"({self._show_static(value)})" if value is not None else "0.0"
        return f"k_{identifier(name)}" if name in self.plan.columns else self._scalar("synapse", name)

    def _show_static(self, expression: Expression) -> str:
        return Printer(self._static)(expression)

    def _moved_static(self, node: Name) -> str:
        """Text of a parameter of a moved variable: the neuron's copy."""
        column = moved_name(node.name, self.normal.name)
        if column in self.facts.heterogeneous:
            return self._at("then", column)
        return self._scalar("neuron", column)

    def _decay(self, name: str, steps: str) -> str:
        """Text of the factor by which a state decays in a number of steps, "" if it does not."""
        if name not in self.plan.rates:
            return ""
        expression = self.plan.rates[name]
        moved = name in self.plan.moved
        rate = Printer(self._moved_static if moved else self._static)(expression)
        if "k_" in rate or "then[" in rate:
            return f"std::exp(({rate}) * (h * double({steps})))"
        if rate not in self.tables:
            number = len(self.tables)
            self.tables[rate] = f"d->scratch + {number * (TABLE + 1)}"
            self.prepare.append(f"nj_fill_decay(scratch + {number * (TABLE + 1)}, h * ({rate}));")
        table = list(self.tables).index(rate)
        return f"{self.decay_function}(table_{table}, {steps})"

    def _around(self, fixed: Mapping[str, str]) -> Surroundings:
        statics = {}
        for symbol in self.normal.of_kind("parameter", "internal"):
            statics[symbol.name] = Name(symbol.name)
        table = _Lazy({name: lambda node=node: self._static(node) for name, node in statics.items()}, fixed)
        return Surroundings(self.types, table, self._no_integration, self._effect, self.normal.name)

    def _no_integration(self, call: Call, body: Body) -> Updates:
        raise CannotGenerate(UNSUPPORTED, "integrate_odes() is only supported in update yet", call)

    def _effect(self, call: Call, body: Body) -> list[str] | None:
        if call.name != "emit_spike":
            return None
        weight = body.show(call.arguments[0]) if call.arguments else "1.0"
        return [f"nj_arrive(target, lane, delay, i, {weight});"]

    # --- source ---------------------------------------------------------------------------------

    def _source_body(self) -> Body:
        fixed = {"t": "(h * double(t_spike))"}
        body = Body(self._around(fixed), branchless=False)
        for index, item in enumerate(self.plan.pre_body):
            if index in self.plan.source_statements and self._serves_source(index):
                body.comment(item)
                body._statement(item, "")
        return body

    def _decayed_sources(self) -> list[str]:
        """Bring the source's states from their last spike to this one."""
        lines = []
        for name in self.plan.source:
            decay = self._decay(name, "t_spike - t_last")
            if decay:
                lines.append(f"v_{identifier(name)} *= {decay};")
        return lines

    def _serves_source(self, index: int) -> bool:
        """Whether a statement of the source is needed to know the source's states."""
        return bool(self.plan.source)

    def _hoisted(self) -> tuple[list[str], dict[int, dict[str, str]]]:
        """Return the source's statements, with snapshots of what later statements read."""
        fixed = {"t": "(h * double(t_spike))"}
        body = Body(self._around(fixed), branchless=False)
        snapshots: dict[int, dict[str, str]] = {}
        current: dict[str, str] = {}
        for index, item in enumerate(self.plan.pre_body):
            if index in self.plan.source_statements:
                body.comment(item)
                body._statement(item, "")
                for name in assigned([item]) | _declared(item):
                    current.pop(name, None)
                continue
            snapshots[index] = {}
            for name in sorted(read([item])):
                if name not in self.plan.source and name not in body.locals:
                    continue
                if name not in current:
                    current[name] = body.fresh(f"q_{identifier(name)}_")
                    body.add(f"const double {current[name]} = {body.show(Name(name))};")
                snapshots[index][name] = current[name]
        return body.lines, snapshots

    # --- handlers -------------------------------------------------------------------------------

    def _pre_lines(self, snapshots: Mapping[int, Mapping[str, str]]) -> list[str]:
        fixed = {"t": "(h * double(t_spike))"}
        fixed.update({name: f"m_{identifier(name)}" for name in self.plan.moved})
        body = Body(self._around(fixed), branchless=False)
        for index, item in enumerate(self.plan.pre_body):
            if index in self.plan.source_statements:
                continue
            scope = {**fixed, **snapshots[index]}
            body.around = self._around(scope)
            body.comment(item)
            body._statement(item, "")
        return body.lines

    def _post_lines(self) -> list[str]:
        """One postsynaptic spike, the entry `then`, that reaches the synapse at step `now`."""
        plan = self.plan
        fixed = {"t": f"(h * double({self._step('then')}))"}
        lines: list[str] = []
        reading = _reads(plan.post_body)
        for name in plan.source:
            if name in reading:
                decay = self._decay(name, "now - t_last")
                factor = f" * {decay}" if decay else ""
                fixed[name] = f"b_{identifier(name)}"
                lines.append(f"const double b_{identifier(name)} = a_{identifier(name)}{factor};")
        moved = [name for name in plan.moved if name in reading]
        if moved:
            lines += self._find_before()
        for name in moved:
            fixed[name] = f"m_{identifier(name)}"
            lines += self._moved_value(name, "before", self._step("then"))
        lines += self._advance_connection("now")
        body = Body(self._around(fixed), branchless=False)
        body.statements(plan.post_body)
        return lines + body.lines

    def _find_before(self) -> list[str]:
        """Find the entry that the moved variables had their values from when the spike `then` came."""
        return ["const NjSlot* before = nj_before(then, first, then->key);"]

    def _late_lines(self) -> list[str]:
        """Return what a postsynaptic spike does to post-driven variables of the connection."""
        updates = tuple(item for item in self.plan.post_updates if assigned([item]) & set(self.plan.post))
        body = Body(self._around({"t": "(h * double(then->key >> 1))"}), branchless=False)
        body.statements(updates)
        return body.lines

    def _advance_connection(self, now: str) -> list[str]:
        lines = []
        for name in (*self.plan.connection, *self.plan.post):
            elapsed = f"{now} - t_done"
            if name in self.plan.post:
                elapsed = f"nj_since({now} - lag, t_done - lag)"
            decay = self._decay(name, elapsed)
            if decay:
                lines.append(f"v_{identifier(name)} *= {decay};")
        return [*lines, f"t_done = {now};"] if lines else []

    def _settle_lines(self, now: str) -> list[str]:
        return self._advance_connection(now)

    def _moved_lines(self) -> list[str]:
        lines = []
        for name in self.plan.moved:
            if name in _reads(self.plan.pre_body):
                lines += self._moved_value(name, "before", "t_spike - lag")
        return lines

    def _look_lines(self) -> list[str]:
        """Return the lines that find the moved states when the connection was last up to date."""
        lines = []
        for index, name in enumerate(self.plan.moved):
            lines += self._moved_value(name, "before", "step")
            lines.append(f"values[{index}] = m_{identifier(name)};")
        return lines

    def _moved_value(self, name: str, entry: str, step: str) -> list[str]:
        column = moved_name(name, self.normal.name)
        decay = self._decay(name, f"nj_since({step}, {self._step(entry)})").replace("then[", f"{entry}[")
        factor = f" * {decay}" if decay else ""
        return [f"const double m_{identifier(name)} = {self._at(entry, column)}{factor};"]


class BatchWriter(DeliveryWriter):
    """Writes the handlers for a batch of connections, whose history entries lie in local arrays."""

    decay_function = "nj_decay_near"

    def __init__(self, single: DeliveryWriter) -> None:
        vars(self).update(vars(single))  # scalars and tables are shared

    def _at(self, entry: str, column: str) -> str:
        return f"{entry}_v{self.history.position(column)}"

    def _step(self, entry: str) -> str:
        return f"({entry}_key >> 1)"

    def _find_before(self) -> list[str]:
        return []

    def _effect(self, call: Call, body: Body) -> list[str] | None:
        if call.name != "emit_spike":
            return None
        weight = body.show(call.arguments[0]) if call.arguments else "1.0"
        return [f"emitted[j] = {weight};"]


class AlikeWriter(DeliveryWriter):
    """Writes the presynaptic handler for a run of connections that all emit the same weight."""

    def __init__(self, single: DeliveryWriter) -> None:
        vars(self).update(vars(single))  # scalars and tables are shared

    def _effect(self, call: Call, body: Body) -> list[str] | None:
        if call.name != "emit_spike":
            return None
        weight = body.show(call.arguments[0]) if call.arguments else "1.0"
        return [f"weight = {weight};"]


def _emits(item: Statement) -> bool:
    return any(isinstance(node, Call) and node.name == "emit_spike" for node in item.walk())


class _Lazy(dict[str, str]):
    """Texts of variables that are only asked for, and then noted, when they are used."""

    def __init__(self, lazy: Mapping[str, object], fixed: Mapping[str, str]) -> None:
        super().__init__(fixed)
        self.lazy = {name: make for name, make in lazy.items() if name not in fixed}

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.lazy

    def __getitem__(self, name: str) -> str:
        if super().__contains__(name):
            return super().__getitem__(name)
        return self.lazy[name]()  # type: ignore[no-any-return,operator]


def _declared(item: Statement) -> frozenset[str]:
    return frozenset({item.name}) if isinstance(item, Declaration) else frozenset()


def _reads(body: tuple[Statement, ...]) -> frozenset[str]:
    return read(body)
