"""What scripts ask about the NEST that they run with."""

from __future__ import annotations

import importlib
from typing import Any


class NESTTools:
    """A class of two functions, as NESTML has them."""

    @classmethod
    def detect_nest_version(cls) -> str:
        """Return the version of NEST as a tag of its repository, such as "v3.10.0"."""
        nest: Any = importlib.import_module("nest")
        return f"v{nest.__version__}"

    @classmethod
    def set_nest_verbosity(cls, verbosity: str) -> None:
        """Set of which level messages of NEST are shown: "ALL", "INFO", "WARNING" or "ERROR"."""
        nest: Any = importlib.import_module("nest")
        levels = ("ALL", "INFO", "WARNING", "ERROR")
        if verbosity not in levels:
            raise ValueError(f"unknown verbosity {verbosity!r}; known are {', '.join(levels)}")
        nest.verbosity = getattr(nest.VerbosityLevel, verbosity)
