"""`convolve` takes a kernel and a spike port."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0407",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield wrong arguments."""
    for call, root in facts.calls():
        if call.name != "convolve" or root.place != "equations":
            continue
        if len(call.arguments) != 2:
            message = f"`convolve` takes a kernel and a spike port, not {len(call.arguments)} arguments"
            yield error("E0407", message, call.span, "write `convolve(kernel, port)`")
            continue
        kernel, port = call.arguments
        if not isinstance(kernel, ast.Name) or (
            kernel.name not in facts.kernels and root.scope.find(kernel.name) is not None
        ):
            yield error(
                "E0407", "the first argument of `convolve` is a kernel", kernel.span, _declared(facts)
            )
        elif not isinstance(port, ast.Name) or (
            root.scope.find(port.name) is not None and not _spikes(facts, port)
        ):
            yield error(
                "E0407",
                "the second argument of `convolve` is a spike port",
                port.span,
                "name a port of `input`",
            )
        elif port.index is None and _is_vector(facts, port) and not _is_of_vector(facts, root.node):
            message = f"`{port.name}` is a whole vector of ports, but `convolve` takes one of them"
            yield error("E0407", message, port.span, f"give an index: `{port.name}[0]`")


def _declared(facts: ModelFacts) -> str:
    names = ", ".join(f"`{name}`" for name in sorted(facts.kernels))
    return f"the kernels are {names}" if names else "declare one: `kernel K = exp(-t / tau)`"


def _is_vector(facts: ModelFacts, port: ast.Name) -> bool:
    return any(item.name == port.name and item.size is not None for item in facts.model.inputs)


def _is_of_vector(facts: ModelFacts, side: ast.Expression) -> bool:
    """Return whether an expression is the right-hand side of a vector, whose elements read one port each."""
    vectors = {item.name for item in facts.model.state if item.size is not None}
    return any(ode.value is side and ode.name in vectors for ode in facts.odes)


def _spikes(facts: ModelFacts, port: ast.Name) -> bool:
    return any(item.name == port.name and item.signal == "spike" for item in facts.model.inputs)
