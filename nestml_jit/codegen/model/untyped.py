"""Expressions of a tree with types for the evaluator, where numbers carry their types with them."""

from __future__ import annotations

import dataclasses

from nestml_jit.codegen.model.integers import INTEGER, NEGATE, OPERATORS, REAL, TEMPLATES
from nestml_jit.codegen.model.symbolic import with_operands
from nestml_jit.dsl.tree import Binary, Call, Expression, Literal, Unary


def untyped(node: Expression) -> Expression:
    """Return an expression that means the same where numbers carry their types with them."""
    node = with_operands(node, untyped)
    if isinstance(node, Binary) and node.operator in OPERATORS:
        return dataclasses.replace(node, operator=node.operator[1:])
    if isinstance(node, Unary) and node.operator == NEGATE:
        return dataclasses.replace(node, operator="-")
    if isinstance(node, Call) and node.name[1:] in TEMPLATES:
        return dataclasses.replace(node, name=node.name[1:])
    if isinstance(node, Call) and node.name == INTEGER:
        (operand,) = node.arguments
        is_literal = isinstance(operand, Literal) and isinstance(operand.value, int)
        return operand if is_literal else Binary("//", operand, Literal(1), span=node.span)
    if isinstance(node, Call) and node.name == REAL:
        return Binary("*", node.arguments[0], Literal(1.0), span=node.span)
    return node
