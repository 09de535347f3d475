"""The meaning of every diagnostic, for `docs/diagnostics.md`."""

from __future__ import annotations

import inspect
import re

READING = {
    "E0101": "The text does not follow the grammar. The message names what could stand there instead.",
    "E0102": "A character or a string that cannot be read.",
    "E0103": "Brackets do not match. An open one continues its line, so it is reported where it was opened.",
    "E0104": "A line is indented less than its block and more than the block around it.",
    "E0105": "Brackets, blocks or expressions are nested more deeply than any reader could follow.",
    "E0106": "The text, or one of its lines, is longer than a model can sensibly be.",
    "E0107": "A number does not fit: a whole number has 64 bits, an exponent of a unit stays below 100.",
    "E0108": "The file is not UTF-8 text.",
    "E0110": "A form of older versions of NESTML; `nestml-jit fmt --upgrade` rewrites it if that is certain.",
    "E0111": "A spike port has no type; its value is a number of weighted spikes per second.",
    "E0112": "A continuous port has a type: the unit of what arrives.",
    "E0113": "`onReceive` names a port as a whole.",
    "E0114": "A handler has one property, `priority`, which is a whole number.",
    "W0101": "A unit without a number, as in NESTML 7 and 8, counts as one of it.",
    "W0102": "Attributes of input events, as in NESTML 8, are ignored; the port's value is the weight.",
    "W0103": "Attributes of output events, as in NESTML 8, are ignored; `emit_spike` takes the weight.",
    "W0104": "The delay given to `emit_spike`, as in NESTML 7 and 8, is ignored; the connection has it.",
    "W0106": "A docstring in three quotes, as in NESTML 7 and 8, becomes a block of comments.",
    "W0105": "A loop without `step`, as older documentation has it, goes by 1.",
    "E0201": "Each block except functions and handlers occurs at most once.",
    "E0202": "The names of models are unique in a file.",
    "W0205": "Two files define a model of one name: only one of them is found, and both cannot be loaded.",
    "E0401": "An equation for a vector is written once, without an index.",
    "E0701": "A model uses something that has no code. It is found when the model is used, and by `check`.",
    "E0702": "The role of a port is not clear: a qualifier or `nest.jit.configure` settles it.",
    "E0703": "A kernel or an equation has no form that can be solved.",
    "E0704": "A default, an initial value or a guard uses what only a simulation has.",
}


def first_line(explanation: str) -> str:
    """Return the first paragraph of an explanation as one line, for lists of codes."""
    return explanation.split("\n\n")[0].replace("\n", " ")


def explanations() -> dict[str, str]:
    """Return the meaning of each code; a rule explains itself in its module's docstring."""
    from nestml_jit.dsl.checks import RULES

    found = dict(READING)
    for rule in RULES:
        text = inspect.cleandoc(rule.__doc__ or "")
        for code in rule.CODES:
            found[code] = re.sub(r" \([EW]\d{4}\)", "", text) if len(rule.CODES) == 1 else text
    return dict(sorted(found.items()))
