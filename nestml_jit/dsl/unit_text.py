"""The canonical spelling of units."""

from __future__ import annotations

from fractions import Fraction

from nestml_jit.dsl import tree as ast


def unit_text(unit: ast.UnitExpression) -> str:
    """Return a unit as it is written in a model, with as few brackets as possible."""
    if isinstance(unit, ast.UnitName):
        return unit.name
    if isinstance(unit, ast.UnitPower):
        base = unit_text(unit.base)
        if not isinstance(unit.base, ast.UnitName):
            base = f"({base})"
        return f"{base}**{_exponent_text(unit.exponent)}"
    right = unit_text(unit.right)
    if isinstance(unit.right, ast.UnitProduct):
        right = f"({right})"
    return f"{unit_text(unit.left)}{'/' if unit.operator == '/' else ' * '}{right}"


def _exponent_text(exponent: Fraction) -> str:
    if exponent.denominator == 1:
        return str(exponent.numerator)
    return f"({exponent.numerator}/{exponent.denominator})"
