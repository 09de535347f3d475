"""The order in which handlers run that run at one time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from nestml_jit.dsl.tree import OnCondition, OnReceive

H = TypeVar("H", OnReceive, OnCondition)


def by_priority(handlers: Iterable[H]) -> list[H]:
    """Sort handlers: higher priority first, those without one last, in the order of the text."""
    return sorted(handlers, key=lambda item: -1 if item.priority is None else item.priority, reverse=True)
