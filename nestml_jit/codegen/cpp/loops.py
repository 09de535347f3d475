"""The loops over the lanes of a tile: the columns that each loads and stores, and the values it hands on.

A local variable of one loop that a later loop reads is *carried*: it travels in an array with a value for
each lane. With the statements::

    x real = 2 * V_m        # vector loop:  l_x = 2 * v_V_m; l_x_of[l] = l_x;
    println("{x}")          # scalar loop:  l_x = l_x_of[l]; ...

Flags travel in the same way: `f_of[l]` says whether lane `l` raised `f`, and `f_any` whether any lane did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import value_of, variable
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Segment
from nestml_jit.codegen.cpp.places import COMPUTED, at_lane, column
from nestml_jit.codegen.cpp.queries import assigns, uses
from nestml_jit.codegen.model.integers import local_storage, storage
from nestml_jit.codegen.model.names import element, identifier

PART = 8
"""Lanes that fused steps treat at once: a vector, or two."""

_PARTS = ((5, 4), (8, 2))
"""Up to how many columns that change how many parts are advanced side by side; otherwise it is one."""

TILE = cpp.Variable("NJ_TILE")
ZERO = cpp.Integer(0)
PER_TILE = frozenset({"tile", "block"})
"""Variables that loops within a few lanes must not use."""


def side_by_side(changing: int) -> int:
    """Return how many lanes are advanced together over several steps.

    They are enough to hide latencies, and few enough for the changing columns to fit into the registers.
    """
    return PART * next((parts for columns, parts in _PARTS if changing <= columns), 1)


@dataclass(frozen=True)
class FusedLoop:
    """The statements of lane `l` in a step, where a few lanes go through several steps.

    `effects` run afterwards in lanes where a bit is set in the variable `events`.
    """

    body: tuple[cpp.Statement, ...]
    effects: tuple[cpp.Statement, ...] = ()
    events: str = ""


class LoopWriter:
    """Turns the segments of a body into loops.

    Parameters
    ----------
    body
        The loops.
    types
        Types of the variables that live in columns.

    Attributes
    ----------
    carried
        C++ variables that a later loop than their own uses, and their types.
    """

    def __init__(self, body: Body, types: Mapping[str, str]) -> None:
        self.body = body
        self.segments = [item for item in body.segments if item.statements]
        self.types = types
        self.carried = self._carried()

    @cached_property
    def stored(self) -> frozenset[str]:
        """Columns that some loop stores."""
        stored = {name for item in self.segments for name in item.stored}
        return frozenset(
            stored | {name for item in self.segments for name in item.direct if item.direct[name]}
        )

    @cached_property
    def columns(self) -> frozenset[str]:
        """Columns that some loop needs."""
        used = {name for item in self.segments for name in (*item.loaded, *item.stored, *item.direct)}
        return frozenset(used - {name for item in self.segments for name in item.defined})

    @property
    def arrays(self) -> tuple[cpp.Declare, ...]:
        """Arrays that carry values from loop to loop."""
        carried = [per_lane(_carrier(type_), f"{name}_of") for name, type_ in self.carried.items()]
        flags = [per_lane("int64_t", f"{flag}_of") for item in self.segments for flag in _raised(item)]
        return (*self.body.arrays, *carried, *flags)

    @cached_property
    def fused(self) -> FusedLoop | None:
        """The step as one vector loop that can be repeated within a few lanes, None if there is no such loop.

        There is one if the step has a single segment without flags, arrays, or variables of the whole tile.
        """
        if len(self.segments) != 1 or self.body.arrays:
            return None
        (item,) = self.segments
        if item.kind != "vector" or item.raised or uses(item.statements) & PER_TILE:
            return None
        return FusedLoop(self._statements(item), _effects(item, cpp.Variable("code")), item.events)

    @property
    def tables(self) -> tuple[cpp.Declare, ...]:
        """Tables of the columns that indices look up."""
        found = []
        for name, size in self.body.tables.items():
            members = [element(name, index) for index in range(size)]
            type_ = storage(self.types.get(members[0], "real"))
            pointer = f"{type_}*" if set(members) <= self.stored else f"const {type_}*"
            columns = cpp.Aggregate(tuple(cpp.Variable(f"c_{identifier(member)}") for member in members))
            table = f"at_{identifier(name)}"
            found.append(cpp.Declare(pointer, table, columns, (cpp.Integer(size),), is_constant=True))
        return tuple(found)

    @property
    def loops(self) -> tuple[cpp.Statement, ...]:
        """All loops of a step, with the flags that they may raise; random numbers are drawn in front."""
        loops = (part for item in self.segments for part in (*self._loop(item), *_late(item)))
        return (*self.body.drawn.statements, *loops)

    def _carried(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for number, item in enumerate(self.segments):
            later = uses(part for other in self.segments[number + 1 :] for part in other.statements)
            names = {variable(name): "double" for name in item.defined} | item.declared
            found.update({name: type_ for name, type_ in names.items() if name in later})
        return found

    def _loop(self, item: Segment) -> Sequence[cpp.Statement]:
        if item.kind == "plain":
            statements = tuple(item.statements)
            return [cpp.when(_any(item.flag), statements) if item.flag else cpp.Block(statements)]
        body = self._statements(item)
        if item.kind == "rare":
            skip = cpp.when(cpp.negation(at_lane(f"{item.flag}_of")), [cpp.Continue()])
            body = (skip, *body)
        if item.events:
            events = cpp.Variable(item.events)
            body += (
                cpp.Assign(at_lane(f"{item.events}_of"), events),
                cpp.Assign(_any(item.events), events, "|="),
            )
        flags = [cpp.Declare("int64_t", f"{flag}_any", ZERO) for flag in _raised(item)]
        is_vector = item.kind == "vector"
        collected = tuple(flag.name for flag in flags) if is_vector else ()
        guard = _any(item.flag) if item.flag else None
        return [*flags, cpp.Lanes(body, ZERO, COMPUTED, is_vector=is_vector, flags=collected, guard=guard)]

    def _statements(self, item: Segment) -> tuple[cpp.Statement, ...]:
        """Return the statements of the loop for lane `l`."""
        own = {variable(name) for name in item.defined} | set(item.declared)
        used, assigned = uses(item.statements), assigns(item.statements)
        statements: list[cpp.Statement] = []
        if item.events:
            statements.append(cpp.Declare("int64_t", item.events, ZERO))
        statements += [self._load(name) for name in item.loaded if variable(name) not in self.carried]
        for name, type_ in self.carried.items():
            if name in used and name not in own:
                statements.append(_taken_over(name, type_))
        statements += item.statements
        for name in item.stored:
            statements.append(cpp.Assign(column(name), value_of(name)))
        for name in self.carried:
            if name in own or name in assigned:
                statements.append(cpp.Assign(at_lane(f"{name}_of"), cpp.Variable(name)))
        return tuple(statements)

    def _load(self, name: str) -> cpp.Declare:
        type_ = self.types.get(name, "real")
        place = column(name)
        value = cpp.Binary("!=", place, cpp.Real(0)) if type_ == "boolean" else place
        return cpp.Declare(local_storage(type_), variable(name), value, may_be_unused=True)


def per_lane(type_: str, name: str) -> cpp.Declare:
    """Declare an array with a value for each lane."""
    return cpp.Declare(type_, name, sizes=(TILE,))


def _carrier(type_: str) -> str:
    """Return the type of the elements of an array that carries values of a type."""
    return "int64_t" if type_ == "bool" else type_


def _taken_over(name: str, type_: str) -> cpp.Declare:
    """Declare a variable with the value that an earlier loop left behind."""
    place = at_lane(f"{name}_of")
    value = cpp.Binary("!=", place, ZERO) if type_ == "bool" else place
    return cpp.Declare(type_, name, value, may_be_unused=True)


def _any(flag: str) -> cpp.Variable:
    return cpp.Variable(f"{flag}_any")


def _raised(item: Segment) -> tuple[str, ...]:
    """Return the names of the flags and codes that a loop leaves behind for each lane."""
    return (*item.raised, item.events) if item.events else tuple(item.raised)


def _effects(item: Segment, code: cpp.Expression) -> tuple[cpp.Statement, ...]:
    """Return the effects in a lane after a loop, depending on the bits of a code."""
    bits = (cpp.Binary("&", code, cpp.Integer(1 << number)) for number in range(len(item.deferred)))
    return tuple(cpp.when(bit, part) for bit, part in zip(bits, item.deferred, strict=True))


def _late(item: Segment) -> list[cpp.Statement]:
    """Return the loop over the lanes that have effects after a loop."""
    if not item.events:
        return []
    code = at_lane(f"{item.events}_of")
    body = (cpp.when(cpp.negation(code), [cpp.Continue()]), *_effects(item, code))
    return [cpp.Lanes(body, ZERO, COMPUTED, is_vector=False, guard=_any(item.events))]
