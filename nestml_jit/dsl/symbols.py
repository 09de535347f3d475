"""The names of a model, and the symbols that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.predefined import VARIABLES
from nestml_jit.dsl.span import Span
from nestml_jit.dsl.types import ERROR, PER_SECOND, REAL, Kind, kind_of
from nestml_jit.dsl.units import UnknownUnit

Role = Literal["state", "parameter", "internal", "inline", "kernel", "port", "local", "formal", "predefined"]
"""The kind of declaration of a name."""


@dataclass(frozen=True)
class Symbol:
    """One declared name.

    Attributes
    ----------
    role
        The kind of its declaration.
    node
        The declaration; None for predefined variables.
    """

    name: str
    role: Role
    kind: Kind
    node: ast.Node | None = None
    vector: bool = False

    @property
    def span(self) -> Span:
        """The place where the name is declared."""
        return self.node.name_span if self.node else Span()


_BLOCKS: tuple[tuple[str, Role], ...] = (
    ("state", "state"),
    ("parameters", "parameter"),
    ("internals", "internal"),
)


def safe_kind(declared: ast.Type | None) -> Kind:
    """Return a declared type, or ERROR if its unit is unknown."""
    if declared is None:
        return ERROR
    if declared == ast.BasicType("void"):
        return ERROR
    try:
        return kind_of(declared)
    except UnknownUnit:
        return ERROR


def declared_symbol(item: ast.Declaration, role: Role) -> Symbol:
    """Return the symbol of a declaration."""
    return Symbol(item.name, role, safe_kind(item.type), item, item.size is not None)


def model_symbols(model: ast.Model) -> Iterator[Symbol]:
    """Yield the symbols of a model, in the order of the text; a name may come twice.

    Derivatives (`x'`) and kernels in the form of equations are not names of their own.
    """
    for block, role in _BLOCKS:
        for item in getattr(model, block):
            if item.order == 0:
                yield declared_symbol(item, role)
    for equation in model.equations:
        if isinstance(equation, ast.Inline):
            yield Symbol(equation.name, "inline", safe_kind(equation.type), equation)
        elif isinstance(equation, ast.Kernel) and equation.equations[0].order == 0:
            yield Symbol(equation.equations[0].name, "kernel", REAL, equation.equations[0])
    for port in model.inputs:
        kind = PER_SECOND if port.signal == "spike" else safe_kind(port.type)
        yield Symbol(port.name, "port", kind, port, port.size is not None)


PREDEFINED = {name: Symbol(name, "predefined", kind) for name, kind in VARIABLES.items()}


def symbol_table(model: ast.Model) -> dict[str, Symbol]:
    """Return the symbol of each name of a model; the first declaration counts.

    Derivatives have their primes in the name.
    """
    table: dict[str, Symbol] = dict(PREDEFINED)
    for symbol in model_symbols(model):
        table.setdefault(symbol.name, symbol)
    for item in model.state:
        if item.order:
            key = item.name + "'" * item.order
            table.setdefault(key, replace(declared_symbol(item, "state"), name=key))
    return table


def kernel_names(model: ast.Model) -> frozenset[str]:
    """Return the names of all kernels and of the variables of their equations."""
    return frozenset(
        ode.name for item in model.equations if isinstance(item, ast.Kernel) for ode in item.equations
    )


class Scope:
    """Names as seen from one place in a body: those of enclosing blocks, then those of the model."""

    def __init__(self, table: dict[str, Symbol], parent: Scope | None = None) -> None:
        self._table = table
        self._parent = parent
        self.local: dict[str, Symbol] = {}

    def inner(self) -> Scope:
        """Return the scope of a block within this one."""
        return Scope(self._table, self)

    def snapshot(self) -> Scope:
        """Return the scope as it is now, without later declarations."""
        copy = Scope(self._table, self._parent)
        copy.local = dict(self.local)
        return copy

    def add(self, symbols: Iterable[Symbol]) -> None:
        """Declare local names."""
        self.local.update({symbol.name: symbol for symbol in symbols})

    def find_local(self, name: str) -> Symbol | None:
        """Return the symbol of a name that was declared in this body, or None."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.local:
                return scope.local[name]
            scope = scope._parent
        return None

    def find(self, name: str) -> Symbol | None:
        """Return the symbol of a name here, or None."""
        return self.find_local(name) or self._table.get(name)
