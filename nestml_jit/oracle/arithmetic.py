"""Numbers and operations as in C++: they do not raise, and a division by zero gives an infinity."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Mapping
from typing import TypeAlias

from nestml_jit.dsl import tree as ast
from nestml_jit.functions import BUILTINS, power, wrapped

Scalar: TypeAlias = "float | int | bool | str"
Value: TypeAlias = "Scalar | list[Scalar]"


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
        For two integers, whose division by zero is not defined in C++ either.
    """
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return wrapped(quotient if (left < 0) == (right < 0) else -quotient)
    real = divide(left, right)
    return float(math.trunc(real)) if math.isfinite(real) else real


def remainder(left: int, right: int) -> int:
    """Return the remainder of a division that cuts the fraction off, with the sign of the left side."""
    rest = abs(left) % abs(right)
    return rest if left >= 0 else -rest


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


def of_reals(function: Callable[..., float]) -> Callable[..., float]:
    """Return a function to whole numbers that leaves integers as they are."""
    return lambda x: x if isinstance(x, int) else function(x)


FUNCTIONS: Mapping[str, Callable[..., float]] = {
    name: item.reference for name, item in BUILTINS.items() if item.reference is not None
}
"""The elementary functions. They take numbers as C++ casts them: all integers, or all real."""


def random_services(
    rng: random.Random, number: Callable[[ast.Expression], float]
) -> dict[str, Callable[[ast.Call], Value | None]]:
    """Return the random functions of the language over a generator.

    Parameters
    ----------
    rng
        The generator of the numbers.
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
