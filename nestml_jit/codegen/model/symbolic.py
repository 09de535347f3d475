"""Exact rewriting of expressions of the syntax tree: fold, substitute, differentiate.

A name has no meaning by its spelling here, so that a variable may be called `E` or `S`.
Factors that are numbers are merged as the decimal fractions that the user wrote: 0.001 * x * 1000 is x.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from nestml_jit.codegen.model.integers import folded, literal_value, may_divide_by_zero
from nestml_jit.codegen.model.quotients import NAMES as QUOTIENTS
from nestml_jit.codegen.model.quotients import derivative_of
from nestml_jit.dsl.tree import (
    Binary,
    Boolean,
    Call,
    Expression,
    Literal,
    Name,
    String,
    Ternary,
    Unary,
)
from nestml_jit.functions import BUILTINS, RANDOM

ZERO = Literal(0)
ONE = Literal(1)


def rewrite(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return the expression with `change` applied to every node, operands first."""
    return change(with_operands(expression, lambda operand: rewrite(operand, change)))


def with_operands(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return a node with `change` applied to its operands."""
    if isinstance(node, Unary):
        return dataclasses.replace(node, operand=change(node.operand))
    if isinstance(node, Binary):
        return dataclasses.replace(node, left=change(node.left), right=change(node.right))
    if isinstance(node, Ternary):
        return dataclasses.replace(
            node,
            condition=change(node.condition),
            if_true=change(node.if_true),
            if_false=change(node.if_false),
        )
    if isinstance(node, Call):
        return dataclasses.replace(node, arguments=tuple(change(item) for item in node.arguments))
    if isinstance(node, Name) and (node.index is not None or node.delay is not None):
        return dataclasses.replace(
            node,
            index=None if node.index is None else change(node.index),
            delay=None if node.delay is None else change(node.delay),
        )
    return node


def substitute(expression: Expression, values: Mapping[str, Expression]) -> Expression:
    """Replace plain names (no primes) by expressions."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Name) and node.order == 0 and node.name in values:
            return values[node.name]
        return node

    return rewrite(expression, change)


def names(expression: Expression) -> frozenset[str]:
    """Return the names of the variables in an expression."""
    return frozenset(node.name for node in expression.walk() if isinstance(node, Name))


def calls(expression: Expression) -> frozenset[str]:
    """Return the names of the functions that an expression calls."""
    return frozenset(node.name for node in expression.walk() if isinstance(node, Call))


def number(expression: Expression) -> Fraction | None:
    """Return the value of a finite numeric literal as the decimal fraction that the user wrote."""
    if isinstance(expression, Unary) and expression.operator in ("-", "+"):
        value = number(expression.operand)
        return None if value is None else (-value if expression.operator == "-" else value)
    whole = literal_value(expression)
    if whole is not None:
        return Fraction(whole)
    if not isinstance(expression, Literal) or not math.isfinite(expression.value):
        return None
    if isinstance(expression.value, int):
        return Fraction(expression.value)
    return Fraction(repr(expression.value))


def literal(value: float) -> Expression:
    """Return a literal for a finite number; one with a minus sign, even -0, gets a unary minus."""
    return Unary("-", Literal(-value)) if math.copysign(1, value) < 0 else Literal(value)


def is_number(expression: Expression, value: int) -> bool:
    """Return whether the expression is the literal `value`."""
    return number(expression) == value


def _double(expression: Expression) -> float | None:
    """Return the value of a finite literal as the kernel knows it, a whole number as an `int`."""
    if isinstance(expression, Unary) and expression.operator in ("-", "+"):
        value = _double(expression.operand)
        return None if value is None else (-value if expression.operator == "-" else value)
    found = isinstance(expression, Literal) and math.isfinite(expression.value)
    return expression.value if found and isinstance(expression, Literal) else None


def fold(expression: Expression) -> Expression:
    """Fold constants and drop neutral elements.

    The value stays that of IEEE arithmetic for all values of the variables: `0 * x` stays, since x may be
    infinite, and so does `x + 0`, since that is 0 for -0. Only factors that are numbers are merged, which
    moves rounding errors: `0.001 * x * 1000` becomes `x`.
    """
    return rewrite(expression, _fold_node)


def simplify(expression: Expression) -> Expression:
    """Fold constants and drop products with 0, where 0 stands for something absent."""
    return rewrite(expression, _simplify_node)


def _simplify_node(node: Expression) -> Expression:
    if isinstance(node, Binary) and node.operator in ("+", "-"):
        if is_number(node.right, 0):
            return node.left
        if is_number(node.left, 0):
            return node.right if node.operator == "+" else _fold_unary(Unary("-", node.right))
    if isinstance(node, Binary) and node.operator in ("*", "/"):
        parts = factors(node)
        if any(is_number(part, 0) for part, inverse in parts if not inverse):
            return node if any(is_number(part, 0) for part, inverse in parts if inverse) else ZERO
    if isinstance(node, Unary) and node.operator == "-" and is_number(node.operand, 0):
        return ZERO
    return _fold_node(node)


def _fold_node(node: Expression) -> Expression:
    node = folded(node)
    if isinstance(node, Binary):
        return _fold_binary(node)
    if isinstance(node, Unary):
        return _fold_unary(node)
    if isinstance(node, Ternary) and isinstance(node.condition, Boolean):
        return node.if_true if node.condition.value else node.if_false
    if isinstance(node, Call) and node.name == "pow" and len(node.arguments) == 2:
        return _fold_power(Binary("**", node.arguments[0], node.arguments[1], span=node.span), node)
    return node


def _fold_unary(node: Unary) -> Expression:
    if node.operator == "+":
        return node.operand
    if node.operator == "-":
        if isinstance(node.operand, Unary) and node.operand.operator == "-":
            return node.operand.operand
        if node.operand == ZERO and isinstance(_double(node.operand), int):
            return node.operand
    return node


def _fold_binary(node: Binary) -> Expression:
    if node.operator not in ("+", "-", "*", "/", "**"):
        return node
    if node.operator == "**":
        return _fold_power(node, node)
    left, right = _double(node.left), _double(node.right)
    if left is not None and right is not None:
        return _literal_of(_computed(node.operator, left, right), node)
    return _fold_sum(node) if node.operator in ("+", "-") else _fold_product(node)


def _computed(operator: str, left: float, right: float) -> float | None:
    """Return the number that a kernel computes of two numbers, None if it is not known here."""
    if operator == "/":
        return left / right if right != 0 else None
    return {"+": left + right, "-": left - right, "*": left * right}[operator]


_EXACT = 2**53
"""Whole numbers below this one are the same as integers and as doubles."""


def _literal_of(value: float | None, node: Expression) -> Expression:
    """Return a literal for a value, or the expression itself if no literal has exactly this value."""
    if value is None or not math.isfinite(value) or (isinstance(value, int) and abs(value) >= _EXACT):
        return node
    return literal(value)


def _fold_sum(node: Binary) -> Expression:
    if node.operator == "-" and is_number(node.right, 0) and not isinstance(node.right, Unary):
        return node.left
    if node.operator == "+" and isinstance(node.right, Unary) and node.right.operator == "-":
        return Binary("-", node.left, node.right.operand, span=node.span)
    if node.operator == "-" and isinstance(node.right, Unary) and node.right.operator == "-":
        return Binary("+", node.left, node.right.operand, span=node.span)
    return node


def factors(expression: Expression, inverse: bool = False) -> list[tuple[Expression, bool]]:
    """Return the factors of a product with the flag "is divided by", left to right."""
    if isinstance(expression, Binary) and expression.operator in ("*", "/"):
        right = inverse != (expression.operator == "/")
        return factors(expression.left, inverse) + factors(expression.right, right)
    return [(expression, inverse)]


_MERGED = Fraction(10) ** 30
"""Numbers up to it, and down to its reciprocal, are merged: products with them hardly overflow."""


def _fold_product(node: Binary) -> Expression:
    parts = factors(node)
    constants = [(number(part), inverse) for part, inverse in parts]
    known = [(value, inverse) for value, inverse in constants if value is not None]
    if not known or not all(1 / _MERGED <= abs(value) <= _MERGED for value, _ in known):
        return node
    if len(known) == 1 and abs(known[0][0]) != 1:
        return node
    coefficient = Fraction(1)
    for value, inverse in known:
        coefficient = coefficient / value if inverse else coefficient * value
    if not 1 / _MERGED <= abs(coefficient) <= _MERGED:
        return node
    return _product(
        coefficient, [part for part, (value, _) in zip(parts, constants, strict=True) if value is None]
    )


def _product(coefficient: Fraction, rest: list[tuple[Expression, bool]]) -> Expression:
    if coefficient < 0:
        return Unary("-", _product(-coefficient, rest))
    result: Expression | None = None if coefficient == 1 else Literal(float(coefficient))
    for part, inverse in rest:
        if result is None:
            result = Binary("/", Literal(1), part) if inverse else part
        else:
            result = Binary("/" if inverse else "*", result, part)
    assert result is not None
    return result


def _fold_power(node: Binary, original: Expression) -> Expression:
    base, exponent = _double(node.left), _double(node.right)
    if exponent == 0 and _does_nothing(node.left):
        return Literal(1.0)
    if exponent == 1:
        return node.left
    if not base or exponent is None or exponent != int(exponent) or abs(exponent) > 16:
        return original
    if isinstance(base, int) and exponent > 0:
        return _literal_of(base ** int(exponent), original)
    try:
        return _literal_of(math.pow(base, exponent), original)
    except OverflowError:
        return original


def _does_nothing(expression: Expression) -> bool:
    """Return whether evaluation has no effect: it cannot fail, and it draws no random number."""
    nodes = list(expression.walk())
    called = {node.name for node in nodes if isinstance(node, Call)}
    indexed = any(isinstance(node, Name) and node.index is not None for node in nodes)
    return called <= BUILTINS.keys() - RANDOM and not indexed and not any(map(may_divide_by_zero, nodes))


# --- constructors that simplify ----------------------------------------------------------------------


def add(left: Expression, right: Expression) -> Expression:
    """Return `left + right`."""
    return _simplify_node(Binary("+", left, right))


def subtract(left: Expression, right: Expression) -> Expression:
    """Return `left - right`."""
    return _simplify_node(Binary("-", left, right))


def multiply(left: Expression, right: Expression) -> Expression:
    """Return `left * right`."""
    return _simplify_node(Binary("*", left, right))


def divide(left: Expression, right: Expression) -> Expression:
    """Return `left / right`."""
    return _simplify_node(Binary("/", left, right))


def power(base: Expression, exponent: Expression) -> Expression:
    """Return `base ** exponent`."""
    return _simplify_node(Binary("**", base, exponent))


def negate(operand: Expression) -> Expression:
    """Return `-operand`."""
    return _simplify_node(Unary("-", operand))


def total(terms: Iterable[Expression]) -> Expression:
    """Return the sum of expressions, 0 for none."""
    result: Expression = ZERO
    for term in terms:
        result = add(result, term)
    return result


# --- derivatives ---------------------------------------------------------------------------------


def derivative(expression: Expression, variable: str) -> Expression | None:
    """Return the derivative with respect to a variable, None if there is no rule for it."""
    if variable not in names(expression):
        return ZERO
    if isinstance(expression, Name):
        return ONE if expression.index is None and expression.delay is None else None
    if isinstance(expression, Unary):
        inner = derivative(expression.operand, variable)
        return None if inner is None or expression.operator != "-" else negate(inner)
    if isinstance(expression, Binary):
        return _binary_derivative(expression, variable)
    if isinstance(expression, Ternary):
        return _choice(expression.condition, expression.if_true, expression.if_false, variable)
    if isinstance(expression, Call) and len(expression.arguments) == 1:
        return _call_derivative(expression, variable)
    if isinstance(expression, Call) and expression.name in ("min", "max"):
        left, right = expression.arguments
        sign = "<" if expression.name == "min" else ">"
        return _choice(Binary(sign, left, right), left, right, variable)
    if isinstance(expression, Call) and expression.name == "pow":
        return _binary_derivative(Binary("**", *expression.arguments), variable)
    return None


def _choice(
    condition: Expression, if_true: Expression, if_false: Expression, variable: str
) -> Expression | None:
    left, right = derivative(if_true, variable), derivative(if_false, variable)
    return None if left is None or right is None else Ternary(condition, left, right)


def _binary_derivative(node: Binary, variable: str) -> Expression | None:
    left, right = derivative(node.left, variable), derivative(node.right, variable)
    if left is None or right is None:
        return None
    if node.operator == "+":
        return add(left, right)
    if node.operator == "-":
        return subtract(left, right)
    if node.operator == "*":
        return add(multiply(left, node.right), multiply(node.left, right))
    if node.operator == "/":
        first = divide(left, node.right)
        second = divide(multiply(node.left, right), power(node.right, Literal(2)))
        return subtract(first, second)
    if node.operator == "**" and is_number(right, 0):
        lowered = power(node.left, subtract(node.right, ONE))
        return multiply(multiply(node.right, lowered), left)
    return None


def _call_derivative(node: Call, variable: str) -> Expression | None:
    (argument,) = node.arguments
    inner = derivative(argument, variable)
    if inner is None:
        return None
    if node.name in QUOTIENTS:
        return multiply(derivative_of(node), inner)
    outer: Mapping[str, Callable[[], Expression]] = {
        "exp": lambda: node,
        "expm1": lambda: Call("exp", (argument,)),
        "ln": lambda: divide(ONE, argument),
        "sin": lambda: Call("cos", (argument,)),
        "cos": lambda: negate(Call("sin", (argument,))),
        "tan": lambda: divide(ONE, power(Call("cos", (argument,)), Literal(2))),
        "tanh": lambda: subtract(ONE, power(node, Literal(2))),
        "log10": lambda: divide(Literal(1 / math.log(10)), argument),
        "abs": lambda: Ternary(Binary("<", argument, ZERO), Literal(-1.0), Literal(1.0)),
        "sinh": lambda: Call("cosh", (argument,)),
        "cosh": lambda: Call("sinh", (argument,)),
    }
    return multiply(outer[node.name](), inner) if node.name in outer else None


def is_text(expression: Expression) -> bool:
    """Return whether the expression is a string literal."""
    return isinstance(expression, String)
