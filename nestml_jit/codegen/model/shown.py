"""From the generator's names of variables to those that users see, in cards; and back, in facts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, TypeVar

from nestml_jit.card import Program
from nestml_jit.codegen.model.names import shown

T = TypeVar("T")

_PROSE = frozenset({"unit", "text", "refusal", "method", "reason", "form"})
"""Fields of cards that hold no names."""


def as_shown(card: T) -> T:
    """Return a card with all names of variables as users see them."""
    result: T = _changed(card)
    return result


def _changed(value: Any) -> Any:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, tuple):
        return tuple(_changed(item) for item in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, (type, Program)):
        return value
    names = (item.name for item in dataclasses.fields(value) if item.name not in _PROSE)
    return dataclasses.replace(value, **{name: _changed(getattr(value, name)) for name in names})


def meant(said: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return the generator's names of variables that users name, out of those that are `known`."""
    names = {shown(name): name for name in known}
    return tuple(names.get(name, name) for name in said)
