"""`nestml-jit run`: run a Python script in which `import nest` means nestml_jit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nestml_jit.cli.outcome import Commands


def add(commands: Commands) -> None:
    """Add the command to the command line, for its help: with a script, arguments are not parsed."""
    run = commands.add_parser("run", help="run a Python script in which `import nest` means nestml_jit")
    run.add_argument("script", metavar="SCRIPT", help="the script")
    run.add_argument("arguments", nargs="*", metavar="ARGS", help="what the script finds in sys.argv")


def names_a_script(words: Sequence[str]) -> bool:
    """Whether what was given on the command line is this command with a script."""
    return words[:1] == ["run"] and words[1:] != [] and not words[1].startswith("-")


def script(words: Sequence[str]) -> int:
    """Run the script with all that follows it, whatever it looks like; return the exit status."""
    from nestml_jit.pynest.run import run_script  # no sooner: see nestml_jit/pynest/entry.py

    return run_script(words[1], words[2:])
