"""The canonical text of expressions, with no more brackets than the grammar needs."""

from __future__ import annotations

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.unit_text import unit_text

_TERNARY, _OR, _AND, _NOT, _COMPARE, _BITS, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(11)
_LEVELS = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("<", "<=", "==", "!=", ">=", ">"), _COMPARE),
    **dict.fromkeys(("&", "^", "|", "<<", ">>"), _BITS),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "//", "%"), _PRODUCT),
    "**": _POWER,
}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def expression_text(node: ast.Expression) -> str:
    """Return an expression as it is written in a model."""
    return _text(node)[0]


def _at(node: ast.Expression, level: int) -> str:
    """Return an expression, in brackets if it binds less tightly than `level`."""
    text, own = _text(node)
    return f"({text})" if own < level else text


def _text(node: ast.Expression) -> tuple[str, int]:
    """Return an expression's text and how tightly it binds."""
    if isinstance(node, ast.Binary):
        return _binary(node)
    if isinstance(node, ast.Unary):
        if node.operator == "not":
            return f"not {_at(node.operand, _NOT)}", _NOT
        return f"{node.operator}{_at(node.operand, _SIGN)}", _SIGN
    if isinstance(node, ast.Ternary):
        parts = (_at(node.condition, _OR), _at(node.if_true, _TERNARY), _at(node.if_false, _TERNARY))
        return "{} ? {} : {}".format(*parts), _TERNARY
    if isinstance(node, ast.Literal):
        return _literal(node)
    if isinstance(node, ast.Call):
        return f"{node.name}({', '.join(map(expression_text, node.arguments))})", _ATOM
    if isinstance(node, ast.Name):
        return name_text(node), _ATOM
    if isinstance(node, ast.String):
        return '"' + "".join(_ESCAPES.get(c, c) for c in node.value) + '"', _ATOM
    return ("true" if node.value else "false"), _ATOM


def _binary(node: ast.Binary) -> tuple[str, int]:
    if node.operator not in _LEVELS:  # of later passes, which no model's text has
        return f"({expression_text(node.left)} {node.operator} {expression_text(node.right)})", _ATOM
    level = _LEVELS[node.operator]
    if level == _POWER:
        return f"{_at(node.left, _ATOM)}**{_at(node.right, _SIGN)}", level
    return f"{_at(node.left, level)} {node.operator} {_at(node.right, level + 1)}", level


def _literal(node: ast.Literal) -> tuple[str, int]:
    text = node.text or (repr(node.value) if node.value not in (float("inf"), float("-inf")) else "inf")
    if not node.text and node.value < 0:
        return ("-inf" if text == "inf" else text), _SIGN
    if node.unit is None:
        return text, _ATOM
    return f"{text} {unit_text(node.unit)}", _POWER


def name_text(node: ast.Name) -> str:
    """Return a variable with its primes, index or delay."""
    text = node.name + "'" * node.order
    if node.index is not None:
        return f"{text}[{expression_text(node.index)}]"
    if node.delay is not None:
        return f"{text}(t - {_at(node.delay, _PRODUCT)})"
    return text
