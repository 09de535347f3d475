"""Functions of a model as expressions.

A function without loops is a single expression, with a ternary for every `if`. It replaces its calls, so that
vector code, linear analysis and initial values treat it like any other expression. What may fail must fail
where the text says so: a function stays one if a local variable may fail, which the expression would compute
only where it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nestml_jit.codegen.model.integers import basic, is_integer
from nestml_jit.codegen.model.symbolic import fold, substitute
from nestml_jit.dsl.tree import (
    Assignment,
    BasicType,
    Binary,
    Call,
    Declaration,
    Expression,
    Function,
    If,
    Literal,
    Name,
    Node,
    Return,
    Statement,
    Ternary,
)
from nestml_jit.kinds import BasicName

_LARGEST = 400


def recursive_functions(functions: Mapping[str, Function]) -> frozenset[str]:
    """Return the functions that call themselves, directly or by others."""
    called = {
        name: {node.name for node in function.walk() if isinstance(node, Call)} & set(functions)
        for name, function in functions.items()
    }
    return frozenset(name for name in functions if name in _reached(name, called))


def _reached(name: str, called: Mapping[str, set[str]]) -> set[str]:
    """Return the functions that a function calls, directly or by others."""
    found: set[str] = set()
    todo = set(called[name])
    while todo:
        found |= todo
        todo = {other for item in todo for other in called[item]} - found
    return found


def certain(expression: Expression) -> frozenset[str]:
    """Return the variables that are read whenever an expression is evaluated.

    Examples
    --------
    >>> sorted(certain(Ternary(Name("a"), Name("b"), Name("c"))))
    ['a']
    """
    if isinstance(expression, Name):
        return frozenset({expression.name})
    if isinstance(expression, Ternary):
        return certain(expression.condition)
    if isinstance(expression, Binary) and expression.operator in ("and", "or"):
        return certain(expression.left)
    return frozenset().union(*map(certain, expression.children()))  # type: ignore[arg-type]


def as_expression(function: Function, may_fail: Callable[[Node], bool]) -> Expression | None:
    """Return the value of a function in terms of its parameters, None if it is not one expression.

    Parameters
    ----------
    may_fail
        Whether a node of the tree may end the simulation with an error.
    """
    if any(may_fail(node) for item in function.walk() if _is_local(item) for node in item.walk()):
        return None
    types = {item.name: basic(item.type) for item in function.parameters}
    result = _run(function.body, {}, types)
    if result is None or sum(1 for _ in result.walk()) > _LARGEST:
        return None
    returns = function.returns
    if isinstance(returns, BasicType) and returns.name == "integer" and not _integral(result, types):
        return None
    return fold(result)


def _is_local(item: Node) -> bool:
    return isinstance(item, (Assignment, Declaration))


def _integral(value: Expression, types: Mapping[str, BasicName]) -> bool:
    return is_integer(value, lambda name: types.get(name, "real"))


def _run(
    body: tuple[Statement, ...], values: Mapping[str, Expression], types: Mapping[str, BasicName]
) -> Expression | None:
    """Return the value that statements return, given the values of locals as expressions."""
    if not body:
        return None
    first, rest = body[0], body[1:]
    if isinstance(first, Return):
        return None if first.value is None else substitute(first.value, values)
    if isinstance(first, If):
        return _branches(first, rest, values, types)
    if isinstance(first, Declaration) and first.size is None:
        value = substitute(first.value, values) if first.value is not None else Literal(0)
        return _assign(first.name, value, basic(first.type), rest, values, types)
    if isinstance(first, Assignment) and first.target.name in values:
        value = substitute(first.value, values)
        if first.operator != "=":
            value = Binary(first.operator[:-1], values[first.target.name], value, span=first.span)
        name = first.target.name
        return _assign(name, value, types.get(name, "real"), rest, values, types)
    return None


def _assign(
    name: str,
    value: Expression,
    type_: BasicName,
    rest: tuple[Statement, ...],
    values: Mapping[str, Expression],
    types: Mapping[str, BasicName],
) -> Expression | None:
    if type_ == "string" or (type_ == "integer" and not _integral(value, types)):
        return None
    return _run(rest, {**values, name: value}, {**types, name: type_})


def _branches(
    item: If, rest: tuple[Statement, ...], values: Mapping[str, Expression], types: Mapping[str, BasicName]
) -> Expression | None:
    result = _run(rest, values, types)
    for branch in reversed(item.branches):
        taken = _run((*branch.body, *rest), values, types)
        if taken is None:
            return None
        if branch.condition is None:
            result = taken
        elif result is None:
            return None
        else:
            result = Ternary(substitute(branch.condition, values), taken, result, span=branch.span)
    return result
