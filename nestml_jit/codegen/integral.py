"""Whether an expression is an integer by its type."""

from __future__ import annotations

from collections.abc import Callable

from nestml_jit.dsl.tree import Binary, Boolean, Call, Expression, Literal, Name, Ternary, Unary

_INTEGRAL_CALLS = frozenset({"steps", "ceil", "floor", "round", "random_poisson"})


def is_integral(node: Expression, type_of: Callable[[str], str]) -> bool:
    """Return whether an expression is an integer or boolean, given the types of variables."""
    if isinstance(node, Literal):
        return isinstance(node.value, int)
    if isinstance(node, Boolean):
        return True
    if isinstance(node, Name):
        return type_of(node.name) in ("integer", "boolean")
    if isinstance(node, Unary):
        return is_integral(node.operand, type_of)
    if isinstance(node, Binary):
        if node.operator in ("+", "-", "*"):
            return is_integral(node.left, type_of) and is_integral(node.right, type_of)
        return node.operator not in ("/", "**")
    if isinstance(node, Ternary):
        return is_integral(node.if_true, type_of) and is_integral(node.if_false, type_of)
    if isinstance(node, Call):
        if node.name in ("min", "max", "abs", "clip"):
            return all(is_integral(item, type_of) for item in node.arguments)
        return node.name in _INTEGRAL_CALLS
    return False
