"""A quantity meets a number without unit, which is taken to be in storage units."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("W0301",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield the problems that typing found."""
    yield from facts.problems(*CODES)
