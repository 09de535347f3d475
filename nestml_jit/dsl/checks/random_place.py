"""Random numbers are drawn in `update` and handlers."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic
from nestml_jit.functions import RANDOM

CODES = ("E0415",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield draws elsewhere."""
    for call, root in facts.calls():
        if call.name in RANDOM and root.place not in ("update", "onReceive", "onCondition"):
            where = "a function" if root.place == "function" else f"`{root.place}`"
            hint = "draw in `update`, `onReceive` or `onCondition` and store the number"
            yield error("E0415", f"`{call.name}` is not available in {where}", call.span, hint)
