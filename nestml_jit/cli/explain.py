"""`nestml-jit explain`: say what a diagnostic means."""

from __future__ import annotations

import argparse
import difflib
from typing import TYPE_CHECKING

from nestml_jit.cli.outcome import CLEAN, UNUSABLE, complain_of, examples, say

if TYPE_CHECKING:
    from nestml_jit.cli.outcome import Commands


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    explain = commands.add_parser(
        "explain",
        help="say what a diagnostic means",
        description="Say what a diagnostic means; without a code, list all of them.",
        **examples("nestml-jit explain E0204", "nestml-jit explain"),
    )
    explain.add_argument("codes", nargs="*", metavar="CODE", help="such as E0204")
    explain.set_defaults(run=_explain)


def _explain(options: argparse.Namespace) -> int:
    from nestml_jit.dsl.codes import explanations, first_line

    known = explanations()
    if not options.codes:
        say("\n".join(f"{code}  {first_line(text)}" for code, text in known.items()))
        return CLEAN
    status = CLEAN
    for code in options.codes:
        text = known.get(code.upper())
        if text is None:
            near = difflib.get_close_matches(code.upper(), known, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            complain_of(f"nestml-jit: there is no diagnostic {code}{meant}")
            status = UNUSABLE
        else:
            say(f"{code.upper()}: {text}")
    return status
