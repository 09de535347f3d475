"""The part of a kernel that delivers the events of one synapse model whose rule is simple.

`deliver` walks over a run of connections. For each one it finds the postsynaptic spikes since the
last event in the neuron's history, runs the postsynaptic handler for them, then the presynaptic one.
Statements that only concern the source run once, before the walk. What is not that simple is written by
`events.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.connection import ConnectionWriter
from nestml_jit.codegen.cpp.delivery_text import DeliveryText, SourceText
from nestml_jit.codegen.cpp.expressions import variable
from nestml_jit.codegen.cpp.headers import VectorFunctions
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings
from nestml_jit.codegen.cpp.statements import write
from nestml_jit.codegen.cpp.texts import quoted
from nestml_jit.codegen.model.effects import assigned, read
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.model.names import identifier
from nestml_jit.dsl.tree import Declaration, Name, Statement

Snapshots = Mapping[int, Mapping[str, str]]
"""For a statement's position, what it reads of the source."""


class DeliveryWriter(ConnectionWriter):
    """Writes the functions of one synapse model in a fusion."""

    def _around(self, fixed: Mapping[str, str], step: str = "") -> Surroundings:
        """Functions are those of vector code, so that single connections get the numbers of batches.

        Divisions are checked where the step is known.
        """
        place = f'NjUse {{ d->block, lane, true, {step}, "{quoted(self.normal.name)}", d->source_id }}'
        around = super()._around(fixed)
        call = VectorFunctions(self.uses)
        return dataclasses.replace(around, call=call, place=cpp.Written(place) if step else None)

    def write(self) -> tuple[DeliveryText, Snapshots]:
        """Return all strings of the delivery, and what statements of the handler read of the source."""
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
        then = [f"[[maybe_unused]] const auto a_{name} = v_{name};" for name in sources] + now
        text = DeliveryText(
            card=self._card(reads_history),
            index=self.index,
            stride=self.history.stride,
            has_post=plan.has_post,
            advances=reads_history or bool(finish),
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
            sources=tuple(self._source(name, f"*c_{identifier(name)}") for name in plan.source),
            source_columns=tuple(
                self._source(column.name, f"*source[{index}]")
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
        return self._with_columns(text), snapshots

    def _with_columns(self, text: DeliveryText) -> DeliveryText:
        """Add the lines that load and store the columns of a connection."""
        save = [
            f"c_{identifier(name)}[i] = {self._slot(name, variable(name))};" for name in self.plan.changing
        ]
        return dataclasses.replace(text, load=self._loads("c", "i"), save=tuple(save))

    def _own_columns(self) -> list[str]:
        return [column.name for column in self.columns if column.mode == "connection"]

    def _loads(self, array: str, index: str) -> tuple[str, ...]:
        """Return the lines that load what a connection has from arrays whose names begin so."""
        lines = []
        for column in self._own_columns():
            name, is_fixed = identifier(column), column in self.plan.columns
            kind = f"const {self._storage(column)} k" if is_fixed else f"{self._storage(column)} v"
            value = self._value_in(column, f"{array}_{name}[{index}]")
            lines.append(f"[[maybe_unused]] {kind}_{name} = {value};")
        return tuple(lines)

    # --- source ---------------------------------------------------------------------------------

    def _source(self, name: str, place: str) -> SourceText:
        slot = self._slot(name, f"v_{identifier(name)}")
        return SourceText(identifier(name), self._storage(name), place, self._value_in(name, place), slot)

    def _source_body(self) -> Body:
        fixed = {"t": "nj_time(t_spike, h)"}
        body = Body(self._around(fixed), branchless=False)
        for index, item in enumerate(self.plan.pre_body):
            if index in self.plan.source_statements and self.plan.source:
                body.comment(item)
                write(item, body)
        return body

    def _decayed_sources(self) -> list[str]:
        """Bring the source's states from their last spike to this one."""
        lines = []
        for name in self.plan.source:
            decay = self._decay(name, "t_spike - t_last")
            if decay:
                lines.append(f"v_{identifier(name)} *= {decay};")
        return lines

    def _hoisted(self) -> tuple[list[str], dict[int, dict[str, str]]]:
        """Return the source's statements, with snapshots of what later statements read."""
        fixed = {"t": "nj_time(t_spike, h)"}
        body = Body(self._around(fixed), branchless=False)
        snapshots: dict[int, dict[str, str]] = {}
        current: dict[str, str] = {}
        for index, item in enumerate(self.plan.pre_body):
            if index in self.plan.source_statements:
                body.comment(item)
                write(item, body)
                for name in assigned([item]) | _declared(item):
                    current.pop(name, None)
                continue
            snapshots[index] = {}
            reading = read([item])
            for name in (*self.plan.source, *body.locals):
                if name not in reading:
                    continue
                if name not in current:
                    current[name] = body.fresh(f"q_{identifier(name)}_")
                    body.add(
                        f"const {storage(body.type_of(name))} {current[name]} = {body.show(Name(name))};"
                    )
                snapshots[index][name] = current[name]
        return body.lines, snapshots

    # --- handlers -------------------------------------------------------------------------------

    def _pre_lines(self, snapshots: Snapshots) -> list[str]:
        fixed = {"t": "nj_time(t_spike, h)"}
        fixed.update({name: f"m_{identifier(name)}" for name in self.plan.moved})
        body = Body(self._around(fixed), branchless=False)
        for index, item in enumerate(self.plan.pre_body):
            if index in self.plan.source_statements:
                continue
            scope = {**fixed, **snapshots[index]}
            body.around = self._around(scope, "t_spike")
            body.comment(item)
            write(item, body)
        return body.lines

    def _post_lines(self) -> list[str]:
        """One postsynaptic spike, the entry `then`, that reaches the synapse at step `now`."""
        plan = self.plan
        fixed = {"t": f"nj_time({self._step('then')}, h)"}
        lines: list[str] = []
        reading = read(plan.post_body)
        for name in plan.source:
            if name in reading:
                decay = self._decay(name, self._since_last())
                factor = f" * {decay}" if decay else ""
                fixed[name] = f"b_{identifier(name)}"
                lines.append(
                    f"const {self._storage(name)} b_{identifier(name)} = a_{identifier(name)}{factor};"
                )
        moved = [name for name in plan.moved if name in reading]
        if moved:
            lines += self._find_before()
        for name in moved:
            fixed[name] = f"m_{identifier(name)}"
            lines += self._value_at_spike(name)
        lines += self._advance_connection("now")
        body = Body(self._around(fixed, "now"), branchless=False)
        body.statements(plan.post_body)
        return lines + body.lines

    def _since_last(self) -> str:
        """Text of the steps from the source's last spike to `now`."""
        return "now - t_last"

    def _find_before(self) -> list[str]:
        """Find the entry that the moved variables had their values from when the spike `then` came."""
        return ["const NjSlot* before = nj_before(then, first, then->key);"]

    def _late_lines(self) -> list[str]:
        """Return what a postsynaptic spike does to post-driven variables of the connection."""
        updates = tuple(item for item in self.plan.post_updates if assigned([item]) & set(self.plan.post))
        around = self._around({"t": "nj_time(then->key >> 1, h)"}, "(then->key >> 1) + lag")
        body = Body(around, branchless=False)
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
            if name in read(self.plan.pre_body):
                lines += self._moved_value(name, "before", "t_spike - lag")
        return lines


def _declared(item: Statement) -> frozenset[str]:
    return frozenset({item.name}) if isinstance(item, Declaration) else frozenset()
