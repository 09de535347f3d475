"""The texts of support/ that a kernel includes: those that its code calls, and those that these need.

The writer of a call notes its header in a set (`uses`). Headers do not depend on the text of the code, nor on
properties of the model that usually go with a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.dsl.tree import Call, Name
from nestml_jit.functions import BUILTINS, HEADERS
from nestml_jit.solvers import METHODS

NEEDS: Mapping[str, tuple[str, ...]] = {
    "interrupt.h": (),
    "fma.h": (),
    "arithmetic.h": (),
    "exponential.h": ("arithmetic.h",),
    **HEADERS,
    "quotients.h": ("exp.h", "log.h", "trigonometric.h", "hyperbolic.h"),
    "index.h": (),
    "integer.h": (),
    "division.h": ("index.h", "integer.h"),
    "random.h": (),
    "draws.h": ("exp.h", "log.h", "trigonometric.h"),
    "text.h": (),
    "past.h": (),
    "delayed.h": (),
    "calls.h": ("index.h",),
    "solver.h": ("arithmetic.h", "exp.h", "log.h"),
    **{method.header: method.needs for method in METHODS.values()},
    "gap_junctions.h": ("solver.h",),
    "history.h": (),
    "delivery.h": ("arithmetic.h",),
    "batch.h": ("exp.h", "history.h", "delivery.h"),
    "events.h": ("delivery.h",),
    "stream.h": ("random.h",),
}
"""The headers that each header needs, in the order in which kernels include them."""

STANDARD: Mapping[str, tuple[str, ...]] = {"text.h": ("cstdio", "string"), "delayed.h": ("vector",)}
"""Headers of C++ that a header needs besides those that every kernel includes."""

PRINTS = "cstdio"
"""The header of C++ that printing needs."""

VECTOR: Mapping[str, tuple[str, str]] = {
    name: item.vector for name, item in BUILTINS.items() if item.vector is not None
}
"""Functions that the compiler can vectorise, by their names in NESTML, and the headers that have them."""


class VectorFunctions:
    """The hook of a translator for calls of functions that the compiler can vectorise.

    Attributes
    ----------
    uses
        Takes the names of the headers that have them.
    """

    def __init__(self, uses: set[str]) -> None:
        self.uses = uses

    def __call__(
        self, node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        """Return a call, None if the function has no vector form."""
        if node.name not in VECTOR:
            return None
        function, header = VECTOR[node.name]
        self.uses.add(header)
        return cpp.Call(function, tuple(arguments))


def included(uses: Iterable[str]) -> tuple[str, ...]:
    """Return the headers of support/ that code with these uses needs, in order."""
    todo, found = [name for name in uses if name in NEEDS], {"arithmetic.h", "fma.h", "interrupt.h"}
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += NEEDS[name]
    return tuple(name for name in NEEDS if name in found)


def standard(uses: Iterable[str]) -> tuple[str, ...]:
    """Return the headers of C++ that code with these uses needs besides those of every kernel."""
    names = tuple(uses)
    more = {name for header in included(names) for name in STANDARD.get(header, ())}
    return tuple(sorted(more | ({PRINTS} & set(names))))
