"""`resolution()` is known in `state`, `parameters`, `internals`, `update` and handlers."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0413",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield uses elsewhere."""
    for call, root in facts.calls():
        if call.name == "resolution" and root.place in ("equations", "kernel", "function", "input"):
            where = "a function" if root.place == "function" else f"`{root.place}`"
            hint = "use an internal: `h ms = resolution()`"
            yield error("E0413", f"`resolution()` is not available in {where}", call.span, hint)
