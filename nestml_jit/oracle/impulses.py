"""Jumps of variables by spikes: kernels that are a delta function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nestml_jit.dsl import tree as ast


def deltas(
    node: ast.Expression, label: str, kernels: Mapping[str, ast.Kernel], inlines: Mapping[str, ast.Expression]
) -> ast.Expression:
    """Return an expression in which convolutions with one port have the size of their delta pulses added."""
    if isinstance(node, ast.Name) and node.name in inlines:
        return deltas(inlines[node.name], label, kernels, inlines)
    if isinstance(node, ast.Call) and node.name == "convolve":
        kernel, port = node.arguments
        assert isinstance(kernel, ast.Name)
        assert isinstance(port, ast.Name)
        name = port.name if port.index is None else f"{port.name}[{_literal(port.index)}]"
        value = kernels[kernel.name].equations[0].value
        if name != label or not any(_is_delta(part) for part in value.walk()):
            return node
        pulse = ast.Binary("-", _at_zero(value, 1.0), _at_zero(value, 0.0))
        return ast.Binary("+", node, pulse)
    if isinstance(node, ast.Unary):
        return replace(node, operand=deltas(node.operand, label, kernels, inlines))
    if isinstance(node, ast.Binary):
        left = deltas(node.left, label, kernels, inlines)
        return replace(node, left=left, right=deltas(node.right, label, kernels, inlines))
    if isinstance(node, ast.Ternary):
        made = (deltas(part, label, kernels, inlines) for part in (node.if_true, node.if_false))
        if_true, if_false = made
        return replace(node, if_true=if_true, if_false=if_false)
    return node


def _is_delta(node: ast.Node) -> bool:
    return isinstance(node, ast.Call) and node.name == "delta"


def _at_zero(node: ast.Expression, delta: float) -> ast.Expression:
    """Return a kernel at time 0, with a number in place of the delta function."""
    if _is_delta(node):
        return ast.Literal(delta)
    if isinstance(node, ast.Name) and node.name == "t":
        return ast.Literal(0.0)
    if isinstance(node, ast.Unary):
        return replace(node, operand=_at_zero(node.operand, delta))
    if isinstance(node, ast.Binary):
        return replace(node, left=_at_zero(node.left, delta), right=_at_zero(node.right, delta))
    if isinstance(node, ast.Call):
        return replace(node, arguments=tuple(_at_zero(item, delta) for item in node.arguments))
    return node


def _literal(node: ast.Expression) -> int:
    return int(node.value) if isinstance(node, ast.Literal) else -1
