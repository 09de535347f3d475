"""A function does not bear the name of a method of NEST's nodes.

Models stay usable with the NESTML toolchain, which makes methods of functions.
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.predefined import NODE_METHODS
from nestml_jit.errors import Diagnostic

CODES = ("E0209",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield functions named like methods of NEST."""
    for item in facts.model.functions:
        if item.name in NODE_METHODS:
            message = f"`{item.name}` is the name of a method of NEST's nodes"
            yield error("E0209", message, item.name_span, "choose another name")
