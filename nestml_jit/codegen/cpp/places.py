"""Expressions that code in loops over the lanes of a tile has in common."""

from __future__ import annotations

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.model.names import identifier

BLOCK, TILE, LAG, STEP = (cpp.Variable(name) for name in ("block", "tile", "lag", "h"))
LANE = cpp.Variable("l")
"""The lane of a tile that a loop is at."""

COMPUTED = cpp.Variable("computed")
"""How many lanes of a tile a step computes: those in use, and padding that fills the last SIMD batch."""

LANE_OF_BLOCK = cpp.plus(cpp.path("tile", "first_lane"), LANE)
ORIGIN = cpp.path("block", "origin")
IS_NEURON = cpp.less(LANE, cpp.path("tile", "lanes"))
"""Whether the lane belongs to a neuron: the last tile of a block may have more lanes than neurons."""


def at_lane(array: str) -> cpp.Expression:
    """Return the value of an array or column in the lane that a loop is at."""
    return at_lane_of(cpp.Variable(array))


def at_lane_of(array: cpp.Expression) -> cpp.Expression:
    """Return the value of an array, wherever it is, in the lane that a loop is at."""
    return cpp.Element(array, LANE)


def column(name: str) -> cpp.Expression:
    """Return a variable's value in its column."""
    return at_lane(f"c_{identifier(name)}")


def internal(name: str) -> cpp.Expression:
    """Return the value of an internal in its column."""
    return at_lane(f"i_{identifier(name)}")


def from_slot(slot: cpp.Expression, type_: str | None) -> cpp.Expression:
    """Return the value that a slot of 64 bits holds: a double, or an integer in the bits of one."""
    return cpp.Call("nj_bits", (slot,)) if type_ == "integer" else slot


def in_slot(value: cpp.Expression, type_: str | None) -> cpp.Expression:
    """Return the slot for a value."""
    return cpp.Call("nj_slot", (value,)) if type_ == "integer" else value


def used_at(step: cpp.Expression) -> cpp.Expression:
    """Return the place where a lane looks up elements or prints, at the time of a step."""
    return cpp.Call("nj_use", (BLOCK, TILE, LANE, step))


def failure(message: str) -> cpp.Statement:
    """Return the statement that reports a lane where something went wrong."""
    arguments = (cpp.path("block", "host"), LANE_OF_BLOCK, LAG, cpp.Characters(message))
    return cpp.when(IS_NEURON, [cpp.Evaluate(cpp.MethodCall(BLOCK, "fail", arguments))])
