"""Removable singularities: a quotient whose two sides vanish together gets its limit as its value.

A factor that vanishes is a number of functions with a simple zero (`quotients.KINDS`) times the rest::

    1 - exp(a)         is  -expm1(a)                          ln(a)            is  ln(a)
    exp(a) - exp(b)    is  exp(max(a, b)) expm1(-|a - b|) ... sin(a), tanh(a)  are that already
    cosh(a) - 1        is  2 sinh(a / 2)**2                   1 - cos(a)       is  2 sin(a / 2)**2

and each of them is its argument times a function that is 1 at the zero. If an argument has a factor in
common with the other side of the quotient, that factor is divided out exactly (`factored.py`). The rest is a
function without singularity::

    0.01 * (V + 55) / (1 - exp(-(V + 55) / 10))    becomes    0.1 * x/expm1(x)(-(V + 55) / 10)

Everything else stays as it is written, in particular genuine poles. The value has an error of a few units in
the last place even next to the singularity, since both sides see the same rounded argument.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from nestml_jit.codegen.model.factored import (
    ONE,
    Atom,
    Product,
    exponent_of,
    expression_of,
    factored,
    is_tidy,
    product,
    quotient,
    sides,
    summed,
    terms,
)
from nestml_jit.codegen.model.quotients import KINDS, over, under
from nestml_jit.codegen.model.symbolic import number, rewrite, with_operands
from nestml_jit.dsl.tree import Binary, Boolean, Call, Expression, Literal, Name, String, Unary

_HALF = Product(Fraction(1, 2))
_VANISHING = frozenset((*KINDS, "log10"))


@dataclass(frozen=True)
class _Zero:
    """A function with a simple zero.

    Attributes
    ----------
    kind
        Name of the function, one of `KINDS`.
    argument
        Its argument.
    distance
        The argument minus the zero of the function.
    """

    kind: str
    argument: Expression
    distance: Product


@dataclass(frozen=True)
class _Factor:
    """One factor of a quotient: a product of a rest and of functions with zeros.

    Attributes
    ----------
    expression
        The factor as it is written.
    side
        1 for the numerator, -1 for the denominator.
    zeros
        Functions with zeros; the factor is their product times `rest`.
    rest
        The factor without its functions with zeros.
    """

    expression: Expression
    side: int
    zeros: tuple[_Zero, ...]
    rest: Product


def without_singularities(expression: Expression) -> Expression:
    """Return an expression that has its limits where both sides of a quotient are 0.

    Examples
    --------
    >>> from nestml_jit.dsl.print_expression import expression_text
    >>> x, one = Name("x"), Literal(1)
    >>> rate = Binary("/", x, Binary("-", Call("exp", (x,)), one))  # x / (exp(x) - 1)
    >>> expression_text(without_singularities(rate))
    'x/expm1(x)(x)'
    """
    parts = list(expression.walk())
    is_quotient = any(isinstance(part, Binary) and part.operator == "/" for part in parts)
    if not is_quotient or not any(isinstance(part, Call) or _is_power_of_e(part) for part in parts):
        return expression
    order = dict.fromkeys(part.name for part in parts if isinstance(part, Name))
    numbers = {name: f"{index:06}" for index, name in enumerate(order)}  # terms are sorted by their texts
    numbered = _with_names(expression, numbers)
    made = _rewritten(numbered)
    return expression if made is numbered else _with_names(made, {new: old for old, new in numbers.items()})


def _with_names(expression: Expression, names: Mapping[str, str]) -> Expression:
    def change(node: Expression) -> Expression:
        return replace(node, name=names[node.name]) if isinstance(node, Name) else node

    return rewrite(expression, change)


def _rewritten(node: Expression) -> Expression:
    """Return an expression with its quotients changed, operands first.

    A node without a change is returned itself, so that `is` shows whether anything changed.
    """
    changed = False

    def change(operand: Expression) -> Expression:
        nonlocal changed
        made = _rewritten(operand)
        changed = changed or made is not operand
        return made

    if isinstance(node, (Literal, Boolean, String)) or (isinstance(node, Name) and node.index is None):
        return node
    made = with_operands(node, change)
    return _changed(made if changed else node)


def _changed(node: Expression) -> Expression:
    if not isinstance(node, Binary) or node.operator not in ("*", "/"):
        return node
    parts, sign = _parts(node)
    if not any(side < 0 for _, side in parts) or not any(_may_vanish(part) for part, _ in parts):
        return node
    factors = [_factor(part, side) for part, side in parts]
    if not all(item.rest.factor for item in factors):
        return node
    removed = _removed(factors)
    return _rebuilt(factors, removed, sign) if removed else node


def _parts(node: Expression, side: int = 1) -> tuple[list[tuple[Expression, int]], int]:
    """Return the factors of a quotient, each with 1 or -1 for its side, and the sign of the whole.

    -a / (b / c) has the factors (a, 1), (b, -1), (c, 1), and the sign -1.
    """
    if isinstance(node, Unary) and node.operator in ("-", "+"):
        found, sign = _parts(node.operand, side)
        return found, -sign if node.operator == "-" else sign
    if isinstance(node, Binary) and node.operator in ("*", "/"):
        left, first = _parts(node.left, side)
        right, second = _parts(node.right, side if node.operator == "*" else -side)
        return left + right, first * second
    power = exponent_of(node)
    if power is not None and _may_vanish(power[0]):
        count = abs(power[1])
        found, sign = _parts(power[0], side if power[1] > 0 else -side)
        return found * count, sign**count
    return [(node, side)], 1


def _may_vanish(node: Expression) -> bool:
    """Return whether a factor is a function with a zero, or a sum with a call or a power of e in it."""
    if isinstance(node, Call):
        return node.name in _VANISHING
    if isinstance(node, Binary) and node.operator in ("+", "-"):
        return any(isinstance(part, Call) or _is_power_of_e(part) for part in node.walk())
    return exponent_of(node) is not None and any(map(_may_vanish, _operands(node)))


def _operands(node: Expression) -> Iterator[Expression]:
    return (part for part in node.children() if isinstance(part, (Binary, Call, Unary)))


def _factor(node: Expression, side: int) -> _Factor:
    zeros, rest = _zeros(node)
    return _Factor(node, side, tuple(zeros), rest)


# --- factors that vanish --------------------------------------------------------------------------


def _zeros(node: Expression) -> tuple[list[_Zero], Product]:
    """Return a factor as functions with zeros and a rest."""
    if isinstance(node, Call) and node.name == "log10":
        return [_zero("ln", node.arguments[0])], Product(Fraction(repr(1 / math.log(10))))
    if isinstance(node, Call) and node.name in KINDS:
        return [_zero(node.name, node.arguments[0])], ONE
    if isinstance(node, Binary) and node.operator in ("+", "-") and _may_vanish(node):
        items = terms(node)
        if len(items) == 2:
            return _difference(*items) or ([], factored(node))
    return [], factored(node)


def _zero(kind: str, argument: Expression, distance: Product | None = None) -> _Zero:
    made = factored(argument) if distance is None else distance
    if distance is None and not is_tidy(argument):
        argument = expression_of(made)
    zero = Product(Fraction(-KINDS[kind].zero))
    return _Zero(kind, argument, summed([made, zero]) if zero.factor else made)


def _difference(one: Product, other: Product) -> tuple[list[_Zero], Product] | None:
    """Return the difference of two terms that may be equal, None if the place of its zeros is not known.

    cosh(a) - 1 is 2 sinh(a / 2)**2: two zeros of sinh(a / 2), and the rest 2.
    """
    for first, second in ((one, other), (other, one)):
        for name in ("cosh", "cos"):
            found = _calls(first, name)
            if found is not None and found[1] == -second:
                half = factored(found[0]) * _HALF
                zero = _zero("sinh" if name == "cosh" else "sin", expression_of(half))
                rest = found[1] * Product(Fraction(2 if name == "cosh" else -2))
                return [zero, zero], rest
    return _exponentials(one, other) or _logarithms(one, other)


def _calls(item: Product, name: str) -> tuple[Expression, Product] | None:
    """Return the argument of the only call of a function in a product, and the rest."""
    for base, power in item.powers:
        if isinstance(base, Atom) and isinstance(base.expression, Call) and base.expression.name == name:
            rest = product(item.factor, {other: n for other, n in item.powers if other != base})
            return (base.expression.arguments[0], rest) if power == 1 else None
    return None


def _exponentials(one: Product, other: Product) -> tuple[list[_Zero], Product] | None:
    """Return c exp(a) - c exp(b) as a zero of expm1 and a rest, None for other terms."""
    (a, c), (b, minus) = _exponent(one), _exponent(other)
    if c != -minus or a == b:
        return None
    if not b.factor:
        return [_zero("expm1", _argument(one, a))], c
    if not a.factor:
        return [_zero("expm1", _argument(other, b))], minus
    distance = summed([a, -b])
    larger = Call("exp", (Call("max", (_argument(one, a), _argument(other, b))),))
    apart = Unary("-", Call("abs", (expression_of(distance),)))
    return [_zero("expm1", apart, distance)], c * factored(larger)


def _exponent(item: Product) -> tuple[Product, Product]:
    """Return a product as exp(a) times c: a and c."""
    exponents, rest = [], {}
    for base, power in item.powers:
        argument = _exponent_of(base.expression) if isinstance(base, Atom) else None
        if argument is None:
            rest[base] = power
        else:
            exponents.append(factored(argument) * Product(Fraction(power)))
    return summed(exponents), product(item.factor, rest)


def _argument(item: Product, exponent: Product) -> Expression:
    """Return the exponent in a product, as it is written if there is only one."""
    written = [
        (_exponent_of(base.expression), power) for base, power in item.powers if isinstance(base, Atom)
    ]
    found = [(argument, power) for argument, power in written if argument is not None]
    if len(found) == 1 and found[0][1] == 1 and is_tidy(found[0][0]):
        return found[0][0]
    return expression_of(exponent)


def _exponent_of(node: Expression) -> Expression | None:
    if isinstance(node, Call) and node.name == "exp":
        return node.arguments[0]
    return node.right if isinstance(node, Binary) and _is_power_of_e(node) else None


def _is_power_of_e(node: object) -> bool:
    """Return whether a node is `e ** x`."""
    return isinstance(node, Binary) and node.operator == "**" and number(node.left) == _E


_E = Fraction("2.718281828459045")


def _logarithms(one: Product, other: Product) -> tuple[list[_Zero], Product] | None:
    """Return c ln(a) - c ln(b) as a zero of ln(a / b) and the rest c, None for other terms."""
    first, second = _calls(one, "ln"), _calls(other, "ln")
    if first is None or second is None or first[1] != -second[1]:
        return None
    return [_zero("ln", Binary("/", first[0], second[0]))], first[1]


# --- quotients --------------------------------------------------------------------------------


def _removed(factors: list[_Factor]) -> dict[int, list[int]]:
    """Return for each factor the positions of its zeros that the other side of the quotient shares.

    In sin(x) sin(y) / x only the zero of sin(x) is shared. A zero that is removed leaves its argument behind,
    which may in turn be shared by another zero.
    """
    left = {(index, place) for index, item in enumerate(factors) for place in range(len(item.zeros))}
    held = [item.rest**item.side for item in factors if not item.zeros]
    found: dict[int, list[int]] = {}
    while True:
        shared = next((item for item in sorted(left) if _is_shared(item, left, factors, held)), None)
        if shared is None:
            return found
        index, place = shared
        left.remove(shared)
        found.setdefault(index, []).append(place)
        held.append(factors[index].zeros[place].distance ** factors[index].side)


def _is_shared(
    item: tuple[int, int], left: set[tuple[int, int]], factors: list[_Factor], held: list[Product]
) -> bool:
    """Return whether the other side of the quotient also vanishes where a zero does."""
    zero, side = factors[item[0]].zeros[item[1]].distance, factors[item[0]].side
    if not zero.factor:
        return False
    opposite = {base for base, power in math.prod(held, start=ONE).powers if power * side < 0}
    for index, place in left:
        if factors[index].side == -side:
            opposite |= factors[index].zeros[place].distance.zeros
    return not opposite.isdisjoint(zero.zeros)


def _rebuilt(factors: list[_Factor], removed: dict[int, list[int]], sign: int) -> Expression:
    """Return a quotient without the zeros that are removed."""
    shared = {
        base for index in removed for place in removed[index]
        for base, _ in factors[index].zeros[place].distance.powers
    }  # fmt: skip
    rest = Product(Fraction(sign))
    above: list[Expression] = []
    below: list[Expression] = []
    calls: list[Expression] = []
    for index, item in enumerate(factors):
        side = above if item.side > 0 else below
        if index in removed:
            rest *= item.rest**item.side
            for place, zero in enumerate(item.zeros):
                if place in removed[index]:
                    rest *= zero.distance**item.side
                    name = over(zero.kind) if item.side > 0 else under(zero.kind)
                    calls.append(Call(name, (zero.argument,)))
                else:
                    side.append(Call(zero.kind, (zero.argument,)))
        elif not item.zeros and (not item.rest.powers or shared & {base for base, _ in item.rest.powers}):
            rest *= item.rest**item.side
        else:
            side.append(item.expression)
    over_, under_ = sides(rest)
    return quotient(rest.factor, [*above, *over_, *calls], [*below, *under_])
