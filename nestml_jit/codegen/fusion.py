"""From a neuron model and its synapse models to one C++ translation unit: `generate`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from nestml_jit.card import Column, Delay, Facts, FusionCard, Moved, Solver
from nestml_jit.codegen.cpp.advance import METHOD
from nestml_jit.codegen.cpp.batch import simple_delivery
from nestml_jit.codegen.cpp.delivery_parts import DeliveryParts
from nestml_jit.codegen.cpp.events import delivery_of_events
from nestml_jit.codegen.cpp.history import HistoryWriter, history_layout
from nestml_jit.codegen.cpp.kernel_file import render
from nestml_jit.codegen.cpp.neuron_text import neuron_text
from nestml_jit.codegen.cpp.replay import replay_of
from nestml_jit.codegen.model.names import shown
from nestml_jit.codegen.model.normal import normalise
from nestml_jit.codegen.model.quotients import HEADER
from nestml_jit.codegen.model.shown import as_shown, meant
from nestml_jit.codegen.model.signals import bindings, signals
from nestml_jit.codegen.model.vectors import vector_sizes
from nestml_jit.codegen.plan.describe import variables
from nestml_jit.codegen.plan.moving import moved
from nestml_jit.codegen.plan.neuron import NeuronPlan, plan_neuron
from nestml_jit.codegen.plan.past import kept, steps_columns
from nestml_jit.codegen.plan.synapse import SynapsePlan, plan_synapse
from nestml_jit.dsl.tree import Model
from nestml_jit.kinds import MovedKind, NeuronColumn


def generate(neuron: Model, synapses: Sequence[Model], facts: Facts) -> tuple[str, FusionCard]:
    """Generate the kernel of a neuron model and the synapse models that target it.

    Parameters
    ----------
    neuron, synapses
        Lowered models under the names that they are registered with.
    facts
        The facts about the synapses that the script made.

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
    history = history_layout(records, rules, facts)
    deliveries: list[DeliveryParts] = [
        simple_delivery(rule, facts, history, index)
        if rule.is_simple
        else delivery_of_events(rule, facts, history, index, ports[rule.normal.name], read)
        for index, rule in enumerate(rules)
    ]
    deliveries = [_with_replay(parts, rule) for parts, rule in zip(deliveries, rules, strict=True)]
    columns = _columns(plan, records)
    index = {column.name: position for position, column in enumerate(columns)}
    entries = HistoryWriter(rules, history, index)
    pushes = any(parts.reads_history for parts in deliveries)
    text = neuron_text(plan, columns, entries, pushes)
    if any(item.has_quotients for item in (plan.normal, *(rule.normal for rule in rules))):
        text = dataclasses.replace(text, uses=text.uses | {HEADER})
    card = FusionCard(
        neuron=neuron.name,
        columns=columns,
        internals=plan.internals,
        moved=records,
        history=history.names,
        before=history.befores,
        deliveries=tuple(item.card for item in deliveries),
        solvers=(*_solvers(plan), *(item for parts in deliveries for item in _synapse_solvers(parts))),
        signals=read,
        past=kept(plan.normal),
        delays=_delays(plan),
        channels=len(plan.channel),
    )
    named = as_shown(card)
    return render(text, deliveries, history), dataclasses.replace(
        named, signals=read if facts.is_foreign else named.signals
    )


def _sizes(neuron: Model, facts: Facts) -> dict[str, int]:
    """Return the sizes of those vectors that do not have their default."""
    said = dict(facts.sizes)
    return dict(zip(meant(said, vector_sizes(neuron)), said.values(), strict=True))


def _with_replay(parts: DeliveryParts, plan: SynapsePlan) -> DeliveryParts:
    found = replay_of(plan)
    if found is None:
        return parts
    layout, function = found
    return dataclasses.replace(
        parts,
        card=dataclasses.replace(parts.card, replay=layout),
        others=(*parts.others, function),
        entries=parts.entries | {function.name},
    )


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


def _synapse_solvers(parts: DeliveryParts) -> list[Solver]:
    names = dict.fromkeys(name for item in parts.solvers for name in item.system.members)
    reason = "an equation of the synapse that is not linear"
    return [Solver(f"{shown(name)} of {parts.card.synapse}", METHOD.title, reason) for name in names]
