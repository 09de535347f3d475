"""A pytest plugin: `import pynestml` gives what it gives where nestml is not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import nestml_jit  # noqa: F401 (it puts the finder of the stand-in in place)
from nestml_jit.standin import finder


class _First(MetaPathFinder):
    """Finds the stand-in before all others find an installed package."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != finder.NAME:
            return None
        standing_in = next(item for item in sys.meta_path if isinstance(item, finder._StandIn))
        return standing_in.find_spec(fullname)


sys.meta_path.insert(0, _First())
