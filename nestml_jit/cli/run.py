"""`nestml-jit run`: run a Python program in which `import nest` means nestml_jit."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nestml_jit.cli.outcome import examples

if TYPE_CHECKING:
    from nestml_jit.cli.outcome import Commands

USAGE = "nestml-jit run [-h] {SCRIPT | NOTEBOOK | -m MODULE | -c COMMAND | -} [ARGS ...]"
_WITH_VALUE = ("-m", "-c")


def add(commands: Commands) -> None:
    """Add the command to the command line, for its help: a program's arguments are not parsed."""
    run = commands.add_parser(
        "run",
        help="run a Python program in which `import nest` means nestml_jit",
        description="Run a Python program in which `import nest` means nestml_jit. All that follows it is "
        "the program's: it finds it in sys.argv.",
        usage=USAGE,
        **examples(
            "nestml-jit run brunel.py --scale 0.1",
            "nestml-jit run analysis.ipynb         run a notebook's cells, in its folder",
            "nestml-jit run -m mypackage.network   as python -m does",
            "nestml-jit run -c 'import nest; print(nest.__version__)'",
            "nestml-jit run - < script.py",
        ),
    )
    run.add_argument("program", metavar="SCRIPT | NOTEBOOK", help="a script, or a notebook (*.ipynb)")
    run.add_argument("-m", dest="module", metavar="MODULE", help="a module, or a package with a __main__")
    run.add_argument("-c", dest="text", metavar="COMMAND", help="the program itself")
    run.add_argument("arguments", nargs="*", metavar="ARGS", help="what the program finds in sys.argv")


def names_a_program(words: Sequence[str]) -> bool:
    """Whether what was given on the command line is this command with a program."""
    named = _program(words)
    if not named:
        return False
    first = named[0]
    return len(named) > 1 if first in _WITH_VALUE else first == "-" or not first.startswith("-")


def _program(words: Sequence[str]) -> Sequence[str]:
    """Return what follows the command; `--` may stand in front of a script."""
    if words[:1] != ["run"]:
        return ()
    return words[2:] if words[1:2] == ["--"] else words[1:]


def program(words: Sequence[str]) -> int:
    """Run the program with all that follows it, whatever it looks like; return the exit status."""
    from nestml_jit.pynest import run  # no sooner: see nestml_jit/pynest/entry.py

    first, *rest = _program(words)
    if first == "-m":
        return run.run_module(rest[0], rest[1:])
    if first == "-c":
        return run.run_text(rest[0], ["-c", *rest[1:]], "<string>")
    if first == "-":
        return run.run_text(sys.stdin.buffer.read(), ["-", *rest], run.STDIN)
    if first.endswith(".ipynb"):
        from nestml_jit.pynest.run_notebook import run_notebook

        return run_notebook(first, rest)
    return run.run_script(first, rest)
