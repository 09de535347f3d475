"""Loops over lanes as text: what each loads, stores, and hands on to a later one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.codegen.cpp.expressions import variable
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Segment
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.model.names import identifier

_WORD = re.compile(r"[A-Za-z_]\w*")

PART = 8
"""Lanes that fused steps treat at once: a vector, or two."""

_PARTS = ((5, 4), (8, 2))
"""Up to how many columns that change how many parts are advanced side by side; otherwise it is one."""


def side_by_side(changing: int) -> int:
    """Return how many lanes are advanced together over several steps.

    They are enough to hide latencies, and few enough for what changes to fit into the registers.
    """
    return PART * next((parts for columns, parts in _PARTS if changing <= columns), 1)


@dataclass(frozen=True)
class LoopText:
    """A loop over lanes as the template prints it.

    `raised` are the flags that it may raise; `effects` are what happens afterwards in lanes where a bit is
    set in `events`.
    """

    head: str
    raised: tuple[str, ...]
    lines: tuple[str, ...]
    effects: tuple[str, ...] = ()
    events: str = ""


class LoopWriter:
    """Turns the segments of a body into text.

    Parameters
    ----------
    body
        The loops.
    types
        Types of the variables that live in columns.
    """

    def __init__(self, body: Body, types: Mapping[str, str]) -> None:
        self.body = body
        self.segments = [item for item in body.segments if item.lines]
        self.types = types
        self.carried = self._carried()

    @property
    def stored(self) -> frozenset[str]:
        """Columns that some loop stores."""
        stored = {name for item in self.segments for name in item.stored}
        return frozenset(
            stored | {name for item in self.segments for name in item.direct if item.direct[name]}
        )

    @property
    def columns(self) -> frozenset[str]:
        """Columns that some loop needs."""
        used = {name for item in self.segments for name in (*item.loaded, *item.stored, *item.direct)}
        return frozenset(used - {name for item in self.segments for name in item.defined})

    @property
    def arrays(self) -> tuple[str, ...]:
        """Declarations of the arrays that carry values from loop to loop."""
        found = [f"{_storage(type_)} {name}_of[NJ_TILE]" for name, type_ in self.carried.items()]
        return tuple(
            self.body.arrays
            + found
            + [f"int64_t {flag}_of[NJ_TILE]" for item in self.segments for flag in _raised(item)]
        )

    @property
    def fused(self) -> LoopText | None:
        """The step as one vector loop that can be repeated within a few lanes, None if it is no such loop."""
        if len(self.segments) != 1 or self.body.arrays:
            return None
        (item,) = self.segments
        if item.kind != "vector" or item.raised:
            return None
        if {"tile", "block"} & _words(item):
            return None
        return LoopText("", (), tuple(self._lines(item)), tuple(_effects(item, "code")), item.events)

    @property
    def tables(self) -> tuple[str, ...]:
        """Declarations of the tables of columns that indices look up."""
        found = []
        for name, size in self.body.tables.items():
            members = [f"{name}[{index}]" for index in range(size)]
            type_ = storage(self.types.get(members[0], "real"))
            kind = f"{type_}*" if set(members) <= self.stored else f"const {type_}*"
            columns = ", ".join(f"c_{identifier(member)}" for member in members)
            found.append(f"{kind} const at_{identifier(name)}[{size}] = {{ {columns} }};")
        return tuple(found)

    def texts(self) -> tuple[LoopText, ...]:
        """Return all loops."""
        return tuple(text for item in self.segments for text in (self._text(item), *_late(item)))

    def _carried(self) -> dict[str, str]:
        """Names and types of C++ variables that a later loop than their own reads."""
        found: dict[str, str] = {}
        for number, item in enumerate(self.segments):
            later = [word for other in self.segments[number + 1 :] for word in _words(other)]
            known = set(later)
            names = {variable(name): "double" for name in item.defined} | item.declared
            found.update({name: type_ for name, type_ in names.items() if name in known})
        return found

    def _text(self, item: Segment) -> LoopText:
        if item.kind == "plain":
            return LoopText(_head(item), (), tuple(item.lines))
        lines = _guarded(item) + self._lines(item)
        if item.events:
            lines += [f"{item.events}_of[l] = {item.events};", f"{item.events}_any |= {item.events};"]
        return LoopText(_head(item), _raised(item), tuple(lines))

    def _lines(self, item: Segment) -> list[str]:
        """Return what the loop does with lane `l`."""
        own = {variable(name) for name in item.defined} | set(item.declared)
        lines = [f"int64_t {item.events} = 0;"] if item.events else []
        lines += [self._load(name) for name in item.loaded if variable(name) not in self.carried]
        words = _words(item)
        for name, type_ in self.carried.items():
            if name in words and name not in own:
                lines.append(f"[[maybe_unused]] {type_} {name} = {name}_of[l]{_test(type_)};")
        lines += item.lines
        lines += [f"c_{identifier(name)}[l] = {variable(name)};" for name in item.stored]
        for name in self.carried:
            if name in own or _assigns(item, name):
                lines.append(f"{name}_of[l] = {name};")
        return lines

    def _load(self, name: str) -> str:
        source = f"c_{identifier(name)}[l]"
        if self.types.get(name) == "boolean":
            return f"[[maybe_unused]] bool {variable(name)} = {source} != 0.0;"
        return f"[[maybe_unused]] {storage(self.types.get(name, 'real'))} {variable(name)} = {source};"


def _words(item: Segment) -> set[str]:
    return {word for line in item.lines for word in _WORD.findall(line)}


def _assigns(item: Segment, name: str) -> bool:
    return any(re.search(rf"\b{name} = ", line) for line in item.lines)


def _storage(type_: str) -> str:
    return "int64_t" if type_ == "bool" else type_


def _test(type_: str) -> str:
    return " != 0" if type_ == "bool" else ""


def _raised(item: Segment) -> tuple[str, ...]:
    """Names of the flags and codes that a loop leaves behind for each lane."""
    return (*item.raised, item.events) if item.events else tuple(item.raised)


def _effects(item: Segment, code: str) -> list[str]:
    """Return what happens in a lane after a loop, depending on the bits of a code."""
    found = []
    for number, lines in enumerate(item.deferred):
        found += [f"if ({code} & {1 << number}) {{", *(f"  {line}" for line in lines), "}"]
    return found


def _late(item: Segment) -> list[LoopText]:
    """Return the loop over the lanes in which something happens after a loop."""
    if not item.events:
        return []
    code = f"{item.events}_of[l]"
    head = f"for (uint32_t l = 0; {item.events}_any && l < NJ_TILE; ++l)"
    return [LoopText(head, (), (f"if (!{code}) {{ continue; }}", *_effects(item, code)))]


def _guarded(item: Segment) -> list[str]:
    return [f"if (!{item.flag}_of[l]) {{ continue; }}"] if item.kind == "rare" else []


def _head(item: Segment) -> str:
    guard = f"{item.flag}_any && " if item.flag else ""
    if item.kind == "plain":
        return f"if ({item.flag}_any)" if item.flag else ""
    head = f"for (uint32_t l = 0; {guard}l < NJ_TILE; ++l)"
    if item.kind != "vector":
        return head
    head = "for (uint32_t l = 0; l < NJ_TILE; ++l)"
    clause = "".join(f" reduction(|:{flag}_any)" for flag in _raised(item))
    loop = f"#pragma omp simd{clause}\n    {head}"
    return f"if ({item.flag}_any)\n    {loop}" if item.flag else loop
