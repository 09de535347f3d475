"""The differential equations of a model: those with an exact solution, and those that need a solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.codegen.model.affine import System, analyse
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.symbolic import ZERO, derivative, multiply, names, simplify, substitute
from nestml_jit.dsl.tree import Expression, Literal, Ode

TOLERANCES = ("gsl_abs_error_tol", "gsl_rel_error_tol")

Impulses = Mapping[str, tuple[tuple[str, Expression], ...]]


@dataclass(frozen=True)
class Equations:
    """First-order equations of a model.

    Attributes
    ----------
    sides
        Right-hand side per variable, convolutions included, without spikes.
    impulses
        Per variable, the ports whose events add to it directly, with a factor.
    system
        The equations, sorted into linear ones and others.
    """

    sides: Mapping[str, Expression]
    impulses: Impulses
    system: System

    @property
    def is_numeric(self) -> bool:
        """Whether any variable needs a numerical solver."""
        return bool(self.system.nonlinear)


def equations(normal: Normal) -> Equations:
    """Sort the equations of a model.

    Raises
    ------
    CannotGenerate
        If spikes enter an equation in another way than as a sum.

    Examples
    --------
    Everything is linear with constant coefficients, so that nothing needs a solver:

    >>> from nestml_jit.codegen.examples import CURRENT, model
    >>> from nestml_jit.codegen.model.normal import normalise
    >>> system = equations(normalise(model(CURRENT))).system
    >>> list(system.linear), list(system.nonlinear)
    (['V_m', 'alpha*spikes', "alpha*spikes'"], [])
    """
    odes, impulses = without_impulses(normal)
    static = frozenset(symbol.name for symbol in normal.of_kind("parameter", "internal"))
    extra = {name: side for made in normal.convolutions for name, side in made.odes.items()}
    sides = {name: ode.value for name, ode in odes.items()} | extra
    return Equations(sides, impulses, analyse(odes, static, extra))


def without_impulses(normal: Normal) -> tuple[dict[str, Ode], Impulses]:
    """Take spike ports and delta pulses out of the right-hand sides."""
    scale: dict[str, tuple[str, Expression]] = {
        name: (name, Literal(1)) for name, port in normal.ports.items() if port.signal == "spike"
    }
    for made in normal.convolutions:
        if made.impulse is not None:
            scale[made.name] = (made.port.name, made.impulse)
    odes: dict[str, Ode] = {}
    impulses: dict[str, tuple[tuple[str, Expression], ...]] = {}
    for name, ode in normal.odes.items():
        present = [item for item in scale if item in names(ode.value)]
        factors = {item: _factor(ode, item, set(scale)) for item in present}
        found = [(scale[item][0], multiply(factors[item], scale[item][1])) for item in present]
        rest = simplify(substitute(ode.value, dict.fromkeys(present, ZERO)))
        odes[name] = Ode(name, 1, rest, span=ode.span)
        if found:
            impulses[name] = tuple(found)
    return odes, impulses


def _factor(ode: Ode, port: str, ports: set[str]) -> Expression:
    factor = derivative(ode.value, port)
    if factor is None or names(factor) & ports:
        raise CannotGenerate(UNSUPPORTED, f"{ode.name}' must be linear in the spikes of {port}", ode)
    return factor


def needed(start: tuple[str, ...], sides: Mapping[str, Expression], allowed: set[str]) -> tuple[str, ...]:
    """Return the variables among `allowed` on which the sides of `start` depend, directly or not."""
    found: list[str] = []
    todo = list(start)
    while todo:
        reading = names(sides[todo.pop()])
        for name in sides:
            if name in reading and name in allowed and name not in found and name not in start:
                found.append(name)
                todo.append(name)
    return tuple(name for name in sides if name in found)
