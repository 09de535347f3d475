"""The solver that "auto" stands for: Rosenbrock's method for stiff equations, else Runge-Kutta-Fehlberg.

Explicit methods need steps of a few time constants of the fastest variable, even if it hardly changes. The
derivatives of the right-hand sides at the beginning show these time constants: with the defaults of
parameters, without input. Equations that become stiff later, or because of parameters that are set, are not
found. They are slow, but their solution is right, and the user can name another solver.
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.codegen.model.equations import Equations
from nestml_jit.codegen.model.gap_junctions import PER_STEP
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.model.problem import CannotGenerate
from nestml_jit.codegen.model.symbolic import ZERO, derivative, names, substitute
from nestml_jit.codegen.plan.evaluation import Defaults, UnevaluatedError
from nestml_jit.dsl.tree import Expression
from nestml_jit.solvers import AUTO, DEFAULT, FOR_STIFF

LIMIT = 200.0
"""Rate in 1/ms above which equations count as stiff: explicit methods need six steps or more in 0.1 ms."""


def chosen(solver: str, normal: Normal, equations: Equations) -> tuple[str, str]:
    """Return the solver, and the reason if "auto" stands for another one than the default.

    Parameters
    ----------
    solver
        A name out of `solvers.SOLVERS`.
    """
    if solver not in (AUTO, ""):
        return solver, ""
    if not equations.system.nonlinear or not _differentiable(equations):
        return DEFAULT, ""
    rate, name = max(_rates(normal, equations), default=(0.0, ""))
    if rate <= LIMIT:
        return DEFAULT, ""
    return FOR_STIFF, f"stiff: {name} decays with {rate:.4g}/ms at the beginning"


def _differentiable(equations: Equations) -> bool:
    """Return whether all derivatives that an implicit method needs can be written down."""
    sides = equations.sides
    return all(derivative(side, other) is not None for side in sides.values() for other in sides)


def _rates(normal: Normal, equations: Equations) -> Iterator[tuple[float, str]]:
    """Yield how fast each nonlinear variable goes back to where its equation holds it, in 1/ms."""
    values = Defaults(normal)
    absent = {"t", *PER_STEP, *normal.ports, *(name for made in normal.convolutions for name in made.odes)}
    for name in equations.system.nonlinear:
        slope = derivative(equations.sides[name], name)
        rate = _value(slope, values, absent) if slope is not None else None
        if rate is not None:
            yield -rate, name


def _value(expression: Expression, values: Defaults, absent: set[str]) -> float | None:
    """Return a value at the beginning, before any input arrives; None if it has none."""
    silent = substitute(expression, dict.fromkeys(names(expression) & absent, ZERO))
    try:
        found = values.value(silent)
    except (ArithmeticError, CannotGenerate, LookupError, UnevaluatedError):
        return None
    return found if abs(found) < float("inf") else None
