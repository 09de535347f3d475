"""What is decided about a synapse model in a fusion before any text is made.

Every variable gets the cheapest place that what the script did allows: parameters that all
connections share are scalars; states that presynaptic spikes alone drive are kept once per source;
states that postsynaptic spikes alone drive move into the neuron; the rest is one value per
connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.card import Facts, SynapseFacts
from nestml_jit.codegen.affine import RANDOM
from nestml_jit.codegen.effects import assigned, has_effects
from nestml_jit.codegen.moving import (
    PostVariable,
    decay_rates,
    movable,
    post_variables,
    static_names,
)
from nestml_jit.codegen.normal import Normal, normalise
from nestml_jit.codegen.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.rebuild import rebuild
from nestml_jit.codegen.roles import Roles, roles
from nestml_jit.codegen.symbolic import calls, fold, number, rewrite
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    Call,
    CallStatement,
    Declaration,
    Expression,
    If,
    Literal,
    Model,
    Name,
    OnReceive,
    Statement,
)


@dataclass(frozen=True)
class SynapsePlan:
    """Where the variables of a synapse model live.

    Attributes
    ----------
    rates
        x' = rate * x, for states that have an ODE.
    moved, post, source, connection
        States by place: in the neuron, post-driven but per connection, per source, per connection.
    columns
        Parameters that differ between connections.
    pre_body, post_body
        Statements of the handlers, without those of post-driven variables.
    post_updates
        The statements of the postsynaptic handler that belong to post-driven variables.
    source_statements
        Positions in `pre_body` of statements that only concern the source.
    """

    normal: Normal
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

    @property
    def has_post(self) -> bool:
        """Whether postsynaptic spikes matter."""
        return bool(self.post_body or self.post_updates)


def plan_synapse(model: Model, facts: Facts) -> SynapsePlan:
    """Decide where a synapse's variables live and which statements run when.

    Raises
    ------
    CannotGenerate
        If a part of the model has no code yet.
    """
    normal = normalise(model)
    mine = next((item for item in facts.synapses if item.synapse == model.name), SynapseFacts(model.name))
    normal = _with_constants(normal, mine)
    found = roles(model)
    _check(normal, found)
    _check_priorities(normal, found)
    rates = decay_rates(normal)
    driven = post_variables(normal, found.post, found.weight)
    chosen = movable(driven, normal, mine) if facts.move else ()
    common = {
        s.name
        for s in normal.of_kind("parameter")
        if s.declaration and "@homogeneous" in s.declaration.decorators
    }
    columns = tuple(
        symbol.name
        for symbol in normal.of_kind("parameter")
        if symbol.name in mine.heterogeneous and symbol.name not in common
    )
    pre_body = _body(normal, found.pre)
    post_body = _body(normal, found.post)
    updates = tuple(item for item in post_body if _belongs(item, driven))
    rest = tuple(item for item in post_body if not _belongs(item, driven))
    plan = SynapsePlan(
        normal=normal,
        roles=found,
        rates=rates,
        post_driven=driven,
        moved=chosen,
        post=tuple(name for name in driven if name not in chosen),
        source=(),
        connection=(),
        columns=columns,
        pre_body=pre_body,
        post_body=rest,
        post_updates=updates,
        source_statements=frozenset(),
    )
    return _with_sources(plan, set(mine.heterogeneous))


def _belongs(item: Statement, driven: Mapping[str, PostVariable]) -> bool:
    return isinstance(item, Assignment) and item.target.name in driven


def _body(normal: Normal, port: str) -> tuple[Statement, ...]:
    return next((item.body for item in normal.on_receive if item.port == port), ()) if port else ()


def _check_priorities(normal: Normal, found: Roles) -> None:
    """Refuse to run the presynaptic handler first when both spikes come at once: post comes first here."""
    handlers = {handler.port: handler for handler in normal.on_receive}
    pre, post = handlers.get(found.pre), handlers.get(found.post)
    if pre is None or post is None or pre.priority is None or post.priority is None:
        return
    if pre.priority > post.priority:
        problem = f"a handler of {found.pre} with a higher priority than that of {found.post}"
        raise CannotGenerate(UNSUPPORTED, f"{problem} is not supported yet", pre)


def _check(normal: Normal, found: Roles) -> None:
    """Refuse what has no code yet, with the place where it stands."""
    model = normal.model
    if found.modulatory or found.continuous:
        port = next(p for p in model.inputs if p.name in (*found.modulatory, *found.continuous))
        raise CannotGenerate(UNSUPPORTED, f"port {port.name}: third factors are not supported yet", port)
    if normal.convolutions:
        raise CannotGenerate(UNSUPPORTED, "convolve() in a synapse is not supported yet", model.equations[0])
    if normal.on_condition:
        raise CannotGenerate(
            UNSUPPORTED, "onCondition in a synapse is not supported yet", normal.on_condition[0]
        )
    rates = decay_rates(normal)
    for name, ode in normal.odes.items():
        if name not in rates:
            raise CannotGenerate(UNSUPPORTED, f"{name}: only x' = a x is supported in a synapse yet", ode)
    for statement in normal.update:
        if not (isinstance(statement, CallStatement) and statement.call.name == "integrate_odes"):
            raise CannotGenerate(UNSUPPORTED, "only integrate_odes() is supported in update yet", statement)


def _with_constants(normal: Normal, facts: SynapseFacts) -> Normal:
    """Fold exponents whose value is known; other constants stay arguments of the kernel."""
    import dataclasses

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
    if isinstance(node, Name) and node.name in known and number(known[node.name]) is not None:
        return known[node.name]
    return node


# --- what is kept once per source ----------------------------------------------------------------


def _with_sources(plan: SynapsePlan, heterogeneous: set[str]) -> SynapsePlan:
    import dataclasses

    normal = plan.normal
    touched = assigned(plan.pre_body)
    elsewhere = assigned(plan.post_body)
    states = [s.name for s in normal.of_kind("state") if s.name not in plan.post_driven]
    candidates = {
        name
        for name in states
        if name not in elsewhere
        and name not in heterogeneous
        and name != plan.roles.weight
        and (name in touched or name in normal.odes)
    }
    shared = static_names(normal) - _tainted_statics(normal, set(plan.columns)) | {"t"}
    while True:
        concerned = _source_statements(plan.pre_body, candidates, shared)
        bad = {
            name
            for index, item in enumerate(plan.pre_body)
            if index not in concerned
            for name in assigned([item]) & candidates
        }
        bad |= {n for n in candidates if n in plan.rates and not _names(plan.rates[n]) <= shared}
        if not bad:
            break
        candidates -= bad
    source = tuple(name for name in states if name in candidates)
    connection = tuple(name for name in states if name not in candidates)
    return dataclasses.replace(plan, source=source, connection=connection, source_statements=concerned)


def _tainted_statics(normal: Normal, columns: set[str]) -> set[str]:
    """Parameters and internals that differ between connections."""
    tainted = set(columns)
    for symbol in normal.of_kind("internal"):
        declared = symbol.declaration
        if declared is not None and declared.value is not None and _names(declared.value) & tainted:
            tainted.add(symbol.name)
    return tainted


def _names(expression: Expression) -> frozenset[str]:
    from nestml_jit.codegen.symbolic import names

    return names(expression)


def _source_statements(
    body: tuple[Statement, ...], candidates: set[str], shared: frozenset[str]
) -> frozenset[int]:
    """Positions of top-level statements that read and write only what the source has."""
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
    if has_effects([item]):
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
    return _names(expression) <= allowed and not calls(expression) & RANDOM
