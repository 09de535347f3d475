"""Expressions as products of bases; equal bases show that two factors vanish together.

A product is a number times powers of *bases*: names, calls, and sums without a common factor whose first
term has the factor 1::

    -V / k + E / k      is   -1 * (V - E) * k**-1
    5.5 + 0.1 * V       is   1/10 * (V + 55)
    1 / b - 1 / a       is   (a - b) * a**-1 * b**-1

So (V - E) / (E / k - V / k) has the same base V - E above and below. Numbers are the decimal fractions that
the user wrote. Terms are sorted by their texts, so that E - V and -V + E are the same sum. Products of sums
are not multiplied out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from nestml_jit.codegen.model.symbolic import add, multiply, negate, number, subtract
from nestml_jit.dsl.tree import Binary, Call, Expression, Literal, Unary


@dataclass(frozen=True)
class Sum:
    """A sum whose terms have no common factor: at least two terms, sorted, the first with the factor 1."""

    terms: tuple[Product, ...]

    @cached_property
    def text(self) -> str:
        """Text by which bases are sorted."""
        return f"sum({', '.join(item.text for item in self.terms)})"


@dataclass(frozen=True)
class Atom:
    """An expression that is neither a sum nor a product, such as a name or a call."""

    expression: Expression

    @cached_property
    def text(self) -> str:
        """Text by which bases are sorted."""
        return repr(self.expression)


Base = Atom | Sum
Powers = tuple[tuple[Base, int], ...]


@dataclass(frozen=True)
class Product:
    """A number times powers of bases, which are sorted by their texts."""

    factor: Fraction
    powers: Powers = ()
    text: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        powers = " ".join(f"{base.text}^{power}" for base, power in self.powers)
        object.__setattr__(self, "text", f"{powers} {self.factor}")

    def __mul__(self, other: Product) -> Product:
        powers = dict(self.powers)
        for base, power in other.powers:
            powers[base] = powers.get(base, 0) + power
        return product(self.factor * other.factor, powers)

    def __pow__(self, exponent: int) -> Product:
        """Return a power; the factor must not be 0 if the exponent is negative."""
        return product(self.factor**exponent, {base: power * exponent for base, power in self.powers})

    def __neg__(self) -> Product:
        return Product(-self.factor, self.powers)

    @property
    def zeros(self) -> frozenset[Base]:
        """Bases where the product vanishes."""
        return frozenset(base for base, power in self.powers if power > 0)


ONE = Product(Fraction(1))


def product(factor: Fraction, powers: Mapping[Base, int]) -> Product:
    """Return a number times powers of bases."""
    if factor == 0:
        return Product(factor)
    kept = [(base, power) for base, power in powers.items() if power]
    return Product(factor, tuple(sorted(kept, key=lambda item: item[0].text)))


def factored(node: Expression) -> Product:
    """Return an expression as a product."""
    value = number(node)
    if value is not None:
        return Product(value)
    if isinstance(node, Unary) and node.operator in ("-", "+"):
        inner = factored(node.operand)
        return -inner if node.operator == "-" else inner
    if isinstance(node, Binary) and node.operator in ("+", "-"):
        return summed(terms(node))
    if isinstance(node, Binary) and node.operator == "*":
        return factored(node.left) * factored(node.right)
    if isinstance(node, Binary) and node.operator == "/":
        below = factored(node.right)
        return factored(node.left) * below**-1 if below.factor else _alone(node)
    return _power(node)


def _alone(node: Expression) -> Product:
    return Product(Fraction(1), ((Atom(node), 1),))


def exponent_of(node: Expression) -> tuple[Expression, int] | None:
    """Return base and exponent of a power with a small whole number as exponent."""
    if isinstance(node, Binary) and node.operator == "**":
        base, exponent = node.left, number(node.right)
    elif isinstance(node, Call) and node.name == "pow":
        base, exponent = node.arguments[0], number(node.arguments[1])
    else:
        return None
    whole = exponent is not None and exponent.denominator == 1 and 0 < abs(exponent) <= 8
    return (base, int(exponent)) if whole and exponent is not None else None


def _power(node: Expression) -> Product:
    found = exponent_of(node)
    if found is None:
        return _alone(node)
    base, exponent = factored(found[0]), found[1]
    return base**exponent if base.factor or exponent > 0 else _alone(node)


def terms(node: Expression) -> list[Product]:
    """Return the terms of a sum as products."""
    if isinstance(node, Binary) and node.operator in ("+", "-"):
        right = terms(node.right)
        return terms(node.left) + ([-item for item in right] if node.operator == "-" else right)
    if isinstance(node, Unary) and node.operator in ("-", "+"):
        inner = terms(node.operand)
        return [-item for item in inner] if node.operator == "-" else inner
    return [factored(node)]


def collected(items: Iterable[Product]) -> list[Product]:
    """Return terms sorted, after those with the same powers are added up: x + 2 x is 3 x."""
    found: dict[Powers, Fraction] = {}
    for item in items:
        found[item.powers] = found.get(item.powers, Fraction(0)) + item.factor
    made = [Product(factor, powers) for powers, factor in found.items() if factor]
    return sorted(made, key=lambda item: (not item.powers, item.text))


def summed(items: Iterable[Product]) -> Product:
    """Return a sum of products as a product: its common factor times the remaining sum.

    2 a b + 4 a c is 2 * a * (b + 2 c). The remaining sum begins with a term of the factor 1.
    """
    found = collected(part for item in items for part in _flat(item))
    if not found:
        return Product(Fraction(0))
    if len(found) == 1:
        return found[0]
    common = product(Fraction(1), _common(found))
    rest = collected(item * common**-1 for item in found)
    base = Sum(tuple(Product(item.factor / rest[0].factor, item.powers) for item in rest))
    return Product(rest[0].factor, common.powers) * Product(Fraction(1), ((base, 1),))


def _flat(item: Product) -> list[Product]:
    """Return the terms of a number times a sum; another product is its only term."""
    if len(item.powers) == 1:
        base, power = item.powers[0]
        if isinstance(base, Sum) and power == 1:
            return [Product(item.factor * part.factor, part.powers) for part in base.terms]
    return [item]


def _common(items: list[Product]) -> dict[Base, int]:
    """Return the powers that all products have in common: a**2 * b and a**3 have a**2."""
    powers = [dict(item.powers) for item in items]
    bases = {base: None for item in powers for base in item}
    return {base: min(item.get(base, 0) for item in powers) for base in bases}


# --- back to expressions --------------------------------------------------------------------------


def expression_of(item: Product) -> Expression:
    """Return a product as an expression."""
    return quotient(item.factor, *sides(item))


def sides(item: Product) -> tuple[list[Expression], list[Expression]]:
    """Return the factors of a product and its divisors, without the number."""
    above = [_raised(base, power) for base, power in item.powers if power > 0]
    below = [_raised(base, -power) for base, power in item.powers if power < 0]
    return above, below


def quotient(factor: Fraction, above: list[Expression], below: list[Expression]) -> Expression:
    """Return a number times some expressions, divided by others."""
    if factor < 0:
        return negate(quotient(-factor, above, below))
    found = multiply(Literal(float(factor)), above[0]) if above else Literal(float(factor))
    for part in above[1:]:
        found = Binary("*", found, part)
    for part in below:
        found = Binary("/", found, part)
    return found


def _raised(base: Base, power: int) -> Expression:
    made = base.expression if isinstance(base, Atom) else _sum_of(base)
    return made if power == 1 else Binary("**", made, Literal(power))


def _sum_of(base: Sum) -> Expression:
    first, *rest = base.terms
    found = expression_of(first)
    for item in rest:
        part = expression_of(-item if item.factor < 0 else item)
        found = subtract(found, part) if item.factor < 0 else add(found, part)
    return found


def is_tidy(node: Expression) -> bool:
    """Return whether the sums in a product are written as their bases, except for signs.

    V - E is; 2 * V - 2 * E is not, since its base is V - E.
    """
    if isinstance(node, Unary) and node.operator in ("-", "+"):
        return is_tidy(node.operand)
    if isinstance(node, Binary) and node.operator in ("*", "/"):
        return is_tidy(node.left) and is_tidy(node.right)
    if isinstance(node, Binary) and node.operator in ("+", "-"):
        found = factored(node)
        return abs(found.factor) == 1 and len(found.powers) <= 1
    return True
