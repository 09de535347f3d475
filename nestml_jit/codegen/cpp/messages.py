"""print, println, info and warning: texts with values in them, as arguments of snprintf."""

from __future__ import annotations

from dataclasses import dataclass

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.headers import PRINTS
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.places import BLOCK, IS_NEURON, LANE_OF_BLOCK
from nestml_jit.codegen.cpp.texts import Texts
from nestml_jit.codegen.model.integers import is_integer
from nestml_jit.codegen.model.lookups import LEVELS
from nestml_jit.dsl.tree import Binary, Boolean, Call, Expression, Name, String

LONGEST = 1024
"""Characters of a message, its end included."""


@dataclass(frozen=True)
class Place:
    """The origin of a message: the condition under which it is printed (None: always), block and lane."""

    condition: cpp.Expression | None = IS_NEURON
    block: cpp.Expression = BLOCK
    lane: cpp.Expression = LANE_OF_BLOCK


def message(call: Call, body: Body, place: Place = Place()) -> cpp.Statement:
    """Return the statement that hands a message to the host."""
    formats: list[str] = []
    values: list[cpp.Expression] = []
    texts = Texts(place.block, body.type_of)
    for part in _parts(call.arguments[0], texts) if call.arguments else []:
        if isinstance(part, String):
            formats.append(part.value.replace("%", "%%"))
        else:
            conversion, value = _shown(part, texts, place.block, body)
            formats.append(conversion)
            values.append(value)
    body.around.uses.add(PRINTS)
    format_ = "".join(formats) + ("\n" if call.name == "println" else "")
    statements = _handed_over(cpp.Characters(format_), values, LEVELS[call.name], place)
    return cpp.Block(statements) if place.condition is None else cpp.when(place.condition, statements)


def _handed_over(
    format_: cpp.Expression, values: list[cpp.Expression], level: int, place: Place
) -> tuple[cpp.Statement, ...]:
    text, size = cpp.Variable("text"), cpp.Integer(LONGEST)
    printed = cpp.Call("std::snprintf", (text, size, format_, *values))
    arguments = (cpp.Member(place.block, "host"), place.lane, cpp.Integer(level), text)
    return (
        cpp.Declare("char", text.name, sizes=(size,)),
        cpp.Evaluate(printed),
        cpp.Evaluate(cpp.MethodCall(place.block, "message", arguments)),
    )


def _parts(expression: Expression, texts: Texts) -> list[Expression]:
    """Split a sum that contains texts into its terms."""
    if isinstance(expression, Binary) and texts.is_text(expression):
        return [*_parts(expression.left, texts), *_parts(expression.right, texts)]
    return [expression]


def _shown(value: Expression, texts: Texts, block: cpp.Expression, body: Body) -> tuple[str, cpp.Expression]:
    """Return the conversion of printf for a value, and the value as its argument."""
    shown = body.show(value)
    if texts.is_text(value):
        return "%s", cpp.MethodCall(block, "text", (shown,))
    if is_integer(value, body.type_of) or isinstance(value, Boolean):
        return "%lld", cpp.Cast("long long", shown, "static_cast")
    if isinstance(value, Name) and body.type_of(value.name) == "boolean":
        return "%d", cpp.Cast("int", shown)
    return "%g", cpp.Cast("double", shown)
