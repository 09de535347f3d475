"""From text to syntax tree, with as many syntax errors per run as can be told apart.

lark makes the LALR table from `grammar.lark`, and this module feeds it tokens. After an error
the parser returns to its state at the start of the line. It leaves out that line and all lines indented below
it, and goes on, so that one mistake gives one error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nestml_jit.dsl import expected, legacy
from nestml_jit.dsl.lexer import MAX_LINE, MAX_TEXT, MAX_TOKENS, Comment, Lexeme, Lexer, StopReading
from nestml_jit.dsl.mistakes import StoppingPlace
from nestml_jit.dsl.span import Span
from nestml_jit.dsl.tree import Model
from nestml_jit.errors import Diagnostic

if TYPE_CHECKING:
    from lark import Lark, Tree

MAX_ERRORS = 20


@dataclass(frozen=True)
class ParsedText:
    """A parsed text.

    Attributes
    ----------
    models
        The models, in the order of the text; empty if there are errors.
    diagnostics
        Errors and warnings, in the order of the text.
    comments
        All comments of the text, in order.
    """

    filename: str
    text: str
    models: tuple[Model, ...]
    diagnostics: tuple[Diagnostic, ...]
    comments: tuple[Comment, ...] = ()


@lru_cache(maxsize=1)
def _grammar() -> tuple[Lark, dict[str, str]]:
    """Return the parser and the terminal of each keyword and operator."""
    from lark import Lark
    from lark.lexer import Lexer as LarkLexer

    class NoLexer(LarkLexer):
        """Stands in for a lexer: tokens are fed one by one."""

        def __init__(self, conf: Any) -> None:
            """Need nothing."""

        def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
            """Yield nothing."""
            return iter(())

    text = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    lark = Lark(text, parser="lalr", lexer=NoLexer, propagate_positions=True, maybe_placeholders=True)
    return lark, {str(item.pattern.value): item.name for item in lark.terminals}


def parse_source(text: str, filename: str = "") -> ParsedText:
    """Parse a text; never raises, whatever the text is.

    Parameters
    ----------
    text
        One or more models.
    filename
        Used in diagnostics only.
    """
    text = text.removeprefix("\N{BYTE ORDER MARK}").replace("\r\n", "\n").replace("\r", "\n")
    too_long = _too_long(text)
    refusal = [too_long] if too_long else legacy.refuse(text)
    if refusal:
        return _source(filename, text, (), refusal)
    run = _Run(text)
    tree = run.parse()
    models: tuple[Model, ...] = ()
    diagnostics = run.diagnostics()
    if any(item.is_error for item in diagnostics):
        diagnostics = sorted(legacy.instead(diagnostics, text), key=_place)[:MAX_ERRORS]
    if tree is not None and not any(item.is_error for item in diagnostics):
        from nestml_jit.dsl.syntax import build

        models, found = build(tree, run.lexer.comments, text)
        diagnostics = sorted(diagnostics + found, key=_place)
    if any(item.is_error for item in diagnostics):
        models = ()
    return _source(filename, text, models, diagnostics, tuple(run.lexer.comments))


def _place(item: Diagnostic) -> tuple[int, int]:
    return item.span.line, item.span.column


def _source(
    filename: str,
    text: str,
    models: tuple[Model, ...],
    diagnostics: list[Diagnostic],
    comments: tuple[Comment, ...] = (),
) -> ParsedText:
    lines = text.split("\n") if diagnostics else []
    located = tuple(item.located(filename, lines) for item in diagnostics)
    return ParsedText(filename, text, models, located, comments)


def _too_long(text: str) -> Diagnostic | None:
    if len(text) > MAX_TEXT:
        return Diagnostic("E0106", "error", f"the text is longer than {MAX_TEXT} characters")
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE:
            span = Span(number, MAX_LINE, number, MAX_LINE + 1)
            return Diagnostic("E0106", "error", f"line {number} is longer than {MAX_LINE} characters", span)
        start += len(line) + 1
    return None


class _Run:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self.lark, terminals = _grammar()
        self.lexer = Lexer(text, terminals)
        self._errors: list[Diagnostic] = []

    def parse(self) -> Tree[Any] | None:
        """Feed all tokens; return the tree, or None if there is none."""
        try:
            tokens = list(islice(self.lexer, MAX_TOKENS + 1))
        except StopReading as stop:
            self._errors.append(stop.diagnostic)
            return None
        if len(tokens) > MAX_TOKENS:
            message = f"the text has more than {MAX_TOKENS} words and signs"
            self._errors.append(
                Diagnostic("E0106", "error", message, tokens[MAX_TOKENS].span, "split the file")
            )
            return None
        self._lexical_lines = {item.span.line for item in self.lexer.diagnostics}
        return self._feed(tokens)

    def diagnostics(self) -> list[Diagnostic]:
        """Return the diagnostics so far, in the order of the text."""
        return sorted(self.lexer.diagnostics + self._errors, key=_place)[:MAX_ERRORS]

    def _feed(self, tokens: list[Lexeme]) -> Tree[Any] | None:
        from lark import Token, UnexpectedToken

        machine = self.lark.parse_interactive("")
        state = machine.parser_state
        index = 0
        line_start = True
        saved: tuple[list[Any], list[Any]] = (list(state.state_stack), list(state.value_stack))
        while index < len(tokens):
            lexeme = tokens[index]
            if line_start and lexeme.kind not in ("_INDENT", "_DEDENT"):
                saved = (list(state.state_stack), list(state.value_stack))
            line_start = lexeme.kind in ("_NEWLINE", "_INDENT", "_DEDENT")
            token = Token(lexeme.kind, lexeme.text, 0, *lexeme[2:4], *lexeme[4:6])
            try:
                machine.feed_token(token)
                index += 1
            except UnexpectedToken:
                accepts = _accepts(machine)
                missing = self._report(tokens, index, accepts)
                if len(self._errors) >= MAX_ERRORS:
                    return None
                if missing:
                    for kind in missing:
                        machine.feed_token(Token(kind, "", 0, *lexeme[2:6]))
                    line_start = True
                    continue
                index = self._skip_line(tokens, index)
                state.state_stack[:], state.value_stack[:] = saved
                line_start = True
        try:
            return _finish(machine)
        except UnexpectedToken:
            if not any(item.is_error for item in self.diagnostics()):
                self._report([*tokens, Lexeme("$END", "", *_end(tokens))], len(tokens), _accepts(machine))
            return None

    def _report(self, tokens: list[Lexeme], index: int, accepts: set[str]) -> tuple[str, ...]:
        """Note the error; return the missing tokens if they are clear."""
        missing: tuple[str, ...] = ()
        first = StoppingPlace(tokens, index, accepts).first.text
        if tokens[index].kind == "_NEWLINE" and "COLON" in accepts and first in expected.HEADS:
            missing = ("COLON",)
        elif accepts == {"_INDENT"}:
            missing = ("_INDENT", "_DEDENT")
        if not self._lexical_lines & set(_lines(tokens, index)):
            self._errors.append(expected.explain(tokens, index, accepts))
        return missing

    def _skip_line(self, tokens: list[Lexeme], index: int) -> int:
        """Return the index behind the line of `index` and the lines indented below it."""
        if tokens[index].kind == "_INDENT":
            return _behind_block(tokens, index)
        if tokens[index].kind == "_DEDENT":
            return index + 1
        while index < len(tokens) and tokens[index].kind != "_NEWLINE":
            index += 1
        index += 1
        if index < len(tokens) and tokens[index].kind == "_INDENT":
            return _behind_block(tokens, index)
        return index


def _lines(tokens: list[Lexeme], index: int) -> Iterator[int]:
    """Yield the lines on which the statement of a token stands, up to that token."""
    yield tokens[index].line
    while index > 0 and tokens[index - 1].kind not in ("_NEWLINE", "_INDENT", "_DEDENT"):
        index -= 1
        yield tokens[index].line


def _accepts(machine: Any) -> set[str]:
    """Return the terminals that may come next."""
    return set(machine.accepts())


def _finish(machine: Any) -> Tree[Any]:
    """Return the tree of a text that is complete."""
    tree: Tree[Any] = machine.feed_eof()
    return tree


def _end(tokens: list[Lexeme]) -> tuple[int, int, int, int]:
    last = tokens[-1] if tokens else Lexeme("", "", 1, 1, 1, 1)
    return last.end_line, last.end_column, last.end_line, last.end_column


def _behind_block(tokens: list[Lexeme], index: int) -> int:
    depth = 0
    while index < len(tokens):
        depth += {"_INDENT": 1, "_DEDENT": -1}.get(tokens[index].kind, 0)
        index += 1
        if depth == 0:
            break
    return index
