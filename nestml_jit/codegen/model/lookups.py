"""Elements of vectors that are looked up by an index, which is checked at each lookup.

The tree says where a lookup can fail: `v[i]` with an index that is not known, the call `index(v)` of an
index and a size, which returns the index, and calls of functions that look up elements of their local
vectors, print, or call themselves, whose name becomes `fallible(f)`. No user can write such names.
Statements with one of these run in scalar loops, where a branch that is not taken does no lookup.

Right-hand sides of equations do no lookups: they are evaluated several times in a step, and in lanes that
need not be integrated. A statement `look_up()` does their lookups before the integration::

    integrate_odes(x)          # x' = k < 3 ? g[k] : 0

becomes::

    look_up(k < 3 ? index(g)(k, 3) : 0)
    integrate_odes(x)

If an integrated variable decides an index, another `look_up()` follows: the variable may have moved the index
out of range within the step.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from nestml_jit.codegen.model.integers import may_divide_by_zero, whole
from nestml_jit.codegen.model.rebuild import with_bodies
from nestml_jit.codegen.model.symbolic import ONE, ZERO, fold, is_number, number, rewrite
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    Call,
    CallStatement,
    Expression,
    Function,
    Name,
    Node,
    Statement,
    Ternary,
    Unary,
)

LOOK_UP = "look_up()"
LEVELS = {"print": 0, "println": 0, "info": 1, "warning": 2}
"""Functions that print, and how important their messages are."""
_INDEX, _FALLIBLE = "index(", "fallible("


def checked(name: str, index: Expression, size: Expression) -> Call:
    """Return the call that checks an index and returns it."""
    return Call(f"{_INDEX}{name})", (index, size), span=index.span)


def looked_up(call: Call) -> str:
    """Return the vector whose index a call checks, "" for other calls."""
    return call.name[len(_INDEX) : -1] if call.name.startswith(_INDEX) else ""


def fallible(name: str) -> str:
    """Return the name of a function with the mark that it may fail."""
    return f"{_FALLIBLE}{name})"


def is_fallible(node: Node) -> bool:
    """Return whether a node may fail: a division of integers, a lookup, or a call of a fallible function."""
    if isinstance(node, Call):
        return node.name.startswith((_INDEX, _FALLIBLE))
    return may_divide_by_zero(node)


def plain(name: str) -> str:
    """Return the name of a function without the mark that it may fail."""
    return name[len(_FALLIBLE) : -1] if name.startswith(_FALLIBLE) else name


def fallible_functions(functions: Mapping[str, Function]) -> frozenset[str]:
    """Return the functions that look up elements, print or call themselves, perhaps through others."""
    found = {
        name
        for name, item in functions.items()
        if any(looks_up(node) or _prints(node) for node in item.walk())
    }
    found |= {name for name in functions if name in callers({name}, functions)}
    return frozenset(found) | callers(found, functions)


def callers(found: Iterable[str], functions: Mapping[str, Function]) -> frozenset[str]:
    """Return the functions that call some others, directly or through others."""
    called, known = set(found), set[str]()
    while True:
        more = {
            name
            for name, item in functions.items()
            if any(isinstance(node, Call) and plain(node.name) in called for node in item.walk())
        }
        if more <= known:
            return frozenset(known)
        known |= more
        called |= more


def looks_up(node: Node) -> bool:
    """Return whether a node divides integers, or looks up an element by an index that is not known."""
    if may_divide_by_zero(node) or (isinstance(node, Call) and looked_up(node)):
        return True
    name = node.target if isinstance(node, Assignment) else node
    return isinstance(name, Name) and name.index is not None and number(fold(name.index)) is None


def _prints(node: Node) -> bool:
    return isinstance(node, CallStatement) and node.call.name in LEVELS


def printing_functions(functions: Mapping[str, Function]) -> frozenset[str]:
    """Return the functions that print, themselves or through others."""
    found = {name for name, item in functions.items() if any(_prints(node) for node in item.walk())}
    return frozenset(found) | callers(found, functions)


def without_checks(expression: Expression) -> Expression:
    """Return an expression that gives the same value and checks nothing."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Call) and node.name.startswith(_INDEX):
            return node.arguments[0]
        return dataclasses.replace(node, name=plain(node.name)) if isinstance(node, Call) else node

    return rewrite(expression, change)


def checks(expression: Expression) -> Expression:
    """Return an expression that does only the lookups of another one; 0 if there are none."""
    if isinstance(expression, Ternary):
        yes, no = checks(expression.if_true), checks(expression.if_false)
        condition = checks(expression.condition)
        if is_number(yes, 0) and is_number(no, 0):
            return condition
        # the condition is evaluated, and so are its own lookups
        return Ternary(expression.condition, yes, no, span=expression.span)
    if isinstance(expression, Binary) and expression.operator in ("and", "or"):
        right = checks(expression.right)
        if is_number(right, 0):
            return checks(expression.left)
        return Ternary(expression, ONE, ZERO, span=expression.span)
    if is_fallible(expression):
        return expression
    parts = [item for item in map(checks, _operands(expression)) if not is_number(item, 0)]
    total: Expression = ZERO
    for item in parts:
        total = item if is_number(total, 0) else Binary("+", total, item, span=item.span)
    return total


def _operands(node: Expression) -> tuple[Expression, ...]:
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Call):
        return node.arguments
    return ()


def around_integrating(
    body: Iterable[Statement],
    before: Callable[[Call], Iterable[Expression]],
    after: Callable[[Call], Iterable[Expression]],
) -> tuple[Statement, ...]:
    """Put the lookups of equations in front of each `integrate_odes`, and those that may change behind it."""
    result: list[Statement] = []
    for item in body:
        if isinstance(item, CallStatement) and item.call.name == "integrate_odes":
            result += _look_ups(item, before)
            result.append(item)
            result += _look_ups(item, after)
        else:
            result.append(with_bodies(item, lambda inner: around_integrating(inner, before, after)))
    return tuple(result)


def _look_ups(item: CallStatement, needed: Callable[[Call], Iterable[Expression]]) -> list[Statement]:
    calls = (Call(LOOK_UP, (check,), span=item.span) for check in needed(item.call))
    return [CallStatement(call, span=item.span) for call in calls]


def choice(name: str, index: Expression, members: list[Name], size: Expression) -> Expression:
    """Choose among the elements of a vector by an index that is not known, and check it.

    Few comparisons lead to an element: `v[i]` of four becomes::

        index(v)(i, 4) <= 1 ? (i <= 0 ? v[0] : v[1]) : (i <= 2 ? v[2] : v[3])
    """
    is_checked = isinstance(index, Call) and looked_up(index) == name
    first = Binary("<=", index if is_checked else checked(name, index, size), whole((len(members) - 1) // 2))
    low, high = _halves(without_checks(index), members, 0)
    return Ternary(first, low, high, span=index.span)


def _halves(index: Expression, members: list[Name], begin: int) -> tuple[Expression, Expression]:
    """Return the choices within both halves of elements, the first of which has the number `begin`."""
    half = (len(members) + 1) // 2
    low, high = members[:half], members[half:] or members[-1:]
    return _among(index, low, begin), _among(index, high, begin + half)


def _among(index: Expression, members: list[Name], begin: int) -> Expression:
    if len(members) == 1:
        return members[0]
    last_of_low = whole(begin + (len(members) - 1) // 2)
    low, high = _halves(index, members, begin)
    return Ternary(Binary("<=", index, last_of_low), low, high, span=index.span)
