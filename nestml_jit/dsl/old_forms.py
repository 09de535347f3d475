"""Forms of older versions of NESTML, line by line, each with the form that replaced it.

The module has only forms with one meaning. `find` is for texts that do not parse, so that a modern text that
happens to look like an old one is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

NAME = r"[A-Za-z_$][\w$]*"
_BLOCKS = (
    "state",
    "initial_values",
    "parameters",
    "internals",
    "internal",
    "equations",
    "input",
    "output",
    "update",
)
_HEADER = re.compile(rf"^\s*({'|'.join(_BLOCKS)})\s*:")
_OTHER_HEADER = re.compile(
    rf"^\s*(?:model|neuron|synapse|function\s+{NAME}\s*\(|onReceive|onCondition|preReceive)\b"
)
_PORT = re.compile(
    rf"^(\s*)({NAME})(\s*\[[^\]]*\])?(?:[ \t]+([^<>]+?))?\s*<-\s*"
    r"((?:(?:excitatory|inhibitory)\s+)*)(spike|current)\b(\s*\(([^)]*)\))?"
)
SECONDS = "1 s"


@dataclass(frozen=True)
class OldPort:
    """A port of the old kind: its unit, "" if none, and the units of its attributes."""

    unit: str
    is_spike: bool
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Around:
    """The context of a line: its block, and the ports of the text."""

    block: str
    ports: Mapping[str, OldPort]


@dataclass(frozen=True)
class OldForm:
    """An old form in a text: its place, and the form that replaced it.

    `certain` says that the new form has the same meaning in every context.
    """

    line: int
    column: int
    text: str
    modern: str
    certain: bool = True


Modern = Callable[[re.Match[str], Around], str | None]
"""Returns the replacement of a match, None if it is not an old form there."""


@dataclass(frozen=True)
class Rewriting:
    """An old form, and its replacement."""

    pattern: re.Pattern[str]
    modern: Modern
    certain: bool = True


def _rule(pattern: str, modern: str | Modern, certain: bool = True) -> Rewriting:
    if isinstance(modern, str):
        return Rewriting(re.compile(pattern), lambda match, around: match.expand(modern), certain)
    return Rewriting(re.compile(pattern), modern, certain)


def _alias(match: re.Match[str], around: Around) -> str | None:
    """Write `function x mV = ...`, which was an alias, as what it is in its block."""
    recordable, name = match.group(1) or "", match.group(2)
    if around.block in ("parameters", "internals", "internal"):
        return f"{recordable}{name}"
    if around.block in ("state", "initial_values"):
        return f"recordable inline {name}"  # which belongs to `equations`
    return f"{recordable}inline {name}"


def _port(match: re.Match[str], around: Around) -> str | None:
    blanks, name, size, unit, signs, signal, attributes, _ = match.groups()
    if signal == "current":
        return f"{blanks}{name}{size or ''} {unit or 'pA'} <- continuous"
    both = {"excitatory", "inhibitory"} <= set(signs.split())
    if unit is None and not attributes and not both:
        return None
    return f"{blanks}{name}{size or ''} <- {'' if both else signs}spike"


def _attribute(match: re.Match[str], around: Around) -> str | None:
    """Write the weight of an arriving spike, which is the port's value times a second."""
    name, attribute = match.groups()
    port = around.ports.get(name)
    if port is None or not port.is_spike:
        return None
    unit = port.attributes.get(attribute, "")
    return f"({name} * {SECONDS if unit in ('', 'real', 'integer') else f'1 {unit} * {SECONDS}'})"


def _convolution(match: re.Match[str], around: Around) -> str | None:
    word, kernel, name = match.groups()
    port = around.ports.get(name)
    unit = port.unit if port is not None else ""
    modern = f"convolve({kernel}, {name})"
    if unit in ("", "real", "integer"):
        return None if word == "convolve" else modern
    return f"({modern} * 1 {unit})"


def _receive(match: re.Match[str], around: Around) -> str | None:
    beginning = match.group(2)
    names = [name for name, port in around.ports.items() if port.is_spike and name.startswith(beginning)]
    return f"{match.group(1)}onReceive({names[0] if len(names) == 1 else beginning + '_spikes'}):"


RULES = (
    _rule(rf"^(\s*)(?:neuron|synapse)\s+({NAME})\s*:", r"\1model \2:"),
    _rule(rf"^(\s*)(?:neuron|synapse)\s+({NAME})\s+extends\s+({NAME})\s*:", r"\1model \2:", certain=False),
    _rule(r"^(\s*)initial_values\s*:", r"\1state:"),
    _rule(r"^(\s*)internal\s*:", r"\1internals:"),
    _rule(r"^(\s*)(?:dynamics\b[^:]*|update\s+timestep[^:]*):", r"\1update:"),
    _rule(r"^(\s*)(pre|post)Receive\s*:", _receive),
    _rule(r"^(\s*)shape\s+", r"\1kernel "),
    _rule(rf"\b(recordable\s+)?(?:function|alias)\s+({NAME})(?=\s+[^(=]+=)", _alias),
    _rule(r"^(\s*)suppress\s+", r"\1"),
    Rewriting(_PORT, _port),
    _rule(rf"\b(convolve|curr_sum|cond_sum)\(\s*({NAME}'*)\s*,\s*({NAME})\s*\)", _convolution),
    _rule(rf"(?<![\w$.])({NAME})\.({NAME})\b", _attribute),
    _rule(r"\bdeliver_spike\(\s*([^,()]+?)\s*(?:,[^()]*)?\)", r"emit_spike(\1)"),
    _rule(rf"\bintegrate\(\s*{NAME}\s*\)", "integrate_odes()", certain=False),
    _rule(r"<>", "!="),
)

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_END = re.compile(r"^(\s*)(end)\s*$")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def masked(line: str) -> str:
    """Return a line of the same length without texts in quotes and without its comment."""
    line = _QUOTED.sub(lambda match: '"' + "_" * (len(match.group()) - 2) + '"', line)
    begin = line.find("#")
    return line if begin < 0 else line[:begin] + " " * (len(line) - begin)


def ports_of(lines: list[str]) -> dict[str, OldPort]:
    """Return the ports that a text declares in an old form or in a new one."""
    found = {}
    for line in lines:
        match = _PORT.match(masked(line))
        if match:
            pairs = (item.split() for item in (match.group(8) or "").split(",") if len(item.split()) == 2)
            found[match.group(2)] = OldPort(
                (match.group(4) or "").strip(), match.group(6) == "spike", dict(pairs)
            )
    return found


def blocks_of(lines: list[str]) -> list[str]:
    """Return for each line the block that it stands in, "" in a function or a handler."""
    found, block = [], ""
    for line in lines:
        header = _HEADER.match(line)
        block = header.group(1) if header else "" if _OTHER_HEADER.match(line) else block
        found.append(block)
    return found


def find(text: str) -> Iterator[OldForm]:
    """Yield the old forms of a text that does not parse, in its order."""
    lines = without_comments(text).split("\n")
    ports, blocks = ports_of(lines), blocks_of(lines)
    comments = [match.start() for match in _COMMENT.finditer(text)]
    found = [OldForm(*_place(text, at), "/*", "# ...") for at in comments]
    for number, (line, block) in enumerate(zip(lines, blocks, strict=True), 1):
        bare = masked(line)
        end = _END.match(bare)
        if end:
            found.append(OldForm(number, end.start(2) + 1, "end", ""))
        for rule in RULES:
            for match in rule.pattern.finditer(bare):
                modern = rule.modern(match, Around(block, ports))
                if modern is not None:
                    blanks = len(match.group()) - len(match.group().lstrip())
                    old = line[match.start() + blanks : match.end()].rstrip()
                    column = match.start() + blanks + 1
                    found.append(OldForm(number, column, old, modern.strip(), rule.certain))
    yield from sorted(found, key=lambda form: (form.line, form.column))


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def without_comments(text: str) -> str:
    """Return a text with blanks in the place of comments between `/*` and `*/`."""
    return _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def is_old(text: str) -> bool:
    """Return whether a text begins models or ends blocks as NESTML did up to 7.0."""
    lines = [masked(line) for line in without_comments(text).split("\n")]
    return any(map(_is_old_line, lines))


def _is_old_line(line: str) -> bool:
    end = _END.match(line)
    return bool(end and end.group(1)) or any(rule.pattern.match(line) for rule in RULES[:2])
