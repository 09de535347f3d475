"""print, println, info and warning: texts with values in them, as arguments of snprintf."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nestml_jit.codegen.lanes import Body
from nestml_jit.codegen.normal import Normal
from nestml_jit.dsl.tree import Binary, Call, Expression, Name, String

LEVELS = {"print": 0, "println": 0, "info": 1, "warning": 2}
_BRACES = re.compile(r"\{([A-Za-z_$][A-Za-z0-9_$]*)('*)\}")


@dataclass(frozen=True)
class Place:
    """Where a message comes from, as C++ text: the condition that it comes at all, block and lane."""

    condition: str = "l < tile->lanes"
    block: str = "block"
    lane: str = "tile->first_lane + l"


def message_lines(call: Call, body: Body, normal: Normal, place: Place = Place()) -> list[str]:
    """Return the C++ lines that hand a message to the host."""
    texts: list[str] = []
    values: list[str] = []
    for part in _parts(call.arguments[0]) if call.arguments else []:
        text, shown = _format(part, body, normal)
        texts.append(text)
        values += shown
    end = "\\n" if call.name == "println" else ""
    arguments = ", ".join([f'"{"".join(texts)}{end}"', *values])
    return [
        f"if ({place.condition}) {{",
        f"  char text[1024]; std::snprintf(text, sizeof(text), {arguments});",
        f"  {place.block}->message({place.block}->host, {place.lane}, {LEVELS[call.name]}, text);",
        "}",
    ]


def _parts(expression: Expression) -> list[Expression]:
    """Split a sum that contains texts into what it is made of."""
    if isinstance(expression, Binary) and expression.operator == "+":
        found = [*_parts(expression.left), *_parts(expression.right)]
        if any(isinstance(part, String) for part in found):
            return found
    return [expression]


def _format(part: Expression, body: Body, normal: Normal) -> tuple[str, list[str]]:
    if not isinstance(part, String):
        return "%g", [body.show(part)]
    texts, values, position = [], [], 0
    for found in _BRACES.finditer(part.value):
        name = found.group(1) + ("__" + "d" * len(found.group(2)) if found.group(2) else "")
        if name not in normal.symbols and name not in body.locals and name != "t":
            continue
        texts.append(_quoted(part.value[position : found.start()]))
        unit = normal.symbols[name].unit if name in normal.symbols else "ms" if name == "t" else ""
        texts.append("%g" + (f" {_quoted(unit)}" if unit else ""))
        values.append(f"double({body.show(Name(name, span=part.span))})")
        position = found.end()
    return "".join([*texts, _quoted(part.value[position:])]), values


def _quoted(text: str) -> str:
    """Return a text as part of a C++ format string."""
    out = []
    for byte in text.encode():
        character = chr(byte)
        if character == "%":
            out.append("%%")
        elif character in '"\\?' or not 32 <= byte < 127:
            out.append(f"\\{byte:03o}")
        else:
            out.append(character)
    return "".join(out)
