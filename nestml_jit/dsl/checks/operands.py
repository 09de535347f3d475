"""Operators get what they are defined for."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0303",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield the problems that typing found."""
    yield from facts.problems(*CODES)
