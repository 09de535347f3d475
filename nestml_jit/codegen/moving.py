"""Which variables of a synapse depend on postsynaptic spikes alone, and may live in the neuron.

Such a variable is changed by its own linear ODE and by plain assignments in the postsynaptic handler
that read nothing else of the synapse but parameters. Whether it is kept once per neuron (*moved*)
or once per connection is a matter of speed only: in both cases a handler reads its value just
before the spikes of that very time, as in NESTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nestml_jit.card import Moved, PairCard, SynapseFacts
from nestml_jit.codegen.affine import RANDOM, analyse
from nestml_jit.codegen.effects import assigned
from nestml_jit.codegen.normal import Normal, normalise
from nestml_jit.codegen.programs import value
from nestml_jit.codegen.roles import roles
from nestml_jit.codegen.signals import bindings
from nestml_jit.codegen.symbolic import calls, is_number, names
from nestml_jit.dsl.tree import Assignment, Expression, Model, OnReceive, Statement


@dataclass(frozen=True)
class PostVariable:
    """A variable that postsynaptic spikes alone drive.

    Attributes
    ----------
    rate
        x' = rate * x, None without an ODE.
    depends
        Parameters and internals that its dynamics read.
    reads
        Other variables of this kind that it reads.
    """

    name: str
    rate: Expression | None
    depends: frozenset[str]
    reads: frozenset[str]


def static_names(normal: Normal) -> frozenset[str]:
    """Names of a model's parameters and internals."""
    return frozenset(symbol.name for symbol in normal.of_kind("parameter", "internal"))


def decay_rates(normal: Normal) -> dict[str, Expression]:
    """Return the rate `a` of every variable whose ODE is x' = a x."""
    system = analyse(normal.odes, static_names(normal), {})
    return {
        name: form.linear[name]
        for name, form in system.linear.items()
        if set(form.linear) == {name} and all(is_number(factor, 0) for factor in form.drives.values())
    }


def post_variables(normal: Normal, post: str, weight: str) -> dict[str, PostVariable]:
    """Return the variables of a synapse that postsynaptic spikes alone drive, in order."""
    inside = [item for item in normal.on_receive if item.port == post]
    if not post or not inside:
        return {}
    outside: list[Statement] = list(normal.update)
    for handler in normal.on_receive:
        if handler.port != post:
            outside += handler.body
    excluded = assigned(outside) | {weight}
    rates = decay_rates(normal)
    found = {}
    for symbol in normal.of_kind("state"):
        candidate = None if symbol.name in excluded else _candidate(symbol.name, inside[0], normal, rates)
        if candidate is not None:
            found[symbol.name] = candidate
    return _closed(found)


def _candidate(
    name: str, handler: OnReceive, normal: Normal, rates: Mapping[str, Expression]
) -> PostVariable | None:
    if name in normal.odes and name not in rates:
        return None
    mine = [item for item in handler.body if name in assigned([item])]
    if not mine or not all(isinstance(item, Assignment) for item in mine):
        return None
    reading: frozenset[str] = names(rates[name]) if name in rates else frozenset()
    for item in mine:
        assert isinstance(item, Assignment)
        if calls(item.value) & RANDOM:
            return None
        reading |= names(item.value)
    static = static_names(normal)
    return PostVariable(name, rates.get(name), reading & static, reading - static - {name})


def _closed(found: dict[str, PostVariable]) -> dict[str, PostVariable]:
    """Drop variables that read something else of the synapse, until none is left that does."""
    while True:
        kept = {name: item for name, item in found.items() if item.reads <= set(found)}
        if len(kept) == len(found):
            return kept
        found = kept


def movable(found: Mapping[str, PostVariable], normal: Normal, facts: SynapseFacts) -> tuple[str, ...]:
    """Return the variables that one value per neuron can stand for, given what a script did."""
    internals = {symbol.name for symbol in normal.of_kind("internal")}
    fixed = set(facts.heterogeneous) | internals
    kept = {name: item for name, item in found.items() if name not in fixed and not item.depends & fixed}
    return tuple(_closed(kept))


def is_moved_statement(item: Statement, variables: Iterable[str]) -> bool:
    """Whether a statement of the postsynaptic handler belongs to one of these variables."""
    return isinstance(item, Assignment) and item.target.name in set(variables)


def pair(neuron: Model, synapse: Model) -> PairCard:
    """Return what a synapse model adds to a neuron model as long as its connections are alike."""
    normal = normalise(synapse)
    found = roles(synapse)
    post = post_variables(normal, found.post, found.weight)
    facts = SynapseFacts(synapse.name)
    ports = tuple(bindings(neuron, synapse).items())
    return PairCard(neuron.name, synapse.name, moved(normal, post, movable(post, normal, facts)), ports)


def moved(normal: Normal, post: Mapping[str, PostVariable], chosen: tuple[str, ...]) -> tuple[Moved, ...]:
    """Return the records of moved states, then of the parameters that they need."""
    needed = {name for item in chosen for name in post[item].depends}
    parameters = [symbol.name for symbol in normal.of_kind("parameter") if symbol.name in needed]
    return tuple(_record(normal, name, "state") for name in chosen) + tuple(
        _record(normal, name, "parameter") for name in parameters
    )


def _record(normal: Normal, name: str, kind: str) -> Moved:
    symbol = normal.symbols[name]
    return Moved(
        column=moved_name(name, normal.name),
        variable=name,
        synapse=normal.name,
        kind=kind,
        type=symbol.type,
        unit=symbol.unit,
        default=_default(normal, name),
    )


def moved_name(variable: str, synapse: str) -> str:
    """Name of a synapse's variable in the neuron."""
    return f"{variable}__for_{synapse}"


def _default(normal: Normal, name: str) -> float:
    declared = normal.symbols[name].declaration
    if declared is None or declared.value is None:
        return 0.0
    return value(declared.value, lambda other: _default(normal, other))
