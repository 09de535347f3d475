"""print, println, info and warning: texts with values in them, as arguments of snprintf."""

from __future__ import annotations

from dataclasses import dataclass

from nestml_jit.codegen.cpp.headers import PRINTS
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.texts import Texts, quoted
from nestml_jit.codegen.model.integers import is_integer
from nestml_jit.codegen.model.lookups import LEVELS
from nestml_jit.dsl.tree import Binary, Boolean, Call, Expression, Name, String


@dataclass(frozen=True)
class Place:
    """Where a message comes from, as C++ text: the condition that it comes at all, block and lane."""

    condition: str = "l < tile->lanes"
    block: str = "block"
    lane: str = "tile->first_lane + l"


def message_lines(call: Call, body: Body, place: Place = Place()) -> list[str]:
    """Return the C++ lines that hand a message to the host."""
    texts: list[str] = []
    values: list[str] = []
    for part in _parts(call.arguments[0], Texts(place.block, body.type_of)) if call.arguments else []:
        text, shown = _format(part, body, place)
        texts.append(text)
        values += shown
    body.around.uses.add(PRINTS)
    end = "\\n" if call.name == "println" else ""
    arguments = ", ".join([f'"{"".join(texts)}{end}"', *values])
    return [
        f"if ({place.condition}) {{",
        f"  char text[1024]; std::snprintf(text, sizeof(text), {arguments});",
        f"  {place.block}->message({place.block}->host, {place.lane}, {LEVELS[call.name]}, text);",
        "}",
    ]


def _parts(expression: Expression, texts: Texts) -> list[Expression]:
    """Split a sum that contains texts into what it is made of."""
    if isinstance(expression, Binary) and texts.is_text(expression):
        return [*_parts(expression.left, texts), *_parts(expression.right, texts)]
    return [expression]


def _shown(value: Expression, body: Body, place: Place) -> tuple[str, str]:
    """Return the conversion of printf for a value, and the value as its argument."""
    texts = Texts(place.block, body.type_of)
    if texts.is_text(value):
        return "%s", f"{place.block}->text({body.show(value)})"
    if is_integer(value, body.type_of) or isinstance(value, Boolean):
        return "%lld", f"static_cast<long long>({body.show(value)})"
    if isinstance(value, Name) and body.type_of(value.name) == "boolean":
        return "%d", f"int({body.show(value)})"
    return "%g", f"double({body.show(value)})"


def _format(part: Expression, body: Body, place: Place) -> tuple[str, list[str]]:
    if not isinstance(part, String):
        conversion, argument = _shown(part, body, place)
        return conversion, [argument]
    return _quoted(part.value), []


def _quoted(text: str) -> str:
    """Return a text as part of a C++ format string."""
    return quoted(text).replace("%", "%%")
