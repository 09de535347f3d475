"""Numbers and operations as C++ has them: nothing raises, a division by zero gives an infinity."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable
from typing import TypeAlias

from nestml_jit.dsl import tree as ast

Scalar: TypeAlias = "float | int | bool | str"
Value: TypeAlias = "Scalar | list[Scalar]"
_Function: TypeAlias = Callable[[float], float]


def zero(declared: ast.Type) -> Scalar:
    """Return the value of a variable without initialiser."""
    values: dict[str, Scalar] = {"integer": 0, "boolean": False, "string": ""}
    return values.get(declared.name, 0.0) if isinstance(declared, ast.BasicType) else 0.0


def converted(value: Value, declared: ast.Type) -> Value:
    """Return a value as the type it is stored in."""
    name = declared.name if isinstance(declared, ast.BasicType) else "real"
    if name == "integer":
        return each(_truncated, value)
    if name == "real":
        return each(float, value)
    return list(value) if isinstance(value, list) else value


def _truncated(value: Scalar) -> Scalar:
    if isinstance(value, float) and not abs(value) < 2**63:
        return -(2**63)
    return int(value)


def each(function: Callable[[Scalar], Scalar], value: Value) -> Value:
    """Apply a function to a value, or to each element of a vector."""
    return [function(item) for item in value] if isinstance(value, list) else function(value)


def pairwise(function: Callable[[Scalar, Scalar], Scalar], left: Value, right: Value) -> Value:
    """Apply an operation to two values, element by element if one of them is a vector."""
    if isinstance(left, list):
        others = right if isinstance(right, list) else [right] * len(left)
        return [function(one, other) for one, other in zip(left, others, strict=True)]
    if isinstance(right, list):
        return [function(left, other) for other in right]
    return function(left, right)


def divide(left: float, right: float) -> float:
    """Divide as C++ does."""
    if right == 0:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def whole_division(left: float, right: float) -> float:
    """Divide and cut the fraction off.

    Raises
    ------
    ZeroDivisionError
        For two integers, where C++ has no answer either.
    """
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return wrapped(quotient if (left < 0) == (right < 0) else -quotient)
    real = divide(left, right)
    return float(math.trunc(real)) if math.isfinite(real) else real


def remainder(left: int, right: int) -> int:
    """Return what a division that cuts the fraction off leaves, with the sign of the left side."""
    rest = abs(left) % abs(right)
    return rest if left >= 0 else -rest


def wrapped(value: float) -> float:
    """Return an integer as 64 bits hold it; leave reals alone."""
    if not isinstance(value, int) or -(2**63) <= value < 2**63:
        return value
    return (value + 2**63) % 2**64 - 2**63


def power(base: float, exponent: float) -> float:
    """Raise to a power as C++ does."""
    try:
        if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
            return wrapped(pow(base, exponent, 2**64))
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        if base == 0:  # to a negative power
            return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf
        return math.nan


def _add(left: Scalar, right: Scalar) -> Scalar:
    if isinstance(left, str) or isinstance(right, str):
        return f"{left}{right}"
    return wrapped(left + right)


_COMPARISONS: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


def _compared(compare: Callable[..., bool]) -> Callable[..., Scalar]:
    """Return a comparison in which an integer becomes a real number beside one."""

    def compared(left: Scalar, right: Scalar) -> Scalar:
        if isinstance(left, float) and isinstance(right, int):
            return compare(left, float(right))
        if isinstance(left, int) and isinstance(right, float):
            return compare(float(left), right)
        return compare(left, right)

    return compared


OPERATIONS: dict[str, Callable[..., Scalar]] = {
    "+": _add,
    "-": lambda a, b: wrapped(a - b),
    "*": lambda a, b: wrapped(a * b),
    "/": divide,
    "//": whole_division,
    "%": remainder,
    "**": power,
    "&": lambda a, b: int(a) & int(b),
    "|": lambda a, b: int(a) | int(b),
    "^": lambda a, b: int(a) ^ int(b),
    "<<": lambda a, b: wrapped(int(a) << (int(b) & 63)),
    ">>": lambda a, b: int(a) >> (int(b) & 63),
    **{sign: _compared(compare) for sign, compare in _COMPARISONS.items()},
}


def _guarded(
    function: Callable[[float], float], beyond: Callable[[float], float]
) -> Callable[[float], float]:
    """Return a function that gives C++'s result where Python's raises."""

    def called(x: float) -> float:
        try:
            return function(x)
        except (OverflowError, ValueError):
            return beyond(x)

    return called


def _logarithm(function: _Function) -> _Function:
    return _guarded(function, lambda x: -math.inf if x == 0 else math.nan)


def half_away(x: float) -> float:
    """Round to the nearest whole number, halves away from zero."""
    return math.copysign(math.floor(abs(x) + 0.5), x) if math.isfinite(x) else x


def _of_reals(function: _Function) -> _Function:
    """Return a function to whole numbers that leaves integers as they are."""
    return lambda x: x if isinstance(x, int) else function(x)


FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": _guarded(math.exp, lambda x: math.inf),
    "expm1": _guarded(math.expm1, lambda x: math.inf),
    "ln": _logarithm(math.log),
    "log10": _logarithm(math.log10),
    "sin": _guarded(math.sin, lambda x: math.nan),
    "cos": _guarded(math.cos, lambda x: math.nan),
    "tan": _guarded(math.tan, lambda x: math.nan),
    "sinh": _guarded(math.sinh, lambda x: math.copysign(math.inf, x)),
    "cosh": _guarded(math.cosh, lambda x: math.inf),
    "tanh": math.tanh,
    "erf": math.erf,
    "erfc": math.erfc,
    "pow": power,
    "ceil": _of_reals(lambda x: math.copysign(math.ceil(x), x) if math.isfinite(x) else x),
    "floor": _of_reals(lambda x: math.copysign(math.floor(x), x) if math.isfinite(x) else x),
    "round": _of_reals(half_away),
}


def random_services(
    rng: random.Random, number: Callable[[ast.Expression], float]
) -> dict[str, Callable[[ast.Call], Value | None]]:
    """Return the random functions of the language over a generator.

    Parameters
    ----------
    rng
        Where the numbers come from.
    number
        Evaluates an argument.
    """

    def arguments(call: ast.Call) -> list[float]:
        return [number(item) for item in call.arguments]

    def normal(call: ast.Call) -> float:
        mean, deviation = arguments(call)
        return rng.gauss(mean, deviation)

    def uniform(call: ast.Call) -> float:
        offset, scale = arguments(call)
        return offset + scale * rng.random()

    def poisson(call: ast.Call) -> int:
        rate, count, left = arguments(call)[0], -1, 0.0
        while left <= rate:
            left += rng.expovariate(1.0)
            count += 1
        return count

    return {"random_normal": normal, "random_uniform": uniform, "random_poisson": poisson}
