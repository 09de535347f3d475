"""Quantities of one dimension that are stored differently meet, and a factor is inserted.

`10 Hz` is stored as 10, `10 s**-1` as 0.01 per ms.
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("W0303",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield the problems that typing found."""
    yield from facts.problems(*CODES)
