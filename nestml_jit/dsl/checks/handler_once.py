"""A port has one handler."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0509",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield second handlers."""
    seen: dict[str, int] = {}
    for handler in facts.model.on_receive:
        line = seen.setdefault(handler.port, handler.name_span.line)
        if line != handler.name_span.line:
            message = f"a second handler for `{handler.port}`; the first is in line {line}"
            yield error("E0509", message, handler.name_span, "merge the two")
