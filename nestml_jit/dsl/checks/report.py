"""Short ways to write a diagnostic."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from nestml_jit.dsl.span import Span
from nestml_jit.errors import Diagnostic


def error(code: str, message: str, span: Span, hint: str = "") -> Diagnostic:
    """Return an error."""
    return Diagnostic(code, "error", message, span, hint)


def warning(code: str, message: str, span: Span, hint: str = "") -> Diagnostic:
    """Return a warning."""
    return Diagnostic(code, "warning", message, span, hint)


def similar(name: str, known: Iterable[str]) -> str:
    """Return a question that names the closest known name, or nothing."""
    close = get_close_matches(name, sorted(known), 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else ""
