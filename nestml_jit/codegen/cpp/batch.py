"""Connections in batches, and runs of connections that are all alike."""

from __future__ import annotations

import dataclasses

from nestml_jit.card import Facts
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.batch_loop import BatchLoop, batch_loop
from nestml_jit.codegen.cpp.connection import scaled
from nestml_jit.codegen.cpp.delivery import DeliveryWriter, Snapshots
from nestml_jit.codegen.cpp.delivery_parts import AT_HAND, FEW, BatchParts, SimpleParts
from nestml_jit.codegen.cpp.history import HistoryLayout
from nestml_jit.codegen.cpp.run_places import (
    CONNECTION,
    DELIVERY,
    MULTIPLICITY,
    RUN,
    T_SPIKE,
    Code,
    call,
    constant,
    counting,
    element,
    fixed,
    function,
    named,
    whole,
)
from nestml_jit.codegen.model.integers import divides
from nestml_jit.codegen.model.names import kept_for
from nestml_jit.codegen.plan.synapse import SynapsePlan

_J, _SIZE, _BASE, _CHOSEN, _CHOSENS = (
    cpp.Variable(name) for name in ("j", "size", "base", "chosen", "chosens")
)
_BATCH = cpp.Variable("NJ_BATCH")
_LOG2_E = cpp.Real(1.4426950408889634)


def simple_delivery(plan: SynapsePlan, facts: Facts, history: HistoryLayout, index: int) -> SimpleParts:
    """Return the parts of the delivery of a synapse model with a simple rule."""
    writer = DeliveryWriter(plan, facts, history, index)
    parts, snapshots = writer.write()
    batch = _batch(writer, parts, snapshots)
    singly, *more = parts.templates
    if batch is not None:
        return dataclasses.replace(
            parts,
            batch=batch,
            templates=(singly, "batch.cpp.jinja", *more),
            uses=frozenset({"delivery.h", "batch.h", *writer.uses}),
        )
    deliver = _deliver(writer, parts, snapshots)
    return dataclasses.replace(
        parts, others=(deliver, *parts.others), uses=frozenset({"delivery.h", *writer.uses})
    )


# --- one by one, or all alike ----------------------------------------------------------------------


def _deliver(writer: DeliveryWriter, parts: SimpleParts, snapshots: Snapshots) -> cpp.Function:
    """Return `deliver`, which goes through connections one by one unless they are all alike."""
    return function("deliver", (DELIVERY, RUN), (*_alike(writer, parts, snapshots), _singly()))


def _alike(writer: DeliveryWriter, parts: SimpleParts, snapshots: Snapshots) -> Code:
    """Return the code that delivers a run of connections that are all alike, nothing if none can be.

    Connections are alike if no value is kept, neither per connection nor per source. Then one of them shows
    what all emit, also for several spikes at once.
    """
    plan = writer.plan
    keeps = parts.reads_history or plan.changing or plan.source
    if keeps or not plan.emits_once or divides(plan.pre_body):
        return ()
    weight = cpp.Variable("weight")
    arrive = call("nj_arrive_alike", call("nj_target", cpp.Variable("d")), cpp.Variable("run"), weight)
    are_alike = cpp.both(cpp.path("run", "same"), cpp.greater(cpp.path("run", "size"), whole(0)))
    body = (
        *parts.shared,
        fixed("int64_t", T_SPIKE, cpp.path("d", "t_spike")),
        fixed("uint32_t", CONNECTION, whole(0)),
        *parts.at_source,
        *parts.load,
        cpp.Declare("double", weight.name, cpp.Real(0.0)),
        *AlikeWriter(writer).pre(snapshots),
        counting("uint32_t", "repeat", MULTIPLICITY, [cpp.Evaluate(arrive)]),
        cpp.Return(),
    )
    return (cpp.when(are_alike, body),)


class _SecondWriter(DeliveryWriter):
    """Writes a delivery in another way, with the same scalars, tables and headers as the first writer."""

    def __init__(self, first: DeliveryWriter) -> None:
        super().__init__(first.plan, first.facts, first.history, first.index)
        self.scalars, self.tables, self.uses = first.scalars, first.tables, first.uses


class AlikeWriter(_SecondWriter):
    """Writes the presynaptic handler for a run of connections that all emit the same weight."""

    def emission(self, weight: cpp.Expression) -> cpp.Statement:
        """Return the statement that notes the weight."""
        return cpp.Assign(cpp.Variable("weight"), weight)


# --- batches -------------------------------------------------------------------------------------


def _batch(writer: DeliveryWriter, parts: SimpleParts, snapshots: Snapshots) -> BatchParts | None:
    """Return the parts of delivery in batches, or None if the synapse is not of that kind.

    It is of that kind if single connections need not keep the time, and if the presynaptic
    handler always emits exactly once.
    """
    plan = writer.plan
    simple = plan.emits_once and not writer.facts.heterogeneous
    simple = simple and not divides((*plan.pre_body, *plan.post_body))
    decays = any(name in plan.rates for name in plan.connection)
    if not parts.reads_history or plan.post or decays or not simple:
        return None
    return BatchWriter(writer).parts(parts, snapshots)


class BatchWriter(_SecondWriter):
    """Writes the handlers for a batch of connections, whose history entries lie in local arrays.

    Attributes
    ----------
    used
        Numbers of decay tables that are used.
    afters, befores
        Positions of the values at hand that are read as of after an event and right before a spike.
    """

    def __init__(self, first: DeliveryWriter) -> None:
        super().__init__(first)
        self.used: dict[int, None] = {}
        self.afters: set[int] = set()
        self.befores: set[int] = set()

    def parts(self, single: SimpleParts, snapshots: Snapshots) -> BatchParts:
        """Return the parts of delivery in batches, given those of delivery one by one."""
        plan = self.plan
        post = self.post() if plan.has_post else ()
        spike = (*self.moved(), *self.pre(snapshots))
        at_hand = self.history.at_hand
        loop = BatchLoop(
            values=at_hand,
            afters=tuple(k for k in at_hand if k in self.afters),
            befores=tuple(k for k in at_hand if k in self.befores),
            states=plan.connection,
            saved=plan.changing,
            load=self.loads(lambda name: cpp.Element(named("from", name), _J)),
            post=post,
            spike=spike,
        )
        doublings = tuple(_doublings(number) for number in sorted(self.used))
        sources = (cpp.Binary("!=", MULTIPLICITY, whole(1)), cpp.negation(cpp.path("d", "block", "recent")))
        too_fast = (cpp.greater(item.variable, cpp.Real(0.0)) for item in doublings)
        return BatchParts(
            shared=(*single.shared, *doublings),
            unfit=(_one_by_one(cpp.either(*sources, *too_fast)),),
            arrays=tuple(
                cpp.Declare("double", named("some", name).name, sizes=(_BATCH,), alignment=64)
                for name in self.own_columns
            ),
            gather=self._gather(),
            scatter=self._scatter(),
            place=self._place(),
            few=batch_loop(loop, FEW, is_few=True),
            many=batch_loop(loop, AT_HAND - 2, is_few=False),
        )

    # --- where values are -----------------------------------------------------------------------

    def _gather(self) -> Code:
        chosen = cpp.Element(_CHOSEN, _J)
        statements: list[cpp.Statement] = []
        for name in self.own_columns:
            some = named("some", name)
            copy = cpp.Assign(cpp.Element(some, _J), cpp.Element(named("c", name), chosen))
            statements.append(constant("double*", named("from", name), some))
            statements.append(counting("uint32_t", "j", _SIZE, [copy]))
        saved = (constant("double*", named("to", name), named("some", name)) for name in self.plan.changing)
        return (*statements, *saved)

    def _scatter(self) -> Code:
        chosen = cpp.Element(_CHOSEN, _J)
        copies = (
            cpp.Assign(cpp.Element(named("c", name), chosen), cpp.Element(named("some", name), _J))
            for name in self.plan.changing
        )
        return tuple(counting("uint32_t", "j", _CHOSENS, [copy]) for copy in copies)

    def _place(self) -> Code:
        statements: list[cpp.Statement] = []
        for name in self.own_columns:
            start = named("from", name)
            statements.append(constant("double*", start, cpp.plus(named("c", name), _BASE)))
            statements.append(cpp.Evaluate(call("nj_prefetch_batch", cpp.plus(start, _BATCH))))
        for name in self.plan.changing:
            statements.append(constant("double*", named("to", name), cpp.plus(named("c", name), _BASE)))
        return tuple(statements)

    # --- values ---------------------------------------------------------------------------------

    def since_last(self) -> cpp.Expression:
        """Return the steps from the source's last spike to the postsynaptic one."""
        return cpp.Variable("since_last")

    def decay_factor(self, rate: cpp.Expression, steps: cpp.Expression) -> cpp.Expression:
        """Return a decay factor for a rate that all connections share; gathering from tables is slower."""
        number = self.tables.setdefault(rate, len(self.tables))
        self.used[number] = None
        return call("nj_decay_near", _doublings(number).variable, steps)

    def step(self, entry: cpp.Variable) -> cpp.Expression:
        """Return the step of a history entry, whose key is a double here."""
        key = cpp.Variable(f"{entry.name}_key")
        return cpp.Cast("int64_t", cpp.product(cpp.Real(0.5), cpp.minus(key, cpp.Real(1.0))))

    def find_before(self) -> Code:
        """Return no code, since the values that a spike noted are at hand."""
        return ()

    def value_at_spike(self, name: str) -> cpp.Declare:
        """Declare the value that the neuron kept right before a spike."""
        position = self.history.position_before(kept_for(name, self.normal.name))
        self.befores.add(position)
        return constant("double", named("m", name), cpp.Variable(f"then_v{position}"))

    def moved_value(self, name: str, entry: cpp.Variable, step: cpp.Expression) -> cpp.Declare:
        """Declare the value that the neuron keeps when the presynaptic spike arrives."""
        position = self.history.position(kept_for(name, self.normal.name))
        self.afters.add(position)
        value = self.value_in(name, cpp.Variable(f"{entry.name}_v{position}"))
        decay = self.moved_decay(name, cpp.Variable("since_before"), entry)
        return self.moved_declaration(name, scaled(value, decay))

    def emission(self, weight: cpp.Expression) -> cpp.Statement:
        """Return the statement that notes the weight of the connection."""
        return constant("double", cpp.Variable("emission"), weight)


def _doublings(table: int) -> cpp.Declare:
    """Declare the number of doublings of a value per step, which is negative since the value decays."""
    rate = element(cpp.Variable(f"table_{table}"), cpp.Variable("NJ_DECAY"))
    return constant("double", cpp.Variable(f"doublings_{table}"), cpp.product(rate, _LOG2_E))


def _one_by_one(condition: cpp.Expression) -> cpp.Statement:
    """Deliver connections one by one, and nothing else, if a condition holds."""
    return cpp.when(condition, (_singly(), cpp.Return()))


def _singly() -> cpp.Statement:
    """Deliver all connections of a run one by one."""
    everything = DELIVERY.variable, RUN.variable, cpp.Null(), cpp.path("run", "size")
    return cpp.Evaluate(call("deliver_singly", *everything))
