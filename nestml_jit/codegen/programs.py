"""Expressions in postfix form, for the host to evaluate without a compiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nestml_jit.card import OPCODES, Program
from nestml_jit.codegen.problem import INITIAL, CannotGenerate
from nestml_jit.codegen.texts import Texts
from nestml_jit.dsl.tree import (
    Binary,
    Boolean,
    Call,
    Expression,
    Literal,
    Name,
    String,
    Ternary,
    Unary,
)

_BINARY = {"**": "pow", "and": "and", "or": "or"} | {
    sign: sign for sign in ("+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", ">=", ">")
}
_CALLS = (
    frozenset(OPCODES)
    - frozenset(_BINARY.values())
    - {"push", "variable", "neg", "not", "select", "text", "join"}
)


def program(
    expression: Expression, indices: Mapping[str, int], type_of: Callable[[str], str] = lambda name: "real"
) -> Program:
    """Translate an expression; `indices` are the positions of the card's variables, `type_of` their types."""
    code: list[tuple[str, float | str]] = []
    _emit(expression, indices, code, Texts("", type_of))
    texts = tuple(dict.fromkeys(argument for _, argument in code if isinstance(argument, str)))
    return Program(
        tuple(OPCODES[name] for name, _ in code),
        tuple(
            float(texts.index(argument)) if isinstance(argument, str) else argument for _, argument in code
        ),
        texts,
    )


def constant(value: float) -> Program:
    """Return the program that pushes a number."""
    return Program((OPCODES["push"],), (float(value),))


def _emit(
    node: Expression, indices: Mapping[str, int], code: list[tuple[str, float | str]], texts: Texts
) -> None:
    for operand in _operands(node):
        _emit(operand, indices, code, texts)
    if isinstance(node, String):
        code.append(("text", node.value))
    elif isinstance(node, Binary) and texts.is_text(node):
        if not (texts.is_text(node.left) and texts.is_text(node.right)):
            raise CannotGenerate(INITIAL, "a text and a number cannot be joined here", node)
        code.append(("join", 0.0))
    else:
        code.append(_operation(node, indices))


def _operands(node: Expression) -> tuple[Expression, ...]:
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Ternary):
        return (node.condition, node.if_true, node.if_false)
    return node.arguments if isinstance(node, Call) else ()


def _operation(node: Expression, indices: Mapping[str, int]) -> tuple[str, float]:
    if isinstance(node, (Literal, Boolean)):
        return "push", float(node.value)
    if isinstance(node, Name) and node.index is None and node.delay is None:
        if node.name in indices:
            return "variable", float(indices[node.name])
        if node.name == "t":
            return "push", 0.0
    if isinstance(node, Unary) and node.operator in ("-", "not"):
        return ("neg" if node.operator == "-" else "not"), 0.0
    if isinstance(node, Binary) and node.operator in _BINARY:
        return _BINARY[node.operator], 0.0
    if isinstance(node, Ternary):
        return "select", 0.0
    if isinstance(node, Call) and node.name in _CALLS:
        return node.name, 0.0
    what = getattr(node, "name", getattr(node, "operator", "this"))
    raise CannotGenerate(INITIAL, f"{what!s} cannot be used in an initial value or a guard", node)
