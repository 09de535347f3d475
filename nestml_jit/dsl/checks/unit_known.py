"""A unit's name is one that NESTML knows: those of astropy's si, cgs and astrophys collections."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0302",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield the problems that typing found."""
    yield from facts.problems(*CODES)
