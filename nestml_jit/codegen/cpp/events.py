"""The part of a kernel that delivers the events of a synapse model with any rule.

For each connection of a run all that reaches it is put in the order of time: postsynaptic spikes (a dendritic
delay after they happened), modulatory ones, and in the end the presynaptic one. At each such time `update`
runs for the time that has passed, then the handlers by priority, then what postsynaptic spikes alone
drive, then conditions.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence

from nestml_jit.card import Column, Delivery, Facts
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.advance import HERE, THERE, Clock, Integration, Values
from nestml_jit.codegen.cpp.connection import ConnectionWriter
from nestml_jit.codegen.cpp.delivery_text import EventText, HandlerText, HistoryLayout
from nestml_jit.codegen.cpp.event_body import EventBody
from nestml_jit.codegen.cpp.expressions import Printer, chained, variable
from nestml_jit.codegen.cpp.functions import caller, function_lines
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings
from nestml_jit.codegen.cpp.messages import Place, message
from nestml_jit.codegen.cpp.past import ConnectionPast, at_connection
from nestml_jit.codegen.cpp.statements import inner
from nestml_jit.codegen.cpp.texts import quoted
from nestml_jit.codegen.model.effects import assigned
from nestml_jit.codegen.model.lookups import LEVELS, plain
from nestml_jit.codegen.model.names import element, identifier
from nestml_jit.codegen.model.set_convolutions import following
from nestml_jit.codegen.model.symbolic import names
from nestml_jit.codegen.plan.inexact import CLOCK, every_step, needs_clock, splits
from nestml_jit.codegen.plan.synapse import SynapsePlan, tainted_statics
from nestml_jit.dsl.tree import Call, Expression, Name, OnCondition, Statement
from nestml_jit.functions import RANDOM
from nestml_jit.kinds import PortRole

_BLOCK = cpp.path("d", "block")
_PLACE = Place(None, _BLOCK, cpp.Variable("lane"))
_NOW = "nj_time(now, h)"


def delivery_of_events(
    plan: SynapsePlan,
    facts: Facts,
    history: HistoryLayout,
    index: int,
    ports: Mapping[str, str],
    signals: tuple[str, ...],
) -> EventText:
    """Return the strings of the delivery of a synapse model.

    Parameters
    ----------
    ports
        The variable of the neuron that each continuous port reads.
    signals
        All variables of the neuron that the kernel writes for its synapses.
    """
    return EventWriter(plan, facts, history, index, ports, signals).write()


class EventWriter(ConnectionWriter):
    """Writes the functions of one synapse model in a fusion, for any rule."""

    def __init__(
        self,
        plan: SynapsePlan,
        facts: Facts,
        history: HistoryLayout,
        index: int,
        ports: Mapping[str, str],
        signals: tuple[str, ...],
    ) -> None:
        super().__init__(plan, facts, history, index)
        self.rule = plan.rule
        self.ports = ports
        self.signals = signals
        self.internals: dict[str, str] = {}
        self.tainted = tainted_statics(self.normal, set(plan.columns))
        self.kept = (*plan.connection, *plan.post)
        self.bodies: list[EventBody] = []
        self.types.update(dict.fromkeys(self.normal.delayed, "real"))
        values = Values(self._static, self._varies, self._decay_of)
        self.integration = Integration(plan.rule, self.kept, self.types, values)
        self.clock = CLOCK if needs_clock(plan.rule) else ""
        if self.clock:
            self.columns.append(Column(CLOCK, "connection"))

    def write(self) -> EventText:
        """Return all strings of the delivery."""
        rule = self.rule
        begin: list[str] = []
        past = self._past()
        update = [*past.begin(), *self._update_lines()]
        handlers = tuple(self._handler(port) for port in rule.order if self._counts(port))
        late = self._late()
        conditions = self._conditions()
        look = self._look_lines()
        load, save = self._columns_lines(), self._save_lines()
        arrays = [*self._arrays(constant=True), *self._arrays(constant=False)]
        used = "\n".join([*update, *conditions, *late, *(line for item in handlers for line in item.lines)])
        begin += self._signal_lines(used)
        if "random.h" in self.uses:
            self.uses.add("stream.h")
            load.append(f"const uint64_t stream = nj_stream(d, run, i, {_salt(self.normal.name)}u);")
            begin.append("NjRandom random = { stream, d->block->node_id[lane], now, 0 };")
        prologue, own = self._internal_lines()
        functions = tuple(function_lines(self.normal, rule.free, self.uses))
        solvers = self.integration.texts()
        return EventText(
            card=self._event_card(used, handlers),
            index=self.index,
            has_post=self._can_advance(),
            advances=self._can_advance() or (not self.clock and bool(update) and _is_silent(update)),
            every_step=every_step(rule),
            reads_history=self._counts(rule.roles.post),
            modulatory=tuple(k for k, port in enumerate(rule.roles.modulatory) if self._counts(port)),
            scalars=tuple(self.scalars.values()),
            tables=tuple(self.tables.values()),
            prepare=tuple(self.prepare),
            columns=tuple(identifier(column.name) for column in self.columns),
            functions=functions,
            solvers=solvers,
            prologue=(*prologue, *self.integration.prologue, *past.prologue()),
            load=(*load, *own, *arrays, *past.load()),
            clock=identifier(self.clock),
            begin=tuple(begin),
            update=tuple(update),
            handlers=handlers,
            late=tuple(late),
            conditions=tuple(conditions),
            settle=() if self.clock or every_step(rule) else tuple(update),
            can_settle=bool(self.clock and self._can_advance()) and _is_silent(update),
            save=(*save, *past.save()),
            look=tuple(look),
            uses=frozenset({"events.h", *self.uses}),
            largest=self.integration.largest,
        )

    def _counts(self, port: str) -> bool:
        """Whether a spike at a port matters: it acts itself, or it divides an interval."""
        return bool(port) and (self.rule.acts(port) or splits(self.rule))

    def _can_advance(self) -> bool:
        found = self.rule.roles
        others = any(self._counts(port) for port in (found.post, *found.modulatory))
        return others or every_step(self.rule)

    def _event_card(self, used: str, handlers: tuple[HandlerText, ...]) -> Delivery:
        rule = self.rule
        pre = "\n".join(line for item in handlers if item.role == "pre" for line in item.lines)
        between = any(used.count(_signal(port)) > pre.count(_signal(port)) for port in self.ports)
        return Delivery(
            synapse=self.normal.name,
            columns=tuple(self.columns),
            scalars=tuple(self.scalars),
            scratch=self._scratch(),
            uses_history=self._counts(rule.roles.post),
            moved=self.plan.moved,
            late_states=self.plan.late_states,
            modulatory=rule.roles.modulatory,
            signals=tuple(self.ports.items()),
            flush=between and self._can_advance(),
            every_step=every_step(rule),
        )

    # --- values ---------------------------------------------------------------------------------

    def _varies(self, expression: Expression) -> bool:
        return bool(names(expression) & self.tainted)

    def _reads_internal(self, expression: Expression) -> bool:
        """Whether an expression reads internals, which tables of decay factors know nothing of."""
        return any(symbol.name in names(expression) for symbol in self.normal.of_kind("internal"))

    def _static(self, node: Name) -> str:
        """Text of a parameter or tolerance; internals are computed once and have names."""
        name = node.name
        symbol = self.normal.symbols.get(name)
        if symbol is not None and symbol.kind == "internal":
            declared = symbol.declaration
            if name not in self.internals and declared is not None and declared.value is not None:
                place = self._place("until")
                call = caller(self.rule.free, place, _BLOCK)
                show = Printer(self._static, call=call, uses=self.uses, place=place)
                text = show(declared.value)  # notes the internals that this one reads, in front of it
                self.internals[name] = text
            self.internals.setdefault(name, "0.0")
            return f"i_{identifier(name)}"
        if symbol is None:
            return f"k_{identifier(name)}" if name in self.plan.columns else self._scalar("synapse", name)
        return super()._static(node)

    def _internal_lines(self) -> tuple[list[str], list[str]]:
        """Return the lines of internals: those of all connections, and those that differ."""
        shared: list[str] = []
        own: list[str] = []
        for name, text in self.internals.items():
            line = f"[[maybe_unused]] const {self._storage(name)} i_{identifier(name)} = {text};"
            (own if name in self.tainted else shared).append(line)
        return shared, own

    def _decay_of(self, rate: Expression, steps: str) -> str:
        text = Printer(self._static, call=caller(self.rule.free))(rate)
        if self._varies(rate) or self._reads_internal(rate):
            return f"std::exp(({text}) * (h * double({steps})))"
        return self._table(text, steps)

    def _past(self) -> ConnectionPast:
        """Return what writes the past of variables; internals that delays read are noted."""
        show = Printer(
            self._static, call=caller(self.rule.free, self._place("until"), _BLOCK), uses=self.uses
        )
        delays = {name: show(item.delay) for name, item in self.normal.delayed.items()}
        if delays:
            self.uses.add("delayed.h")
        return ConnectionPast(self.normal, delays, len(self.columns))

    def _signal_lines(self, used: str) -> list[str]:
        lines = []
        for port, name in self.ports.items():
            if _signal(port) in used:
                place = f"d, {len(self.signals)}, {self.signals.index(name)}, now, lane"
                lines.append(f"const double {_signal(port)} = nj_signal({place});")
        return lines

    # --- columns --------------------------------------------------------------------------------

    def _changed(self) -> set[str]:
        return {name for body in self.bodies for name in body.changed}

    def _indexed(self) -> tuple[str, ...]:
        indexed = {name for body in self.bodies for name in body.indexed}
        return tuple(vector for vector in self.normal.vectors if vector in indexed)

    def _columns_lines(self) -> list[str]:
        lines = []
        for column in self.columns:
            name = identifier(column.name)
            if column.name in self.plan.columns:
                type_, text = self._storage(column.name), self._loaded(column.name)
                lines.append(f"[[maybe_unused]] const {type_} k_{name} = {text};")
            elif column.name != self.clock and column.name not in self._elements():
                type_, text = self._storage(column.name), self._loaded(column.name)
                lines.append(f"[[maybe_unused]] {type_} v_{name} = {text};")
        return lines

    def _save_lines(self) -> list[str]:
        changed = self._changed()
        return [
            f"c_{identifier(name)}[i] = {self._slot(name, variable(name))};"
            for name in self.kept
            if name in changed
        ]

    def _loaded(self, name: str) -> str:
        """Text of the value in a variable's column."""
        return self._value_in(name, f"c_{identifier(name)}[i]")

    def _elements(self) -> set[str]:
        """Elements of the vectors of states that are looked up by an index."""
        return {name for vector in self._indexed() for name in self._members(vector) if name in self.kept}

    def _members(self, vector: str) -> list[str]:
        return [element(vector, index) for index in range(self.normal.vectors[vector])]

    def _arrays(self, constant: bool) -> list[str]:
        """Return the arrays of vectors that are looked up by an index; states refer to their elements."""
        lines = []
        for vector in self._indexed():
            members = self._members(vector)
            if (members[0] in self.kept) is constant:
                continue
            name, type_ = f"a_{identifier(vector)}", self._storage(members[0])
            if constant:
                texts = [self._static(Name(member)) for member in members]
                lines.append(f"[[maybe_unused]] const {type_} {name}[] = {{ {', '.join(texts)} }};")
                continue
            texts = [self._loaded(member) for member in members]
            lines.append(f"{type_} {name}[] = {{ {', '.join(texts)} }};")
            lines += [
                f"[[maybe_unused]] {type_}& {variable(member)} = {name}[{index}];"
                for index, member in enumerate(members)
            ]
        return lines

    # --- bodies ---------------------------------------------------------------------------------

    def _body(
        self, time: str, moved: Mapping[str, str] | None = None, update: bool = False, apart: bool = True
    ) -> EventBody:
        delayed = {name: at_connection(name) for name in self.normal.delayed}
        fixed = {"t": time, **(moved or {}), **{port: _signal(port) for port in self.ports}, **delayed}
        base = self._around(fixed)
        around = Surroundings(
            types=self.types,
            fixed=base.fixed,
            integrate=self.integration.integrate if update else self._no_integration,
            effect=self._effect,
            source=self.normal.name,
            solve=self.integration.solve,
            call=chained(self._timestep, self._random, caller(self.rule.free, self._place("now"), _BLOCK)),
            vectors=self.normal.vectors,
            texts=_BLOCK,
            uses=self.uses,
            lengths=self.normal.lengths,
            place=self._place("now"),
        )
        body = EventBody(around, apart)
        self.bodies.append(body)
        return body

    def _place(self, step: str) -> cpp.Expression:
        """Where a connection looks up elements."""
        lane = "lane" if step == "now" else "run->lane[0]"
        name = quoted(self.normal.name)
        return cpp.Written(f'NjUse {{ d->block, {lane}, true, {step}, "{name}", d->source_id }}')

    def _effect(self, call: Call, body: Body) -> Sequence[cpp.Statement | str] | None:
        if call.name in LEVELS:
            return [message(call, body, _PLACE)]
        if plain(call.name) in self.rule.free:
            return [f"{body.show(call)};"]
        if call.name == "emit_spike" and isinstance(body, EventBody) and body.apart:
            weight = body.show(call.arguments[0]) if call.arguments else "1.0"
            return [f"nj_emit(d, i, now, {weight});"]
        return super()._effect(call, body)

    def _timestep(
        self, node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        if node.name != "timestep":
            return None
        self.integration.clocks.add(HERE)
        return cpp.Variable(HERE.ms)

    def _random(
        self, node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        """Draw a random number; every draw is a statement of its own, so that their order is fixed."""
        if node.name not in RANDOM:
            return None
        self.uses.add("random.h")
        body = self.bodies[-1]
        draw = cpp.Call(f"nj_{node.name}", (cpp.Variable("random"), *arguments))
        return draw if body.in_head else body.declare("double", "draw", draw)

    def _update_lines(self) -> list[str]:
        """Return what happens between the last event, at `t_done`, and the one at `now`."""
        values = {following(name): variable(following(name)) for name in self.rule.always}
        body = self._body("nj_time(t_done, h)", values, update=True)
        advanced = self.integration.advanced(self.rule.always, body)
        new = {name: values[following(name)] for name in advanced}
        for name, text in advanced.items():
            body.add(f"[[maybe_unused]] double {new[name]} = {text};")
        body.statements(self.normal.update)
        for name, text in new.items():
            body.set(name, cpp.Variable(text))
        return [*_clock_lines(self.integration.clocks), *body.lines] if body.lines else []

    def _handler(self, port: str) -> HandlerText:
        found = self.rule.roles
        role: PortRole = "pre" if port == found.pre else "post" if port == found.post else "modulatory"
        time = "nj_time(then->key >> 1, h)" if role == "post" else _NOW
        statements = self.rule.handlers.get(port, ())
        added = self.rule.increments.get(port, ())
        lines, moved = self._moved_values(statements, role)
        body = self._body(time, moved, apart=role != "pre")
        body.statements(statements)
        after = self._body(time)
        after.counter = body.counter
        after.statements(added)
        number = found.modulatory.index(port) if role == "modulatory" else 0
        return HandlerText(role, number, (*lines, *body.lines, *after.lines))

    def _moved_values(
        self, statements: tuple[Statement, ...], role: PortRole
    ) -> tuple[list[str], dict[str, str]]:
        """Return the lines that find what the neuron keeps just before the spikes of an event's time."""
        reading = [name for name in self.plan.moved if name in self.rule.reads(statements)]
        if not reading:
            return [], {}
        start = "then, first, then->key" if role == "post" else "newest, first, key_now"
        lines = [f"const NjSlot* const before = nj_before({start});"]
        for name in reading:
            lines += (
                self._value_at_spike(name)
                if role == "post"
                else self._moved_value(name, "before", "now - lag")
            )
        return lines, {name: f"m_{identifier(name)}" for name in reading}

    def _late(self) -> list[str]:
        """Return what a postsynaptic spike does to what it alone drives, as far as connections keep that."""
        body = self._body("nj_time(then->key >> 1, h)")
        body.statements(
            tuple(item for item in self.rule.late if not assigned([item]) <= set(self.plan.moved))
        )
        return body.lines

    def _conditions(self) -> list[str]:
        body = self._body(_NOW)
        for handler in _by_priority(self.normal.on_condition):
            body.comment(handler)
            body.add(cpp.when(body.show(handler.condition), inner(handler.body, body)))
        return body.lines


def _is_silent(lines: list[str]) -> bool:
    """Whether lines neither draw random numbers nor print."""
    return not any("(random, " in line or "->message(" in line for line in lines)


def _clock_lines(clocks: set[Clock]) -> list[str]:
    """Return the declarations of the intervals that are used."""
    found = []
    if HERE in clocks:
        found += ["[[maybe_unused]] const int64_t steps = now - t_done;"]
        found += ["[[maybe_unused]] const double elapsed = nj_time(steps, h);"]
    if THERE in clocks:
        found += ["const int64_t steps_there = nj_since(now - lag, t_done - lag);"]
        found += ["[[maybe_unused]] const double elapsed_there = nj_time(steps_there, h);"]
    return found


def _signal(port: str) -> str:
    return f"g_{identifier(port)}"


def _salt(name: str) -> str:
    """Return a number that tells synapse models apart, for random numbers."""
    return hex(zlib.crc32(name.encode()))


def _by_priority(handlers: tuple[OnCondition, ...]) -> list[OnCondition]:
    return sorted(handlers, key=lambda item: -1 if item.priority is None else item.priority, reverse=True)
