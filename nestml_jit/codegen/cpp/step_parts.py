"""The declarations for the loops of a step: pointers to columns, to the ring of inputs and to signals.

A kernel goes through steps in one of two ways. *Stepwise*, all lanes of a tile do a step before the next one.
*Fused*, a group of lanes goes through several steps with its columns in local arrays (`loops.py` says when).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.loops import PART, TILE, FusedLoop, LoopWriter, side_by_side
from nestml_jit.codegen.cpp.places import LAG, LANE, at_lane
from nestml_jit.codegen.model.names import identifier

Code = tuple[cpp.Statement, ...]

ALIGNMENT = 64
GROUP = cpp.Variable("group")
FIRST = cpp.Variable("first")
FIRST_LANE = cpp.path("tile", "first_lane")
_STRIDE = cpp.path("block", "lane_stride")


@dataclass(frozen=True)
class TileColumn:
    """A column of a tile: a variable's name, its position, its C++ type, and whether it is only read."""

    name: str
    index: int
    type: str
    is_read: bool

    def pointer(
        self, prefix: str, offset: cpp.Expression | None = None, is_restrict: bool = False
    ) -> cpp.Declare:
        """Declare a pointer to the values, from the lane `offset` on."""
        place: cpp.Expression = cpp.Element(cpp.path("tile", "column"), cpp.Integer(self.index))
        if self.type != "double":
            place = cpp.Cast(f"{self.type}*", place, "reinterpret_cast")
        return cpp.Declare(
            f"const {self.type}*" if self.is_read else f"{self.type}*",
            f"{prefix}_{identifier(self.name)}",
            place if offset is None else cpp.plus(place, offset),
            is_constant=True,
            is_restrict=is_restrict,
        )

    @property
    def copy(self) -> str:
        """The array with the values of a group of lanes, called like the column elsewhere."""
        return f"c_{identifier(self.name)}"

    @property
    def origin(self) -> str:
        """The pointer to these values in memory."""
        return f"column_{identifier(self.name)}"


@dataclass(frozen=True)
class Stepwise:
    """All lanes of a tile, step by step: declarations for all steps and for each step, and its loops."""

    before: Code
    each: Code
    loops: Code


@dataclass(frozen=True)
class FusedStep:
    """Groups of lanes, each through several steps.

    Attributes
    ----------
    group, part
        Numbers of lanes in a group and in one of its parts, which go through a step side by side.
    pointers, load, store
        Declare columns and copies of them; fill the copies; write them back.
    before, each
        Declarations for all steps, and for each step.
    once, once_each
        The same for a single step of all lanes, in the columns themselves.
    all_inactive
        Finds out whether all channels are without input in the slice.
    fetch
        Fetches the part of the ring that a later tile needs.
    body
        Statements of lane `l`.
    more_parts
        Calls for the parts of a group after the first one.
    effects
        Effects afterwards in a lane, depending on the bits of `code`; empty if there are no effects.
    """

    group: int
    part: int
    pointers: Code
    load: Code
    store: Code
    before: Code
    each: Code
    once: Code
    once_each: Code
    all_inactive: Code
    fetch: Code
    body: Code
    more_parts: Code
    effects: Code


@dataclass(frozen=True)
class StepParts:
    """Writes both ways.

    Attributes
    ----------
    columns
        Columns of the tile that the loops use.
    channels
        Channels of the ring of inputs.
    signals
        Number of variables that are kept for synapses.
    """

    columns: Sequence[TileColumn]
    channels: Sequence[int]
    signals: int

    def stepwise(self, loops: LoopWriter) -> Stepwise:
        """Return the step as a list of loops."""
        arrays = tuple(replace(array, alignment=ALIGNMENT) for array in loops.arrays)
        before = (*self._in_place(), *loops.tables, *arrays, *self._unread(TILE), *self._inactive(TILE))
        return Stepwise(before, (*self._signals(None), *self._rows()), loops.loops)

    def fused(self, loop: FusedLoop, changing: int) -> FusedStep:
        """Return the step as one loop, with `changing` columns that it changes."""
        group = side_by_side(changing)
        copies = (
            cpp.Declare(column.type, column.copy, sizes=(GROUP,), alignment=ALIGNMENT)
            for column in self.columns
        )
        code = cpp.Variable("code")
        noted = (cpp.Assign(cpp.Element(code, LANE), cpp.Variable(loop.events)),) if loop.events else ()
        starts = (cpp.Integer(start) for start in range(PART, group, PART))
        return FusedStep(
            group=group,
            part=PART,
            pointers=(*(column.pointer("column", FIRST) for column in self.columns), *copies),
            load=tuple(cpp.Assign(at_lane(c.copy), at_lane(c.origin)) for c in self.columns),
            store=tuple(
                cpp.Assign(at_lane(c.origin), at_lane(c.copy)) for c in self.columns if not c.is_read
            ),
            before=(*self._unread(GROUP), *self._inactive(GROUP)),
            each=(*self._signals(FIRST), *self._rows(), *(_code(code) if loop.events else ())),
            once=(*self._in_place(), *self._unread(TILE), *self._inactive(TILE)),
            once_each=(*self._signals(None), *self._rows()),
            all_inactive=tuple(map(_is_inactive_too, self.channels)),
            fetch=tuple(map(_fetch, self.channels)),
            body=(*loop.body, *noted),
            more_parts=tuple(cpp.Evaluate(cpp.Call("advance_part", (start,))) for start in starts),
            effects=loop.effects,
        )

    def _in_place(self) -> Code:
        """Declare the columns of the whole tile, called like copies elsewhere."""
        return tuple(column.pointer("c", is_restrict=True) for column in self.columns)

    # --- signals, which synapses read -----------------------------------------------------------

    def _unread(self, lanes: cpp.Expression) -> Code:
        """Declare what takes signals that no synapse reads."""
        return tuple(
            cpp.Declare("double", f"unread_{index}", sizes=(lanes,), alignment=ALIGNMENT)
            for index in range(self.signals)
        )

    def _signals(self, offset: cpp.Expression | None) -> Code:
        """Declare the places where the values of the step are kept."""
        steps = cpp.plus(cpp.Cast("uint64_t", cpp.path("block", "origin")), LAG, cpp.Integer(1))
        slot = cpp.Binary("&", steps, cpp.minus(cpp.path("block", "signal_steps"), cpp.Integer(1)))
        declared = []
        for index in range(self.signals):
            row = cpp.plus(cpp.product(slot, cpp.Integer(self.signals)), cpp.Integer(index))
            place = cpp.plus(cpp.path("block", "signal"), cpp.product(row, _STRIDE), FIRST_LANE)
            place = place if offset is None else cpp.plus(place, offset)
            kept = cpp.Ternary(cpp.path("block", "signal"), place, cpp.Variable(f"unread_{index}"))
            declared.append(cpp.Declare("double*", f"g_{index}", kept, is_constant=True, is_restrict=True))
        return tuple(declared)

    # --- channels of the ring -------------------------------------------------------------------

    def _inactive(self, lanes: cpp.Expression) -> Code:
        """Declare for each channel the row that replaces its own if it has no input in the slice."""
        declared: list[cpp.Statement] = []
        inactive = cpp.path("block", "inactive")
        for channel in self.channels:
            is_inactive = cpp.both(inactive, cpp.Element(inactive, cpp.Integer(channel)))
            declared += [
                cpp.Declare("double", f"zeros_{channel}", cpp.Aggregate(), (lanes,), alignment=ALIGNMENT),
                cpp.Declare(
                    "bool", f"is_inactive_{channel}", is_inactive, is_constant=True, may_be_unused=True
                ),
            ]
        return tuple(declared)

    def _rows(self) -> Code:
        """Declare for each channel its row of the step."""
        declared = []
        for channel in self.channels:
            start = cpp.product(cpp.Integer(channel), cpp.path("block", "channel_stride"))
            row = cpp.Ternary(
                cpp.Variable(f"is_inactive_{channel}"),
                cpp.Variable(f"zeros_{channel}"),
                cpp.plus(cpp.Variable("slot"), start),
            )
            declared.append(
                cpp.Declare(
                    "double*", _row(channel), row, is_constant=True, is_restrict=True, may_be_unused=True
                )
            )
        return tuple(declared)


def _row(channel: int) -> str:
    return f"r_{channel}"


def _is_inactive_too(channel: int) -> cpp.Statement:
    inactive = cpp.Variable("inactive")
    here = cpp.Element(cpp.path("block", "inactive"), cpp.Integer(channel))
    return cpp.Assign(inactive, cpp.both(inactive, here))


def _fetch(channel: int) -> cpp.Statement:
    """Fetch a channel's row of the next tile, unless nothing arrives."""
    place = cpp.plus(cpp.Variable(_row(channel)), TILE, cpp.Variable("part"))
    return cpp.when(
        cpp.negation(cpp.Variable("inactive")), [cpp.Evaluate(cpp.Call("__builtin_prefetch", (place,)))]
    )


def _code(code: cpp.Variable) -> Code:
    """Declare the place where the effects of the step are noted."""
    step = cpp.Element(cpp.Variable("events"), cpp.minus(LAG, cpp.Variable("from")))
    place = cpp.plus(step, FIRST)
    return (cpp.Declare("int64_t*", code.name, place, is_constant=True, is_restrict=True),)
