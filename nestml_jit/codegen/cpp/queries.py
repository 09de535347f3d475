"""Queries about a tree of C++: the names that it uses, assigns and calls.

Decisions about generated code ask these functions. They do not look into functions that are called: the
writer of a call knows what the function assigns through a pointer.
"""

from __future__ import annotations

from collections.abc import Iterable

from nestml_jit.codegen.cpp.tree import (
    Assign,
    Call,
    CppNode,
    Element,
    Expression,
    Lanes,
    Member,
    MethodCall,
    Unary,
    Variable,
)

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
