"""The error about a path that does not exist."""

from nestml_jit.standin.frontend import InvalidPathException

__all__ = ["InvalidPathException"]
