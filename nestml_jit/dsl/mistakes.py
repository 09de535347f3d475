"""Mistakes that have a better name than "expected ...": habits from other languages, above all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nestml_jit.dsl.lexer import Lexeme
from nestml_jit.dsl.predefined import FUNCTIONS

_LINE_STARTS = ("_NEWLINE", "_INDENT", "_DEDENT")
TYPES = ("real", "integer", "boolean", "string", "void")
Finding = tuple[str, str]


@dataclass(frozen=True)
class StoppingPlace:
    """The token where the parser stopped, with its surroundings.

    Attributes
    ----------
    tokens
        All tokens of the text.
    index
        The one that cannot stand where it stands.
    accepts
        The terminals that could.
    """

    tokens: Sequence[Lexeme]
    index: int
    accepts: set[str]

    @property
    def here(self) -> Lexeme:
        """The token that cannot stand where it stands."""
        return self.tokens[self.index]

    def at(self, offset: int) -> Lexeme:
        """Return a token nearby; one without text if there is none on this line."""
        step = 1 if offset > 0 else -1
        position = self.index
        while position != self.index + offset:
            position += step
            if not 0 <= position < len(self.tokens) or self.tokens[position].kind in _LINE_STARTS:
                return Lexeme("", "", 0, 0, 0, 0)
        return self.tokens[position]

    @property
    def first(self) -> Lexeme:
        """The first token of the line."""
        index = self.index
        while index > 0 and self.tokens[index - 1].kind not in _LINE_STARTS:
            index -= 1
        return self.tokens[index]

    @property
    def words(self) -> str:
        """The line up to here, with single blanks."""
        offset = 0
        while self.at(offset - 1).text:
            offset -= 1
        return " ".join(self.at(position).text for position in range(offset, 1))


def explain_mistake(place: StoppingPlace) -> Finding | None:
    """Return message and hint for a mistake that is known by name."""
    for rule in _RULES:
        found = rule(place)
        if found:
            return found
    return None


def _no_model(place: StoppingPlace) -> Finding | None:
    if any(item.kind == "MODEL" for item in place.tokens[: place.index + 1]):
        return None
    if place.here.kind == "_INDENT" or place.here.kind != "NAME":
        return "a text begins with `model NAME:`", "put everything below `model my_neuron:`, indented"
    return None


def _indented(place: StoppingPlace) -> Finding | None:
    if place.here.kind == "_INDENT":
        return "this line is indented, but no block begins above it", "align it with the line above"
    return None


def _lonely_else(place: StoppingPlace) -> Finding | None:
    if place.here.text in ("else", "elif") and place.here == place.first:
        return f"`{place.here.text}` has no `if`", "align it with an `if` whose block ends directly above"
    return None


def _condition(place: StoppingPlace) -> Finding | None:
    if place.here.text == "=" and place.first.text in ("if", "elif", "while", "onCondition"):
        return "a condition compares with `==`; `=` assigns", "write `==`"
    return None


def _comparison_statement(place: StoppingPlace) -> Finding | None:
    if place.here.text == "==" and "EQUAL" in place.accepts:
        return "`==` compares; `=` assigns", "write `=`"
    return None


def _walrus(place: StoppingPlace) -> Finding | None:
    if place.here.text == ":" and place.at(1).text == "=" and "EQUAL" in place.accepts:
        return "there is no `:=`", "write `=`"
    return None


def _increment(place: StoppingPlace) -> Finding | None:
    sign = place.here.text
    if sign in ("+", "-") and place.at(1).text == sign and "EQUAL" in place.accepts:
        return f"there is no `{sign}{sign}`", f"write `{place.first.text} {sign}= 1`"
    return None


def _doubled(place: StoppingPlace) -> Finding | None:
    sign = place.here.text
    if sign in ("&", "|") and place.at(-1).text == sign:
        return f"there is no `{sign}{sign}`", f"write `{'and' if sign == '&' else 'or'}`"
    return None


def _call_without_brackets(place: StoppingPlace) -> Finding | None:
    name = place.at(-1).text
    if name in FUNCTIONS and place.here.kind in ("_NEWLINE", "$END", "EQUAL"):
        return f"`{name}` is a function", f"call it: `{name}()`"
    return None


def _leibniz(place: StoppingPlace) -> Finding | None:
    name, denominator = place.at(-1).text, place.at(1).text
    if place.here.text == "/" and name.startswith("d") and denominator == "dt" and "PRIMES" in place.accepts:
        return "a derivative is written with `'`", f"write `{name[1:]}' = ...`"
    return None


def _type_first(place: StoppingPlace) -> Finding | None:
    if place.here.text in TYPES and place.here == place.first and place.at(1).kind == "NAME":
        name = place.at(1).text
        return "the type follows the name", f"write `{name} {place.here.text} = ...`"
    return None


def _no_type(place: StoppingPlace) -> Finding | None:
    if place.here.kind == "EQUAL" and "REAL" in place.accepts:
        name = place.first.text
        hint = f"write `{name} real = ...`, or a unit such as `mV` in the place of `real`"
        return f"the declaration of `{name}` has no type", hint
    return None


def _no_equals(place: StoppingPlace) -> Finding | None:
    if place.here.kind in ("WHOLE", "DECIMAL") and "EQUAL" in place.accepts:
        return "a value follows `=`", f"write `= {place.here.text}`"
    return None


def _arrow(place: StoppingPlace) -> Finding | None:
    if place.here.text == "-" and place.at(1).text == ">" and place.first.text == "function":
        return "the type of the result follows the brackets directly", "remove `->`"
    return None


def _python_choice(place: StoppingPlace) -> Finding | None:
    if place.here.text == "if" and place.here != place.first:
        return "a choice is written `condition ? one : other`", "put the condition first"
    return None


def _no_range(place: StoppingPlace) -> Finding | None:
    if place.first.text == "for" and "_ELLIPSIS" in place.accepts and place.here.kind != "_ELLIPSIS":
        variable = place.tokens[place.index - _back(place) + 1].text if _back(place) else "i"
        return "a loop goes from one bound to another", f"write `for {variable} in 0 ... 5 step 1:`"
    return None


def _back(place: StoppingPlace) -> int:
    offset = 0
    while place.at(offset - 1).text:
        offset -= 1
    return -offset


def _missing_product(place: StoppingPlace) -> Finding | None:
    before = place.at(-1)
    names = place.here.kind in ("NAME", "LPAR", "WHOLE", "DECIMAL") and before.kind in (
        "NAME",
        "RPAR",
        "RSQB",
    )
    if names and "STAR" in place.accepts and "REAL" not in place.accepts:
        return (
            f"an operator is missing before `{place.here.text}`",
            "write `*`; a unit stands only behind a number",
        )
    if "STAR" in place.accepts and "RPAR" in place.accepts and "(" in place.words:
        opened = place.words.rsplit("(", 1)[0].split()
        if opened and opened[-1].replace(".", "").isdigit():
            return f"an operator is missing between `{opened[-1]}` and `(`", f"write `{opened[-1]} * (...)`"
    return None


def _semicolon(place: StoppingPlace) -> Finding | None:
    if place.here.text == ";":
        return "a line ends without `;`", "remove it"
    return None


def _foreign_word(place: StoppingPlace) -> Finding | None:
    words = {
        "pass": ("there is no `pass`", "leave the block out, or write a statement"),
        "def": ("a function begins with `function`", "write `function name(a real) real:`"),
        "end": ("blocks end by indentation", "remove `end`"),
        "var": ("a declaration begins with the name", "remove `var`"),
    }
    return words.get(place.first.text) if place.first.kind == "NAME" else None


_RULES: tuple[Callable[[StoppingPlace], Finding | None], ...] = (
    _no_model,
    _indented,
    _semicolon,
    _lonely_else,
    _condition,
    _comparison_statement,
    _walrus,
    _increment,
    _doubled,
    _call_without_brackets,
    _leibniz,
    _type_first,
    _foreign_word,
    _no_type,
    _no_equals,
    _arrow,
    _python_choice,
    _no_range,
    _missing_product,
)
