"""Convolution of a kernel with a spike train as state variables of a linear system.

A kernel that is given as a function of time must be a sum of terms c t^k exp(a t) cos(w t) or
sin(w t). Its characteristic polynomial follows from the exponents alone, so no symbolic solver is
needed and equal time constants are no special case.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from nestml_jit.codegen.names import canonical, convolved, element
from nestml_jit.codegen.problem import EQUATIONS, CannotGenerate
from nestml_jit.codegen.symbolic import (
    ONE,
    ZERO,
    add,
    divide,
    fold,
    multiply,
    names,
    negate,
    number,
    power,
    rewrite,
    substitute,
    subtract,
    total,
)
from nestml_jit.dsl.tree import Binary, Call, Expression, Kernel, Literal, Model, Name, Ode, Unary

_TIME = "t"


@dataclass(frozen=True)
class Convolution:
    """State variables of `convolve(kernel, port)`.

    Attributes
    ----------
    name
        The first variable.
    port
        The spike port.
    odes
        Right-hand side per variable.
    initial
        What a spike of weight 1 adds to each variable.
    impulse
        The kernel is this multiple of a delta pulse; `odes` is then empty.
    """

    name: str
    port: Name
    odes: Mapping[str, Expression]
    initial: Mapping[str, Expression]
    impulse: Expression | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the state variables; of the pulse, if the kernel is one."""
        return tuple(self.initial)


def port_name(port: Name) -> str:
    """Return the name of a port: an element if it is one of a vector."""
    if port.index is None:
        return port.name
    index = number(port.index)
    if index is None:
        raise CannotGenerate(EQUATIONS, "the index of a port must be a number here", port)
    return element(port.name, int(index))


def convolution(
    kernel_name: str,
    kernel: Kernel,
    port: Name,
    model: Model,
    normal: Callable[[Expression], Expression],
) -> Convolution:
    """Build the variables of `convolve(kernel_name, port)`."""
    head = kernel.equations[0]
    name = convolved(kernel_name, port_name(port))
    if head.order == 0:
        value = normal(head.value)
        pulse = _impulse(value)
        if pulse is not None:
            return Convolution(name, port, {}, {name: pulse}, pulse)
        return _from_function(name, port, value)
    return _from_odes(name, kernel, port, model, normal)


def _impulse(value: Expression) -> Expression | None:
    """Return the factor of `factor * delta(t)`, None for other kernels."""
    found = [node for node in value.walk() if isinstance(node, Call) and node.name == "delta"]
    if len(found) != 1:
        return None
    return fold(rewrite(value, lambda node: ONE if node == found[0] else node))


def _from_odes(
    name: str,
    kernel: Kernel,
    port: Name,
    model: Model,
    normal: Callable[[Expression], Expression],
) -> Convolution:
    given = {(item.name, item.order): item for item in model.state}

    def variable(ode: Ode, order: int) -> str:
        return canonical(convolved(ode.name, port_name(port)), order)

    renamed: dict[str, Expression] = {}
    for ode in kernel.equations:
        for order in range(ode.order):
            renamed[canonical(ode.name, order)] = Name(variable(ode, order))
    odes: dict[str, Expression] = {}
    initial: dict[str, Expression] = {}
    for ode in kernel.equations:
        for order in range(ode.order):
            declared = given.get((ode.name, order))
            if declared is None or declared.value is None:
                primes = "'" * order
                raise CannotGenerate(
                    EQUATIONS, f"the kernel needs an initial value of {ode.name}{primes}", ode
                )
            initial[variable(ode, order)] = normal(declared.value)
            odes[variable(ode, order)] = Name(variable(ode, order + 1))
        odes[variable(ode, ode.order - 1)] = substitute(normal(ode.value), renamed)
    return Convolution(name, port, odes, initial)


# --- functions of time ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Mode:
    """t^power exp(rate t) times 1 (`wave` empty), cos(frequency t) or sin(frequency t)."""

    power: int
    rate: Expression
    wave: str = ""
    frequency: Expression = ZERO


_Modes = dict[_Mode, Expression]
_CONSTANT = _Mode(0, ZERO)


def _from_function(name: str, port: Name, value: Expression) -> Convolution:
    modes = _modes(value)
    polynomial = _characteristic(modes)
    order = len(polynomial) - 1
    variables = [canonical(name, index) for index in range(order)]
    odes: dict[str, Expression] = {variables[index]: Name(variables[index + 1]) for index in range(order - 1)}
    odes[variables[-1]] = total(
        negate(multiply(polynomial[index], Name(variables[index]))) for index in range(order)
    )
    initial = {
        variables[index]: total(multiply(factor, _at_zero(mode, index)) for mode, factor in modes.items())
        for index in range(order)
    }
    return Convolution(name, port, odes, initial)


def _modes(value: Expression) -> _Modes:
    """Write a function of time as a sum of modes with constant factors."""
    if _TIME not in names(value):
        return {_CONSTANT: value}
    if isinstance(value, Name) and value.index is None:
        return {_Mode(1, ZERO): ONE}
    if isinstance(value, Unary) and value.operator == "-":
        return {mode: negate(factor) for mode, factor in _modes(value.operand).items()}
    if isinstance(value, Binary):
        return _binary_modes(value)
    if isinstance(value, Call) and len(value.arguments) == 1:
        return _call_modes(value)
    raise _no_modes(value)


def _no_modes(value: Expression) -> CannotGenerate:
    message = "this kernel is not a sum of products of powers, exponentials, sines and cosines of t"
    return CannotGenerate(EQUATIONS, message, value, "write the kernel as an ODE")


def _binary_modes(node: Binary) -> _Modes:
    if node.operator in ("+", "-"):
        right = node.right if node.operator == "+" else negate(node.right)
        return _sum(_modes(node.left), _modes(right))
    if node.operator == "*":
        return _multiply(_modes(node.left), _modes(node.right))
    if node.operator == "/" and _TIME not in names(node.right):
        return {mode: divide(factor, node.right) for mode, factor in _modes(node.left).items()}
    if node.operator == "**":
        exponent = number(node.right)
        if exponent is not None and exponent.denominator == 1 and 0 < exponent <= 8:
            result = base = _modes(node.left)
            for _ in range(int(exponent) - 1):
                result = _multiply(result, base)
            return result
        if _TIME not in names(node.left):
            is_e = isinstance(node.left, Literal) and node.left.value == math.e
            scale = ONE if is_e else Call("ln", (node.left,))
            return _call_modes(Call("exp", (multiply(scale, node.right),)))
    raise _no_modes(node)


def _call_modes(node: Call) -> _Modes:
    argument = _modes(node.arguments[0])
    linear = _Mode(1, ZERO)
    if not set(argument) <= {_CONSTANT, linear}:
        raise _no_modes(node)
    offset, slope = argument.get(_CONSTANT, ZERO), argument.get(linear, ZERO)
    if node.name == "exp":
        factor = ONE if number(offset) == 0 else Call("exp", (offset,))
        return {_Mode(0, slope): factor}
    if node.name in ("sin", "cos"):
        cosine, sine = _Mode(0, ZERO, "cos", slope), _Mode(0, ZERO, "sin", slope)
        if number(offset) == 0:
            return {sine if node.name == "sin" else cosine: ONE}
        cos0, sin0 = Call("cos", (offset,)), Call("sin", (offset,))
        if node.name == "sin":
            return {sine: cos0, cosine: sin0}
        return {cosine: cos0, sine: negate(sin0)}
    raise _no_modes(node)


def _sum(left: _Modes, right: _Modes) -> _Modes:
    result = dict(left)
    for mode, factor in right.items():
        result[mode] = add(result[mode], factor) if mode in result else factor
    return result


def _multiply(left: _Modes, right: _Modes) -> _Modes:
    result: _Modes = {}
    for first, one in left.items():
        for second, two in right.items():
            if first.wave and second.wave:
                raise CannotGenerate(EQUATIONS, "a product of sines in a kernel is not supported", one)
            waving = first if first.wave else second
            mode = replace(waving, power=first.power + second.power, rate=add(first.rate, second.rate))
            result = _sum(result, {mode: multiply(one, two)})
    return result


def _characteristic(modes: _Modes) -> list[Expression]:
    """Coefficients of the characteristic polynomial, lowest power first, the highest one is 1."""
    multiplicity: dict[tuple[Expression, Expression | None], int] = {}
    for mode in modes:
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


def _at_zero(mode: _Mode, order: int) -> Expression:
    """Return the derivative of a mode at t = 0: (n choose k) k! times that of its exponential."""
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
