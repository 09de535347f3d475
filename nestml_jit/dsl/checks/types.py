"""Types and units: what the elaboration found."""

from __future__ import annotations

from collections.abc import Iterable

from nestml_jit.dsl.facts import Facts
from nestml_jit.errors import Diagnostic


def check(facts: Facts) -> Iterable[Diagnostic]:
    """Yield what is wrong with types and units."""
    return facts.elaboration.problems
