"""The part of a kernel that delivers the events of one synapse model whose rule is simple.

`deliver` walks over a run of connections. For each one it finds the postsynaptic spikes since the
last event in the neuron's history, runs the postsynaptic handler for them, then the presynaptic one.
Statements that only concern the source run once, before the walk. `events.py` writes the rules that are not
so simple.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.connection import ConnectionWriter, scaled
from nestml_jit.codegen.cpp.delivery_parts import SimpleParts
from nestml_jit.codegen.cpp.expressions import value_of
from nestml_jit.codegen.cpp.headers import VectorFunctions
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings
from nestml_jit.codegen.cpp.run_places import (
    BEFORE,
    CONNECTION,
    DELIVERY,
    FIRST,
    LAG,
    MULTIPLICITY,
    NEWEST,
    NOW,
    T_DONE,
    T_LAST,
    T_SPIKE,
    THEN,
    UNTIL,
    Code,
    Places,
    call,
    constant,
    counting,
    fixed,
    function,
    key_of,
    named,
    step_of,
    time_of,
    whole,
)
from nestml_jit.codegen.cpp.statements import write
from nestml_jit.codegen.model.effects import assigned, read
from nestml_jit.codegen.model.integers import storage
from nestml_jit.dsl.tree import Declaration, Name, Statement

Snapshots = Mapping[int, Mapping[str, cpp.Expression]]
"""For a statement's position, what it reads of the source."""

_KEY, _REPEAT, _N = (cpp.Variable(name) for name in ("key", "repeat", "n"))


class DeliveryWriter(ConnectionWriter):
    """Writes the functions of one synapse model in a fusion."""

    def around(
        self, values: Mapping[str, cpp.Expression], step: cpp.Expression | None = None
    ) -> Surroundings:
        """Return the surroundings of statements; divisions are checked where the step is known.

        Functions are those of vector code, so that single connections get the numbers of batches.
        """
        checked = None if step is None else self.use(step)
        around = super().around(values)
        return dataclasses.replace(around, call=VectorFunctions(self.uses), place=checked)

    def write(self) -> tuple[SimpleParts, Snapshots]:
        """Return all parts of the delivery, and the values of the source that the handler reads."""
        plan = self.plan
        hoisted, snapshots = self._hoisted()
        post, late = self.post(), self._late()
        pre, moved = self.pre(snapshots), self.moved()
        reads_history = plan.has_post or bool(plan.moved)
        now = self._decayed_sources()
        settle, finish = self._advance_connection(T_SPIKE), self._advance_connection(UNTIL)
        spike, look = self._spike(now), self.look()
        advances = reads_history or bool(finish)
        parts = SimpleParts(
            card=self.card(reads_history),
            index=self.index,
            reads_history=reads_history,
            shared=self.shared(),
            functions=(self.prepare(),),
            others=(*spike, *look),
            entries=frozenset({*(["advance"] if advances else []), *(item.name for item in (*spike, *look))}),
            solvers=(),
            uses=frozenset(),
            largest=0,
            templates=("singly.cpp.jinja", *(["advance.cpp.jinja"] if advances else [])),
            has_post=plan.has_post,
            sources=tuple(self._declared_source(name, "v", False) for name in plan.source),
            at_source=(*(_at_last(name) for name in plan.source), *now, *hoisted),
            at_last=tuple(self._declared_source(name, "a", True) for name in plan.source),
            prefetch=() if reads_history else self._prefetch(),
            load=self.loads(lambda name: self.column(name)),
            clock=(_clock(cpp.Variable("done")),) if plan.has_post or settle else (),
            post=(*post, *_unless_empty(cpp.Block(late))),
            post_late=(*post, *_unless_empty(cpp.when(cpp.less(key_of(THEN), _KEY), late))),
            settle=settle,
            finish=finish,
            pre=(*self._before_spike(moved), *pre, *self._after_spike(late)),
            save=tuple(
                cpp.Assign(self.column(name), self.slot(name, value_of(name))) for name in plan.changing
            ),
        )
        return parts, snapshots

    # --- columns --------------------------------------------------------------------------------

    @property
    def own_columns(self) -> tuple[str, ...]:
        """Variables that a connection has."""
        return tuple(column.name for column in self.columns if column.mode == "connection")

    def loads(self, place: Places) -> Code:
        """Declare the variables of a connection, given the place of each."""
        return tuple(self.loaded(name, place(name)) for name in self.own_columns)

    def _prefetch(self) -> Code:
        """Fetch the data of the batch after the next one."""
        batch = cpp.Variable("NJ_BATCH")
        ahead = cpp.product(whole(2), batch)
        rows = [named("c", name) for name in self.own_columns] + [
            cpp.path("run", "lane"),
            cpp.path("run", "delay"),
        ]
        fetch = [cpp.Evaluate(call("nj_prefetch_batch", cpp.plus(row, CONNECTION, ahead))) for row in rows]
        return (cpp.when(cpp.Binary("==", cpp.Binary("%", _N, batch), whole(0)), fetch),)

    # --- source ---------------------------------------------------------------------------------

    def _declared_source(self, name: str, kind: str, is_fixed: bool) -> cpp.Declare:
        value = self.value_in(name, cpp.Unary("*", named("c", name)))
        return cpp.Declare(
            self.storage(name), named(kind, name).name, value, is_constant=is_fixed, may_be_unused=is_fixed
        )

    def _decayed_sources(self) -> Code:
        """Bring the source's states from their last spike to this one."""
        decays = {name: self.decay(name, cpp.minus(T_SPIKE, T_LAST)) for name in self.plan.source}
        return _decaying(decays)

    def _spike(self, now: Code) -> tuple[cpp.Function, ...]:
        """Return the function by which spikes change the source's states, none if it has no states."""
        if not self.plan.source:
            return ()
        places = {
            column.name: cpp.Unary("*", cpp.Element(cpp.Variable("source"), whole(index)))
            for index, column in enumerate(self.columns)
            if column.mode == "source"
        }
        body = self._body({"t": time_of(T_SPIKE)})
        for index, item in enumerate(self.plan.pre_body):
            if index in self.plan.source_statements:
                write(item, body)
        spike = (*now, *body.segment.statements, cpp.Assign(T_LAST, T_SPIKE))
        parameters = (
            DELIVERY,
            cpp.Declare("double* const*", "source"),
            cpp.Declare("int64_t", "t_last", may_be_unused=True),
        )
        statements = (
            *self.shared_values(),
            fixed("int64_t", T_SPIKE, cpp.path("d", "t_spike")),
            *(
                cpp.Declare(self.storage(name), named("v", name).name, self.value_in(name, place))
                for name, place in places.items()
            ),
            counting("uint32_t", "repeat", MULTIPLICITY, spike),
            cpp.when(cpp.Binary("==", MULTIPLICITY, whole(0)), now),
            *(cpp.Assign(place, self.slot(name, value_of(name))) for name, place in places.items()),
        )
        return (function("spike", parameters, statements),)

    def _hoisted(self) -> tuple[Code, Snapshots]:
        """Return the source's statements, with snapshots of the variables that later statements read."""
        body = self._body({"t": time_of(T_SPIKE)})
        snapshots: dict[int, dict[str, cpp.Expression]] = {}
        current: dict[str, cpp.Expression] = {}
        for index, item in enumerate(self.plan.pre_body):
            if index in self.plan.source_statements:
                write(item, body)
                for name in assigned([item]) | _declared(item):
                    current.pop(name, None)
                continue
            snapshots[index] = {}
            reading = read([item])
            for name in (*self.plan.source, *body.locals):
                if name in reading:
                    if name not in current:
                        current[name] = _snapshot(name, body)
                    snapshots[index][name] = current[name]
        return body.segment.statements, snapshots

    # --- handlers -------------------------------------------------------------------------------

    def _body(self, values: Mapping[str, cpp.Expression], step: cpp.Expression | None = None) -> Body:
        return Body(self.around(values, step), branchless=False)

    def pre(self, snapshots: Snapshots) -> Code:
        """Return the presynaptic handler, without the statements that concern only the source."""
        values: dict[str, cpp.Expression] = {"t": time_of(T_SPIKE)}
        values.update({name: named("m", name) for name in self.plan.moved})
        body = self._body(values)
        for index, item in enumerate(self.plan.pre_body):
            if index not in self.plan.source_statements:
                body.around = self.around({**values, **snapshots[index]}, T_SPIKE)
                write(item, body)
        return body.segment.statements

    def post(self) -> Code:
        """Return the effect of a postsynaptic spike, the entry `then`, that arrives at step `now`."""
        plan = self.plan
        values: dict[str, cpp.Expression] = {"t": time_of(self.step(THEN))}
        statements: list[cpp.Statement] = []
        reading = read(plan.post_body)
        for name in plan.source:
            if name in reading:
                values[name] = named("b", name)
                value = scaled(named("a", name), self.decay(name, self.since_last()))
                statements.append(constant(self.storage(name), named("b", name), value))
        moved = [name for name in plan.moved if name in reading]
        if moved:
            statements += self.find_before()
        for name in moved:
            values[name] = named("m", name)
            statements.append(self.value_at_spike(name))
        statements += self._advance_connection(NOW)
        body = self._body(values, NOW)
        body.statements(plan.post_body)
        return (*statements, *body.segment.statements)

    def since_last(self) -> cpp.Expression:
        """Return the steps from the source's last spike to `now`."""
        return cpp.minus(NOW, T_LAST)

    def find_before(self) -> Code:
        """Find the entry from which the moved variables had their values when the spike `then` came."""
        return (cpp.Declare("const NjSlot*", "before", call("nj_before", THEN, FIRST, key_of(THEN))),)

    def _late(self) -> Code:
        """Return the effect of a postsynaptic spike on post-driven variables of the connection."""
        updates = tuple(item for item in self.plan.post_updates if assigned([item]) & set(self.plan.post))
        body = self._body({"t": time_of(step_of(THEN))}, cpp.plus(step_of(THEN), LAG))
        body.statements(updates)
        return body.segment.statements

    def _after_spike(self, late: Code) -> Code:
        """Return the effect of postsynaptic spikes that arrive with presynaptic ones, after these."""
        if not late:
            return ()
        is_last = cpp.Binary("==", cpp.plus(_REPEAT, whole(1)), MULTIPLICITY)
        is_now = cpp.both(is_last, cpp.Binary(">=", THEN, FIRST), cpp.Binary("==", key_of(THEN), _KEY))
        start = cpp.Declare("const NjSlot*", "then", NEWEST)
        return (cpp.For(start, is_now, cpp.Assign(THEN, cpp.Variable("NJ_STRIDE"), "-="), late),)

    def _advance_connection(self, now: cpp.Expression) -> Code:
        """Let the connection's states decay until a step."""
        there = call("nj_since", cpp.minus(now, LAG), cpp.minus(T_DONE, LAG))
        here = {name: self.decay(name, cpp.minus(now, T_DONE)) for name in self.plan.connection}
        late = {name: self.decay(name, there) for name in self.plan.post}
        statements = _decaying({**here, **late})
        return (*statements, cpp.Assign(T_DONE, now)) if statements else ()

    def moved(self) -> Code:
        """Declare the moved variables that the presynaptic handler reads."""
        reading = read(self.plan.pre_body)
        arrival = cpp.minus(T_SPIKE, LAG)
        return tuple(self.moved_value(name, BEFORE, arrival) for name in self.plan.moved if name in reading)

    def _before_spike(self, moved: Code) -> Code:
        find = cpp.Declare("const NjSlot*", "before", call("nj_before", NEWEST, FIRST, _KEY))
        return (find, *moved) if moved else ()


def _declared(item: Statement) -> frozenset[str]:
    return frozenset({item.name}) if isinstance(item, Declaration) else frozenset()


def _snapshot(name: str, body: Body) -> cpp.Variable:
    """Declare the present value of a variable of the source."""
    snapshot = cpp.Variable(body.fresh(f"{named('q', name).name}_"))
    body.add(constant(storage(body.type_of(name)), snapshot, body.show(Name(name))))
    return snapshot


def _at_last(name: str) -> cpp.Declare:
    return fixed("auto", named("a", name), named("v", name))


def _clock(done: cpp.Expression) -> cpp.Declare:
    return cpp.Declare("int64_t", T_DONE.name, done, may_be_unused=True)


def _decaying(decays: Mapping[str, cpp.Expression | None]) -> Code:
    return tuple(
        cpp.Assign(value_of(name), decay, "*=") for name, decay in decays.items() if decay is not None
    )


def _unless_empty(statement: cpp.Block | cpp.If) -> Code:
    """Return a statement, nothing if its body is empty."""
    body = statement.body if isinstance(statement, cpp.Block) else statement.branches[0].body
    return (statement,) if body else ()
