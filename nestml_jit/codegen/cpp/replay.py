"""Values of a synapse's post-driven states after given postsynaptic spikes: `replay_of`.

A connection that is made late may need a past that was not kept for it. The kernel's `replay` computes its
states from the neuron's spikes, with parameters that the host hands over.
"""

from __future__ import annotations

from nestml_jit.card import Replay, Trace
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Translator
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings, Updates
from nestml_jit.codegen.cpp.places import STEP, from_slot, in_slot
from nestml_jit.codegen.cpp.printing import text_of
from nestml_jit.codegen.cpp.run_places import (
    Code,
    Places,
    call,
    constant,
    element,
    fixed,
    named,
    time_of,
    whole,
)
from nestml_jit.codegen.cpp.statements import write
from nestml_jit.codegen.model.effects import assigned
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.plan.synapse import SynapsePlan
from nestml_jit.dsl.tree import Assignment, Name

_ARCHIVED = (
    cpp.Unary("-", cpp.quotient(cpp.Real(1.0), cpp.Variable("p0"))),
    (("+=", cpp.Real(1.0)),),
)
"""The trace that NEST's own neurons keep: it decays with a time constant, and a spike adds 1."""

_STEP, _FROM, _UNTIL, _SPIKES, _N, _VALUES = (
    cpp.Variable(name) for name in ("step", "from", "until", "spikes", "n", "values")
)


def replay_of(plan: SynapsePlan) -> tuple[Replay, cpp.Function] | None:
    """Return the layout and the function of a model's replay, None if it has no such states."""
    if not plan.replayed:
        return None
    needed = {name for state in plan.replayed for name in plan.post_driven[state].depends}
    parameters = tuple(symbol.name for symbol in plan.normal.of_kind("parameter") if symbol.name in needed)

    def place(name: str) -> cpp.Expression:
        known = name in parameters
        return element(cpp.Variable("parameter"), parameters.index(name)) if known else cpp.Real(0.0)

    traces = tuple(_trace(plan, name) for name in plan.replayed)
    return Replay(plan.replayed, parameters, traces), _function(plan, place)


def _function(plan: SynapsePlan, place: Places) -> cpp.Function:
    """Return the function that computes the states after each of some spikes, and at a step behind them.

    `values` has a row of states for the beginning, one for each spike, and one for the end.
    """
    size = whole(len(plan.replayed))
    at_spike = cpp.less(_N, _SPIKES)
    step = cpp.Ternary(at_spike, cpp.Element(cpp.Variable("spike"), _N), _UNTIL)
    since = cpp.Cast("double", call("nj_since", _STEP, _FROM))
    loop = cpp.For(
        cpp.Declare("uint32_t", "n", whole(0)),
        cpp.Binary("<=", _N, _SPIKES),
        cpp.Assign(_N, whole(1), "+="),
        (
            constant("int64_t", _STEP, step),
            fixed("double", cpp.Variable("elapsed"), cpp.product(STEP, since)),
            *_loaded(plan),
            *(
                cpp.Assign(named("v", name), decayed(plan, name, named("v", name), place))
                for name in plan.replayed
            ),
            cpp.when(at_spike, handler_statements(plan, plan.replayed, place, lambda name: named("v", name))),
            *_stored(plan),
            cpp.Assign(_FROM, _STEP),
            cpp.Assign(_VALUES, size, "+="),
        ),
    )
    parameters = (
        cpp.Declare("const double*", "parameter", may_be_unused=True),
        cpp.Declare("double", "h"),
        cpp.Declare("int64_t", "from"),
        cpp.Declare("const int64_t*", "spike"),
        cpp.Declare("uint32_t", "spikes"),
        cpp.Declare("int64_t", "until"),
        cpp.Declare("double*", "values"),
    )
    return cpp.Function("void", "replay", parameters, (loop,))


def _loaded(plan: SynapsePlan) -> Code:
    """Declare the states, with the values of the row before."""
    declared = []
    for index, name in enumerate(plan.replayed):
        type_ = plan.normal.symbols[name].type
        value = from_slot(element(_VALUES, index), type_)
        declared.append(cpp.Declare(storage(type_), named("v", name).name, value))
    return tuple(declared)


def _stored(plan: SynapsePlan) -> Code:
    """Store the states in the next row."""
    stored = []
    for index, name in enumerate(plan.replayed, start=len(plan.replayed)):
        slot = in_slot(named("v", name), plan.normal.symbols[name].type)
        stored.append(cpp.Assign(element(_VALUES, index), slot))
    return tuple(stored)


def decayed(plan: SynapsePlan, name: str, value: cpp.Expression, place: Places) -> cpp.Expression:
    """Return a state after `elapsed` ms, given its value before; `place` as in `handler_statements`."""
    if name not in plan.rates:
        return value
    rate = Translator(lambda node: value_at(plan, node.name, place))(plan.rates[name])
    return cpp.product(value, call("std::exp", cpp.product(rate, cpp.Variable("elapsed"))))


def value_at(plan: SynapsePlan, name: str, place: Places) -> cpp.Expression:
    """Return a parameter of a synapse model, given the place of its bits."""
    return from_slot(place(name), plan.normal.symbols[name].type)


def handler_statements(plan: SynapsePlan, states: tuple[str, ...], place: Places, local: Places) -> Code:
    """Return the statements of the postsynaptic handler that belong to some states.

    Parameters
    ----------
    place
        Returns the place of a parameter.
    local
        The C++ variable of a state.
    """
    fixed_: dict[str, cpp.Expression] = {
        symbol.name: value_at(plan, symbol.name, place) for symbol in plan.normal.of_kind("parameter")
    }
    fixed_.update({name: local(name) for name in states})
    fixed_["t"] = time_of(_STEP)
    types = {name: symbol.type for name, symbol in plan.normal.symbols.items()}
    around = Surroundings(
        types, fixed_, lambda call, body: Updates({}), lambda call, body: None, plan.normal.name
    )
    body = Body(around, branchless=False)
    for item in plan.post_updates:
        if assigned([item]) <= set(states):
            write(item, body)
    return body.segment.statements


def _trace(plan: SynapsePlan, name: str) -> Trace:
    """Describe a state so that another model's can be recognised as the same one."""
    mine = [item for item in plan.post_updates if name in assigned([item])]
    if plan.post_driven[name].reads or not all(isinstance(item, Assignment) for item in mine):
        return Trace("", ())
    parameters: dict[str, cpp.Expression] = {}

    def resolve(node: Name) -> cpp.Expression:
        if node.name in (name, "t"):
            return cpp.Variable("x" if node.name == name else "t")
        return parameters.setdefault(node.name, cpp.Variable(f"p{len(parameters)}"))

    show = Translator(resolve)
    rate = show(plan.rates[name]) if name in plan.rates else None
    jumps = tuple((item.operator, show(item.value)) for item in mine if isinstance(item, Assignment))
    parts = [] if rate is None else [f"x' = ({text_of(rate)}) * x"]
    form = "; ".join([*parts, *(f"x {operator} {text_of(value)}" for operator, value in jumps)])
    return Trace(form, tuple(parameters), (rate, jumps) == _ARCHIVED)
