"""The plan of a synapse model in a fusion: the place of each variable, and when each statement runs.

Every variable gets the cheapest place that the values set by the script allow::

    learning_rate = 0.1          # a parameter that all connections share: one scalar
    pre_trace += 1               # only presynaptic spikes drive it: one value per source
    post_trace += 1              # only postsynaptic spikes drive it: one value per neuron (moved)
    w += 0.1 * pre_trace         # both drive it: one value per connection

A rule that is not simple runs event by event for each connection. It has no states per source: these are
moved or kept per connection.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.card import Facts, SynapseFacts
from nestml_jit.codegen.model.effects import assigned, emissions, has_effects
from nestml_jit.codegen.model.equations import TOLERANCES
from nestml_jit.codegen.model.integers import as_it_stands, divides
from nestml_jit.codegen.model.lookups import plain
from nestml_jit.codegen.model.normal import Normal, normalise
from nestml_jit.codegen.model.rebuild import rebuild
from nestml_jit.codegen.model.roles import Roles
from nestml_jit.codegen.model.shown import meant
from nestml_jit.codegen.model.symbolic import calls, fold, names, number, rewrite
from nestml_jit.codegen.plan.moving import (
    PostVariable,
    decay_rates,
    integrated,
    is_integration,
    movable,
    post_variables,
    replayable,
    static_names,
)
from nestml_jit.codegen.plan.rule import Rule, rule_of
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    Call,
    CallStatement,
    Declaration,
    Expression,
    For,
    If,
    Literal,
    Model,
    Name,
    OnReceive,
    Statement,
    String,
    While,
)
from nestml_jit.functions import RANDOM


@dataclass(frozen=True)
class SynapsePlan:
    """The places of the variables of a synapse model, and its statements by event.

    Attributes
    ----------
    rates
        x' = rate * x, for states that have an ODE.
    moved, post, source, connection
        States by place: in the neuron, post-driven but per connection, per source, per connection.
    late_states
        States of `post` that the neuron keeps as well, for connections that are made later.
    replayed
        States that follow from postsynaptic spikes and parameters, in the neuron or the connection.
    columns
        Parameters that differ between connections.
    pre_body, post_body
        Statements of the handlers, without those of post-driven variables.
    post_updates
        The statements of the postsynaptic handler that belong to post-driven variables.
    source_statements
        Positions in `pre_body` of statements that only concern the source.
    is_simple
        Nothing happens but pre- and postsynaptic spikes, between which states decay.
    """

    normal: Normal
    rule: Rule
    roles: Roles
    rates: Mapping[str, Expression]
    post_driven: Mapping[str, PostVariable]
    moved: tuple[str, ...]
    post: tuple[str, ...]
    source: tuple[str, ...]
    connection: tuple[str, ...]
    columns: tuple[str, ...]
    pre_body: tuple[Statement, ...]
    post_body: tuple[Statement, ...]
    post_updates: tuple[Statement, ...]
    source_statements: frozenset[int]
    is_simple: bool
    late_states: tuple[str, ...] = ()
    replayed: tuple[str, ...] = ()

    @property
    def emits_once(self) -> bool:
        """Whether each presynaptic spike leads to exactly one event."""
        emitting = [item for item in self.pre_body if any(emissions(item))]
        return len(emitting) == 1 and isinstance(emitting[0], CallStatement)

    @property
    def in_neuron(self) -> tuple[str, ...]:
        """States that the neuron keeps."""
        return (*self.moved, *self.late_states)

    @property
    def own_rates(self) -> frozenset[str]:
        """States that decay at a rate that differs between connections."""
        own = tainted_statics(self.normal, set(self.columns))
        return frozenset(name for name, rate in self.rates.items() if names(rate) & own)

    @property
    def changing(self) -> tuple[str, ...]:
        """States of a connection with a simple rule that decay, or that a handler assigns."""
        here = [item for index, item in enumerate(self.pre_body) if index not in self.source_statements]
        set_ = assigned((*here, *self.post_body, *self.post_updates))
        return tuple(name for name in (*self.connection, *self.post) if name in set_ or name in self.rates)

    @property
    def has_post(self) -> bool:
        """Whether postsynaptic spikes matter."""
        return bool(self.post_body or self.post_updates)


def plan_synapse(model: Model, facts: Facts) -> SynapsePlan:
    """Decide where a synapse's variables live and which statements run when.

    Raises
    ------
    CannotGenerate
        If a part of the model has no code.
    """
    mine = next((item for item in facts.synapses if item.synapse == model.name), SynapseFacts(model.name))
    plain = normalise(model)
    mine = dataclasses.replace(mine, heterogeneous=meant(mine.heterogeneous, plain.symbols))
    rule = rule_of(_with_constants(plain, mine))
    normal, found = rule.normal, rule.roles
    driven = post_variables(rule)
    chosen = movable(rule, driven, mine) if facts.move else ()
    possible = movable(rule, driven, SynapseFacts(model.name)) if facts.keeps_late_states else ()
    kept = [item.name for item in normal.of_kind("state", "convolution") if item.name not in driven]
    plan = SynapsePlan(
        normal=normal,
        rule=rule,
        roles=found,
        rates=decay_rates(normal),
        post_driven=driven,
        moved=chosen,
        post=tuple(name for name in driven if name not in chosen),
        source=(),
        connection=tuple(kept),
        columns=_columns(normal, mine),
        pre_body=(*rule.handlers.get(found.pre, ()), *rule.increments.get(found.pre, ())),
        post_body=rule.handlers.get(found.post, ()) if found.post else (),
        post_updates=rule.late,
        source_statements=frozenset(),
        is_simple=False,
        late_states=tuple(name for name in possible if name not in chosen),
        replayed=replayable(rule, driven),
    )
    if not _is_simple(plan):
        return plan
    return _with_sources(dataclasses.replace(plan, is_simple=True), set(mine.heterogeneous))


def _columns(normal: Normal, mine: SynapseFacts) -> tuple[str, ...]:
    """Return the parameters that differ between connections."""
    common = {
        symbol.name
        for symbol in normal.of_kind("parameter")
        if symbol.declaration and "@homogeneous" in symbol.declaration.decorators
    }
    parameters = [*(symbol.name for symbol in normal.of_kind("parameter")), *TOLERANCES]
    return tuple(name for name in parameters if name in mine.heterogeneous and name not in common)


# --- simple rules ----------------------------------------------------------------------------------


def _is_simple(plan: SynapsePlan) -> bool:
    """Return whether only pre- and postsynaptic spikes change states, which decay in between."""
    rule, normal = plan.rule, plan.normal
    model = normal.model
    third = plan.roles.modulatory or plan.roles.continuous or normal.on_condition
    late = all(assigned([item]) <= rule.driven for item in rule.late)
    post_first = rule.order[-1] == plan.roles.pre
    decaying = set(normal.odes) <= set(plan.rates) and set(normal.odes) <= integrated(rule)
    advancing = all(is_integration(item) for item in normal.update)
    bodies = [*plan.pre_body, *plan.post_body, *rule.late]
    vectors = any(item.size is not None for item in (*model.state, *model.parameters, *model.internals))
    texts = any(symbol.type == "string" for symbol in normal.symbols.values())
    plain = late and post_first and decaying and advancing
    if third or vectors or texts or rule.emits_apart or normal.delayed or not plain:
        return False
    if _calls_in_equations(normal) or _divides_in_equations(normal):
        return False
    return not any(_needs_more(item, normal) for item in bodies) and not _is_shadowed(plan)


def _calls_in_equations(normal: Normal) -> bool:
    """Return whether equations or internals call a function that is not inlined."""
    return any(plain(name) in normal.functions for value in _equations(normal) for name in calls(value))


def _divides_in_equations(normal: Normal) -> bool:
    """Return whether equations or internals have a division that is checked."""
    return divides(_equations(normal))


def _equations(normal: Normal) -> list[Expression]:
    """Return the values of internals and the right-hand sides of equations."""
    declared = [symbol.declaration for symbol in normal.of_kind("internal")]
    values = [item.value for item in declared if item is not None and item.value is not None]
    return [*values, *(ode.value for ode in normal.odes.values())]


def _needs_more(item: Statement, normal: Normal) -> bool:
    """Return whether a statement has texts, loops, random numbers, or calls for the time or a function."""
    unusual = {
        "timestep",
        "integrate_odes",
        "print",
        "println",
        "info",
        "warning",
        *RANDOM,
        *normal.functions,
    }
    return any(
        isinstance(node, (String, For, While)) or (isinstance(node, Call) and plain(node.name) in unusual)
        for node in item.walk()
    )


def _is_shadowed(plan: SynapsePlan) -> bool:
    """Return whether a local variable of the handler hides a variable that the increments after it read."""
    handler = plan.rule.handlers.get(plan.roles.pre, ())
    local = {node.name for item in handler for node in item.walk() if isinstance(node, Declaration)}
    return bool(local & plan.rule.reads(plan.rule.increments.get(plan.roles.pre, ())))


def _with_constants(normal: Normal, facts: SynapseFacts) -> Normal:
    """Replace exponents whose value is known by numbers; other constants stay arguments of the kernel."""
    known = {name: Literal(value) for name, value in facts.constants if name not in facts.heterogeneous}

    def exponent(node: Expression) -> Expression:
        if isinstance(node, Binary) and node.operator == "**":
            return dataclasses.replace(node, right=_known(node.right, known))
        if isinstance(node, Call) and node.name == "pow":
            base, power = node.arguments
            return dataclasses.replace(node, arguments=(base, _known(power, known)))
        return node

    def change(expression: Expression) -> Expression:
        return fold(rewrite(expression, exponent))

    def handler(item: OnReceive) -> OnReceive:
        return dataclasses.replace(item, body=tuple(rebuild(statement, change) for statement in item.body))

    return dataclasses.replace(normal, on_receive=tuple(handler(item) for item in normal.on_receive))


def _known(node: Expression, known: Mapping[str, Literal]) -> Expression:
    name = as_it_stands(node)
    if isinstance(name, Name) and name.name in known and number(known[name.name]) is not None:
        return known[name.name]
    return node


# --- states kept once per source ----------------------------------------------------------------


def _with_sources(plan: SynapsePlan, heterogeneous: set[str]) -> SynapsePlan:
    normal = plan.normal
    touched = assigned(plan.pre_body)
    elsewhere = assigned(plan.post_body)
    states = list(plan.connection)
    candidates = {
        name
        for name in states
        if name not in elsewhere
        and name not in heterogeneous
        and name != plan.roles.weight
        and (name in touched or name in normal.odes)
    }
    shared = static_names(normal) - tainted_statics(normal, set(plan.columns)) | {"t"}
    while True:
        concerned = _source_statements(plan.pre_body, candidates, shared)
        bad = {
            name
            for index, item in enumerate(plan.pre_body)
            if index not in concerned
            for name in assigned([item]) & candidates
        }
        bad |= {n for n in candidates if n in plan.rates and not names(plan.rates[n]) <= shared}
        if not bad:
            break
        candidates -= bad
    source = tuple(name for name in states if name in candidates)
    connection = tuple(name for name in states if name not in candidates)
    return dataclasses.replace(plan, source=source, connection=connection, source_statements=concerned)


def tainted_statics(normal: Normal, columns: set[str]) -> set[str]:
    """Return the parameters and internals that differ between connections.

    An internal differs if it reads one that does: with `tau` per connection also `1 / tau`.
    """
    tainted = set(columns)
    for symbol in normal.of_kind("internal"):
        declared = symbol.declaration
        if declared is not None and declared.value is not None and names(declared.value) & tainted:
            tainted.add(symbol.name)
    return tainted


def _source_statements(
    body: tuple[Statement, ...], candidates: set[str], shared: frozenset[str]
) -> frozenset[int]:
    """Return the positions of top-level statements that read and write only variables of the source."""
    allowed = set(candidates) | shared
    concerned = set()
    for index, item in enumerate(body):
        if _is_shared(item, allowed):
            concerned.add(index)
            if isinstance(item, Declaration):
                allowed.add(item.name)
        elif isinstance(item, Declaration):
            allowed.discard(item.name)
    return frozenset(concerned)


def _is_shared(item: Statement, allowed: set[str]) -> bool:
    if has_effects([item]) or divides([item]):
        return False
    if isinstance(item, Declaration):
        return item.value is None or _is_shared_value(item.value, allowed)
    if isinstance(item, Assignment):
        return item.target.name in allowed and _is_shared_value(item.value, allowed)
    if isinstance(item, If):
        inner = set(allowed)
        for branch in item.branches:
            inner |= {node.name for node in branch.body if isinstance(node, Declaration)}
        return all(
            (branch.condition is None or _is_shared_value(branch.condition, inner))
            and all(_is_shared(child, inner) for child in branch.body)
            for branch in item.branches
        )
    return False


def _is_shared_value(expression: Expression, allowed: set[str]) -> bool:
    return names(expression) <= allowed and not calls(expression) & RANDOM
