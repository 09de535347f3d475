"""Expressions in postfix form, for the host to evaluate without a compiler; and their values."""

from __future__ import annotations

import math
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


# --- values --------------------------------------------------------------------------------------

_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "exp": math.exp,
    "ln": math.log,
    "log10": math.log10,
    "expm1": math.expm1,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "erf": math.erf,
    "erfc": math.erfc,
    "min": min,
    "max": max,
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": lambda x: math.copysign(math.floor(abs(x) + 0.5), x),
    "clip": lambda x, low, high: min(high, max(low, x)),
    "pow": math.pow,
}
_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: math.trunc(a / b),
    "%": math.fmod,
    "**": math.pow,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "and": lambda a, b: bool(a) and bool(b),
    "or": lambda a, b: bool(a) or bool(b),
}


def value(node: Expression, lookup: Callable[[str], float], step: float = 0.1) -> float:
    """Evaluate an expression; `lookup` gives the values of variables, `step` is the resolution in ms."""
    if isinstance(node, (Literal, Boolean)):
        return float(node.value)
    if isinstance(node, Name):
        return lookup(node.name)
    arguments = [value(operand, lookup, step) for operand in _operands(node)]
    if isinstance(node, Ternary):
        return arguments[1] if arguments[0] else arguments[2]
    if isinstance(node, Unary):
        return float(not arguments[0]) if node.operator == "not" else -arguments[0]
    if isinstance(node, Binary) and node.operator in _OPERATORS:
        return float(_OPERATORS[node.operator](*arguments))
    if isinstance(node, Call) and node.name in _FUNCTIONS:
        return float(_FUNCTIONS[node.name](*arguments))
    if isinstance(node, Call) and node.name in ("steps", "resolution"):
        return math.ceil(math.floor(arguments[0] * 1000 + 0.5) / round(step * 1000)) if arguments else step
    raise CannotGenerate(INITIAL, "this has no value before a simulation", node)
