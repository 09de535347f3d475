"""`nestml-jit`: check and format model files, and show what a model offers."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from nestml_jit.errors import Diagnostic, NestmlErrors

CLEAN, FAULTY, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Those of the process unless given.

    Returns
    -------
    int
        0: all is well; 1: models have errors, or are not in canonical form; 2: the command cannot be
        carried out.
    """
    options = _parser().parse_args(arguments)
    commands = {"check": _check, "fmt": _fmt, "show": _show}
    try:
        status = commands[options.command](options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader, for example `head`, has seen enough
        _silence(sys.stdout)
        return UNUSABLE
    except KeyboardInterrupt:
        return UNUSABLE
    except OSError as error:
        _complain(error)
        if error.filename is None:
            _silence(sys.stdout)
        return UNUSABLE


def _complain(error: OSError) -> None:
    print(f"nestml-jit: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)


def _silence(stream: TextIO) -> None:
    """Let what is still in a stream's buffer go nowhere, so that Python does not fail over it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nestml-jit", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="report errors and warnings in model files")
    check.add_argument("paths", nargs="+", metavar="FILE|FOLDER", help="'-' reads standard input")
    check.add_argument("--format", choices=("text", "json", "github"), default="text", help="how to report")
    check.add_argument("--colour", "--color", choices=("auto", "always", "never"), default="auto")
    check.add_argument("--no-warnings", action="store_true", help="report errors only")
    check.add_argument("--strict", action="store_true", help="warnings count as errors in the exit status")
    fmt = commands.add_parser("fmt", help="print models in canonical form")
    fmt.add_argument("paths", nargs="+", metavar="FILE|FOLDER", help="'-' formats standard input")
    fmt.add_argument("-w", "--write", action="store_true", help="change the files instead of printing")
    fmt.add_argument("--check", action="store_true", help="change nothing, report what would change")
    fmt.add_argument("--diff", action="store_true", help="change nothing, show what would change")
    show = commands.add_parser("show", help="print what a model offers")
    show.add_argument("model", metavar="MODEL|FILE", help="a model's name or a model file")
    return parser


# --- check ---------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    from nestml_jit import dsl

    found: list[Diagnostic] = []
    names: dict[str, str] = {}
    files = _Files(options.paths)
    for name, data in files:
        text, refusal = _decoded(data, name)
        models, diagnostics = ((), [refusal]) if refusal else dsl.diagnose(text, name)
        found += diagnostics
        for model in models:
            first = names.setdefault(model.name, name)
            if first != name:
                message = f"the model `{model.name}` is also in {first}"
                item = Diagnostic("E0202", "error", message, model.name_span, "rename one of them")
                found.append(item.located(name, text.splitlines()))
    shown = [item for item in found if item.is_error or not options.no_warnings]
    _report(shown, files.count, options)
    faulty = [item for item in found if item.is_error or options.strict]
    return max(files.status, FAULTY if faulty else CLEAN)


def _report(found: Sequence[Diagnostic], count: int, options: argparse.Namespace) -> None:
    if options.format == "json":
        print(json.dumps([_record(item) for item in found], indent=2))
    elif options.format == "github":
        for item in found:
            print(_annotation(item))
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
    parts = [_counted(errors, "error"), _counted(len(found) - errors, "warning")]
    return f"{' and '.join(parts)} in {_counted(count, 'file')}"


def _counted(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'s' if number != 1 else ''}"


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


# --- fmt -----------------------------------------------------------------------------------------


def _fmt(options: argparse.Namespace) -> int:
    from nestml_jit.dsl.printer import format_text

    status = CLEAN
    files = _Files(options.paths)
    for name, data in files:
        text, refusal = _decoded(data, name)
        try:
            if refusal:
                raise NestmlErrors([refusal])
            made = format_text(text, name)
        except NestmlErrors as errors:
            print(errors, file=sys.stderr)
            status = FAULTY
            continue
        if name == "<stdin>" or not (options.write or options.check or options.diff):
            sys.stdout.write(made)
        elif made != text:
            status = max(status, _changed(name, text, made, options))
    return max(files.status, status)


def _changed(name: str, text: str, made: str, options: argparse.Namespace) -> int:
    if options.diff:
        lines = difflib.unified_diff(text.splitlines(True), made.splitlines(True), name, name)
        sys.stdout.writelines(lines)
    if options.check:
        print(f"{name} is not in canonical form", file=sys.stderr)
    if options.check or options.diff:
        return FAULTY if options.check else CLEAN
    _replace(os.path.realpath(name), made)
    print(f"formatted {name}", file=sys.stderr)
    return CLEAN


def _replace(name: str, text: str) -> None:
    """Change a file at once, so that nothing is lost on the way."""
    temporary = Path(f"{name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        shutil.copymode(name, temporary)
        os.replace(temporary, name)
    finally:
        temporary.unlink(missing_ok=True)


# --- show ----------------------------------------------------------------------------------------


def _show(options: argparse.Namespace) -> int:
    from nestml_jit.show import show_text

    path = _find(options.model)
    if path is None:
        print(f"nestml-jit: there is no model or file '{options.model}'", file=sys.stderr)
        return UNUSABLE
    from nestml_jit import dsl

    text, refusal = _decoded(path.read_bytes(), str(path))
    models, diagnostics = ((), [refusal]) if refusal else dsl.diagnose(text, str(path))
    errors = [item for item in diagnostics if item.is_error]
    if errors:
        print(NestmlErrors(errors), file=sys.stderr)
        return FAULTY
    wanted = [model for model in models if model.name == options.model] or list(models)
    print("\n\n".join(show_text(model) for model in wanted))
    return CLEAN


def _find(name: str) -> Path | None:
    if Path(name).is_file():
        return Path(name)
    from nestml_jit.lookup import find_file, search_path

    folders = [Path.cwd(), *search_path([])]
    source = find_file(name, folders) or find_file(name.removesuffix("_nestml"), folders)
    return Path(source.filename) if source is not None else None


# --- files ---------------------------------------------------------------------------------------


class _Files:
    """Name and content of all model files named, or below folders named, one by one.

    One that cannot be read is reported, and the rest is read nevertheless.

    Attributes
    ----------
    count
        How many were read so far.
    status
        The exit status that the reading alone calls for.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = paths
        self.count = 0
        self.status = CLEAN

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for path in self._paths:
            for name in self._below(path) if os.path.isdir(path) else [path]:
                try:
                    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
                except OSError as error:
                    self._refuse(error)
                    continue
                self.count += 1
                yield "<stdin>" if name == "-" else name, data

    def _below(self, folder: str) -> list[str]:
        found = [str(path) for path in sorted(Path(folder).rglob("*.nestml")) if not path.is_dir()]
        if not found:
            self._refuse(FileNotFoundError(0, "there is no file *.nestml in this folder", folder))
        return found

    def _refuse(self, error: OSError) -> None:
        _complain(error)
        self.status = UNUSABLE


def _decoded(data: bytes, name: str) -> tuple[str, Diagnostic | None]:
    from nestml_jit import dsl

    try:
        return dsl.decode(data, name), None
    except NestmlErrors as error:
        return "", error.diagnostics[0]


if __name__ == "__main__":
    sys.exit(main())
