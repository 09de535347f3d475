"""Inlines that are a convolution times a factor: an assignment to one sets the convolution."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nestml_jit.dsl import tree as ast


@dataclass(frozen=True)
class Scaled:
    """A convolution times factors, each with a flag that is true for a divisor."""

    call: ast.Call
    factors: tuple[tuple[ast.Expression, bool], ...] = ()

    def by(self, factor: ast.Expression, is_divisor: bool = False) -> Scaled:
        """Return the same, times one more factor."""
        return Scaled(self.call, (*self.factors, (factor, is_divisor)))


def scaled_convolution(value: ast.Expression) -> Scaled | None:
    """Return an expression as a convolution times factors, None if it is anything else."""
    if isinstance(value, ast.Call):
        return Scaled(value) if value.name == "convolve" and len(value.arguments) == 2 else None
    if isinstance(value, ast.Unary) and value.operator in ("-", "+"):
        inner = scaled_convolution(value.operand)
        return inner.by(ast.Literal(-1.0)) if inner is not None and value.operator == "-" else inner
    if not isinstance(value, ast.Binary) or value.operator not in ("*", "/"):
        return None
    left = scaled_convolution(value.left)
    if left is not None and not _convolves(value.right):
        return left.by(value.right, value.operator == "/")
    right = scaled_convolution(value.right)
    if right is not None and value.operator == "*" and not _convolves(value.left):
        return right.by(value.left)
    return None


def _convolves(value: ast.Expression) -> bool:
    return any(isinstance(node, ast.Call) and node.name == "convolve" for node in value.walk())


def is_pulse(call: ast.Call, equations: Iterable[ast.Node]) -> bool:
    """Return whether the kernel of a convolution has a delta pulse, which has no variable to set."""
    kernel = call.arguments[0]
    return any(
        isinstance(node, ast.Call) and node.name == "delta"
        for item in equations
        if isinstance(item, ast.Kernel)
        for ode in item.equations
        if isinstance(kernel, ast.Name) and ode.name == kernel.name
        for node in ode.walk()
    )
