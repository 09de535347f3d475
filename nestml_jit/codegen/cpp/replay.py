"""What a synapse's states that postsynaptic spikes alone drive are after given spikes: `replay_of`.

A connection that is made late may ask for a past that nobody kept for it. The kernel's `replay` computes its
states from the neuron's spikes, with parameters that the host hands over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nestml_jit.card import Replay, Trace
from nestml_jit.codegen.cpp.expressions import Printer
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings, Updates
from nestml_jit.codegen.cpp.statements import write
from nestml_jit.codegen.model.effects import assigned
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.plan.synapse import SynapsePlan
from nestml_jit.dsl.tree import Assignment, Name

_ARCHIVED = "x' = (-(1.0 / p0)) * x; x += 1.0"


@dataclass(frozen=True)
class ReplayText:
    """Strings for the template: per state how an interval passes, and what a spike does to them.

    `types` are those of the C++ variables; `loads` and `slots` are functions that turn what is kept into
    values, and back.
    """

    states: tuple[str, ...]
    types: tuple[str, ...]
    loads: tuple[str, ...]
    slots: tuple[str, ...]
    decays: tuple[str, ...]
    spike: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines that may call a function."""
        return (*self.decays, *self.spike)


def replay_of(plan: SynapsePlan) -> tuple[Replay, ReplayText] | None:
    """Return the layout and the text of a model's replay, None if it has no such states."""
    if not plan.replayed:
        return None
    needed = {name for state in plan.replayed for name in plan.post_driven[state].depends}
    parameters = tuple(symbol.name for symbol in plan.normal.of_kind("parameter") if symbol.name in needed)

    def place(name: str) -> str:
        return f"parameter[{parameters.index(name)}]" if name in parameters else "0.0"

    def is_whole(name: str) -> bool:
        return plan.normal.symbols[name].type == "integer"

    states = tuple(f"v_{identifier(name)}" for name in plan.replayed)
    local = dict(zip(plan.replayed, states, strict=True))
    text = ReplayText(
        states,
        tuple(storage(plan.normal.symbols[name].type) for name in plan.replayed),
        tuple("nj_bits" if is_whole(name) else "" for name in plan.replayed),
        tuple("nj_slot" if is_whole(name) else "" for name in plan.replayed),
        tuple(_decay(plan, name, place) for name in plan.replayed),
        tuple(handler_lines(plan, plan.replayed, place, local.__getitem__)),
    )
    return Replay(plan.replayed, parameters, tuple(_trace(plan, name) for name in plan.replayed)), text


def _decay(plan: SynapsePlan, name: str, place: Callable[[str], str]) -> str:
    value = f"v_{identifier(name)}"
    if name not in plan.rates:
        return value
    rate = Printer(lambda node: value_at(plan, node.name, place))(plan.rates[name])
    return f"{value} * std::exp(({rate}) * elapsed)"


def value_at(plan: SynapsePlan, name: str, place: Callable[[str], str]) -> str:
    """Text of a parameter of a synapse model, given where its bits are."""
    is_whole = plan.normal.symbols[name].type == "integer"
    return f"nj_bits({place(name)})" if is_whole else place(name)


def handler_lines(
    plan: SynapsePlan, states: tuple[str, ...], place: Callable[[str], str], local: Callable[[str], str]
) -> list[str]:
    """Return the statements of the postsynaptic handler that belong to some states.

    Parameters
    ----------
    place
        C++ text of the place of a parameter.
    local
        C++ text of a state.
    """
    parameters = [symbol.name for symbol in plan.normal.of_kind("parameter")]
    fixed = {name: f"({value_at(plan, name, place)})" for name in parameters}
    fixed.update({name: local(name) for name in states})
    fixed["t"] = "nj_time(step, h)"
    types = {name: symbol.type for name, symbol in plan.normal.symbols.items()}
    around = Surroundings(
        types, fixed, lambda call, body: Updates({}), lambda call, body: None, plan.normal.name
    )
    body = Body(around, branchless=False)
    for item in plan.post_updates:
        if assigned([item]) <= set(states):
            write(item, body)
    return body.lines


def _trace(plan: SynapsePlan, name: str) -> Trace:
    """Describe a state so that another model's can be recognised as the same one."""
    mine = [item for item in plan.post_updates if name in assigned([item])]
    if plan.post_driven[name].reads or not all(isinstance(item, Assignment) for item in mine):
        return Trace("", ())
    parameters: dict[str, str] = {}

    def resolve(node: Name) -> str:
        if node.name in (name, "t"):
            return "x" if node.name == name else "t"
        return parameters.setdefault(node.name, f"p{len(parameters)}")

    show = Printer(resolve)
    parts = [f"x' = ({show(plan.rates[name])}) * x"] if name in plan.rates else []
    parts += [f"x {item.operator} {show(item.value)}" for item in mine if isinstance(item, Assignment)]
    form = "; ".join(parts)
    return Trace(form, tuple(parameters), form == _ARCHIVED)
