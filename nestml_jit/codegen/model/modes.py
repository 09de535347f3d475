"""Functions of time as sums of modes: c t^k exp(a t), times 1, cos(w t) or sin(w t), and delta pulses.

    exp(-t / tau) * cos(t / T) ** 2

is 0.5 exp(-t / tau) + 0.5 exp(-t / tau) cos(2 t / T), since cos(x)**2 = (1 + cos(2 x)) / 2. Factors, rates
and frequencies are expressions of parameters, whose values are not known. A sum of modes solves a linear
equation. Rates and frequencies alone determine its characteristic polynomial: exp(a t) and t exp(a t) both
solve the equation with the polynomial (x - a)**2, which is x'' = 2 a x' - a**2 x.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from nestml_jit.codegen.model.problem import EQUATIONS, CannotGenerate
from nestml_jit.codegen.model.symbolic import (
    ONE,
    ZERO,
    add,
    divide,
    multiply,
    names,
    negate,
    number,
    power,
    subtract,
)
from nestml_jit.dsl.tree import Binary, Call, Expression, Literal, Name, Unary

_TIME = "t"
_HALF = Literal(0.5)
_MOST = 8


@dataclass(frozen=True)
class Mode:
    """t^power exp(rate t) times 1 (`wave` empty), cos(frequency t) or sin(frequency t), or delta(t)."""

    power: int
    rate: Expression
    wave: str = ""
    frequency: Expression = ZERO


Modes = Mapping[Mode, Expression]
"""Modes with their constant factors."""

PULSE = Mode(0, ZERO, "delta")
_CONSTANT = Mode(0, ZERO)
_LINEAR = Mode(1, ZERO)


def modes(value: Expression) -> Modes:
    """Write a function of time as a sum of modes.

    Raises
    ------
    CannotGenerate
        If it is not such a sum.
    """
    if _TIME not in names(value):
        return {_CONSTANT: value}
    if isinstance(value, Name) and value.index is None:
        return {_LINEAR: ONE}
    if isinstance(value, Unary) and value.operator in ("-", "+"):
        inner = modes(value.operand)
        return inner if value.operator == "+" else _scaled(inner, Literal(-1))
    if isinstance(value, Binary):
        return _of_binary(value)
    if isinstance(value, Call) and value.name == "pow" and len(value.arguments) == 2:
        return _of_power(value, *value.arguments)
    if isinstance(value, Call) and len(value.arguments) == 1:
        return _of_call(value)
    raise _no_modes(value)


def _no_modes(value: Expression) -> CannotGenerate:
    message = "this kernel is not a sum of products of powers, exponentials, sines and cosines of t"
    return CannotGenerate(EQUATIONS, message, value, "write the kernel as an ODE")


def _scaled(found: Modes, by: Expression) -> Modes:
    return {mode: multiply(by, factor) for mode, factor in found.items()}


def _of_binary(node: Binary) -> Modes:
    if node.operator in ("+", "-"):
        right = modes(node.right)
        return _sum(modes(node.left), right if node.operator == "+" else _scaled(right, Literal(-1)))
    if node.operator == "*":
        return _product(modes(node.left), modes(node.right))
    if node.operator == "/":
        if _TIME not in names(node.right):
            return {mode: divide(factor, node.right) for mode, factor in modes(node.left).items()}
        return _product(modes(node.left), _exponential_to(node, modes(node.right), Literal(-1)))
    if node.operator == "**":
        return _of_power(node, node.left, node.right)
    raise _no_modes(node)


def _of_power(node: Expression, base: Expression, exponent: Expression) -> Modes:
    if _TIME not in names(base):
        is_e = isinstance(base, Literal) and base.value == math.e
        return _exponential(node, exponent, ONE if is_e else Call("ln", (base,)))
    if _TIME in names(exponent):
        raise _no_modes(node)
    found, count = modes(base), number(exponent)
    if count is not None and count.denominator == 1 and 0 < count <= _MOST:
        result = found
        for _ in range(int(count) - 1):
            result = _product(result, found)
        return result
    return _exponential_to(node, found, exponent)


def _exponential_to(node: Expression, found: Modes, exponent: Expression) -> Modes:
    """Return a constant power of a single exponential."""
    if len(found) != 1:
        raise _no_modes(node)
    ((mode, factor),) = found.items()
    if mode.power or mode.wave:
        raise _no_modes(node)
    return {Mode(0, multiply(exponent, mode.rate)): power(factor, exponent)}


def _of_call(node: Call) -> Modes:
    (argument,) = node.arguments
    if node.name == "delta":
        return {PULSE: ONE}
    if node.name == "exp":
        return _exponential(node, argument, ONE)
    if node.name == "expm1":
        return _sum(_exponential(node, argument, ONE), {_CONSTANT: Literal(-1)})
    if node.name in ("sinh", "cosh"):
        up = _scaled(_exponential(node, argument, ONE), _HALF)
        down = _scaled(_exponential(node, argument, Literal(-1)), _HALF)
        return _sum(up, down if node.name == "cosh" else _scaled(down, Literal(-1)))
    if node.name in ("sin", "cos"):
        return _wave(node)
    if node.name == "sqrt":
        return _exponential_to(node, modes(argument), _HALF)
    raise _no_modes(node)


def _line(node: Expression, argument: Expression) -> tuple[Expression, Expression]:
    """Return the offset and the slope of a linear function of time."""
    found = modes(argument)
    if not set(found) <= {_CONSTANT, _LINEAR}:
        raise _no_modes(node)
    return found.get(_CONSTANT, ZERO), found.get(_LINEAR, ZERO)


def _exponential(node: Expression, argument: Expression, scale: Expression) -> Modes:
    """Return exp(scale * argument)."""
    offset, slope = (multiply(scale, part) for part in _line(node, argument))
    return {Mode(0, slope): ONE if number(offset) == 0 else Call("exp", (offset,))}


def _wave(node: Call) -> Modes:
    offset, slope = _line(node, node.arguments[0])
    cosine, sine = Mode(0, ZERO, "cos", slope), Mode(0, ZERO, "sin", slope)
    if number(offset) == 0:
        return {sine if node.name == "sin" else cosine: ONE}
    cos0, sin0 = Call("cos", (offset,)), Call("sin", (offset,))
    return {sine: cos0, cosine: sin0} if node.name == "sin" else {cosine: cos0, sine: negate(sin0)}


def _sum(left: Modes, right: Modes) -> Modes:
    result = dict(left)
    for mode, factor in right.items():
        result[mode] = add(result[mode], factor) if mode in result else factor
    return result


def _product(left: Modes, right: Modes) -> Modes:
    result: Modes = {}
    for first, one in left.items():
        for second, two in right.items():
            result = _sum(result, _scaled(_product_of_two(first, second), multiply(one, two)))
    return result


def _product_of_two(first: Mode, second: Mode) -> Modes:
    if PULSE in (first, second):
        other = second if first == PULSE else first
        if other == PULSE:
            raise CannotGenerate(EQUATIONS, "a kernel has no product of delta pulses")
        return {PULSE: at_zero(other, 0)}
    common = Mode(first.power + second.power, add(first.rate, second.rate))
    if not (first.wave and second.wave):
        waving = first if first.wave else second
        return {replace(common, wave=waving.wave, frequency=waving.frequency): ONE}
    return _product_of_waves(common, first, second)


def _product_of_waves(common: Mode, first: Mode, second: Mode) -> Modes:
    """Return a product of sines and cosines by the sum and the difference of the frequencies.

    cos(v t) cos(w t) is 0.5 cos((v + w) t) + 0.5 cos((v - w) t).
    """
    same = first.frequency == second.frequency
    apart = ZERO if same else subtract(first.frequency, second.frequency)
    together = add(first.frequency, second.frequency)
    wave = "cos" if first.wave == second.wave else "sin"
    plus, minus = (1, 1) if "sin" not in (first.wave, second.wave) else (-1, 1)
    if wave == "sin":
        plus, minus = (1, 1) if first.wave == "sin" else (1, -1)
    found: dict[Mode, Expression] = {
        replace(common, wave=wave, frequency=together): _HALF if plus > 0 else negate(_HALF)
    }
    if not same:
        found[replace(common, wave=wave, frequency=apart)] = _HALF if minus > 0 else negate(_HALF)
    elif wave == "cos":
        found[common] = _HALF
    return found


def characteristic(found: Modes) -> list[Expression]:
    """Return the coefficients of the characteristic polynomial, lowest power first; the highest one is 1.

    Each rate a gives a factor x - a, and each rate with a frequency w a factor x**2 - 2 a x + a**2 + w**2. A
    mode with t^k has its factor k + 1 times.
    """
    multiplicity: dict[tuple[Expression, Expression | None], int] = {}
    for mode in found:
        key = (mode.rate, mode.frequency if mode.wave else None)
        multiplicity[key] = max(multiplicity.get(key, 0), mode.power + 1)
    result: list[Expression] = [ONE]
    for (rate, frequency), count in multiplicity.items():
        factor = [negate(rate), ONE]
        if frequency is not None:
            square = add(power(rate, Literal(2)), power(frequency, Literal(2)))
            factor = [square, multiply(Literal(-2), rate), ONE]
        for _ in range(count):
            result = _polynomial_product(result, factor)
    return result


def _polynomial_product(left: list[Expression], right: list[Expression]) -> list[Expression]:
    result: list[Expression] = [ZERO] * (len(left) + len(right) - 1)
    for i, one in enumerate(left):
        for j, two in enumerate(right):
            result[i + j] = add(result[i + j], multiply(one, two))
    return result


def at_zero(mode: Mode, order: int) -> Expression:
    """Return the n-th derivative of a mode at t = 0, n being `order`.

    For a mode with t^k it is (n choose k) k! times the (n - k)-th derivative of the mode without t^k. So t
    exp(a t) has the derivatives 0, 1 and 2 a.
    """
    if order < mode.power:
        return ZERO
    cosine: Expression = ONE
    sine: Expression = ZERO
    for _ in range(order - mode.power):
        cosine, sine = (
            subtract(multiply(mode.rate, cosine), multiply(mode.frequency, sine)),
            add(multiply(mode.rate, sine), multiply(mode.frequency, cosine)),
        )
    value = sine if mode.wave == "sin" else cosine
    return multiply(Literal(math.comb(order, mode.power) * math.factorial(mode.power)), value)
