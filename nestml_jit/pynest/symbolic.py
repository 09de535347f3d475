"""Expressions of models as sympy has them: in the order in which they are written, nothing is simplified.

`V_m / tau + 2 * w` becomes

    Add(Mul(V_m, Pow(tau, -1)), Mul(2, w))

with `evaluate=False` everywhere. A division is a power of `Integer(-1)` and a minus sign a first factor
`Integer(-1)`; what a model writes as `x**-1` or `-1` is `Mul(-1, 1)`, so that a printer tells them apart.
Operators of whole numbers (`//`, `%`, bits) and strings have no such form.

This module imports sympy, which takes half a second: only pages in HTML need it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import sympy
from sympy.logic.boolalg import Boolean, BooleanFunction

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.print_expression import name_text
from nestml_jit.dsl.unit_text import unit_text
from nestml_jit.functions import BUILTINS


class InexpressibleError(ValueError):
    """An expression has no form in sympy that says what its model says."""


class Conjunction(BooleanFunction):  # type: ignore[misc]  # sympy has no types
    """`left and right`; sympy's own `And` sorts its arguments."""

    def _pythoncode(self, printer: Any) -> str:
        return f"({' and '.join(map(printer._print, self.args))})"


class Disjunction(BooleanFunction):  # type: ignore[misc]
    """`left or right`; sympy's own `Or` sorts its arguments."""

    def _pythoncode(self, printer: Any) -> str:
        return f"({' or '.join(map(printer._print, self.args))})"


class Negation(BooleanFunction):  # type: ignore[misc]
    """`not operand`; sympy's own `Not` turns comparisons round."""

    def _pythoncode(self, printer: Any) -> str:
        return f"(not {printer._print(self.args[0])})"


class Convolution(sympy.Function):  # type: ignore[misc]
    """`convolve(kernel, port)`."""


_CONSTANTS = {"e": sympy.E, "pi": sympy.pi}
_SORTED = frozenset(("Min", "Max"))
"""Functions of sympy that do not keep the order of their arguments."""

_COMPARISONS = {
    "<": sympy.StrictLessThan,
    "<=": sympy.LessThan,
    "==": sympy.Equality,
    "!=": sympy.Unequality,
    ">=": sympy.GreaterThan,
    ">": sympy.StrictGreaterThan,
}
_LOGIC = {"and": Conjunction, "or": Disjunction}


class Translator:
    """Turns expressions into sympy's.

    Attributes
    ----------
    leaves
        What each symbol stands for: a variable, with its primes, index or delay, or a unit.
    """

    def __init__(self) -> None:
        self.leaves: dict[Any, ast.Name | ast.UnitExpression] = {}

    def expression(self, node: ast.Expression) -> Any:
        """Return an expression of sympy.

        Raises
        ------
        InexpressibleError
            If it has none that says the same.
        """
        method: Callable[[Any], Any] = getattr(self, f"_{type(node).__name__.lower()}", self._refused)
        return method(node)

    def _refused(self, node: ast.Expression) -> Any:
        raise InexpressibleError(f"a {type(node).__name__.lower()} has no form in mathematics")

    def _symbol(self, key: str, leaf: ast.Name | ast.UnitExpression) -> Any:
        symbol = sympy.Symbol(key)
        self.leaves[symbol] = leaf
        return symbol

    def _literal(self, node: ast.Literal) -> Any:
        if isinstance(node.value, int):
            number = sympy.Integer(node.value)
        else:
            number = sympy.Float(node.value, 17) if abs(node.value) != float("inf") else sympy.oo
        if node.unit is None:
            return number
        # No variable has a blank in its name.
        return _product([number, self._symbol(f"1 {unit_text(node.unit)}", node.unit)])

    def _boolean(self, node: ast.Boolean) -> Any:
        return sympy.true if node.value else sympy.false

    def _name(self, node: ast.Name) -> Any:
        if node.name in _CONSTANTS and name_text(node) == node.name:
            return _CONSTANTS[node.name]
        return self._symbol(name_text(node), node)

    def _unary(self, node: ast.Unary) -> Any:
        if node.operator == "not":
            return Negation(self.expression(node.operand), evaluate=False)
        if node.operator == "+":
            return self.expression(node.operand)
        if node.operator == "-":
            return self._negative(node.operand)
        raise InexpressibleError(f"`{node.operator}` is for the bits of whole numbers")

    def _negative(self, node: ast.Expression) -> Any:
        """Return `-node`, a sum or what has a sign already as one factor."""
        factors = self._factors(node)
        if factors[0] == -1 and len(factors) > 1:
            factors = [_product(factors)]
        return _product([sympy.Integer(-1), *factors])

    def _binary(self, node: ast.Binary) -> Any:
        if node.operator in ("+", "-"):
            return sympy.Add(*self._terms(node), evaluate=False)
        if node.operator in ("*", "/"):
            return _product(self._factors(node))
        left, right = self.expression(node.left), self.expression(node.right)
        if node.operator == "**":
            return sympy.Pow(left, right, evaluate=False)
        if node.operator in _COMPARISONS:
            return _COMPARISONS[node.operator](left, right, evaluate=False)
        if node.operator in _LOGIC:
            return _LOGIC[node.operator](left, right, evaluate=False)
        raise InexpressibleError(f"`{node.operator}` is for whole numbers")

    def _terms(self, node: ast.Expression) -> list[Any]:
        """Return the terms of a sum from left to right; a sum in brackets is one term."""
        rest: list[Any] = []
        while isinstance(node, ast.Binary) and node.operator in ("+", "-"):
            rest.append(self.expression(node.right) if node.operator == "+" else self._negative(node.right))
            node = node.left
        return [self.expression(node), *reversed(rest)]

    def _factors(self, node: ast.Expression) -> list[Any]:
        """Return the factors of a product from left to right, a sign first, a divisor as a power."""
        rest: list[Any] = []
        while isinstance(node, ast.Binary) and node.operator in ("*", "/"):
            right = self.expression(node.right)
            rest.append(right if node.operator == "*" else _inverse(right))
            node = node.left
        first = self.expression(node)
        signed = isinstance(node, ast.Unary) and node.operator == "-"
        return [*(first.args if signed else [first]), *reversed(rest)]

    def _ternary(self, node: ast.Ternary) -> Any:
        cases = []
        last: ast.Expression = node
        while isinstance(last, ast.Ternary):
            cases.append((self.expression(last.if_true), self._condition(last.condition)))
            last = last.if_false
        return sympy.Piecewise(*cases, (self.expression(last), True), evaluate=False)

    def _condition(self, node: ast.Expression) -> Any:
        condition = self.expression(node)
        # Sympy asks for conditions that it knows as such, and rewrites those with cases inside.
        if not isinstance(condition, Boolean) or condition.has(sympy.Piecewise):
            raise InexpressibleError("a condition of a case is neither a comparison nor a variable")
        return condition

    def _call(self, node: ast.Call) -> Any:
        arguments = [self.expression(item) for item in node.arguments]
        return _function(node.name)(*arguments)


def _product(factors: Sequence[Any]) -> Any:
    return factors[0] if len(factors) == 1 else sympy.Mul(*factors, evaluate=False)


def _inverse(divisor: Any) -> Any:
    return sympy.Pow(divisor, sympy.Integer(-1), evaluate=False)


def _function(name: str) -> Callable[..., Any]:
    """Return sympy's function if it keeps what it is given, else a function without properties."""
    if name == "convolve":
        return partial(Convolution, evaluate=False)
    path = BUILTINS[name].sympy if name in BUILTINS else ""
    is_known = path and path not in _SORTED and "." not in path
    return partial(getattr(sympy, path) if is_known else sympy.Function(name), evaluate=False)
