"""Places in a source text. Errors need them, also where no model is parsed: hence a module of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A place in a source text; lines and columns count from 1, `end` is exclusive."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
