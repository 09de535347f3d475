"""Places in a source text; a module of its own, since errors need it without a parser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A place in a source text; lines and columns count from 1, `end` is exclusive."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
