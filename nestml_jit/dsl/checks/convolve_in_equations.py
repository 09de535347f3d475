"""`convolve` stands in equations; elsewhere, read it through an inline."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0408",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield convolutions elsewhere."""
    for call, root in facts.calls():
        if call.name == "convolve" and root.place != "equations":
            hint = "write `inline I_syn real = convolve(...)` in `equations` and use `I_syn` here"
            yield error("E0408", "`convolve` stands outside of `equations`", call.span, hint)
