"""Expressions that code for the connections of a run has in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.places import STEP
from nestml_jit.codegen.model.names import KINDS, identifier

Code = tuple[cpp.Statement, ...]
Places = Callable[[str], cpp.Expression]
"""Returns the C++ expression of a variable."""

BLOCK = cpp.path("d", "block")
CONNECTION = cpp.Variable("i")
"""Number of the connection in its run."""

LANE, DELAY, LAG = (cpp.Variable(name) for name in ("lane", "delay", "lag"))
"""The connection's target, and its dendritic delay: its number among those of the block, and in steps."""

NOW, UNTIL, T_SPIKE, T_LAST, T_DONE = (
    cpp.Variable(name) for name in ("now", "until", "t_spike", "t_last", "t_done")
)
"""Steps: of the event, to which time goes on, of the source's spike, of its last one, of what is done."""

TARGET, MULTIPLICITY = cpp.Variable("target"), cpp.path("d", "multiplicity")
THEN, BEFORE, FIRST, NEWEST = (cpp.Variable(name) for name in ("then", "before", "first", "newest"))
"""Entries of a neuron's history: a spike, the entry before, the first one, the newest one."""


def named(kind: str, name: str) -> cpp.Variable:
    """Return the C++ variable of some kind for a variable of the model."""
    assert kind in KINDS, kind
    return cpp.Variable(f"{kind}_{identifier(name)}")


def whole(value: int) -> cpp.Integer:
    """Return a literal."""
    return cpp.Integer(value)


def call(function: str, *arguments: cpp.Expression) -> cpp.Call:
    """Return a call."""
    return cpp.Call(function, arguments)


def fixed(type_: str, variable: cpp.Variable, value: cpp.Expression) -> cpp.Declare:
    """Declare a constant that need not be used."""
    return cpp.Declare(type_, variable.name, value, is_constant=True, may_be_unused=True)


def constant(type_: str, variable: cpp.Variable, value: cpp.Expression) -> cpp.Declare:
    """Declare a constant."""
    return cpp.Declare(type_, variable.name, value, is_constant=True)


def element(array: cpp.Expression, index: int | cpp.Expression) -> cpp.Element:
    """Return an element of an array."""
    return cpp.Element(array, whole(index) if isinstance(index, int) else index)


def key_of(entry: cpp.Expression) -> cpp.Member:
    """Return the key of a history entry, which is odd for a spike."""
    return cpp.Member(entry, "key")


def step_of(entry: cpp.Expression) -> cpp.Binary:
    """Return the step of a history entry."""
    return cpp.Binary(">>", key_of(entry), whole(1))


def time_of(step: cpp.Expression) -> cpp.Call:
    """Return the time of a step in ms."""
    return call("nj_time", step, STEP)


def counting(type_: str, name: str, end: cpp.Expression, body: Iterable[cpp.Statement]) -> cpp.For:
    """Return a loop from 0 to `end`, exclusive."""
    return cpp.For(
        cpp.Declare(type_, name, whole(0)),
        cpp.less(cpp.Variable(name), end),
        cpp.Assign(cpp.Variable(name), whole(1), "+="),
        tuple(body),
    )


def function(name: str, parameters: Iterable[cpp.Declare], body: Iterable[cpp.Statement]) -> cpp.Function:
    """Return a function of a delivery."""
    return cpp.Function("void", name, tuple(parameters), tuple(body))


DELIVERY = cpp.Declare("const NjDelivery*", "d")
RUN = cpp.Declare("const NjRun*", "run")
