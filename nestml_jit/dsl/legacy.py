"""Old forms of NESTML as errors, with their replacements and the command that rewrites a model."""

from __future__ import annotations

from nestml_jit.dsl.old_forms import OldForm, find, is_old
from nestml_jit.dsl.span import Span
from nestml_jit.errors import Diagnostic

MAX_ERRORS = 20
_COMMAND = "`nestml-jit fmt --upgrade FILE` rewrites the whole model, where that is certain"


def refuse(text: str) -> list[Diagnostic]:
    """Return the errors for a text of before NESTML 7.1, whose blocks have other ends; [] for others."""
    return complaints(text) if is_old(text) else []


def complaints(text: str) -> list[Diagnostic]:
    """Return an error for each old form of a text that does not parse; the first one names the command."""
    forms = list(find(text))
    first_end = next((form for form in forms if not form.modern), None)
    found = [_complaint(form) for form in forms if form.modern or form is first_end][:MAX_ERRORS]
    return [_with_command(found[0]), *found[1:]] if found else []


def _complaint(form: OldForm) -> Diagnostic:
    message = f"`{form.text}` belongs to an older version of NESTML"
    hint = f"write `{form.modern}`" if form.modern else "remove every `end`: blocks end by indentation"
    span = Span(form.line, form.column, form.line, form.column + len(form.text))
    return Diagnostic("E0110", "error", message, span, hint)


def _with_command(item: Diagnostic) -> Diagnostic:
    return Diagnostic(item.code, item.severity, item.message, item.span, f"{item.hint}; {_COMMAND}")


def instead(errors: list[Diagnostic], text: str) -> list[Diagnostic]:
    """Return errors of the parser; an error about an old form replaces the others of its line."""
    found = complaints(text)
    lines = {item.span.line for item in found}
    return [*(item for item in errors if item.span.line not in lines), *found]
