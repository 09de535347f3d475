"""A function has a name of its own: neither another function's nor a predefined one's."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.predefined import FUNCTIONS
from nestml_jit.errors import Diagnostic

CODES = ("E0208",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield functions whose name is taken."""
    seen: dict[str, int] = {}
    for item in facts.model.functions:
        if item.name in FUNCTIONS:
            message = f"`{item.name}` is a predefined function"
            yield error("E0208", message, item.name_span, "choose another name")
        elif item.name in seen:
            message = f"a second function `{item.name}`; the first is in line {seen[item.name]}"
            yield error("E0208", message, item.name_span, "rename one; functions differ by name only")
        seen.setdefault(item.name, item.name_span.line)
