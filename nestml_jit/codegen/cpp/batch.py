"""Connections in batches, and runs of connections that are all alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from nestml_jit.card import Facts
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.delivery import DeliveryWriter, Snapshots
from nestml_jit.codegen.cpp.delivery_text import AT_HAND, FEW, BatchText, DeliveryText, HistoryLayout
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.model.integers import divides
from nestml_jit.codegen.model.names import identifier, kept_for
from nestml_jit.codegen.plan.synapse import SynapsePlan
from nestml_jit.dsl.tree import Call


def simple_delivery(plan: SynapsePlan, facts: Facts, history: HistoryLayout, index: int) -> DeliveryText:
    """Return the strings of the delivery of a synapse model with a simple rule."""
    writer = DeliveryWriter(plan, facts, history, index)
    text, snapshots = writer.write()
    batch, alike = _batch(writer, text, snapshots), _alike(writer, text, snapshots)
    uses = {"delivery.h", *writer.uses, *({"batch.h"} if batch is not None else ())}
    return dataclasses.replace(text, batch=batch, alike=alike, uses=frozenset(uses))


def _alike(writer: DeliveryWriter, text: DeliveryText, snapshots: Snapshots) -> tuple[str, ...]:
    """Return the presynaptic handler for a run of connections that are all alike, () if none can be.

    That is where nothing is kept, neither per connection nor per source: then one of them tells what
    all emit, also for several spikes at once.
    """
    keeps = text.reads_history or writer.plan.changing or text.sources
    if keeps or not writer.plan.emits_once or divides(writer.plan.pre_body):
        return ()
    return tuple(AlikeWriter(writer)._pre_lines(snapshots))


def _batch(writer: DeliveryWriter, text: DeliveryText, snapshots: Snapshots) -> BatchText | None:
    """Return the strings for delivery in batches, or None if the synapse is not of that kind.

    It is if nothing is left for single connections to keep time of, and if the presynaptic
    handler emits just once, whatever happens.
    """
    plan = writer.plan
    simple = plan.emits_once and not writer.facts.heterogeneous
    simple = simple and not divides((*plan.pre_body, *plan.post_body))
    decays = any(name in plan.rates for name in plan.connection)
    if not text.reads_history or plan.post or decays or not simple:
        return None
    writer = BatchWriter(writer)
    post = writer._post_lines() if plan.has_post else []
    moved, pre = writer._moved_lines(), writer._pre_lines(snapshots)
    at_hand = writer.history.at_hand
    return BatchText(
        values=at_hand,
        afters=tuple(k for k in at_hand if k in writer.afters),
        befores=tuple(k for k in at_hand if k in writer.befores),
        tables=tuple(sorted(writer.used)),
        few=FEW,
        many=AT_HAND - 2,
        states=tuple(identifier(name) for name in plan.connection),
        saved=tuple(identifier(name) for name in plan.changing),
        loaded=text.connection_columns,
        load=writer._loads("from", "j"),
        post=tuple(post),
        moved=tuple(moved),
        pre=tuple(pre),
    )


class BatchWriter(DeliveryWriter):
    """Writes the handlers for a batch of connections, whose history entries lie in local arrays.

    Attributes
    ----------
    used
        Numbers of decay tables that the lines use.
    afters, befores
        Positions of the values at hand that they read as of after an event and right before a spike.
    """

    def __init__(self, single: DeliveryWriter) -> None:
        vars(self).update(vars(single))  # scalars and tables are shared
        self.used: set[int] = set()
        self.afters: set[int] = set()
        self.befores: set[int] = set()

    def _since_last(self) -> str:
        return "since_last"

    def _table(self, rate: str, steps: str) -> str:
        super()._table(rate, steps)
        table = list(self.tables).index(rate)
        self.used.add(table)
        return f"nj_decay_near(doublings_{table}, {steps})"

    def _step(self, entry: str) -> str:
        return f"int64_t(0.5 * ({entry}_key - 1.0))"

    def _find_before(self) -> list[str]:
        return []

    def _value_at_spike(self, name: str) -> list[str]:
        """Return what the neuron kept right before a spike."""
        column = kept_for(name, self.normal.name)
        position = self.history.position_before(column)
        self.befores.add(position)
        return [f"const double m_{identifier(name)} = then_v{position};"]

    def _moved_value(self, name: str, entry: str, step: str) -> list[str]:
        """Return what the neuron keeps when the presynaptic spike arrives."""
        column = kept_for(name, self.normal.name)
        decay = self._moved_decay(name, "since_before", entry)
        factor = f" * {decay}" if decay else ""
        position = self.history.position(column)
        self.afters.add(position)
        value = self._value_in(name, f"{entry}_v{position}")
        return [f"const {self._storage(name)} m_{identifier(name)} = {value}{factor};"]

    def _effect(self, call: Call, body: Body) -> Sequence[cpp.Statement | str] | None:
        if call.name != "emit_spike":
            return None
        weight = body.show(call.arguments[0]) if call.arguments else "1.0"
        return [f"const double emission = {weight};"]


class AlikeWriter(DeliveryWriter):
    """Writes the presynaptic handler for a run of connections that all emit the same weight."""

    def __init__(self, single: DeliveryWriter) -> None:
        vars(self).update(vars(single))  # scalars and tables are shared

    def _effect(self, call: Call, body: Body) -> Sequence[cpp.Statement | str] | None:
        if call.name != "emit_spike":
            return None
        weight = body.show(call.arguments[0]) if call.arguments else "1.0"
        return [f"weight = {weight};"]
