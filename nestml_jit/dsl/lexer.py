"""From text to tokens: lines, indentation, brackets, comments.

The whole text is cut by one regular expression. Line ends count only outside of brackets, a change
of indentation becomes an `_INDENT` or `_DEDENT`, and comments are set aside. The lexer never raises: it
reports unreadable text as a diagnostic and leaves it out, so that the parser can go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from nestml_jit.dsl.span import Span
from nestml_jit.errors import Diagnostic

MAX_LINE = 20_000
MAX_TEXT = 1_000_000
MAX_TOKENS = 25_000
MAX_NESTING = 60
_TAB = 8

_TOKEN = re.compile(
    r"""
      (?P<DECIMAL> (?:[0-9]+\.(?!\.)[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)? | [0-9]+[eE][+-]?[0-9]+ )
    | (?P<WHOLE> [0-9]+ )
    | (?P<NAME> [A-Za-z_$][A-Za-z0-9_$]* )
    | (?P<PRIMES> '+ )
    | (?P<DOCSTRING> "{3}(?:[^"]|"(?!""))*"{3} )
    | (?P<OPEN_DOCSTRING> "{3} )
    | (?P<TEXT> "(?:[^"\\\n]|\\.)*" )
    | (?P<OPEN_TEXT> "[^\n]* )
    | (?P<DECORATOR> @[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)* )
    | (?P<_ELLIPSIS> \.\.\. )
    | (?P<_GUARD_OPEN> \[\[ )
    | (?P<OPERATOR> <-|//=|\*\*|//|<<|>>|<=|==|!=|<>|>=|\+=|-=|\*=|/=|[-+*/%&^|~<>=?:,;()\[\]] )
    | (?P<BLANK> [ \t\f\v]+ )
    | (?P<COMMENT> \#[^\n]* )
    | (?P<CONTINUATION> \\[ \t]*\n )
    | (?P<LINE> \n )
    | (?P<BAD> . )
    """,
    re.VERBOSE | re.DOTALL,
)

_OPENING = {"(": ")", "[": "]"}
_RESUMES = re.compile(
    r"""[ \t]*(?:
        (?:model|state|parameters|internals|equations|input|output|update|else)[ \t]*(?:\w+[ \t]*)?:
      | (?:function|onReceive|onCondition|if|elif|while|for|return|inline|kernel|recordable)\b
      | [A-Za-z_$][\w$]*'*[^=!<>\n\#]*[^=!<>\n\#](?<!priority\ )(?<!priority)=(?!=)
    )""",
    re.VERBOSE,
)


class Lexeme(NamedTuple):
    """One token: its terminal in the grammar, its text, and its place (counted from 1)."""

    kind: str
    text: str
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def span(self) -> Span:
        """The token's place."""
        return Span(self.line, self.column, self.end_line, self.end_column)


class Comment(NamedTuple):
    """A comment without its `#`; `own_line` if nothing stands before it on the line."""

    text: str
    line: int
    column: int
    own_line: bool


class StopReading(Exception):
    """The rest of the text cannot be read; `diagnostic` has the reason."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass
class _State:
    """The position of the lexer in the text."""

    line: int = 1
    line_start: int = 0
    brackets: list[Lexeme] = field(default_factory=list)
    indents: list[int] = field(default_factory=lambda: [0])
    at_start: bool = True
    blank: str = ""
    last: str = ""
    in_kernel: bool = False
    skip_to: int = 0
    arrow: bool = False
    odd: tuple[int, int] = (-1, -1)


class Lexer:
    """Cuts one text into tokens.

    Parameters
    ----------
    text
        The model text; lines end with a line feed.
    terminals
        From keyword or operator to the name of its terminal in the grammar.

    Attributes
    ----------
    comments
        All comments, in order; complete when the tokens are exhausted.
    diagnostics
        Diagnostics of text that could not be read.
    """

    def __init__(self, text: str, terminals: Mapping[str, str]) -> None:
        self.text = text
        self.terminals = terminals
        self.comments: list[Comment] = []
        self.diagnostics: list[Diagnostic] = []
        self._state = _State()

    def __iter__(self) -> Iterator[Lexeme]:
        state = self._state
        for match in _TOKEN.finditer(self.text):
            kind = match.lastgroup or "BAD"
            if kind == "BLANK":
                state.blank += match.group() if state.at_start else ""
            elif kind == "COMMENT":
                column = self._column(match.start())
                self.comments.append(Comment(match.group()[1:].rstrip(), state.line, column, state.at_start))
            elif kind == "DOCSTRING":
                self._docstring(match)
            elif kind == "OPEN_DOCSTRING":
                span = self._make("", match.group(), match.start()).span
                finding = Diagnostic("E0102", "error", "this docstring does not end", span, 'add `"""`')
                raise StopReading(finding)
            elif kind == "CONTINUATION":
                self._next_line(match.end())
            elif kind == "LINE":
                yield from self._line_end(match)
            elif kind == "BAD":
                self._bad(match)
            else:
                if state.at_start:
                    yield from self._first_of_line(match)
                yield from self._token(kind, match)
        yield from self._end_of_text()

    def _docstring(self, match: re.Match[str]) -> None:
        """Turn a docstring, as NESTML 7 and 8 have it, into comments."""
        state = self._state
        column = self._column(match.start())
        place = Span(state.line, column, state.line, column + 3)
        hint = "in NESTML 9, write `# ...` on each line"
        self.diagnostics.append(Diagnostic("W0106", "warning", "docstrings are comments now", place, hint))
        start = match.start()
        lines = match.group().split("\n")
        for position, line in enumerate(lines):
            words = line.replace('"""', "").rstrip()
            self.comments.append(Comment(f" {words}" if words else "", state.line, column, True))
            start += len(line) + 1
            if position + 1 < len(lines):
                self._next_line(start)

    def _column(self, position: int) -> int:
        return position - self._state.line_start + 1

    def _next_line(self, start: int) -> None:
        self._state.line += 1
        self._state.line_start = start

    def _make(self, kind: str, text: str, position: int) -> Lexeme:
        line, column = self._state.line, self._column(position)
        return Lexeme(kind, text, line, column, line, column + len(text))

    def _report(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(code, "error", message, span, hint))

    # --- lines ---

    def _line_end(self, match: re.Match[str]) -> Iterator[Lexeme]:
        state = self._state
        joined = bool(state.brackets) or (state.in_kernel and state.last == ",")
        if joined and state.brackets and _RESUMES.match(self.text, match.end()):
            self._unclosed()
            joined = False
        if not joined:
            if not state.at_start:
                yield self._make("_NEWLINE", "", match.start())
            state.at_start, state.blank, state.in_kernel = True, "", False
        self._next_line(match.end())

    def _unclosed(self) -> None:
        bracket = self._state.brackets[0]
        self._report(
            "E0103",
            f"`{bracket.text}` is never closed",
            bracket.span,
            f"add the missing `{']]' if bracket.text == '[[' else _OPENING[bracket.text]}`",
        )
        self._state.brackets.clear()

    def _first_of_line(self, match: re.Match[str]) -> Iterator[Lexeme]:
        state = self._state
        state.at_start = False
        state.in_kernel = match.group() == "kernel"
        state.arrow = match.lastgroup == "NAME" and match.group() not in self.terminals
        width = len(state.blank.expandtabs(_TAB))
        if width == state.odd[0] and state.odd[1] == state.indents[-1]:
            return
        if width > state.indents[-1]:
            if len(state.indents) > MAX_NESTING:
                span = Span(state.line, 1, state.line, self._column(match.start()))
                message = f"more than {MAX_NESTING} blocks are nested here"
                raise StopReading(Diagnostic("E0105", "error", message, span, "move a part into a function"))
            state.indents.append(width)
            yield self._make("_INDENT", "", match.start())
        while width < state.indents[-1]:
            inner = state.indents.pop()
            if width > state.indents[-1]:
                self._report(
                    "E0104",
                    "this line's indentation matches no enclosing block",
                    Span(state.line, 1, state.line, self._column(match.start())),
                    f"indent by {state.indents[-1]} or {inner} columns, as lines above do",
                )
                state.indents.append(inner)
                state.odd = (width, inner)
                break
            yield self._make("_DEDENT", "", match.start())

    def _end_of_text(self) -> Iterator[Lexeme]:
        state = self._state
        if state.brackets:
            self._unclosed()
        end = len(self.text)
        if not state.at_start:
            yield self._make("_NEWLINE", "", end)
        for _ in state.indents[1:]:
            yield self._make("_DEDENT", "", end)
        state.indents = [0]

    # --- tokens ---

    def _token(self, kind: str, match: re.Match[str]) -> Iterator[Lexeme]:
        text = match.group()
        state = self._state
        if kind == "NAME":
            kind = self.terminals.get(text, "NAME")
        elif kind == "OPERATOR":
            if match.start() < state.skip_to:
                return
            if text == "]" and state.brackets and state.brackets[-1].text == "[[":
                yield from self._guard_close(match)
                return
            if text == "<-":
                yield from self._arrow(match)
                return
            state.arrow = state.arrow and text in "[]*/**"
            kind = self.terminals[text]
            if text in ")]" and not self._close(text, match):
                return
        elif kind == "OPEN_TEXT":
            span = self._make("", text, match.start()).span
            self._report("E0102", "this string does not end", span, 'close it with `"` on the same line')
            kind, text = "TEXT", text + '"'
            state.brackets = [item for item in state.brackets if item.line != state.line]
        lexeme = self._make(kind, text, match.start())
        if text in ("(", "[", "[["):
            self._open(lexeme)
        state.last = text
        yield lexeme

    def _arrow(self, match: re.Match[str]) -> Iterator[Lexeme]:
        """Yield the `<-` of a port, or the `<` and `-` of a comparison."""
        start = match.start()
        if self._state.arrow:
            yield self._make("_ARROW", "<-", start)
        else:
            yield self._make(self.terminals["<"], "<", start)
            yield self._make(self.terminals["-"], "-", start + 1)
        self._state.last = "<-"

    def _open(self, lexeme: Lexeme) -> None:
        self._state.brackets.append(lexeme)
        if len(self._state.brackets) > MAX_NESTING:
            message = f"more than {MAX_NESTING} brackets are open here"
            raise StopReading(
                Diagnostic("E0105", "error", message, lexeme.span, "name parts of the expression")
            )

    def _close(self, text: str, match: re.Match[str]) -> bool:
        brackets = self._state.brackets
        if brackets and _OPENING.get(brackets[-1].text) == text:
            brackets.pop()
            return True
        lexeme = self._make("", text, match.start())
        if brackets:
            opening = brackets[-1]
            message = f"`{text}` does not close the `{opening.text}` of line {opening.line}"
        else:
            message = f"`{text}` closes nothing"
        self._report(
            "E0103", message, lexeme.span, f"remove it, or open it with `{'(' if text == ')' else '['}`"
        )
        return False

    def _guard_close(self, match: re.Match[str]) -> Iterator[Lexeme]:
        state = self._state
        if self.text.startswith("]]", match.start()):
            state.brackets.pop()
            state.last = "]]"
            state.skip_to = match.start() + 2
            yield self._make("_GUARD_CLOSE", "]]", match.start())
        else:
            lexeme = self._make("", "]", match.start())
            self._report("E0103", "a guard ends with `]]`", lexeme.span, "write `[[ condition ]]`")
            state.brackets.pop()
            state.last = "]"
            yield self._make("_GUARD_CLOSE", "]", match.start())

    def _bad(self, match: re.Match[str]) -> None:
        text = match.group()
        state = self._state
        lexeme = self._make("", text, match.start())
        if text == "\\":
            message, hint = "`\\` must be the last character of its line", "put the rest on the next line"
        else:
            shown = f"`{text}`" if text.isprintable() else f"U+{ord(text):04X}"
            message, hint = f"the character {shown} has no meaning here", _instead(text)
        if not self.diagnostics or self.diagnostics[-1].span.line != state.line:
            self._report("E0102", message, lexeme.span, hint)


_INSTEAD = {
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "\N{MULTIPLICATION SIGN}": "*",
    "\N{MIDDLE DOT}": "*",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{PRIME}": "'",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{NOT EQUAL TO}": "!=",
    "\N{GREEK SMALL LETTER MU}": "u",
    "\N{MICRO SIGN}": "u",
    "\N{NO-BREAK SPACE}": " ",
    "!": "not",
}


def _instead(text: str) -> str:
    if text in _INSTEAD:
        return f"write `{_INSTEAD[text]}`"
    if text == ".":
        return "write `...` between the bounds of a loop; a number has one decimal point"
    if text == "{" or text == "}":
        return "blocks begin with `:` and an indented line"
    return "remove it; names have letters, digits, `_` and `$`"
