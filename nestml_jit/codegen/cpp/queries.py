"""Queries about a tree of C++: names used, assigned, declared and called, and what varies between lanes.

Decisions about generated code ask these functions. They do not look into functions that are called: the
writer of a call knows what the function assigns through a pointer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from nestml_jit.codegen.cpp.tree import (
    Assign,
    Call,
    CppNode,
    Declare,
    Element,
    Expression,
    For,
    If,
    Lanes,
    Member,
    MethodCall,
    Statement,
    Switch,
    Unary,
    Variable,
    While,
)

N = TypeVar("N", bound=CppNode)
Part = CppNode | Iterable[CppNode]


def walk(part: Part) -> Iterable[CppNode]:
    """Yield all nodes of a node, or of several ones."""
    if isinstance(part, CppNode):
        return part.walk()
    return (node for item in part for node in item.walk())


def uses(part: Part) -> frozenset[str]:
    """Return the names of variables that are read or assigned; a mere declaration does not count.

    >>> sorted(uses(Assign(Element(Variable("a"), Variable("l")), Variable("x"))))
    ['a', 'l', 'x']
    """
    return frozenset(node.name for node in walk(part) if isinstance(node, Variable))


def calls(part: Part) -> frozenset[str]:
    """Return the names of functions and methods that are called."""
    functions = {node.function for node in walk(part) if isinstance(node, Call)}
    return frozenset(functions | {node.name for node in walk(part) if isinstance(node, MethodCall)})


def declares(part: Part) -> frozenset[str]:
    """Return the names of variables that are declared, those of loops and parameters included."""
    found = {node.name for node in walk(part) if isinstance(node, Declare)}
    return frozenset(found | {node.index for node in walk(part) if isinstance(node, Lanes)})


def assigns(part: Part) -> frozenset[str]:
    """Return the names of variables that are assigned as a whole, in part, or as a pointer.

    The value in a declaration does not count as an assignment.

    >>> sorted(assigns(Assign(Element(Variable("a"), Variable("l")), Variable("x"), "+=")))
    ['a']
    """
    targets = (root(node.target) for node in walk(part) if isinstance(node, Assign))
    flags = (flag for node in walk(part) if isinstance(node, Lanes) for flag in node.flags)
    return frozenset({name for name in targets if name is not None}.union(flags))


def root(target: Expression) -> str | None:
    """Return the name of the variable that an expression is a part of: `a` of `a[l].x`, or None."""
    while True:
        if isinstance(target, Element):
            target = target.array
        elif isinstance(target, (Member, MethodCall)):
            target = target.record
        elif isinstance(target, Unary) and target.operator == "*":
            target = target.operand
        else:
            return target.name if isinstance(target, Variable) else None


def is_in(name: str, part: Part) -> bool:
    """Return whether a part uses a variable."""
    return name in uses(part)


def varying(body: Iterable[Statement], index: str = "l") -> frozenset[str]:
    """Return the names of the variables of a loop's body that may differ between its rounds, with `index`.

    A variable varies if it is set to something that varies, or set at all where a condition varies.

    >>> x = Declare("double", "x", Element(Variable("c"), Variable("l")))
    >>> y = Declare("double", "y", Variable("h"))
    >>> sorted(varying([x, y]))
    ['l', 'x']
    """
    found = frozenset({index})
    body = tuple(body)
    while True:
        more = found | {name for item in body for name in _varying(item, found, False)}
        if more == found:
            return found
        found = more


def _varying(node: CppNode, found: frozenset[str], is_conditional: bool) -> set[str]:
    if isinstance(node, Declare):
        value = node.value
        return {node.name} if is_conditional or (value is not None and uses(value) & found) else set()
    if isinstance(node, Assign):
        name = root(node.target)
        changes = is_conditional or bool(uses(node) & found)
        return {name} if name is not None and changes else set()
    if isinstance(node, (If, While, For, Lanes, Switch)):
        heads = [item.condition for item in node.branches] if isinstance(node, If) else []
        heads += [node.condition] if isinstance(node, (While, For)) else []
        heads += [node.value] if isinstance(node, Switch) else []
        is_conditional = is_conditional or any(uses(head) & found for head in heads if head is not None)
    return {name for child in node.children() for name in _varying(child, found, is_conditional)}


def rebuild(node: N, change: Callable[[CppNode], CppNode]) -> N:
    """Return a tree in which each node, from the leaves up, is replaced by the result of `change`.

    >>> rebuild(Variable("x"), lambda node: Variable("y") if node == Variable("x") else node)
    Variable(name='y')
    """
    new: dict[str, object] = {}
    for item in fields(node):
        value = getattr(node, item.name)
        if isinstance(value, CppNode):
            new[item.name] = rebuild(value, change)
        elif isinstance(value, tuple):
            parts = tuple(rebuild(part, change) if isinstance(part, CppNode) else part for part in value)
            if any(one is not other for one, other in zip(parts, value, strict=True)):
                new[item.name] = parts
    changed: dict[str, Any] = {name: part for name, part in new.items() if part is not getattr(node, name)}
    return change(replace(node, **changed) if changed else node)  # type: ignore[return-value]


def with_variables(node: N, values: Mapping[str, Expression]) -> N:
    """Return a tree in which other expressions stand for variables."""

    def change(part: CppNode) -> CppNode:
        return values.get(part.name, part) if isinstance(part, Variable) else part

    return rebuild(node, change)
