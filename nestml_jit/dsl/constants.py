"""Values that are known before the model runs, for exponents that decide a unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.symbols import Scope

_DEPTH = 20


def constant(
    node: ast.Expression, scope: Scope, known: Mapping[str, ast.Expression], depth: int = 0
) -> Fraction | None:
    """Return the value of an expression of literals and constant variables, or None.

    Parameters
    ----------
    node
        The expression.
    scope
        The meaning of its names.
    known
        The initialisers of parameters and internals.
    depth
        Number of expressions that are being evaluated around this one.
    """
    if depth > _DEPTH:
        return None
    if isinstance(node, ast.Literal) and node.unit is None and math.isfinite(node.value):
        short = 0 < len(node.text) < 20 and 1e-9 < abs(node.value) < 1e9
        return Fraction(node.text) if short else Fraction(node.value)
    if isinstance(node, ast.Unary) and node.operator in "+-":
        value = constant(node.operand, scope, known, depth + 1)
        return None if value is None else (-value if node.operator == "-" else value)
    if isinstance(node, ast.Name) and node.order == 0 and node.index is None and node.name in known:
        symbol = scope.find(node.name)
        fixed = symbol is not None and symbol.role in ("parameter", "internal")
        return constant(known[node.name], scope, known, depth + 1) if fixed else None
    if isinstance(node, ast.Binary) and node.operator in "+-*/":
        left = constant(node.left, scope, known, depth + 1)
        right = constant(node.right, scope, known, depth + 1)
        return None if left is None or right is None else _combined(node.operator, left, right)
    return None


def _combined(operator: str, left: Fraction, right: Fraction) -> Fraction | None:
    if operator == "/":
        return left / right if right else None
    return {"+": left + right, "-": left - right, "*": left * right}[operator]
