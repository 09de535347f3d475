"""Loops over lanes as text: what each loads, stores, and hands on to a later one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.codegen.cpp import identifier, variable
from nestml_jit.codegen.lanes import Body
from nestml_jit.codegen.loop_parts import Segment

_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class LoopText:
    """A loop over lanes as the template prints it; `raised` are the flags that it may raise."""

    head: str
    raised: tuple[str, ...]
    lines: tuple[str, ...]


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
            + [f"int64_t {flag}_of[NJ_TILE]" for item in self.segments for flag in item.raised]
        )

    @property
    def tables(self) -> tuple[str, ...]:
        """Declarations of the tables of columns that indices look up."""
        found = []
        for name, size in self.body.tables.items():
            members = [f"{name}[{index}]" for index in range(size)]
            kind = "double*" if set(members) & self.stored else "const double*"
            columns = ", ".join(f"c_{identifier(member)}" for member in members)
            found.append(f"{kind} const at_{identifier(name)}[{size}] = {{ {columns} }};")
        return tuple(found)

    def texts(self) -> tuple[LoopText, ...]:
        """Return all loops."""
        return tuple(self._text(item) for item in self.segments)

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
        own = {variable(name) for name in item.defined} | set(item.declared)
        if item.kind == "plain":
            return LoopText(_head(item), (), tuple(item.lines))
        lines = [self._load(name) for name in item.loaded if variable(name) not in self.carried]
        words = _words(item)
        for name, type_ in self.carried.items():
            if name in words and name not in own:
                lines.append(f"[[maybe_unused]] {type_} {name} = {name}_of[l]{_test(type_)};")
        lines += item.lines
        lines += [f"c_{identifier(name)}[l] = {variable(name)};" for name in item.stored]
        for name in self.carried:
            if name in own or _assigns(item, name):
                lines.append(f"{name}_of[l] = {name};")
        return LoopText(_head(item), tuple(item.raised), tuple(_guarded(item) + lines))

    def _load(self, name: str) -> str:
        source = f"c_{identifier(name)}[l]"
        if self.types.get(name) == "boolean":
            return f"[[maybe_unused]] bool {variable(name)} = {source} != 0.0;"
        return f"[[maybe_unused]] double {variable(name)} = {source};"


def _words(item: Segment) -> set[str]:
    return {word for line in item.lines for word in _WORD.findall(line)}


def _assigns(item: Segment, name: str) -> bool:
    return any(re.search(rf"\b{name} = ", line) for line in item.lines)


def _storage(type_: str) -> str:
    return "int64_t" if type_ == "bool" else type_


def _test(type_: str) -> str:
    return " != 0" if type_ == "bool" else ""


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
    clause = "".join(f" reduction(|:{flag}_any)" for flag in item.raised)
    loop = f"#pragma omp simd{clause}\n    {head}"
    return f"if ({item.flag}_any)\n    {loop}" if item.flag else loop
