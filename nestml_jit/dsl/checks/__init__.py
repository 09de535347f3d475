"""The rules of the language; one rule per file, each with `CODES` and `check`.

The folder is scanned: a new rule needs only its file here, and its twins in tests/dsl/invalid and
tests/dsl/valid. Its docstring explains the code to users.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Protocol, cast

from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic


class LanguageRule(Protocol):
    """A module of this folder.

    Attributes
    ----------
    CODES
        The codes of the diagnostics that it yields.
    """

    CODES: tuple[str, ...]
    __doc__: str | None

    def check(self, facts: ModelFacts) -> Iterator[Diagnostic]:
        """Yield the mistakes of a model."""


_SHARED = "report"
"""Modules of this folder that rules share; they are not rules."""


def rules() -> tuple[LanguageRule, ...]:
    """Return all rules in the order of their names.

    Raises
    ------
    AttributeError
        If a file of this folder lacks `CODES` or `check`.
    """
    names = sorted(item.name for item in pkgutil.iter_modules(__path__) if item.name != _SHARED)
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    for module in modules:
        module.CODES, module.check  # noqa: B018  a file without them would be left out unseen
    return tuple(cast(LanguageRule, module) for module in modules)


RULES = rules()
