"""Statements rebuilt with every expression in them changed."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from typing import TypeVar

from nestml_jit.dsl.tree import Assignment, Declaration, Expression, For, If, Node, Statement, Type, While

EXPRESSIONS: tuple[type, ...] = typing.get_args(Expression)
_TYPES: tuple[type, ...] = typing.get_args(Type)

N = TypeVar("N", bound=Node)
Body = tuple[Statement, ...]
Definition = Assignment | Declaration


def rebuild(
    node: N,
    change: Callable[[Expression], Expression],
    defined: Callable[[Definition], Definition] = lambda node: node,
) -> N:
    """Return a node with `change` applied to its outermost expressions.

    Targets of assignments are not expressions; `defined` may change them and declared names.
    """
    if isinstance(node, EXPRESSIONS):
        return typing.cast(N, change(typing.cast(Expression, node)))
    if isinstance(node, _TYPES):
        return node
    updates: dict[str, object] = {}
    for item in dataclasses.fields(node):
        value = getattr(node, item.name)
        if isinstance(value, tuple) and value and isinstance(value[0], Node):
            updates[item.name] = tuple(rebuild(child, change, defined) for child in value)
        elif isinstance(value, Node) and not (isinstance(node, Assignment) and item.name == "target"):
            updates[item.name] = rebuild(value, change, defined)
    changed = dataclasses.replace(node, **updates)  # type: ignore[arg-type]
    if isinstance(changed, (Assignment, Declaration)):
        return typing.cast(N, defined(changed))
    return changed


def with_bodies(item: Statement, change: Callable[[Body], Body]) -> Statement:
    """Return a statement with `change` applied to the bodies that it has: those of branches, or of a loop."""
    if isinstance(item, If):
        branches = tuple(dataclasses.replace(one, body=change(one.body)) for one in item.branches)
        return dataclasses.replace(item, branches=branches)
    if isinstance(item, (For, While)):
        return dataclasses.replace(item, body=change(item.body))
    return item
