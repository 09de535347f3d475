"""Errors as records: a `Diagnostic` says what is wrong, where, and what to do about it.

This module imports nothing outside the standard library but `Span`, so that
every part of the package may raise these exceptions without loading the front end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from nestml_jit.dsl.span import Span
from nestml_jit.plain import plain, plain_line

_COLOURS = {"error": "\033[1;31m", "warning": "\033[1;33m", "bar": "\033[1;34m", "bold": "\033[1m"}
_RESET = "\033[0m"
_WIDTH = 160

_Painter = Callable[[str, str], str]


@dataclass(frozen=True)
class Diagnostic:
    """One finding in a model text.

    Attributes
    ----------
    code
        `E` or `W` and four digits; `docs/diagnostics.md` lists them all.
    severity
        "error" or "warning".
    message
        One sentence, without a full stop, that names what was written.
    span
        Where it was written; a span of line 0 means the file as a whole.
    hint
        What to write instead, or nothing.
    filename
        As given by the user, or "" if the text has no file.
    source
        The text of the line where the span begins.
    """

    code: str
    severity: str
    message: str
    span: Span = field(default_factory=Span)
    hint: str = ""
    filename: str = ""
    source: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the model cannot be used."""
        return self.severity == "error"

    def located(self, filename: str, lines: list[str]) -> Diagnostic:
        """Return the same finding with the file's name and the line's text filled in."""
        row = self.span.line - 1
        source = lines[row] if 0 <= row < len(lines) else ""
        return replace(self, filename=self.filename or filename, source=self.source or source)

    def render(self, colour: bool = False) -> str:
        """Return the finding as text: headline, place, source line with carets, hint."""
        paint = _paint if colour else _plain
        head = paint(f"{self.severity}[{self.code}]", self.severity) + paint(
            f": {plain(self.message)}", "bold"
        )
        if not self.span.line:
            place = [f" --> {plain_line(self.filename)}"] if self.filename else []
            return "\n".join([head, *place, *self._hint_lines(" ", paint)])
        number = str(self.span.line)
        margin = " " * len(number)
        bar = paint("|", "bar")
        where = f"{plain_line(self.filename) or '<text>'}:{self.span.line}:{self.span.column}"
        out = [head, f"{margin}{paint('-->', 'bar')} {where}"]
        if self.source.strip():
            shown, under = self._excerpt()
            out += [f"{margin} {bar}", f"{paint(number, 'bar')} {bar} {shown}"]
            out += [f"{margin} {bar} {paint(under, self.severity)}"]
        return "\n".join([*out, *self._hint_lines(margin + " ", paint)])

    def _hint_lines(self, margin: str, paint: _Painter) -> list[str]:
        return (
            [f"{margin}{paint('=', 'bar')} {paint('help', 'bold')}: {plain(self.hint)}"] if self.hint else []
        )

    def _excerpt(self) -> tuple[str, str]:
        """Return the source line and the line of carets, cut to a readable width."""
        text = "".join(
            c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in self.source
        )
        start = max(self.span.column - 1, 0)
        end = self.span.end_column - 1 if self.span.end_line == self.span.line else len(text.rstrip())
        end = max(end, start + 1)
        if len(text) > _WIDTH:
            first = max(0, min(start - _WIDTH // 2, len(text) - _WIDTH))
            text = "..." + text[first : first + _WIDTH]
            start, end = start - first + 3, min(end - first + 3, len(text) + 1)
        blank = "".join("\t" if c == "\t" else " " for c in text[:start]).ljust(start)
        return text.rstrip(), blank + "^" * max(end - start, 1)

    def __str__(self) -> str:
        return self.render()


def _paint(text: str, kind: str) -> str:
    return f"{_COLOURS[kind]}{text}{_RESET}"


def _plain(text: str, kind: str) -> str:
    return text


class NestmlJitError(Exception):
    """Base of all exceptions of this package."""


class NestmlError(NestmlJitError, ValueError):
    """A model text or a use of a model is wrong."""


class NestmlErrors(NestmlError):
    """One or more errors in a model text; `diagnostics` holds them, with the warnings.

    Parameters
    ----------
    diagnostics
        What was found, in the order of the text.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        shown = [item.render() for item in self.diagnostics]
        count = sum(item.is_error for item in self.diagnostics)
        return "\n\n".join([f"{count} error{'s' if count != 1 else ''} in the model", *shown])


class NestmlWarning(UserWarning):
    """A model is legal, but probably not what was meant."""


class NestmlDeprecationWarning(NestmlWarning):
    """A model uses a form of NESTML 7 or 8; the message shows the form of NESTML 9."""
