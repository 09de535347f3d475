"""Types, units and expressions of the syntax tree.

A number takes the unit that follows it, and all units multiplied or divided behind that: `3 pA*ms/nS`.
The grammar cannot tell the unit `ms` from a variable `ms`. This module can: it knows the declared names.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias, cast

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.span import Span
from nestml_jit.dsl.unit_text import unit_text
from nestml_jit.dsl.units import is_unit_name
from nestml_jit.errors import Diagnostic
from nestml_jit.kinds import BasicName

# lark's trees and tokens; a tree's children depend on its rule, which types cannot express.
Branch: TypeAlias = Any
Item: TypeAlias = Any

MAX_DEPTH = 150
MAX_INTEGER = 2**63 - 1
MAX_EXPONENT = 100
PREDEFINED = frozenset(("t", "e", "pi"))
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


def span_of(item: Item) -> Span:
    """Return the place of a tree or a token."""
    meta = item.meta if hasattr(item, "meta") else item
    if getattr(meta, "line", None) is None:
        return Span()
    return Span(meta.line, meta.column, meta.end_line, meta.end_column)


def text_of(item: Item) -> str:
    """Return the text of a token, or of a tree of one token."""
    return text_of(item.children[0]) if hasattr(item, "children") else str(item)


def data_of(item: Any) -> str:
    """Return the rule of a tree, "" for a token."""
    return str(getattr(item, "data", ""))


class ExpressionBuilder:
    """Builds types and expressions.

    Parameters
    ----------
    declared
        All names that the model declares; none of them is a unit.
    state
        The names of the `state` block, which may be read with a delay.

    Attributes
    ----------
    diagnostics
        The diagnostics so far.
    """

    def __init__(self, declared: frozenset[str], state: frozenset[str]) -> None:
        self._declared = declared
        self._state = state
        self.diagnostics: list[Diagnostic] = []

    def error(self, code: str, message: str, span: Span, hint: str = "") -> None:
        """Note an error."""
        self.diagnostics.append(Diagnostic(code, "error", message, span, hint))

    def deprecated(self, code: str, message: str, span: Span, form: str) -> None:
        """Note a form of NESTML 7 or 8, and the form of NESTML 9."""
        self.diagnostics.append(Diagnostic(code, "warning", message, span, f"in NESTML 9, write `{form}`"))

    # --- types and units ---

    def type(self, item: Branch) -> ast.Type:
        """Return a type."""
        if item.data == "basic_type":
            return ast.BasicType(cast(BasicName, text_of(item)), span=span_of(item))
        expression = self.unit(item.children[0])
        return ast.UnitType(expression, unit_text(expression), span=span_of(item))

    def unit(self, item: Branch) -> ast.UnitExpression:
        """Return a unit where the grammar says that it is one."""
        span = span_of(item)
        if item.data in ("unit_name", "unit_name_only"):
            child = item.children[0]
            return self.unit(child) if hasattr(child, "data") else ast.UnitName(str(child), span=span)
        if item.data in ("unit_power", "unit_power_only"):
            base, exponent = item.children
            return ast.UnitPower(
                self.unit(base), self._exponent(exponent.children, span_of(exponent)), span=span
            )
        left, operator, right = item.children
        made = self.unit(left) if hasattr(left, "data") else ast.UnitName(str(left), span=span_of(left))
        return ast.UnitProduct(str(operator), made, self.unit(right), span=span)

    def _exponent(self, tokens: Sequence[Any], span: Span) -> Fraction:
        words = [str(token) for token in tokens if token is not None and str(token) not in "()/+"]
        sign = -1 if words.count("-") % 2 else 1
        numbers = [_fraction(word) for word in words if word != "-"]
        value, divisor = numbers[0], numbers[1] if len(numbers) > 1 else Fraction(1)
        if value is None or not divisor or max(value, divisor) > MAX_EXPONENT:
            self.error("E0107", "this exponent is out of range", span, f"stay below {MAX_EXPONENT}")
            return Fraction(1)
        return sign * value / divisor

    def _as_unit(self, item: Item) -> ast.UnitExpression | None:
        """Return a unit where the grammar saw an ordinary expression, or None."""
        kind = data_of(item)
        span = span_of(item)
        if kind == "group":
            return self._as_unit(item.children[0])
        if kind == "variable":
            return ast.UnitName(str(item.children[0]), span=span) if self._is_unit(item) else None
        if kind == "number":
            return ast.UnitName("1", span=span) if text_of(item) == "1" else None
        if kind != "binary":
            return None
        left, operator, right = item.children
        base = self._as_unit(left)
        if base is None:
            return None
        if text_of(operator) == "**":
            exponent = _constant(right)
            return None if exponent is None else ast.UnitPower(base, exponent, span=span)
        other = self._as_unit(right) if text_of(operator) in ("*", "/") else None
        return None if other is None else ast.UnitProduct(text_of(operator), base, other, span=span)

    def _is_unit(self, variable: Branch) -> bool:
        name = str(variable.children[0])
        alone = all(item is None for item in variable.children[1:])
        return alone and name not in self._declared and name not in PREDEFINED and is_unit_name(name)

    # --- expressions ---

    def expression(self, item: Branch) -> ast.Expression:
        """Return an expression."""
        made: ast.Expression = getattr(self, f"_{item.data}", self._unknown)(item)
        return made

    def _unknown(self, item: Branch) -> ast.Expression:
        raise AssertionError(f"no rule for {item.data}")

    def _group(self, item: Branch) -> ast.Expression:
        return self.expression(item.children[0])

    def _conditional(self, item: Branch) -> ast.Expression:
        condition, if_true, if_false = item.children
        return ast.Ternary(
            self.expression(condition),
            self.expression(if_true),
            self.expression(if_false),
            span=span_of(item),
        )

    def _unary(self, item: Branch) -> ast.Expression:
        operator, operand = item.children
        return ast.Unary(text_of(operator), self.expression(operand), span=span_of(item))

    def _binary(self, item: Branch) -> ast.Expression:
        left, operator, right = item.children
        if data_of(operator) == "product_operator":
            return self._product(item)
        word = {"<>": "!="}.get(text_of(operator), text_of(operator))
        return ast.Binary(word, self.expression(left), self.expression(right), span=span_of(item))

    def _product(self, item: Branch) -> ast.Expression:
        """Return a chain of products, in which a number keeps the units behind it."""
        first, rest = _chain(item)
        factors: list[tuple[str, ast.Expression]] = [("", self.expression(first))]
        open_unit = _ends_in_unit(first)
        for operator, operand in rest:
            unit = self._as_unit(operand) if open_unit and operator in ("*", "/") else None
            if unit is not None and not isinstance(operand, ast.Literal) and data_of(operand) != "number":
                before, factor = factors[-1]
                factors[-1] = (before, _with_unit(factor, operator, unit))
                continue
            factors.append((operator, self.expression(operand)))
            open_unit = _ends_in_unit(operand)
        made = factors[0][1]
        start = span_of(first)
        for operator, factor in factors[1:]:
            span = Span(start.line, start.column, factor.span.end_line, factor.span.end_column)
            made = ast.Binary(operator, made, factor, span=span)
        return made

    def _number(self, item: Branch) -> ast.Literal:
        token = item.children[0]
        text, span = str(token), span_of(token)
        if text == "inf":
            return ast.Literal(float("inf"), text=text, span=span)
        if token.type == "WHOLE":
            value = int(text) if len(text) < 30 else MAX_INTEGER + 1
            if value > MAX_INTEGER:
                self.error(
                    "E0107",
                    f"the whole number {_short(text)} is too large",
                    span,
                    "write it as a real number",
                )
            return ast.Literal(min(value, MAX_INTEGER), text=text, span=span)
        number = float(text)
        if number == float("inf"):
            self.error("E0107", f"the number {_short(text)} is too large", span, "write `inf` for infinity")
        return ast.Literal(number, text=text, span=span)

    def _quantity(self, item: Branch) -> ast.Expression:
        number, unit = item.children
        made = self._number(number)
        return ast.Literal(made.value, self.unit(unit), text=made.text, span=span_of(item))

    def _string(self, item: Branch) -> ast.Expression:
        inner = str(item.children[0])[1:-1]
        out, characters = [], iter(inner)
        for character in characters:
            if character == "\\":
                escaped = next(characters, "")
                out.append(_ESCAPES.get(escaped, "\\" + escaped))
            else:
                out.append(character)
        return ast.String("".join(out), span=span_of(item))

    def _true(self, item: Branch) -> ast.Expression:
        return ast.Boolean(True, span=span_of(item))

    def _false(self, item: Branch) -> ast.Expression:
        return ast.Boolean(False, span=span_of(item))

    def variable(self, item: Branch) -> ast.Name:
        """Return a variable as written, without regard to the meaning of its name."""
        name, *rest = item.children
        primes = next((len(part) for part in rest if getattr(part, "type", "") == "PRIMES"), 0)
        index = next((self.expression(part) for part in rest if hasattr(part, "data")), None)
        return ast.Name(str(name), primes, index, span=span_of(item))

    def _variable(self, item: Branch) -> ast.Expression:
        if not self._is_unit(item):
            return self.variable(item)
        name, span = str(item.children[0]), span_of(item)
        self.deprecated("W0101", f"the unit `{name}` stands without a number", span, f"1 {name}")
        return ast.Literal(1, ast.UnitName(name, span=span), text="1", span=span)

    def call(self, item: Branch) -> ast.Call:
        """Return a call as written."""
        name, arguments = item.children
        made = tuple(self.expression(part) for part in arguments.children) if arguments is not None else ()
        return ast.Call(str(name), made, span=span_of(item), name_span=span_of(name))

    def _call(self, item: Branch) -> ast.Expression:
        call = self.call(item)
        if call.name not in self._state or len(call.arguments) != 1:
            return call
        when = call.arguments[0]
        if isinstance(when, ast.Binary) and when.operator == "-" and when.left == ast.Name("t"):
            return ast.Name(call.name, delay=when.right, span=call.span)
        return call


def _chain(item: Branch) -> tuple[Item, list[tuple[str, Item]]]:
    """Return the first factor of a product and all others with their operators."""
    rest: list[tuple[str, Item]] = []
    while data_of(item) == "binary" and data_of(item.children[1]) == "product_operator":
        rest.append((text_of(item.children[1]), item.children[2]))
        item = item.children[0]
    return item, rest[::-1]


def _ends_in_unit(item: Item) -> bool:
    while data_of(item) == "unary":
        item = item.children[1]
    return data_of(item) == "quantity"


def _with_unit(factor: ast.Expression, operator: str, unit: ast.UnitExpression) -> ast.Expression:
    span = Span(factor.span.line, factor.span.column, unit.span.end_line, unit.span.end_column)
    if isinstance(factor, ast.Unary):
        return ast.Unary(factor.operator, _with_unit(factor.operand, operator, unit), span=span)
    assert isinstance(factor, ast.Literal)
    assert factor.unit is not None
    whole = ast.UnitProduct(operator, factor.unit, unit, span=Span(*_start(factor.unit.span), *_end(span)))
    return ast.Literal(factor.value, whole, text=factor.text, span=span)


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _end(span: Span) -> tuple[int, int]:
    return span.end_line, span.end_column


def _fraction(text: str) -> Fraction | None:
    """Return a decimal number exactly, or None if its size is absurd."""
    number = float(text)
    if number == 0:
        return Fraction(0)
    return Fraction(text) if len(text) < 30 and 1e-9 < number < 1e9 else None


def _constant(item: Item) -> Fraction | None:
    kind = data_of(item)
    if kind == "group":
        return _constant(item.children[0])
    if kind == "number" and text_of(item) != "inf":
        return _bounded(_fraction(text_of(item)))
    if kind == "unary" and text_of(item.children[0]) in "+-":
        value = _constant(item.children[1])
        return None if value is None else (-value if text_of(item.children[0]) == "-" else value)
    if kind == "binary" and text_of(item.children[1]) == "/":
        left, right = _constant(item.children[0]), _constant(item.children[2])
        return left / right if left is not None and right else None
    return None


def _bounded(value: Fraction | None) -> Fraction | None:
    return value if value is not None and abs(value) <= MAX_EXPONENT else None


def _short(text: str) -> str:
    return text if len(text) < 30 else text[:12] + "..."
