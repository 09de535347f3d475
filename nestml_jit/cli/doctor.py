"""`nestml-jit doctor`: find out what is missing, and say what to do about it."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import TYPE_CHECKING

from nestml_jit.cli.outcome import CLEAN, FAULTY, examples, say

if TYPE_CHECKING:
    from nestml_jit.cli.outcome import Commands

_MARKS = {"fine": "ok", "note": "note", "wrong": "WRONG"}


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    text = "look at compiler, NEST, MPI and cache, and simulate a model; say what is wrong and what to type"
    doctor = commands.add_parser(
        "doctor", help=text, description=text, **examples("nestml-jit doctor", "nestml-jit doctor --quick")
    )
    doctor.add_argument("--quick", action="store_true", help="without the simulation, which may compile")
    doctor.add_argument("--format", choices=("text", "json"), default="text", help="how to report")
    doctor.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    from nestml_jit.ahead.doctor import WRONG, examine, worst

    findings = []
    for item in examine(quick=options.quick):
        findings.append(item)
        if options.format == "text":
            say(f"{_MARKS[item.state]:<6} {item.subject}: {item.text}")
            if item.advice:
                say(f"       do: {item.advice}")
    if options.format == "json":
        print(json.dumps([dataclasses.asdict(item) for item in findings], indent=2))
    else:
        wrong = sum(item.state == WRONG for item in findings)
        print(f"{wrong or 'nothing'} wrong")
    return FAULTY if worst(findings) == WRONG else CLEAN
