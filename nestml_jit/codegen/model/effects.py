"""The effects of statements: the variables that they assign and read, spikes, loops."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from nestml_jit.codegen.model.integers import literal_value
from nestml_jit.codegen.model.lookups import LOOK_UP, is_fallible
from nestml_jit.codegen.model.symbolic import ZERO, is_number, names, simplify, substitute
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    Boolean,
    Call,
    CallStatement,
    Declaration,
    For,
    If,
    Literal,
    Name,
    Node,
    OnReceive,
    Return,
    Statement,
    String,
    Unary,
    While,
)
from nestml_jit.functions import MESSAGES

EFFECTS = MESSAGES | {"emit_spike"}


_PLAIN = frozenset({"integrate_odes", LOOK_UP})
"""Calls that only assign or look up; those of the model's functions, as statements, do something."""


def assigned(body: Iterable[Node]) -> frozenset[str]:
    """Return the names of the variables that statements assign, locals included."""
    return frozenset(
        node.target.name for item in body for node in item.walk() if isinstance(node, Assignment)
    )


def emissions(node: Node) -> Iterator[Call]:
    """Yield all calls of emit_spike below a node."""
    return (item for item in node.walk() if isinstance(item, Call) and item.name == "emit_spike")


def has_effects(body: Iterable[Node], harmless: Collection[str] = ()) -> bool:
    """Return whether statements do more than assign, such as emit a spike; calls may be `harmless`."""
    return any(
        isinstance(node, String)
        or (isinstance(node, CallStatement) and node.call.name not in _PLAIN)
        or (
            isinstance(node, Call)
            and node.name not in harmless
            and (node.name in EFFECTS or node.name.startswith("random_"))
        )
        for item in body
        for node in item.walk()
    )


def has_loops(body: Iterable[Node]) -> bool:
    """Return whether statements contain a loop, leave early, or look up elements of vectors."""
    return any(_is_control(node) for item in body for node in item.walk())


def _is_control(node: Node) -> bool:
    if isinstance(node, Name):
        return node.index is not None
    if is_fallible(node):
        return True
    return isinstance(node, (While, For, Return)) or (isinstance(node, Declaration) and node.size is not None)


LIGHT = 8
"""Operations up to which statements are made in all lanes rather than apart in those that need them."""


def is_light(body: Iterable[Node], type_of: Callable[[str], str]) -> bool:
    """Return whether statements only emit spikes and assign a few simple values to scalars."""
    nodes = [node for item in body for node in item.walk()]
    work = sum(isinstance(node, (Assignment, Binary)) for node in nodes)
    return work <= LIGHT and all(_is_light(node, type_of) for node in nodes)


def _is_light(node: Node, type_of: Callable[[str], str]) -> bool:
    if isinstance(node, Call):
        return node.name == "emit_spike" or literal_value(node) is not None
    if isinstance(node, Name):
        return node.index is None and type_of(node.name) != "string"
    if isinstance(node, Assignment):
        return node.operator != "/="
    if isinstance(node, Binary):
        return node.operator in ("+", "-", "*", "i+", "i-", "i*")
    return isinstance(node, (CallStatement, Literal, Boolean, Unary))


def read(body: Iterable[Statement]) -> frozenset[str]:
    """Return the names that statements read."""
    found: set[str] = set()
    for item in body:
        found |= _read(item)
    return frozenset(found)


def _read(item: Statement) -> frozenset[str]:
    if isinstance(item, Assignment):
        index = names(item.target.index) if item.target.index is not None else frozenset()
        own = frozenset() if item.operator == "=" else frozenset({item.target.name})
        return names(item.value) | index | own
    if isinstance(item, If):
        found: frozenset[str] = frozenset()
        for branch in item.branches:
            condition = names(branch.condition) if branch.condition is not None else frozenset()
            found |= condition | read(branch.body)
        return found
    if isinstance(item, Declaration):
        return names(item.value) if item.value is not None else frozenset()
    if isinstance(item, CallStatement):
        return names(item.call)
    if isinstance(item, While):
        return names(item.condition) | read(item.body)
    if isinstance(item, For):
        bounds = names(item.start) | names(item.stop) | names(item.step)
        return bounds | read(item.body)
    return names(item.value) if item.value is not None else frozenset()


def ignores_zero(handler: OnReceive, ports: Iterable[str] = ()) -> bool:
    """Return whether a handler does nothing if its port's value is 0, so that it may always run.

    It does nothing if it only adds terms that are 0 for a port of 0, such as `g += w * spikes`.
    """
    silent = {name for name in ports if name.partition("[")[0] == handler.port} | {handler.port}
    return all(_vanishes(item, silent) for item in handler.body)


def _vanishes(item: Statement, ports: set[str]) -> bool:
    if not isinstance(item, Assignment) or item.operator not in ("+=", "-="):
        return False
    return is_number(simplify(substitute(item.value, dict.fromkeys(ports, ZERO))), 0)
