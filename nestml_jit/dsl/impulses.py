"""What spikes add to a variable at once: kernels that are a delta function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nestml_jit.dsl import tree as ast


def deltas(
    node: ast.Expression, label: str, kernels: Mapping[str, ast.Kernel], inlines: Mapping[str, ast.Expression]
) -> ast.Expression:
    """Return an expression in which convolutions with delta kernels are 1 for one port, else 0."""
    if isinstance(node, ast.Name) and node.name in inlines:
        return deltas(inlines[node.name], label, kernels, inlines)
    if isinstance(node, ast.Call) and node.name == "convolve":
        kernel, port = node.arguments
        assert isinstance(kernel, ast.Name)
        assert isinstance(port, ast.Name)
        value = kernels[kernel.name].equations[0].value
        if isinstance(value, ast.Call) and value.name == "delta":
            name = port.name if port.index is None else f"{port.name}[{_literal(port.index)}]"
            return ast.Literal(1.0 if name == label else 0.0)
        return node
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


def _literal(node: ast.Expression) -> int:
    return int(node.value) if isinstance(node, ast.Literal) else -1
