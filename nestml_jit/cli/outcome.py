"""What every command has in common: its exit status, and how it complains."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    """Where a command adds its parser."""

CLEAN, FAULTY, UNUSABLE = 0, 1, 2
"""All is well; what was looked at has errors; the command cannot be carried out."""


def complain(error: OSError) -> None:
    """Say which file cannot be used, and why."""
    print(f"nestml-jit: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)


def counted(number: int, word: str) -> str:
    """Return a number and a word that goes with it: "no errors", "1 error"."""
    return f"{number or 'no'} {word}{'s' if number != 1 else ''}"
