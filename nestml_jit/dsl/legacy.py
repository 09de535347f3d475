"""Forms of NESTML before 7.1: one error that says how to convert, not a page of noise."""

from __future__ import annotations

import re

from nestml_jit.dsl.span import Span
from nestml_jit.errors import Diagnostic

_OLD_TOP = re.compile(
    r"^[ \t]*(neuron|synapse)[ \t]+[A-Za-z_$][\w$]*[ \t]*(?:extends[^:\n]*)?:", re.MULTILINE
)
_OLD_END = re.compile(r"^[ \t]+end[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_HOW = (
    "write `model NAME:`, remove every `end`, indent blocks instead, give ports no type (`spikes <- spike`), "
    "move the threshold test into `onCondition(...)` and call `integrate_odes()` in `update`"
)


def refuse(text: str) -> Diagnostic | None:
    """Return the error for a text in the form of NESTML 5, 6 or 7.0, if it is one."""
    top, end = _OLD_TOP.search(text), _OLD_END.search(text)
    match = top or end
    if match is None:
        return None
    word = match.group(1) if top else "end"
    at = match.start(1) if top else match.start() + match.group().index("end")
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    message = f"`{word}` belongs to NESTML 7.0 and earlier; this model must be converted"
    return Diagnostic("E0110", "error", message, Span(line, column, line, column + len(word)), _HOW)
