"""Functions that are quotients with a removable singularity, such as x / (exp(x) - 1).

`f(x)/x` and `x/f(x)` are 1 where x is 0; `ln(x)/(x-1)` and its reciprocal are 1 where x is 1. Calls of them
have names that no user can declare. In kernels they are functions of support/quotients.h; in initial values
and guards they are the functions of `FUNCTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nestml_jit.dsl.tree import (
    BasicType,
    Binary,
    Call,
    Declaration,
    Expression,
    Function,
    Literal,
    Name,
    Return,
    Ternary,
    Unary,
)

_ONE = Literal(1.0)


@dataclass(frozen=True)
class Quotient:
    """A function f that has a simple zero, with the data of f(x) / (x - zero) and its reciprocal.

    Attributes
    ----------
    zero
        The argument at which f is 0; its derivative is 1 there.
    slope
        Returns f' of an argument.
    over, under
        Coefficients of the power series of the derivatives of f(x) / (x - zero) and (x - zero) / f(x).
    """

    zero: int
    slope: Callable[[Expression], Expression]
    over: tuple[float, ...]
    under: tuple[float, ...]


def _square(name: str) -> Callable[[Expression], Expression]:
    return lambda x: Binary("**", Call(name, (x,)), Literal(2))


KINDS: Mapping[str, Quotient] = {
    "expm1": Quotient(
        0,
        lambda x: Call("exp", (x,)),
        (1 / 2, 1 / 3, 1 / 8, 1 / 30, 1 / 144, 1 / 840),
        (-1 / 2, 1 / 6, 0.0, -1 / 180, 0.0, 1 / 5040),
    ),
    "sin": Quotient(
        0,
        lambda x: Call("cos", (x,)),
        (0.0, -1 / 3, 0.0, 1 / 30, 0.0, -1 / 840),
        (0.0, 1 / 3, 0.0, 7 / 90, 0.0, 31 / 2520),
    ),
    "tan": Quotient(
        0,
        lambda x: Binary("/", _ONE, _square("cos")(x)),
        (0.0, 2 / 3, 0.0, 8 / 15, 0.0, 34 / 105),
        (0.0, -2 / 3, 0.0, -4 / 45, 0.0, -4 / 315),
    ),
    "sinh": Quotient(
        0,
        lambda x: Call("cosh", (x,)),
        (0.0, 1 / 3, 0.0, 1 / 30, 0.0, 1 / 840),
        (0.0, -1 / 3, 0.0, 7 / 90, 0.0, -31 / 2520),
    ),
    "tanh": Quotient(
        0,
        lambda x: Binary("-", _ONE, _square("tanh")(x)),
        (0.0, -2 / 3, 0.0, 8 / 15, 0.0, -34 / 105),
        (0.0, 2 / 3, 0.0, -4 / 45, 0.0, 4 / 315),
    ),
    "ln": Quotient(
        1,
        lambda x: Binary("/", _ONE, x),
        (-1 / 2, 2 / 3, -3 / 4, 4 / 5, -5 / 6, 6 / 7),
        (1 / 2, -1 / 6, 1 / 8, -19 / 180, 3 / 32, -863 / 10080),
    ),
}
"""Functions with a zero, by their names in NESTML."""

NEAR = 0.02
"""Distance from the zero below which derivatives are power series: their relative error is below 1e-9."""


def _difference(kind: str) -> str:
    return "x" if KINDS[kind].zero == 0 else f"(x-{KINDS[kind].zero})"


def over(kind: str) -> str:
    """Return the name of f(x) / (x - zero): `expm1(x)/x`."""
    return f"{kind}(x)/{_difference(kind)}"


def under(kind: str) -> str:
    """Return the name of (x - zero) / f(x): `x/expm1(x)`."""
    return f"{_difference(kind)}/{kind}(x)"


NAMES: Mapping[str, tuple[str, bool]] = {
    **{over(kind): (kind, True) for kind in KINDS},
    **{under(kind): (kind, False) for kind in KINDS},
}
"""For each function the kind, and whether it is `over`."""

CPP: Mapping[str, str] = {
    name: f"nj_{kind}_quotient" if is_over else f"nj_{kind}_reciprocal"
    for name, (kind, is_over) in NAMES.items()
}
"""Names of the functions in C++."""

HEADER = "quotients.h"


def _distance(kind: str, x: Expression) -> Expression:
    zero = KINDS[kind].zero
    return Binary("-", x, Literal(float(zero))) if zero else x


def _function(name: str) -> Function:
    """Return the definition of a function in NESTML."""
    kind, is_over = NAMES[name]
    x, real = Name("x"), BasicType("real")
    value, distance = Call(kind, (x,)), _distance(kind, x)
    there = Binary("==", x, Literal(float(KINDS[kind].zero)))
    regular = Binary("/", value, distance) if is_over else Binary("/", distance, value)
    body = Return(Ternary(there, _ONE, regular))
    return Function(name, (Declaration("x", 0, real),), real, (body,))


FUNCTIONS: Mapping[str, Function] = {name: _function(name) for name in NAMES}
"""The functions, for those who evaluate models without a compiler."""


def derivative_of(node: Call) -> Expression:
    """Return the derivative of a call of one of the functions with respect to its argument."""
    kind, is_over = NAMES[node.name]
    (x,) = node.arguments
    item, distance = KINDS[kind], _distance(kind, x)
    near = Binary("<", Call("abs", (distance,)), Literal(NEAR))
    if is_over:
        far = Binary("/", Binary("-", item.slope(x), node), distance)
    else:
        rest = Binary("-", _ONE, Binary("*", node, item.slope(x)))
        far = Binary("/", rest, Call(kind, (x,)))
    return Ternary(near, _polynomial(item.over if is_over else item.under, distance), far)


def _polynomial(coefficients: tuple[float, ...], x: Expression) -> Expression:
    *rest, last = coefficients
    found = _literal(last)
    for value in reversed(rest):
        found = Binary("*", found, x)
        if value:
            found = Binary("-" if value < 0 else "+", found, Literal(abs(value)))
    return found


def _literal(value: float) -> Expression:
    return Unary("-", Literal(-value)) if value < 0 else Literal(value)
