"""The structure of a system of ODEs: which part is linear, and in what.

A right-hand side is affine if it is a sum of terms `coefficient * variable` plus a rest without
variables. Coefficients must be static: made of parameters, internals and constants. The rest is
sorted into drives, products of a static coefficient and something that changes during a simulation
but not within a step (an input current, a state without an ODE). `None` stands for the constant 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nestml_jit.codegen.model.symbolic import ONE, add, calls, divide, fold, multiply, names, negate
from nestml_jit.dsl.tree import Binary, Expression, Name, Ode, Unary
from nestml_jit.functions import RANDOM

Drive = Expression | None


@dataclass(frozen=True)
class Affine:
    """sum of linear[x] * x + sum of drives[d] * d; all coefficients are static expressions."""

    linear: Mapping[str, Expression]
    drives: Mapping[Drive, Expression]

    def scaled(self, change: Callable[[Expression], Expression]) -> Affine:
        """Return the form with `change` applied to every coefficient."""
        return Affine(
            {name: change(factor) for name, factor in self.linear.items()},
            {drive: change(factor) for drive, factor in self.drives.items()},
        )

    def plus(self, other: Affine) -> Affine:
        """Return the sum of two forms."""
        linear, drives = dict(self.linear), dict(self.drives)
        for name, factor in other.linear.items():
            linear[name] = add(linear[name], factor) if name in linear else factor
        for drive, factor in other.drives.items():
            drives[drive] = add(drives[drive], factor) if drive in drives else factor
        return Affine(linear, drives)


@dataclass(frozen=True)
class SystemRoles:
    """The names of the variables of a system, and the names that do not change at all."""

    variables: frozenset[str]
    static: frozenset[str]

    def is_static(self, expression: Expression) -> bool:
        """Return whether the value changes only when a parameter does."""
        return names(expression) <= self.static and not calls(expression) & RANDOM

    def is_constant(self, expression: Expression) -> bool:
        """Return whether the value does not change within a step."""
        occurring = names(expression)
        return not occurring & self.variables and "t" not in occurring and not calls(expression) & RANDOM


def affine(expression: Expression, roles: SystemRoles) -> Affine | None:
    """Return the affine form of a right-hand side, None if it is not affine."""
    if roles.is_static(expression):
        return Affine({}, {None: expression})
    if isinstance(expression, Name) and expression.name in roles.variables and expression.delay is None:
        return Affine({expression.name: ONE}, {})
    if isinstance(expression, Unary) and expression.operator == "-":
        inner = affine(expression.operand, roles)
        return None if inner is None else inner.scaled(negate)
    if isinstance(expression, Binary) and expression.operator in ("+", "-"):
        left, right = affine(expression.left, roles), affine(expression.right, roles)
        if left is None or right is None:
            return None
        return left.plus(right if expression.operator == "+" else right.scaled(negate))
    if isinstance(expression, Binary) and expression.operator in ("*", "/"):
        scaled = _affine_product(expression, roles)
        if scaled is not None:
            return scaled
    if roles.is_constant(expression):
        return Affine({}, {fold(expression): ONE})
    return None


def _affine_product(node: Binary, roles: SystemRoles) -> Affine | None:
    if roles.is_static(node.right):
        inner = affine(node.left, roles)
        combine = multiply if node.operator == "*" else divide
        return None if inner is None else inner.scaled(lambda factor: combine(factor, node.right))
    if node.operator == "*" and roles.is_static(node.left):
        inner = affine(node.right, roles)
        return None if inner is None else inner.scaled(lambda factor: multiply(node.left, factor))
    return None


@dataclass(frozen=True)
class System:
    """ODEs sorted into linear ones and the rest.

    Attributes
    ----------
    linear
        Affine form per variable that has an exact solution.
    nonlinear
        Variables that need a numerical solver, with the reason.
    """

    linear: Mapping[str, Affine]
    nonlinear: Mapping[str, str]


def analyse(odes: Mapping[str, Ode], static: frozenset[str], extra: Mapping[str, Expression]) -> System:
    """Sort ODEs; `extra` are the right-hand sides of convolutions."""
    sides: dict[str, Expression] = {**{name: ode.value for name, ode in odes.items()}, **extra}
    roles = SystemRoles(frozenset(sides), static)
    forms = {name: affine(side, roles) for name, side in sides.items()}
    linear = {name: form for name, form in forms.items() if form is not None}
    reasons = {name: "its right-hand side is not linear" for name, form in forms.items() if form is None}
    changed = True
    while changed:
        changed = False
        for name, form in list(linear.items()):
            bad = [other for other in sides if other in form.linear and other in reasons]
            if bad:
                reasons[name] = f"it depends on {bad[0]}, which is not linear"
                del linear[name]
                changed = True
    return System(linear, reasons)


def components(linear: Mapping[str, Affine]) -> list[tuple[str, ...]]:
    """Return groups of variables that depend on each other in any direction, in the order of the ODEs."""
    group = {name: name for name in linear}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for name, form in linear.items():
        for other in form.linear:
            group[root(other)] = root(name)
    found: dict[str, list[str]] = {}
    for name in linear:
        found.setdefault(root(name), []).append(name)
    return [tuple(members) for members in found.values()]


def triangular_order(members: tuple[str, ...], linear: Mapping[str, Affine]) -> tuple[str, ...] | None:
    """Return an order in which no variable depends on a later one, None if there is a cycle."""
    order: list[str] = []
    left = list(members)
    while left:
        ready = [
            name for name in left if all(other == name or other in order for other in linear[name].linear)
        ]
        if not ready:
            return None
        order.append(ready[0])
        left.remove(ready[0])
    return tuple(order)


def reaches(members: tuple[str, ...], linear: Mapping[str, Affine]) -> dict[str, tuple[str, ...]]:
    """Return for each variable those that influence it over a step: the non-zeros of the propagator."""
    result: dict[str, tuple[str, ...]] = {}
    for name in members:
        seen = {name}
        todo = [name]
        while todo:
            for other in linear[todo.pop()].linear:
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        result[name] = tuple(item for item in members if item in seen)
    return result
