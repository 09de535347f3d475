"""A value fits where it is stored, passed or returned.

Integers, reals and booleans become reals; a quantity becomes a real (its number in storage units) or a
quantity of the same dimensions, multiplied by what lies between the two; nothing else is converted.
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0301",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield the problems that typing found."""
    yield from facts.problems(*CODES)
