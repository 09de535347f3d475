"""Exit status, error messages and help, which all commands have in common."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from nestml_jit.plain import plain, plain_line

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    """The object to which a command adds its parser."""

CLEAN, FAULTY, UNUSABLE = 0, 1, 2
"""All is well; what was looked at has errors; the command cannot be carried out."""


def say(text: str) -> None:
    """Print what may come from files, without anything that a terminal would obey."""
    print(plain(text), flush=True)


def complain_of(text: str) -> None:
    """Print what may come from files to the stream of errors, without anything that a terminal would obey."""
    print(plain(text), file=sys.stderr)


def complain(error: OSError) -> None:
    """Say which file cannot be used, and why."""
    complain_of(f"nestml-jit: {plain_line(os.fsdecode(error.filename or 'output'))}: {error.strerror}")


def counted(number: int, word: str) -> str:
    """Return a number and a word that goes with it: "no errors", "1 error"."""
    return f"{number or 'no'} {word}{'s' if number != 1 else ''}"


class Help(argparse.HelpFormatter):
    """Fills descriptions, and leaves examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(EXAMPLES):
            return "".join(indent + line for line in text.splitlines(keepends=True))
        return super()._fill_text(text, width, indent)


EXAMPLES = "examples:\n"


def examples(*lines: str) -> dict[str, Any]:
    """Return what a parser takes to show command lines at the end of its help."""
    return {"epilog": EXAMPLES + "\n".join(f"  {line}" for line in lines), "formatter_class": Help}
