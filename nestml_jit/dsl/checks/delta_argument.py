"""`delta` is a kernel of `t`."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0411",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield other uses of `delta`."""
    for call, root in facts.calls():
        if call.name == "delta" and "delta" not in {item.name for item in facts.model.functions}:
            if call.arguments != (ast.Name("t"),):
                yield error("E0411", "`delta` takes `t`, nothing else", call.span, "write `delta(t)`")
            elif root.place != "kernel":
                yield error("E0411", "`delta(t)` is a kernel", call.span, "write `kernel K = delta(t)`")
