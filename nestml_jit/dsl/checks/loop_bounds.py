"""The bounds of a loop fit its variable."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0313",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield the problems that typing found."""
    yield from facts.problems(*CODES)
