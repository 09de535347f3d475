"""What a model's documentation block says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nestml_jit.dsl.tree import Model

_RULES = frozenset("#=-*~")
"""What lines under or over a title are made of."""


def summary(model: Model) -> str:
    """Return the first line of a model's documentation, or ""."""
    lines = [line.strip() for line in model.docstring.splitlines()]
    return next((line for line in lines if line and set(line) - _RULES), "")
