"""Convolution of a kernel with a spike train as state variables of a linear system.

A kernel that is a function of time must be a sum of modes (`modes.py`). Such a sum solves a linear system,
which follows from the modes without a symbolic solver. Equal time constants need no special case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nestml_jit.codegen.model.modes import PULSE, Modes, at_zero, characteristic, modes
from nestml_jit.codegen.model.names import canonical, convolved, element
from nestml_jit.codegen.model.problem import EQUATIONS, CannotGenerate
from nestml_jit.codegen.model.symbolic import multiply, negate, number, substitute, total
from nestml_jit.dsl.tree import Expression, Kernel, Model, Name, Ode


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
        Increment of each variable by a spike of weight 1.
    impulse
        The convolution is this multiple of a delta pulse. It then has no variable, and `odes` is empty.
    """

    name: str
    port: Name
    odes: Mapping[str, Expression]
    initial: Mapping[str, Expression]
    impulse: Expression | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the state variables."""
        return tuple(self.initial)


def port_name(port: Name) -> str:
    """Return the name of a port: an element if it is one of a vector."""
    if port.index is None:
        return port.name
    index = number(port.index)
    if index is None:
        raise CannotGenerate(EQUATIONS, "the index of a port must be a number here", port)
    return element(port.name, int(index))


def convolutions(
    kernel_name: str,
    kernel: Kernel,
    port: Name,
    model: Model,
    normal: Callable[[Expression], Expression],
) -> tuple[Convolution, ...]:
    """Return the terms of `convolve(kernel_name, port)`: the first variable of each, and a pulse."""
    head = kernel.equations[0]
    name = convolved(kernel_name, port_name(port))
    if head.order == 0:
        return _from_function(name, port, normal(head.value))
    return (_from_odes(name, kernel, port, model, normal),)


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


def _from_function(name: str, port: Name, value: Expression) -> tuple[Convolution, ...]:
    found = dict(modes(value))
    pulse = found.pop(PULSE, None)
    made = () if pulse is None else (Convolution(f"pulse({name})", port, {}, {}, pulse),)
    return (*([_of_modes(name, port, found)] if found else []), *made)


def _of_modes(name: str, port: Name, found: Modes) -> Convolution:
    polynomial = characteristic(found)
    order = len(polynomial) - 1
    variables = [canonical(name, index) for index in range(order)]
    odes: dict[str, Expression] = {variables[index]: Name(variables[index + 1]) for index in range(order - 1)}
    odes[variables[-1]] = total(
        negate(multiply(polynomial[index], Name(variables[index]))) for index in range(order)
    )
    initial = {
        variables[index]: total(multiply(factor, at_zero(mode, index)) for mode, factor in found.items())
        for index in range(order)
    }
    return Convolution(name, port, odes, initial)
