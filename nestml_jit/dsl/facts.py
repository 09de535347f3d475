"""Facts about a model that the checks need, each computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal, NamedTuple

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.elaborate import Elaboration, elaborate
from nestml_jit.dsl.symbols import Scope, Symbol, kernel_names
from nestml_jit.errors import Diagnostic

PlaceKind = Literal[
    "state",
    "parameters",
    "internals",
    "equations",
    "kernel",
    "input",
    "update",
    "onReceive",
    "onCondition",
    "function",
]
"""The place where an expression or a statement stands."""

BLOCKS: tuple[PlaceKind, ...] = ("state", "parameters", "internals")


class Root(NamedTuple):
    """An expression as a whole, where it stands, and the names it sees."""

    node: ast.Expression
    place: PlaceKind
    scope: Scope


class Placed(NamedTuple):
    """A statement, where it stands, the names it sees, and the function, handler or block around it."""

    node: ast.Statement
    place: PlaceKind
    scope: Scope
    owner: ast.Node


class StatementBlock(NamedTuple):
    """The statements of a function, a handler or `update`."""

    statements: tuple[ast.Statement, ...]
    place: PlaceKind
    owner: ast.Node


class ModelFacts:
    """A model and the facts that follow from it.

    Parameters
    ----------
    model
        As parsed.
    """

    def __init__(self, model: ast.Model) -> None:
        self.model = model

    @cached_property
    def elaboration(self) -> Elaboration:
        """Types, scopes, and the problems with them."""
        return elaborate(self.model)

    @property
    def symbols(self) -> dict[str, Symbol]:
        """The symbol of each name of the model."""
        return self.elaboration.symbols

    @cached_property
    def kernels(self) -> frozenset[str]:
        """The names of all kernels and of their equations' variables."""
        return kernel_names(self.model)

    @cached_property
    def odes(self) -> tuple[ast.Ode, ...]:
        """The equations, without those of kernels."""
        return tuple(item for item in self.model.equations if isinstance(item, ast.Ode))

    @cached_property
    def state_orders(self) -> frozenset[tuple[str, int]]:
        """The state variables and derivatives that are declared."""
        return frozenset((item.name, item.order) for item in self.model.state)

    @cached_property
    def scope(self) -> Scope:
        """The names of the model."""
        return Scope(self.symbols)

    def problems(self, *codes: str) -> list[Diagnostic]:
        """Return the problems that typing found under some codes."""
        return [item for item in self.elaboration.problems if item.code in codes]

    @cached_property
    def bodies(self) -> tuple[StatementBlock, ...]:
        """All functions, handlers and `update`."""
        model = self.model
        found = [StatementBlock(model.update, "update", model)] if model.update is not None else []
        found += [StatementBlock(item.body, "onReceive", item) for item in model.on_receive]
        found += [StatementBlock(item.body, "onCondition", item) for item in model.on_condition]
        found += [StatementBlock(item.body, "function", item) for item in model.functions]
        return tuple(found)

    @cached_property
    def statements(self) -> tuple[Placed, ...]:
        """All statements, nested ones behind those around them."""
        return tuple(
            Placed(node, body.place, self.elaboration.scopes[id(node)], body.owner)
            for body in self.bodies
            for node in flat(body.statements)
        )

    @cached_property
    def roots(self) -> tuple[Root, ...]:
        """All expressions that are not parts of others, targets of assignments excluded."""
        return tuple(self._roots())

    def _roots(self) -> Iterator[Root]:
        for block in BLOCKS:
            for item in once(getattr(self.model, block)):
                yield from (Root(node, block, self.scope) for node in parts(item))
        for equation in self.model.equations:
            if isinstance(equation, ast.Kernel):
                yield from (Root(ode.value, "kernel", self.scope) for ode in equation.equations)
            else:
                yield Root(equation.value, "equations", self.scope)
        for port in self.model.inputs:
            if port.size is not None:
                yield Root(port.size, "input", self.scope)
        for handler in self.model.on_condition:
            yield Root(handler.condition, "onCondition", self.scope)
        for placed in self.statements:
            yield from (Root(node, placed.place, placed.scope) for node in parts(placed.node))

    @cached_property
    def _parts(self) -> tuple[tuple[ast.Node, Root], ...]:
        """All parts of all expressions, with the expressions they stand in."""
        return tuple((node, root) for root in self.roots for node in root.node.walk())

    def calls(self) -> Iterator[tuple[ast.Call, Root]]:
        """Yield all calls with the expressions they stand in."""
        return ((node, root) for node, root in self._parts if isinstance(node, ast.Call))

    def names(self) -> Iterator[tuple[ast.Name, Root]]:
        """Yield all names that are read, with the expressions they stand in."""
        return ((node, root) for node, root in self._parts if isinstance(node, ast.Name))

    def assignments(self) -> Iterator[tuple[ast.Assignment, Placed]]:
        """Yield all assignments."""
        for placed in self.statements:
            if isinstance(placed.node, ast.Assignment):
                yield placed.node, placed


def once(items: Iterable[ast.Declaration]) -> Iterator[ast.Declaration]:
    """Yield the first declaration of each group, whose expressions all share."""
    last = None
    for item in items:
        if item.span != last:
            yield item
        last = item.span


def inner_blocks(node: ast.Statement) -> Iterator[tuple[ast.Statement, ...]]:
    """Yield the statement lists inside a statement."""
    if isinstance(node, ast.If):
        yield from (branch.body for branch in node.branches)
    elif isinstance(node, (ast.While, ast.For)):
        yield node.body


def flat(statements: Iterable[ast.Statement]) -> Iterator[ast.Statement]:
    """Yield statements and all inside them."""
    for node in statements:
        yield node
        for block in inner_blocks(node):
            yield from flat(block)


def parts(node: ast.Statement) -> Iterator[ast.Expression]:
    """Yield the expressions of a statement itself, not of those inside it."""
    candidates: tuple[ast.Expression | None, ...] = ()
    if isinstance(node, ast.Assignment):
        candidates = (node.target.index, node.value)
    elif isinstance(node, ast.CallStatement):
        candidates = (node.call,)
    elif isinstance(node, ast.Return):
        candidates = (node.value,)
    elif isinstance(node, ast.If):
        candidates = tuple(branch.condition for branch in node.branches)
    elif isinstance(node, ast.While):
        candidates = (node.condition,)
    elif isinstance(node, ast.For):
        candidates = (node.start, node.stop, node.step)
    elif isinstance(node, ast.Declaration):
        candidates = (node.size, node.value, node.guard)
    yield from (item for item in candidates if item is not None)
