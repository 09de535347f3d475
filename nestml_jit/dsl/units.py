"""Physical units: dimensions, scales, and the units in which numbers are stored.

Inside a running model a quantity is a bare number in *storage units*: ms, mV, pA, nS, pF and GOhm
for time, voltage, current, conductance, capacitance and resistance whatever the prefix, and the unit
as written for every other symbol (`10 Hz` is 10, `10 s**-1` is 0.01 because it is per ms). Products
are stored in the product of the storage units. A cast between two units of one dimension multiplies
by the ratio of their storage scales, which is 1 unless a symbol of the second kind takes part.

Scales are exact: a power of ten, possibly fractional, times a rational number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from nestml_jit.dsl import tree as ast

Dimensions = tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True)
class Scale:
    """The positive number `10 ** ten * rest`."""

    ten: Fraction = Fraction(0)
    rest: Fraction = Fraction(1)

    def __mul__(self, other: Scale) -> Scale:
        return Scale(self.ten + other.ten, self.rest * other.rest)

    def __truediv__(self, other: Scale) -> Scale:
        return Scale(self.ten - other.ten, self.rest / other.rest)

    def __pow__(self, exponent: Fraction) -> Scale:
        if exponent.denominator == 1 or self.rest == 1:
            whole = exponent.numerator if exponent.denominator == 1 else 1
            return Scale(self.ten * exponent, self.rest**whole)
        return Scale(self.ten * exponent, Fraction(float(self.rest) ** float(exponent)))

    def exact(self) -> Fraction | None:
        """Return the number as a fraction, or None if it is irrational or out of all proportion."""
        if self.ten.denominator != 1 or abs(self.ten) > 400:
            return None
        return Fraction(10) ** self.ten.numerator * self.rest

    def __float__(self) -> float:
        exact = self.exact()
        if exact is not None:
            return nearest(exact)
        return math.pow(10.0, float(min(max(self.ten, Fraction(-300)), Fraction(300)))) * float(self.rest)


@dataclass(frozen=True)
class Unit:
    """A unit: its dimensions, its scale, and the scale in which its quantities are stored.

    Attributes
    ----------
    dimensions
        Exponents over SI base units (and counts, pixels, ...), sorted, without zeros.
    scale
        One of this unit, in SI base units.
    storage
        One of the unit in which such a quantity is stored, in SI base units.
    """

    dimensions: Dimensions = ()
    scale: Scale = Scale()
    storage: Scale = Scale()

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.dimensions)
        for name, power in other.dimensions:
            powers[name] = powers.get(name, Fraction(0)) + power
        return Unit(_sorted(powers), self.scale * other.scale, self.storage * other.storage)

    def __truediv__(self, other: Unit) -> Unit:
        return self * other ** Fraction(-1)

    def __pow__(self, exponent: Fraction) -> Unit:
        powers = {name: power * exponent for name, power in self.dimensions}
        return Unit(_sorted(powers), self.scale**exponent, self.storage**exponent)

    @property
    def dimensionless(self) -> bool:
        """Whether it is a pure number, such as ms/s."""
        return not self.dimensions

    def stored(self) -> Unit:
        """Return the unit whose number is the stored number."""
        return Unit(self.dimensions, self.storage, self.storage)


def _sorted(powers: dict[str, Fraction]) -> Dimensions:
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def nearest(number: Fraction) -> float:
    """Return the nearest double; an infinity if the number is beyond them."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


DIMENSIONLESS = Unit()
_STORED_AS = {"s": -3, "V": -3, "A": -12, "S": -9, "F": -12, "Ohm": 9}


@dataclass(frozen=True)
class _Row:
    """A unit of the table: its value without prefix, and the prefixes that its names take."""

    dimensions: Dimensions
    ten: Fraction
    rest: Fraction
    stored: int | None

    def unit(self, power: int = 0) -> Unit:
        return _unit(self.dimensions, self.ten + power, self.rest, self.stored)


_Stems = dict[str, _Row]


@lru_cache(maxsize=1)
def _table() -> tuple[_Stems, _Stems, _Stems]:
    """Return all names without prefix, those that take short prefixes, and those that take long ones."""
    from nestml_jit.dsl.unit_table import ROWS

    plain: _Stems = {}
    short: _Stems = {}
    long: _Stems = {}
    for line in ROWS.strip().splitlines():
        cells = [cell.strip() for cell in line.split(";")]
        symbols = [*_words(cells[0]), *_words(cells[1]), *_words(cells[2])]
        stored = next((power for name, power in _STORED_AS.items() if name in symbols), None)
        row = _Row(_parse_dimensions(cells[5]), Fraction(cells[3]), Fraction(cells[4]), stored)
        plain.update(dict.fromkeys(symbols, row))
        short.update(dict.fromkeys(_words(cells[0]), row))
        long.update(dict.fromkeys(_words(cells[1]), row))
    return plain, short, long


@lru_cache(maxsize=4096)
def _find(name: str) -> Unit | None:
    """Return the unit of a name, or None."""
    from nestml_jit.dsl.unit_table import LONG_PREFIXES, NOT_UNITS, SHORT_PREFIXES

    plain, short, long = _table()
    if name in NOT_UNITS:
        return None
    if name in plain:
        return plain[name].unit()
    for stems, prefixes in ((short, SHORT_PREFIXES), (long, LONG_PREFIXES)):
        for prefix, power in prefixes.items():
            row = stems.get(name[len(prefix) :]) if name.startswith(prefix) else None
            if row is not None:
                return row.unit(power)
    return None


def _words(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split()


def _parse_dimensions(text: str) -> Dimensions:
    powers = {}
    for word in _words(text):
        name, _, power = word.partition("^")
        powers[name] = Fraction(power or 1)
    return _sorted(powers)


def _unit(dimensions: Dimensions, ten: Fraction, rest: Fraction, stored: int | None) -> Unit:
    scale = Scale(ten, rest)
    return Unit(dimensions, scale, scale if stored is None else Scale(Fraction(stored)))


class UnknownUnit(KeyError):
    """A name is not a unit; `node` is its place in the tree."""

    def __init__(self, node: ast.UnitName) -> None:
        super().__init__(node.name)
        self.node = node


def is_unit_name(name: str) -> bool:
    """Return whether a name is that of a unit."""
    return _find(name) is not None


def unit_names() -> frozenset[str]:
    """Return the names of all units."""
    from nestml_jit.dsl.unit_table import LONG_PREFIXES, NOT_UNITS, SHORT_PREFIXES

    plain, short, long = _table()
    names = set(plain)
    for stems, prefixes in ((short, SHORT_PREFIXES), (long, LONG_PREFIXES)):
        names.update(prefix + stem for prefix in prefixes for stem in stems)
    return frozenset(names - NOT_UNITS)


def unit_of(expression: ast.UnitExpression) -> Unit:
    """Return the unit that a unit expression stands for.

    Raises
    ------
    UnknownUnit
        If a name in it is not a unit.
    """
    if isinstance(expression, ast.UnitName):
        if expression.name.isdigit():
            return DIMENSIONLESS
        found = _find(expression.name)
        if found is None:
            raise UnknownUnit(expression)
        return found
    if isinstance(expression, ast.UnitPower):
        return unit_of(expression.base) ** expression.exponent
    left, right = unit_of(expression.left), unit_of(expression.right)
    return left * right if expression.operator == "*" else left / right


def cast_factor(source: Unit, target: Unit) -> Scale:
    """Return the factor by which a stored number of `source` becomes one of `target`.

    Both must have the same dimensions.
    """
    return source.storage / target.storage


def stored_value(text: str, value: int | float, unit: Unit) -> float:
    """Return a literal as a number in storage units, correctly rounded.

    Parameters
    ----------
    text
        The number as written, or "".
    value
        Its value.
    unit
        The unit behind it.
    """
    factor = (unit.scale / unit.storage).exact()
    if factor is None or value != value or value in (float("inf"), float("-inf"), 0):
        return float(value) * float(unit.scale / unit.storage) if value else 0.0
    exact = Fraction(text) if text and len(text) < 40 else Fraction(value)
    return nearest(exact * factor)


_FAMILIAR = "ms mV pA nS pF GOhm 1/ms mV/ms pA/ms nS/ms 1/mV pA*ms mV*ms mV**2 ms**2 1/ms**2"


def describe(unit: Unit) -> str:
    """Return a unit in words for messages: a familiar name if there is one, else its dimensions."""
    if unit.dimensionless:
        return "a number without unit"
    return _familiar().get(unit.dimensions) or _spelled(unit.dimensions)


@lru_cache(maxsize=1)
def _familiar() -> dict[Dimensions, str]:
    found: dict[Dimensions, str] = {}
    for text in _FAMILIAR.split():
        found.setdefault(_read(text).dimensions, text.replace("*", " * ").replace(" *  * ", "**"))
    return found


def _read(text: str) -> Unit:
    """Return a unit spelled with names, `*`, `/` and whole exponents."""
    unit, sign = DIMENSIONLESS, 1
    for part in text.replace("**", "^").replace("/", " / ").replace("*", " ").split():
        if part == "/":
            sign = -1
            continue
        name, _, power = part.partition("^")
        base = (None if name == "1" else _find(name)) or DIMENSIONLESS
        unit = unit * base ** Fraction(sign * int(power or 1))
        sign = 1
    return unit


def _spelled(dimensions: Dimensions) -> str:
    """Return dimensions as powers of s, V and A where they can be, else of the base units."""
    powers = dict(dimensions)
    voltage = powers.pop("kg", Fraction(0))
    if powers.get("m", Fraction(0)) == 2 * voltage:
        powers.pop("m", None)
        powers["A"] = powers.get("A", Fraction(0)) + voltage
        powers["s"] = powers.get("s", Fraction(0)) + 3 * voltage
        powers["V"] = voltage
    elif voltage:
        powers["kg"] = voltage
    words = [
        name if power == 1 else f"{name}**{_power(power)}" for name, power in sorted(powers.items()) if power
    ]
    return " * ".join(words)


def _power(power: Fraction) -> str:
    return str(power) if power.denominator == 1 else f"({power})"
