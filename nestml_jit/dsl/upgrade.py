"""Models of NESTML 5 to 8 as models of NESTML 9, where the translation is certain.

A text is rewritten line by line, printed in canonical form, and checked; lines whose meaning would depend on
more than their own text are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nestml_jit.dsl.old_forms import NAME, RULES, Around, blocks_of, find, is_old, masked, ports_of
from nestml_jit.dsl.span import Span
from nestml_jit.errors import Diagnostic, NestmlErrors

_STEP = "    "
_ONE_LINE = re.compile(r"^(\s*(?:input|output)\s*:)\s*(\S.*)$")
_MOVED = re.compile(rf"^\s*(?:recordable\s+)?(?:function|alias)\s+{NAME}\s+[^(=]+=")
_COMMENT = re.compile(r"/\*+(.*?)\*+/", re.DOTALL)
_HINT = "write it as you mean it, then run `nestml-jit fmt --upgrade` again"


@dataclass(frozen=True)
class _MadeLine:
    """A line of the new text, and the number of the line that it comes from."""

    number: int
    text: str


def upgraded(text: str, filename: str = "") -> str:
    """Return a text in the canonical form of NESTML 9.

    Raises
    ------
    NestmlErrors
        If that is not certain; the errors name lines of the given text.
    """
    from nestml_jit.dsl import diagnose
    from nestml_jit.dsl.printer import format_text

    text = text.removeprefix("\N{BYTE ORDER MARK}").replace("\r\n", "\n").replace("\r", "\n")
    rows = [_MadeLine(number, line) for number, line in enumerate(_comments(text).split("\n"), 1)]
    if _needs_rewriting(text):
        _refuse(_uncertain(text, rows), filename, text)
        rows = _merged(_moved(_translated(_indented(rows) if is_old(text) else rows)))
    draft = "\n".join(row.text for row in rows)
    errors = [item for item in diagnose(draft)[1] if item.is_error]
    _refuse([_at_origin(item, rows) for item in errors], filename, text)
    made = format_text(draft, filename)
    left = [item for item in diagnose(made)[1] if item.is_error or item.code.startswith("W01")]
    _refuse(left, filename, made)
    return made


def _needs_rewriting(text: str) -> bool:
    from nestml_jit.dsl.parser import parse_source

    return any(item.is_error for item in parse_source(text).diagnostics)


def _refuse(found: Sequence[Diagnostic], filename: str, text: str) -> None:
    if found:
        lines = text.split("\n")
        raise NestmlErrors([replace(item, filename="", source="").located(filename, lines) for item in found])


def _at_origin(item: Diagnostic, rows: Sequence[_MadeLine]) -> Diagnostic:
    """Return a finding in the rewritten text as one about the line that it comes from."""
    at = min(max(item.span.line, 1), len(rows))
    number = rows[at - 1].number
    message = f"{item.message}, once the model is written for NESTML 9"
    return Diagnostic("E0110", "error", message, Span(number, 1, number, 1), item.hint or _HINT)


def _uncertain(text: str, rows: Sequence[_MadeLine]) -> list[Diagnostic]:
    """Return errors for uncertain translations: some old forms, and typed ports that no kernel reads."""
    found = [
        _refusal(form.line, form.column, form.text, "its meaning was another one in each version")
        for form in find(text)
        if not form.certain
    ]
    lines = [masked(row.text) for row in rows]
    ports = ports_of([row.text for row in rows])
    names = [
        name for name, port in ports.items() if port.is_spike and port.unit not in ("", "real", "integer")
    ]
    for row, line, block in zip(rows, lines, blocks_of(lines), strict=True):
        rest = re.sub(
            r"\b(?:convolve|curr_sum|cond_sum|onReceive)\([^()]*\)", lambda m: " " * len(m.group()), line
        )
        for name in names if block != "input" else ():
            match = re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$.])", rest)
            if match:
                reason = (
                    "the port had a unit, and whether it stood for a sum or a rate depends on the version"
                )
                found.append(_refusal(row.number, match.start() + 1, name, reason))
    return found


def _refusal(line: int, column: int, text: str, reason: str) -> Diagnostic:
    message = f"`{text}` cannot be translated for certain: {reason}"
    return Diagnostic("E0110", "error", message, Span(line, column, line, column + len(text)), _HINT)


# --- passes ------------------------------------------------------------------------------------------


def _comments(text: str) -> str:
    """Write comments between `/*` and `*/` with `#`."""

    def written(match: re.Match[str]) -> str:
        begin = text.rfind("\n", 0, match.start()) + 1
        blanks = re.match(r"\s*", text[begin : match.start()])
        indent = blanks.group() if blanks else ""
        lines = [line.strip().lstrip("*").strip() for line in match.group(1).split("\n")]
        return f"\n{indent}".join(f"# {line}".rstrip() for line in lines)

    return _COMMENT.sub(written, text)


def _indented(rows: Sequence[_MadeLine]) -> list[_MadeLine]:
    """Replace `end` by indentation."""
    found, depth = [], 0
    for row in rows:
        bare, line = masked(row.text).strip(), row.text.strip()
        if bare == "end":
            depth = max(0, depth - 1)
            rest = line[len("end") :].strip()
            line, bare = rest, ""
            if not rest:
                continue
        one = _ONE_LINE.match(line)
        if one and not one.group(2).startswith("#"):
            found += [
                _MadeLine(row.number, _STEP * depth + one.group(1)),
                _MadeLine(row.number, _STEP * (depth + 1) + one.group(2)),
            ]
            continue
        is_else = re.match(r"(?:else|elif)\b", bare)
        found.append(_MadeLine(row.number, (_STEP * (depth - (1 if is_else else 0)) + line).rstrip()))
        if bare.endswith(":") and not is_else:
            depth += 1
    return found


def _translated(rows: Sequence[_MadeLine]) -> list[_MadeLine]:
    """Put modern forms in the place of old ones, except for aliases that belong to other blocks."""
    lines = [row.text for row in rows]
    ports, blocks = ports_of(lines), blocks_of([masked(line) for line in lines])
    found = []
    for row, block in zip(rows, blocks, strict=True):
        one = _ONE_LINE.match(row.text)
        parts = [row.text]
        if one and not one.group(2).startswith("#"):
            indent = row.text[: len(row.text) - len(row.text.lstrip())]
            parts = [one.group(1), indent + _STEP + one.group(2)]
        found += [_MadeLine(row.number, _modern(part, Around(block, ports))) for part in parts]
    return found


def _modern(line: str, around: Around) -> str:
    if around.block in ("state", "initial_values", "parameters") and _MOVED.match(masked(line)):
        return line
    for rule in RULES:
        bare = masked(line)
        for match in reversed(list(rule.pattern.finditer(bare))):
            modern = rule.modern(match, around)
            if modern is not None:
                line = line[: match.start()] + modern + line[match.end() :]
    return line


def _moved(rows: Sequence[_MadeLine]) -> list[_MadeLine]:
    """Move aliases: those of states become recordable inlines, those of parameters internals."""
    kept: list[_MadeLine] = []
    aliases: dict[str, list[_MadeLine]] = {"equations": [], "internals": []}
    for row, block in zip(rows, blocks_of([masked(row.text) for row in rows]), strict=True):
        if block in ("state", "parameters") and _MOVED.match(masked(row.text)):
            body = re.sub(r"^\s*(?:recordable\s+)?(?:function|alias)\s+", "", row.text)
            target = "equations" if block == "state" else "internals"
            aliases[target].append(
                _MadeLine(row.number, ("recordable inline " if block == "state" else "") + body)
            )
        else:
            kept.append(row)
    for block, moved in aliases.items():
        kept = _appended(kept, block, moved)
    return kept


def _appended(rows: list[_MadeLine], block: str, more: Sequence[_MadeLine]) -> list[_MadeLine]:
    """Add lines at the beginning of a block, which is made behind the model's first line if there is none."""
    if not more:
        return rows
    at = next((i for i, row in enumerate(rows) if re.match(rf"\s*{block}\s*:", masked(row.text))), None)
    if at is None:
        at = next(i for i, row in enumerate(rows) if re.match(r"\s*model\b", masked(row.text)))
        rows = [*rows[: at + 1], _MadeLine(more[0].number, f"{_STEP}{block}:"), *rows[at + 1 :]]
        at += 1
    indent = _indent_of(rows, at)
    return [*rows[: at + 1], *(_MadeLine(row.number, indent + row.text) for row in more), *rows[at + 1 :]]


def _indent_of(rows: Sequence[_MadeLine], header: int) -> str:
    """Return the indentation of a block's first line, or one step more than its header's."""
    own = re.match(r"\s*", rows[header].text)
    head = own.group() if own else ""
    for row in rows[header + 1 :]:
        if masked(row.text).strip():
            inner = re.match(r"\s*", row.text)
            found = inner.group() if inner else ""
            return found if len(found) > len(head) else head + _STEP
    return head + _STEP


def _merged(rows: Sequence[_MadeLine]) -> list[_MadeLine]:
    """Put a second block `state`, once `initial_values`, behind the first one; leave out empty blocks.

    A state that both have gets the value of the one that gives it one.
    """
    found = list(rows)
    headers = [i for i, row in enumerate(found) if re.match(r"\s*state\s*:", masked(row.text))]
    if len(headers) == 2:
        first, second = (_block(found, at) for at in headers)
        named = {_name(row.text) for row in second if _name(row.text)}
        indent = _indent_of(found, headers[0]) if first else _indent_of(found, headers[1])
        kept = [row for row in first if not (_name(row.text) in named and "=" not in masked(row.text))]
        body = [*kept, *(_MadeLine(row.number, indent + row.text.strip()) for row in second)]
        end_of_second = headers[1] + 1 + len(second)
        rest = [*found[headers[0] + 1 + len(first) : headers[1]], *found[end_of_second:]]
        found = [*found[: headers[0] + 1], *body, *rest]
    return [row for i, row in enumerate(found) if not _is_empty_block(found, i)]


def _block(rows: Sequence[_MadeLine], header: int) -> list[_MadeLine]:
    """Return the lines of a block: those that are indented more than its header."""
    depth = len(rows[header].text) - len(rows[header].text.lstrip())
    found = []
    for row in rows[header + 1 :]:
        if row.text.strip() and len(row.text) - len(row.text.lstrip()) <= depth:
            break
        found.append(row)
    while found and not found[-1].text.strip():
        found.pop()
    return found


def _name(line: str) -> str:
    match = re.match(rf"\s*(?:recordable\s+)?({NAME}'*)\s", masked(line) + " ")
    return match.group(1) if match else ""


def _is_empty_block(rows: Sequence[_MadeLine], at: int) -> bool:
    is_header = re.match(r"\s*(?:state|parameters|internals|equations)\s*:\s*$", masked(rows[at].text))
    return bool(is_header) and not any(masked(row.text).strip() for row in _block(rows, at))
