"""A kernel is used in `convolve`, nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0406",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield other uses of kernels."""
    for root in facts.roots:
        if root.place == "kernel":
            continue
        inside = set(_arguments(root.node))
        for node in root.node.walk():
            local = isinstance(node, ast.Name) and root.scope.find_local(node.name) is not None
            if not isinstance(node, ast.Name) or node.name not in facts.kernels or local:
                continue
            if id(node) not in inside:
                hint = f"write `convolve({node.name}, port)`"
                yield error(
                    "E0406", f"the kernel `{node.name}` stands outside of `convolve`", node.span, hint
                )


def _arguments(node: ast.Expression) -> Iterator[int]:
    """Yield the identities of the arguments of all convolutions."""
    for part in node.walk():
        if isinstance(part, ast.Call) and part.name == "convolve":
            yield from map(id, part.arguments)
