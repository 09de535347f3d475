"""`nestml-jit check`: report errors and warnings in model files."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from nestml_jit.cli.files import Files, decoded
from nestml_jit.cli.outcome import CLEAN, FAULTY, counted, examples
from nestml_jit.errors import Diagnostic
from nestml_jit.plain import plain

if TYPE_CHECKING:
    from nestml_jit.cli.outcome import Commands
    from nestml_jit.dsl.tree import Model


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    check = commands.add_parser(
        "check",
        help="report errors and warnings in model files",
        description="Report errors and warnings in model files. `nestml-jit explain CODE` says more.",
        **examples(
            "nestml-jit check my_neuron.nestml",
            "nestml-jit check --strict --format github models/   for continuous integration",
        ),
    )
    check.add_argument("paths", nargs="+", metavar="FILE|FOLDER", help="'-' reads standard input")
    check.add_argument("--format", choices=("text", "json", "github"), default="text", help="how to report")
    check.add_argument("--colour", "--color", choices=("auto", "always", "never"), default="auto")
    check.add_argument("--no-warnings", action="store_true", help="report errors only")
    check.add_argument("--strict", action="store_true", help="warnings count as errors in the exit status")
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from nestml_jit import dsl

    found: list[Diagnostic] = []
    names: dict[str, str] = {}
    files = Files(options.paths)
    for name, data in files:
        text, refusal = decoded(data, name)
        models, diagnostics = ((), [refusal]) if refusal else dsl.diagnose(text, name)
        found += diagnostics
        if not any(item.is_error for item in diagnostics):
            found += _unusable(models, name, text)
        for model in models:
            first = names.setdefault(model.name, name)
            if first != name:
                message = f"the model `{model.name}` is also in {first}"
                hint = "rename one of them if both are to be found by name, or loaded together"
                item = Diagnostic("W0205", "warning", message, model.name_span, hint)
                found.append(item.located(name, text.splitlines()))
    shown = [item for item in found if item.is_error or not options.no_warnings]
    _report(shown, files.count, options)
    faulty = [item for item in found if item.is_error or options.strict]
    return max(files.status, FAULTY if faulty else CLEAN)


def _unusable(models: Sequence[Model], name: str, text: str) -> list[Diagnostic]:
    """Return what Create, Connect and Simulate would say about models that have no errors by themselves."""
    from nestml_jit import dsl
    from nestml_jit.legality import diagnose

    lines = text.splitlines()
    return [item.located(name, lines) for model in models for item in diagnose(dsl.lower(model))]


def _report(found: Sequence[Diagnostic], count: int, options: argparse.Namespace) -> None:
    if options.format == "json":
        print(json.dumps([_record(item) for item in found], indent=2))
    elif options.format == "github":
        for item in found:
            print(plain(_annotation(item)))
    else:
        colour = _wants_colour(options.colour, sys.stdout)
        for item in found:
            print(item.render(colour), end="\n\n")
        print(_summary(found, count))


def _wants_colour(choice: str, stream: TextIO) -> bool:
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _summary(found: Sequence[Diagnostic], count: int) -> str:
    errors = sum(item.is_error for item in found)
    parts = [counted(errors, "error"), counted(len(found) - errors, "warning")]
    return f"{' and '.join(parts)} in {counted(count, 'file')}"


def _record(item: Diagnostic) -> dict[str, object]:
    span = item.span
    return {
        "code": item.code,
        "severity": item.severity,
        "message": item.message,
        "hint": item.hint,
        "file": item.filename,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _annotation(item: Diagnostic) -> str:
    """Return a finding as a workflow command, which GitHub shows beside the line."""
    span = item.span
    places = {"file": item.filename, "line": span.line, "col": span.column, "endLine": span.end_line}
    if span.end_line == span.line:
        places["endColumn"] = span.end_column
    words = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in places.items() if value)
    text = f"{item.message}; {item.hint}" if item.hint else item.message
    return f"::{item.severity} {words},title={item.code}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
