"""`nestml-jit fmt`: print models in canonical form."""

from __future__ import annotations

import argparse
import difflib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nestml_jit.cli.files import Files, decoded
from nestml_jit.cli.outcome import CLEAN, FAULTY, complain_of, examples
from nestml_jit.errors import NestmlErrors

if TYPE_CHECKING:
    from nestml_jit.cli.outcome import Commands


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    fmt = commands.add_parser(
        "fmt",
        help="print models in canonical form",
        description="Print models in canonical form, or change their files.",
        **examples(
            "nestml-jit fmt --diff models/",
            "nestml-jit fmt --write my_neuron.nestml",
            "nestml-jit fmt --upgrade --write old_model.nestml",
        ),
    )
    fmt.add_argument("paths", nargs="+", metavar="FILE|FOLDER", help="'-' formats standard input")
    fmt.add_argument("-w", "--write", action="store_true", help="change the files instead of printing")
    fmt.add_argument("--check", action="store_true", help="change nothing, report what would change")
    fmt.add_argument("--diff", action="store_true", help="change nothing, show what would change")
    fmt.add_argument(
        "--upgrade",
        action="store_true",
        help="rewrite models of NESTML 5 to 8 for NESTML 9, if that is certain",
    )
    fmt.set_defaults(run=_fmt)


def _fmt(options: argparse.Namespace) -> int:
    from nestml_jit.dsl.printer import format_text
    from nestml_jit.dsl.upgrade import upgraded

    status = CLEAN
    files = Files(options.paths)
    for name, data in files:
        text, refusal = decoded(data, name)
        try:
            if refusal:
                raise NestmlErrors([refusal])
            made = upgraded(text, name) if options.upgrade else format_text(text, name)
        except NestmlErrors as errors:
            complain_of(str(errors))
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
        complain_of(f"{name} is not in canonical form")
    if options.check or options.diff:
        return FAULTY if options.check else CLEAN
    _replace(os.path.realpath(name), made)
    complain_of(f"formatted {name}")
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
