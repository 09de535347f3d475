"""NEST's exceptions, which users of PyNEST catch, from the names that the host library gives."""

from __future__ import annotations

from types import ModuleType
from typing import NoReturn


class NestErrors:
    """Makes and raises NEST's exceptions.

    Parameters
    ----------
    nest
        The real module.
    """

    def __init__(self, nest: ModuleType) -> None:
        self._nest = nest

    def raise_error(self, kind: str, text: str) -> NoReturn:
        """Raise NEST's exception of that name with a text."""
        raise self.error(kind, text)

    def error(self, kind: str, text: str) -> Exception:
        """Return NEST's exception of that name with a text, a `KernelException` if it has none."""
        errors = self._nest.NESTErrors
        error: Exception = getattr(errors, kind, errors.KernelException)(text)
        return error
