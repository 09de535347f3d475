"""Variables of a synapse that only postsynaptic spikes drive, and those of them that the neuron may keep.

Only its own equation and plain assignments in the postsynaptic handler change such a variable. They read
only parameters, internals, and other such variables::

    post_trace' = -post_trace / tau_post    # the equation
    post_trace += 1                         # in the postsynaptic handler; `+= w` would read a connection's w

The neuron keeps it once (it is *moved*), or each connection keeps it. The place changes only the speed: in
both cases a handler reads the value just before the spikes of its time, as in NESTML.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.card import KEPT, Moved, PairCard, SynapseFacts
from nestml_jit.codegen.model.affine import analyse
from nestml_jit.codegen.model.effects import assigned
from nestml_jit.codegen.model.lookups import is_fallible, plain
from nestml_jit.codegen.model.names import base_of, kept_for, shown
from nestml_jit.codegen.model.normal import Normal, normalise
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.shown import as_shown
from nestml_jit.codegen.model.signals import bindings
from nestml_jit.codegen.model.symbolic import is_number
from nestml_jit.codegen.plan.evaluation import Defaults
from nestml_jit.codegen.plan.rule import Rule, rule_of
from nestml_jit.dsl.tree import Assignment, Call, CallStatement, Expression, Model, Name, Statement
from nestml_jit.kinds import MovedKind


@dataclass(frozen=True)
class PostVariable:
    """A variable that only postsynaptic spikes drive.

    Attributes
    ----------
    rate
        x' = rate * x, None without an ODE.
    depends
        Parameters and internals that its dynamics read.
    reads
        Other variables of this kind that it reads.
    simple
        Its value between spikes follows from one earlier value.
    """

    name: str
    rate: Expression | None
    depends: frozenset[str]
    reads: frozenset[str]
    simple: bool = True


def static_names(normal: Normal) -> frozenset[str]:
    """Return the names of a model's parameters and internals."""
    return frozenset(symbol.name for symbol in normal.of_kind("parameter", "internal"))


def decay_rates(normal: Normal) -> dict[str, Expression]:
    """Return the rate `a` of every variable whose ODE is x' = a x."""
    system = analyse(normal.odes, static_names(normal), {})
    return {
        name: form.linear[name]
        for name, form in system.linear.items()
        if set(form.linear) == {name} and all(is_number(factor, 0) for factor in form.drives.values())
    }


def post_variables(rule: Rule) -> dict[str, PostVariable]:
    """Return the variables of a synapse that only postsynaptic spikes drive, in order."""
    rates = decay_rates(rule.normal)
    symbols = rule.normal.of_kind("state", "convolution")
    return {item.name: _post_variable(item.name, rule, rates) for item in symbols if item.name in rule.driven}


def _post_variable(name: str, rule: Rule, rates: Mapping[str, Expression]) -> PostVariable:
    static = static_names(rule.normal)
    values = [item.value for item in rule.late if isinstance(item, Assignment) and item.target.name == name]
    if name in rule.normal.odes:
        values.append(rule.normal.odes[name].value)
    reading: frozenset[str] = frozenset().union(*(rule.reads_of(value) for value in values))
    simple = name in rates or name not in rule.normal.odes
    called = {plain(node.name) for value in values for node in value.walk() if isinstance(node, Call)}
    simple = simple and not called & set(rule.free) and rule.normal.symbols[name].type != "string"
    simple = simple and not any(is_fallible(node) for value in values for node in value.walk())
    return PostVariable(name, rates.get(name), reading & static, reading - static - {name}, simple)


def integrated(rule: Rule) -> frozenset[str]:
    """Return the variables with equations that `update` integrates exactly once under all conditions."""
    statements = [item for item in rule.normal.update if is_integration(item)]
    elsewhere = [item for item in rule.normal.update if item not in statements and _integrates(item)]
    if elsewhere or len(statements) > 1:
        return rule.always
    own = frozenset(rule.normal.odes) - rule.always
    chosen = {node.name for item in statements for node in item.walk() if isinstance(node, Name)}
    return rule.always | (frozenset() if not statements else family(own, chosen) if chosen else own)


def is_integration(item: Statement) -> bool:
    """Return whether a statement is a call of integrate_odes()."""
    return isinstance(item, CallStatement) and item.call.name == "integrate_odes"


def _integrates(item: Statement) -> bool:
    return any(isinstance(node, Call) and node.name == "integrate_odes" for node in item.walk())


def family(variables: frozenset[str], chosen: set[str]) -> frozenset[str]:
    """Return those variables that are among some names, or derivatives of them."""
    return frozenset(name for name in variables if name in chosen or base_of(name) in chosen)


def movable(rule: Rule, found: Mapping[str, PostVariable], facts: SynapseFacts) -> tuple[str, ...]:
    """Return the variables for which one value per neuron suffices, given the facts about the connections.

    A variable drops out if connections may differ in it, or in a parameter that it reads: with one `tau_post`
    per connection each connection has its own `post_trace`. Variables that others in the connection read drop
    out too.

    The delay drops out too, since each connection has its own, even if all are equal.
    """
    normal = rule.normal
    fixed = {*facts.heterogeneous, rule.roles.delay, *(symbol.name for symbol in normal.of_kind("internal"))}
    elsewhere = _read_elsewhere(rule, set(found)) | _integers_at_spikes(rule)
    advancing = integrated(rule)
    kept = {
        name: item
        for name, item in found.items()
        if item.simple
        and name not in fixed
        and not item.depends & fixed
        and name not in elsewhere
        and (item.rate is None or name in advancing)
        and "[" not in name
    }
    while True:
        kept = _closed(kept)
        staying = frozenset().union(*(item.reads for name, item in found.items() if name not in kept))
        if not staying & set(kept):
            return tuple(kept)
        kept = {name: item for name, item in kept.items() if name not in staying}


def replayable(rule: Rule, found: Mapping[str, PostVariable]) -> tuple[str, ...]:
    """Return the variables that follow from postsynaptic spikes and parameters alone."""
    timeless = dataclasses.replace(rule, roles=dataclasses.replace(rule.roles, delay=""))
    return movable(timeless, found, SynapseFacts(rule.normal.name))


def _read_elsewhere(rule: Rule, driven: set[str]) -> frozenset[str]:
    """Return the names that are read between or after events, where the neuron's past has no values."""
    normal = rule.normal
    found = rule.reads(item for item in normal.update if not is_integration(item))
    for condition in normal.on_condition:
        found |= rule.reads_of(condition.condition) | rule.reads(condition.body)
    for name, ode in normal.odes.items():
        if name not in driven:
            found |= rule.reads_of(ode.value)
    increments = [item for body in rule.increments.values() for item in body]
    late = [item for item in rule.late if not assigned([item]) <= driven]
    return found | rule.reads(increments) | rule.reads(late)


def _integers_at_spikes(rule: Rule) -> frozenset[str]:
    """Return the integers that the postsynaptic handler reads.

    The neuron's past keeps the values just before a spike, and NaN marks an unknown one. An integer may have
    the bits of NaN.
    """
    whole = {symbol.name for symbol in rule.normal.symbols.values() if symbol.type == "integer"}
    return rule.reads(rule.handlers.get(rule.roles.post, ())) & whole


def _closed(found: dict[str, PostVariable]) -> dict[str, PostVariable]:
    """Drop variables that read other variables of the synapse, until none of these is left."""
    while True:
        kept = {name: item for name, item in found.items() if item.reads <= set(found)}
        if len(kept) == len(found):
            return kept
        found = kept


def pair(neuron: Model, synapse: Model, is_foreign: bool = False) -> PairCard:
    """Return what a synapse model adds to a neuron model as long as its connections are alike.

    A foreign neuron stands for one of NEST's own neurons, to which nothing is added.

    Examples
    --------
    The neuron keeps the postsynaptic trace, and the time constant that it decays with:

    >>> from nestml_jit.codegen.examples import CURRENT, PAIRS, model
    >>> [item.column for item in pair(model(CURRENT), model(PAIRS)).moved]
    ['post_trace__for_pairs', 'tau_post__for_pairs']
    """
    if is_foreign:
        read = bindings(neuron, synapse, is_foreign)
        return PairCard(neuron.name, synapse.name, (), tuple((shown(port), read[port]) for port in read))
    rule = rule_of(normalise(synapse))
    post = post_variables(rule)
    facts = SynapseFacts(synapse.name)
    ports = tuple(bindings(neuron, synapse).items())
    records = moved(rule.normal, post, movable(rule, post, facts))
    for record in records:
        _check_name(record, neuron, synapse)
    return as_shown(PairCard(neuron.name, synapse.name, records, ports))


def _check_name(record: Moved, neuron: Model, synapse: Model) -> None:
    """Refuse a variable that users could not tell from another variable of the neuron."""
    column = shown(record.column)
    blocks = (neuron.parameters, neuron.internals, neuron.state, neuron.inputs, neuron.equations)
    taken = {node.name for block in blocks for item in block for node in item.walk() if hasattr(node, "name")}
    if column in taken or len(re.findall(f"(?={KEPT})", column)) > 1:
        variable = f"{shown(record.variable)} of {synapse.name}"
        message = f"{neuron.name} would show {variable} as {column}, which is ambiguous"
        hint = f"choose names without {KEPT!r} for models and variables"
        raise CannotGenerate(UNSUPPORTED, message, hint=hint)


def moved(normal: Normal, post: Mapping[str, PostVariable], chosen: tuple[str, ...]) -> tuple[Moved, ...]:
    """Return the records of moved states, then of the parameters that they need."""
    needed = {name for item in chosen for name in post[item].depends}
    parameters = [symbol.name for symbol in normal.of_kind("parameter") if symbol.name in needed]
    return tuple(_record(normal, name, "state") for name in chosen) + tuple(
        _record(normal, name, "parameter") for name in parameters
    )


def _record(normal: Normal, name: str, kind: MovedKind) -> Moved:
    symbol = normal.symbols[name]
    return Moved(
        column=kept_for(name, normal.name),
        variable=name,
        synapse=normal.name,
        kind=kind,
        type=symbol.type,
        unit=symbol.unit,
        default=_default(normal, name),
    )


def _default(normal: Normal, name: str) -> float:
    """Return the default of a variable; it stands in for the values that connections were given."""
    return float(Defaults(normal)[name])
