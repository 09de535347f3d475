"""Syntax errors in words: from the parser's tables to a message and a hint."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from nestml_jit.dsl.lexer import Lexeme
from nestml_jit.dsl.mistakes import StoppingPlace, explain_mistake
from nestml_jit.dsl.span import Span
from nestml_jit.errors import Diagnostic

BLOCKS = (
    "state", "parameters", "internals", "equations", "input", "output", "update", "function", "onReceive",
    "onCondition",
)  # fmt: skip
HEADS = frozenset((*BLOCKS, "model", "if", "elif", "else", "while", "for"))
KEYWORDS = frozenset(
    (
        *BLOCKS,
        *"model inline kernel recordable return if elif else for in step while and or not inf".split(),
        *"integer real string boolean void spike continuous excitatory inhibitory".split(),
        *"true True false False".split(),
    )
)
_READABLE = {
    "_NEWLINE": "the end of the line",
    "_INDENT": "an indented block",
    "_DEDENT": "the end of the block",
    "$END": "the end of the text",
    "NAME": "a name",
    "WHOLE": "a number",
    "DECIMAL": "a number",
    "INF": "a number",
    "TEXT": "a string",
    "PRIMES": "`'`",
    "DECORATOR": "a decorator such as `@homogeneous`",
    "_GUARD_OPEN": "a guard `[[ ... ]]`",
    "_GUARD_CLOSE": "`]]`",
    "_ARROW": "`<-`",
    "_ELLIPSIS": "`...`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COLON": "`:`",
    "COMMA": "`,`",
    "EQUAL": "`=`",
    "QMARK": "`?`",
    "SLASH": "`/`",
    "STAR": "`*`",
    "PLUS": "`+`",
    "MINUS": "`-`",
}
_TYPES = {"REAL", "INTEGER", "BOOLEAN", "STRING", "VOID"}
_OPERATORS = {
    "PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "AMPERSAND", "CIRCUMFLEX", "VBAR", "LESSTHAN", "MORETHAN",
    "OR", "AND",
}  # fmt: skip
_OPERAND = {"WHOLE", "LPAR", "NAME", "MINUS"}
_HIDDEN = {"SEMICOLON", "TILDE", "NOT", "TRUE", "FALSE"}
_BLOCK_TERMINALS = {name.upper() for name in BLOCKS}
_STATEMENTS = {"IF", "WHILE", "FOR", "RETURN", "NAME"}


def explain(tokens: Sequence[Lexeme], index: int, accepts: set[str]) -> Diagnostic:
    """Return the diagnostic for the token at `index`, where only `accepts` may stand.

    Parameters
    ----------
    tokens
        All tokens of the text.
    index
        The one that cannot stand where it stands.
    accepts
        Terminals that could.
    """
    lexeme = tokens[index]
    before = tokens[index - 1] if index else None
    span = _span(lexeme, before)
    special = _special(StoppingPlace(tokens, index, accepts))
    if special:
        return Diagnostic("E0101", "error", special[0], span, special[1])
    message = f"expected {_alternatives(accepts)}, found {_found(lexeme)}"
    return Diagnostic("E0101", "error", message, span, _hint(lexeme, accepts))


def _span(lexeme: Lexeme, before: Lexeme | None) -> Span:
    if lexeme.text or before is None:
        return lexeme.span
    if lexeme.kind in ("_NEWLINE", "$END") and before.text:
        return Span(before.end_line, before.end_column, before.end_line, before.end_column + 1)
    return Span(lexeme.line, lexeme.column, lexeme.line, lexeme.column + 1)


def _found(lexeme: Lexeme) -> str:
    if lexeme.text in KEYWORDS:
        return f"the keyword `{lexeme.text}`"
    return f"`{lexeme.text}`" if lexeme.text else _READABLE[lexeme.kind]


def _special(place: StoppingPlace) -> tuple[str, str] | None:
    """Return message and hint for mistakes that have a better name than "expected ..."."""
    found = explain_mistake(place)
    if found:
        return found
    text = place.here.text
    named = text in KEYWORDS and "NAME" in place.accepts and not place.accepts & _STATEMENTS - {"NAME"}
    if named and text not in (*BLOCKS[:7], "spike", "continuous"):
        return f"`{text}` is a keyword and cannot be a name here", "choose another name"
    return None


def _hint(lexeme: Lexeme, accepts: set[str]) -> str:
    if lexeme.kind == "NAME":
        words = [word for word in sorted(KEYWORDS) if word.upper() in accepts]
        close = get_close_matches(lexeme.text, words, 1, 0.7)
        if close:
            return f"did you mean `{close[0]}`?"
    if lexeme.text in BLOCKS and not accepts & _BLOCK_TERMINALS:
        return "blocks such as this one stand directly in a model, indented by one level"
    return ""


def _alternatives(accepts: set[str]) -> str:
    """Return the readable names of what may stand, grouped."""
    left = set(accepts) - _HIDDEN
    words: list[str] = []
    if "TILDE" in accepts:
        words.append("an expression")
        left -= _OPERAND | {"DECIMAL", "INF", "TEXT", "PLUS", "__ANON_14", "__ANON_15"}
    elif {"LPAR", "NAME", "WHOLE", "STAR"} <= left:
        words.append("a unit")
        left -= _OPERAND
    if len(left & _OPERATORS) > 4:
        words.append("an operator")
        left = {name for name in left if name not in _OPERATORS and not name.startswith("__")}
    if left >= _TYPES:
        words.append("a type")
        left -= _TYPES | {"NAME", "LPAR", "WHOLE"}
    if len(left & _BLOCK_TERMINALS) > 4:
        words.append("a block such as `state:`")
        left -= _BLOCK_TERMINALS | {"_DEDENT"}
    if {"IF", "WHILE", "FOR"} <= left:
        words.append("a statement")
        left -= {"IF", "WHILE", "FOR", "RETURN", "NAME", "_DEDENT"}
    if "_NEWLINE" in left and len(left) > 4:
        left = {"_NEWLINE"}
    words += sorted(
        {_READABLE.get(name, f"`{_keyword(name)}`") for name in left if not name.startswith("__")}
    )
    if not words:
        return "something else"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _keyword(terminal: str) -> str:
    lower = terminal.lower()
    return {"onreceive": "onReceive", "oncondition": "onCondition"}.get(lower, lower)
