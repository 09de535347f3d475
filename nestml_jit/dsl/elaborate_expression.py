"""Types of expressions and, in the same walk, their lowered form.

Checking and lowering share this walk, so that they cannot disagree about the place of a cast. `report`
takes mistakes. An expression with a mistake has the type ERROR, which fits all other types, so that one
mistake is reported once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.constants import constant
from nestml_jit.dsl.span import Span
from nestml_jit.dsl.symbols import Scope
from nestml_jit.dsl.types import (
    BOOLEAN,
    ERROR,
    INTEGER,
    MS,
    REAL,
    STRING,
    Kind,
    castable,
    factor,
    quantity,
)
from nestml_jit.dsl.units import Scale, UnknownUnit, is_unit_name, nearest, stored_value, unit_of

Report = Callable[[str, str, Span, str], None]
_COMPARISONS = frozenset(("<", "<=", "==", "!=", ">=", ">"))
_BITS = frozenset(("&", "^", "|", "<<", ">>"))


class Typed(NamedTuple):
    """An expression's type and its lowered form."""

    kind: Kind
    node: ast.Expression


def scaled(node: ast.Expression, by: Scale) -> ast.Expression:
    """Return an expression multiplied by a cast factor, itself if that is 1."""
    if by == Scale():
        return node
    number = by.exact()
    if isinstance(node, ast.Literal):
        value = Fraction(node.value) * number if number is not None and _finite(node.value) else None
        return replace(node, value=nearest(value) if value is not None else node.value * float(by), text="")
    return ast.Binary("*", node, ast.Literal(float(by), span=node.span), span=node.span)


def _finite(value: int | float) -> bool:
    return value == value and abs(value) != float("inf")


class OperatorElaborator:
    """Types and lowers the expressions of one model, calls excepted.

    Parameters
    ----------
    constants
        Variables that are declared with a constant initialiser, for exponents.
    report
        Takes code, message, span and hint of a mistake.
    """

    def __init__(
        self,
        constants: dict[str, ast.Expression],
        report: Report,
    ) -> None:
        self._constants = constants
        self.report = report

    def elaborate(self, node: ast.Expression, scope: Scope) -> Typed:
        """Return the type and the lowered form of an expression."""
        method: Callable[[ast.Expression, Scope], Typed] = getattr(self, f"_{type(node).__name__.lower()}")
        return method(node, scope)

    def cast(self, value: Typed, target: Kind, span: Span, what: str) -> ast.Expression:
        """Return the lowered form of a value that becomes a `target`; report if it cannot."""
        if not target.vector and not target.is_error and not self.is_single(value.kind, span, what):
            return value.node
        if not castable(value.kind, target):
            self._mismatch(value.kind, target, span, what)
            return value.node
        if target.name == "integer" and value.kind.name in ("real", "unit"):
            message = f"{what} is {with_article(value.kind)} and loses its fraction as an integer"
            self.report("W0304", message, span, "round it, or declare the variable as `real`")
        if target.name == "boolean" and value.kind.name == "real":
            self.report("W0306", f"{what} is a real that becomes a boolean", span, "compare it with `!= 0`")
            return ast.Binary("!=", value.node, ast.Literal(0.0, span=span), span=span)
        return scaled(value.node, factor(value.kind, target))

    def is_single(self, kind: Kind, span: Span, what: str) -> bool:
        """Return whether a value is not a vector; report if it is one."""
        if kind.vector:
            self.report("E0315", f"{what} is a whole vector, but one value is needed", span, "give an index")
        return not kind.vector

    def _mismatch(self, source: Kind, target: Kind, span: Span, what: str) -> None:
        hint = ""
        if target.name == "unit" and source.plain:
            hint = f"give the number a unit, such as `1 {target}`"
        elif target.name == "unit" and source.name == "unit":
            hint = "check the formula, or multiply by a quantity that makes the units agree"
        elif target.name == "boolean" and source.numeric:
            hint = "compare it, for example with `!= 0`"
        self.report(
            "E0301", f"{what} is {with_article(source)}, but {with_article(target)} is needed", span, hint
        )

    # --- leaves ---

    def _literal(self, node: ast.Literal, scope: Scope) -> Typed:
        if node.unit is None:
            return Typed(INTEGER if isinstance(node.value, int) else REAL, node)
        unit = self.unit(node.unit, scope)
        if unit.is_error:
            return Typed(ERROR, replace(node, unit=None))
        value = stored_value(node.text, node.value, unit.unit)
        return Typed(unit, ast.Literal(value, span=node.span))

    def unit(self, expression: ast.UnitExpression, scope: Scope | None = None) -> Kind:
        """Return the type of quantities in a unit; report unknown names, variables among them."""
        try:
            return quantity(unit_of(expression))
        except UnknownUnit as error:
            name = error.node.name
            variable = scope is not None and scope.find(name) is not None
            hint = f"a product is written `2 * {name}`" if variable else _similar_unit(name)
            self.report("E0302", f"`{name}` is not the name of a unit", error.node.span, hint)
            return ERROR

    def _boolean(self, node: ast.Boolean, scope: Scope) -> Typed:
        return Typed(BOOLEAN, node)

    def _string(self, node: ast.String, scope: Scope) -> Typed:
        return Typed(STRING, node)

    def _name(self, node: ast.Name, scope: Scope) -> Typed:
        symbol = scope.find(node.name)
        index = self._index(node.index, scope)
        delay = self._delay(node.delay, scope)
        lowered = replace(node, index=index, delay=delay)
        if symbol is None:
            return Typed(ERROR, lowered)
        if node.index is not None and not symbol.vector:
            message = f"`{node.name}` is not a vector and has no elements"
            self.report("E0316", message, node.span, f"write `{node.name}`")
            return Typed(ERROR, lowered)
        if node.order:
            declared = scope.find(node.name + "'" * node.order)
            kind = ERROR if declared is None else declared.kind
        else:
            kind = symbol.kind
        return Typed(replace(kind, vector=symbol.vector and node.index is None), lowered)

    def _index(self, node: ast.Expression | None, scope: Scope) -> ast.Expression | None:
        if node is None:
            return None
        typed = self.elaborate(node, scope)
        if typed.kind.name not in ("integer", "error"):
            self.report("E0317", f"an index is an integer, not {with_article(typed.kind)}", node.span, "")
        return typed.node

    def _delay(self, node: ast.Expression | None, scope: Scope) -> ast.Expression | None:
        if node is None:
            return None
        typed = self.elaborate(node, scope)
        if typed.kind.plain:
            self.report("W0301", "a number without unit is the delay", node.span, "write it in ms")
            return typed.node
        return self.cast(typed, MS, node.span, "the delay")

    # --- operators ---

    def _unary(self, node: ast.Unary, scope: Scope) -> Typed:
        kind, operand = self.elaborate(node.operand, scope)
        lowered = replace(node, operand=operand)
        if kind.is_error:
            return Typed(ERROR, lowered)
        fits = {"not": kind.name == "boolean", "~": kind.name == "integer"}.get(node.operator, kind.numeric)
        if not fits:
            needed = {"not": "a boolean", "~": "an integer"}.get(node.operator, "a number")
            message = f"`{node.operator}` needs {needed}, but this is {with_article(kind)}"
            self.report("E0303", message, node.operand.span, "")
            return Typed(ERROR, lowered)
        return Typed(replace(kind, text=kind.text), lowered)

    def _binary(self, node: ast.Binary, scope: Scope) -> Typed:
        left, right = self.elaborate(node.left, scope), self.elaborate(node.right, scope)
        lowered = replace(node, left=left.node, right=right.node)
        if left.kind.is_error or right.kind.is_error:
            return Typed(ERROR, lowered)
        vector = left.kind.vector or right.kind.vector
        kind, result = self._operate(node, left, right, lowered, scope)
        if node.operator in ("//", "%") and kind.name == "integer":
            self.check_divisor(node.right, scope)
        return Typed(replace(kind, vector=vector and not kind.is_error), result)

    def check_divisor(self, node: ast.Expression, scope: Scope) -> None:
        """Report an integer that is divided by zero, as far as literals tell."""
        if constant(node, scope, {}) == 0:
            hint = "divide by another integer"
            self.report("E0321", "an integer is divided by zero", node.span, hint)

    def _operate(
        self, node: ast.Binary, left: Typed, right: Typed, lowered: ast.Binary, scope: Scope
    ) -> tuple[Kind, ast.Expression]:
        operator = node.operator
        if operator in ("and", "or"):
            return self._logic(node, left, right), lowered
        if operator in _COMPARISONS:
            return self._comparison(node, left, right, lowered)
        if operator in ("+", "-"):
            return self._sum(node, left, right, lowered)
        if not (left.kind.numeric and right.kind.numeric):
            return self._undefined(node, left, right), lowered
        if operator in _BITS or operator == "%":
            return self._whole(node, left, right), lowered
        if operator == "**":
            left, right = _plain(left), _plain(right)
            return self.power(node, left, right, scope), replace(lowered, left=left.node, right=right.node)
        return self._product(operator, left.kind, right.kind), lowered

    def _undefined(self, node: ast.Binary, left: Typed, right: Typed) -> Kind:
        message = (
            f"`{node.operator}` is not defined for {with_article(left.kind)} and {with_article(right.kind)}"
        )
        hint = ""
        if node.operator in ("+", "-") and left.kind.numeric and right.kind.numeric:
            hint = "only quantities of one kind can be added"
        self.report("E0303", message, node.span, hint)
        return ERROR

    def _logic(self, node: ast.Binary, left: Typed, right: Typed) -> Kind:
        for side, operand in ((left, node.left), (right, node.right)):
            if side.kind.name != "boolean":
                message = f"`{node.operator}` needs booleans, but this is {with_article(side.kind)}"
                self.report("E0303", message, operand.span, "compare it first, for example with `> 0`")
                return ERROR
        return BOOLEAN

    def _comparison(
        self, node: ast.Binary, left: Typed, right: Typed, lowered: ast.Binary
    ) -> tuple[Kind, ast.Expression]:
        one, other = left.kind, right.kind
        if one.numeric and other.numeric:
            if one.unit.dimensions == other.unit.dimensions:
                return BOOLEAN, replace(lowered, right=self._matched(right, one, node.right.span))
            if one.plain or other.plain:
                self._unit_and_number(node, one, other)
                return BOOLEAN, lowered
            message = f"{with_article(one)} cannot be compared with {with_article(other)}"
            self.report("E0303", message, node.span, "compare quantities of one kind")
            return ERROR, lowered
        same = one.name == other.name and one.name in ("boolean", "string")
        if same and (node.operator in ("==", "!=") or one.name == "string"):
            return BOOLEAN, lowered
        if node.operator in _COMPARISONS and isinstance(node.left, ast.Binary) and one.name == "boolean":
            message = f"`{node.operator}` compares two values, not three"
            self.report("E0303", message, node.span, "join two comparisons with `and`")
            return ERROR, lowered
        return self._undefined(node, left, right), lowered

    def _unit_and_number(self, node: ast.Binary, one: Kind, other: Kind) -> None:
        number, unit = (node.left, other) if one.plain else (node.right, one)
        message = f"a number without unit meets {with_article(unit)} in `{node.operator}`"
        self.report("W0301", message, number.span, f"write the number in {unit}")

    def _sum(
        self, node: ast.Binary, left: Typed, right: Typed, lowered: ast.Binary
    ) -> tuple[Kind, ast.Expression]:
        one, other = left.kind, right.kind
        if (
            node.operator == "+"
            and "string" in (one.name, other.name)
            and "void" not in (one.name, other.name)
        ):
            return STRING, lowered
        if not (one.numeric and other.numeric):
            return self._undefined(node, left, right), lowered
        if one.unit.dimensions == other.unit.dimensions:
            return _common(one, other), replace(lowered, right=self._matched(right, one, node.right.span))
        if one.plain or other.plain:
            self._unit_and_number(node, one, other)
            return (other if one.plain else one), lowered
        return self._undefined(node, left, right), lowered

    def _matched(self, value: Typed, target: Kind, span: Span) -> ast.Expression:
        """Return a value in the storage of another one of the same dimensions; warn if a factor is needed."""
        by = factor(value.kind, target)
        if by != Scale() and not target.unit.dimensionless:
            message = (
                f"this is stored in another unit than its neighbour; a factor of {float(by):g} is inserted"
            )
            self.report("W0303", message, span, "write both with one unit, for example `1/s`")
        return scaled(value.node, by)

    def _whole(self, node: ast.Binary, left: Typed, right: Typed) -> Kind:
        for side, operand in ((left, node.left), (right, node.right)):
            if side.kind.name != "integer":
                message = f"`{node.operator}` needs integers, but this is {with_article(side.kind)}"
                hint = "a power is written `x**2`" if node.operator == "^" else ""
                self.report("E0303", message, operand.span, hint)
                return ERROR
        return INTEGER

    def _product(self, operator: str, one: Kind, other: Kind) -> Kind:
        if one.name == other.name == "integer" and operator != "/":
            return INTEGER
        if one.name != "unit" and other.name != "unit":
            return REAL
        return quantity(one.unit * other.unit if operator == "*" else one.unit / other.unit)

    def power(self, node: ast.Binary, left: Typed, right: Typed, scope: Scope) -> Kind:
        """Return the type of a power; report if it has none."""
        if right.kind.name == "unit" and not right.kind.unit.dimensionless:
            message = f"an exponent is a number, not {with_article(right.kind)}"
            self.report("E0303", message, node.right.span, "")
            return ERROR
        if left.kind.name != "unit":
            whole = left.kind.name == right.kind.name == "integer"
            return INTEGER if whole and _natural(node.right) else REAL
        exponent = constant(node.right, scope, self._constants)
        if exponent is None:
            message = f"the exponent of {with_article(left.kind)} must be known in advance"
            self.report("E0305", message, node.right.span, "write it as a number")
            return ERROR
        if abs(exponent) > 100:
            self.report("E0305", "this exponent is out of range", node.right.span, "stay below 100")
            return ERROR
        return quantity(left.kind.unit**exponent)

    def _ternary(self, node: ast.Ternary, scope: Scope) -> Typed:
        condition = self.elaborate(node.condition, scope)
        one, other = self.elaborate(node.if_true, scope), self.elaborate(node.if_false, scope)
        lowered = ast.Ternary(
            self.condition(condition, node.condition.span), one.node, other.node, span=node.span
        )
        if one.kind.is_error or other.kind.is_error:
            return Typed(ERROR, lowered)
        if one.kind.numeric and other.kind.numeric:
            return self._either(node, one, other, lowered)
        if one.kind.name == other.kind.name:
            return Typed(one.kind, lowered)
        message = f"one branch is {with_article(one.kind)}, the other {with_article(other.kind)}"
        self.report("E0303", message, node.span, "both branches need one type")
        return Typed(ERROR, lowered)

    def _either(self, node: ast.Ternary, one: Typed, other: Typed, lowered: ast.Ternary) -> Typed:
        if one.kind.unit.dimensions == other.kind.unit.dimensions:
            kind = _common(one.kind, other.kind)
            return Typed(kind, replace(lowered, if_false=self._matched(other, one.kind, node.if_false.span)))
        message = f"one branch is {with_article(one.kind)}, the other {with_article(other.kind)}"
        self.report("W0302", message, node.span, "give both branches one unit")
        if one.kind.plain or other.kind.plain:
            return Typed(other.kind if one.kind.plain else one.kind, lowered)
        return Typed(REAL, lowered)

    def condition(self, value: Typed, span: Span) -> ast.Expression:
        """Return the lowered form of a condition; report if it is not boolean."""
        if value.kind.name not in ("boolean", "error"):
            message = f"a condition is a boolean, not {with_article(value.kind)}"
            self.report(
                "E0306", message, span, "compare it, for example with `!= 0`" if value.kind.numeric else ""
            )
        self.is_single(value.kind, span, "a condition")
        return value.node


def _plain(value: Typed) -> Typed:
    """Return a quantity without dimensions as a real number, anything else as it is."""
    if value.kind.name != "unit" or not value.kind.unit.dimensionless:
        return value
    return Typed(REAL, scaled(value.node, factor(value.kind, REAL)))


def _common(one: Kind, other: Kind) -> Kind:
    """Return the type of a sum or choice of two numbers of equal dimensions, in the storage of the first."""
    if one.name == "unit":
        return one
    return INTEGER if one.name == other.name == "integer" else REAL


def _natural(node: ast.Expression) -> bool:
    return isinstance(node, ast.Literal)


def with_article(kind: Kind) -> str:
    """Return a type with its article."""
    if kind.name == "unit":
        text = str(kind)
        return text if text.startswith("a ") else f"a quantity in {text}"
    return {"integer": "an integer", "void": "nothing"}.get(kind.name, f"a {kind.name}")


_FOREIGN = {"float": "real", "double": "real", "int": "integer", "long": "integer", "bool": "boolean"}


def _similar_unit(name: str) -> str:
    if name in _FOREIGN:
        return f"did you mean `{_FOREIGN[name]}`?"
    for candidate in (
        name[:1].lower() + name[1:],
        name.lower(),
        name[:1] + name[1:].upper(),
        name.capitalize(),
    ):
        if candidate != name and is_unit_name(candidate):
            return f"did you mean `{candidate}`?"
    return "use SI names such as ms, mV, pA, nS, pF, MOhm, 1/ms"
