"""Types of expressions, and the rules by which values of one may become values of another."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.units import DIMENSIONLESS, Scale, Unit, cast_factor, describe, unit_of
from nestml_jit.kinds import BasicName

KindName = Literal[BasicName, "unit", "error"]
NUMERIC = frozenset(("integer", "real", "unit"))


@dataclass(frozen=True)
class Kind:
    """The type of an expression.

    Attributes
    ----------
    name
        "integer", "real", "unit", "boolean", "string", "void", or "error" for an expression with a mistake.
    unit
        The unit of a "unit"; without dimensions for all others.
    text
        Its name in messages.
    vector
        True for a whole vector.
    """

    name: KindName
    unit: Unit = DIMENSIONLESS
    text: str = ""
    vector: bool = False

    @property
    def numeric(self) -> bool:
        """Whether arithmetic is defined for it."""
        return self.name in NUMERIC

    @property
    def is_error(self) -> bool:
        """Whether the mistake has been reported."""
        return self.name == "error"

    @property
    def plain(self) -> bool:
        """Whether it is a number without dimensions."""
        return self.numeric and self.unit.dimensionless

    def __str__(self) -> str:
        return self.text or (describe(self.unit) if self.name == "unit" else self.name)


INTEGER = Kind("integer")
REAL = Kind("real")
BOOLEAN = Kind("boolean")
STRING = Kind("string")
VOID = Kind("void")
ERROR = Kind("error")
_BASIC = {kind.name: kind for kind in (INTEGER, REAL, BOOLEAN, STRING, VOID)}


def quantity(unit: Unit, text: str = "") -> Kind:
    """Return the type of a quantity."""
    return Kind("unit", unit, text)


def unit_named(name: str) -> Kind:
    """Return the type of a quantity in a unit known by name."""
    return quantity(unit_of(ast.UnitName(name)), name)


MS = unit_named("ms")
PER_SECOND = quantity(unit_of(ast.UnitName("s")) ** Fraction(-1), "1/s")


def kind_of(declared: ast.Type) -> Kind:
    """Return the type that a declaration names.

    Raises
    ------
    UnknownUnit
        If a name in it is not a unit.
    """
    if isinstance(declared, ast.BasicType):
        return _BASIC[declared.name]
    return quantity(unit_of(declared.expression), declared.text)


def castable(source: Kind, target: Kind) -> bool:
    """Return whether a value may be stored in a variable, passed or returned as `target`."""
    if source.is_error or target.is_error:
        return True
    if target.name == "boolean":
        return source.name in ("boolean", "real")
    if target.name in ("string", "void"):
        return source.name == target.name
    if target.name == "real":
        return source.numeric or source.name == "boolean"
    if target.name == "integer":
        return source.name in ("integer", "real") or (source.name == "unit" and source.unit.dimensionless)
    return source.numeric and source.unit.dimensions == target.unit.dimensions


def factor(source: Kind, target: Kind) -> Scale:
    """Return the factor of the stored number in a cast; 1 unless the dimensions are equal."""
    if not (source.numeric and target.numeric) or source.unit.dimensions != target.unit.dimensions:
        return Scale()
    return cast_factor(source.unit, target.unit)


def derivative(kind: Kind, order: int) -> Kind:
    """Return the type of the derivative of a variable."""
    if not order or not kind.numeric:
        return kind
    return quantity(kind.unit * PER_SECOND.unit ** Fraction(order))
