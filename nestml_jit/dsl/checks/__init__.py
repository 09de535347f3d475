"""The rules of the language; one rule per file."""

from __future__ import annotations

from nestml_jit.dsl.checks import types

RULES = (types,)
