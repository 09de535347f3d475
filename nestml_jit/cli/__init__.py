# PYTHON_ARGCOMPLETE_OK
"""`nestml-jit`: run scripts; check, format, list and show models; look after the cache.

Each command is a module that adds its parser and says which function carries it out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, TextIO

from nestml_jit.cli import cache, check, doctor, explain, fmt, models, new, prewarm, run, show
from nestml_jit.cli.outcome import CLEAN, UNUSABLE, complain, examples

COMMANDS = (cache, check, doctor, explain, fmt, models, new, prewarm, run, show)


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
        carried out. That of `run` is the script's.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if run.names_a_program(words):
        return run.program(words)
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:
        _complete(parser)
    options = parser.parse_args(words)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader, for example `head`, has seen enough
        _silence(sys.stdout)
        return UNUSABLE
    except KeyboardInterrupt:
        return UNUSABLE
    except OSError as error:
        complain(error)
        if error.filename is None:
            _silence(sys.stdout)
        return UNUSABLE


def _silence(stream: TextIO) -> None:
    """Let what is still in a stream's buffer go nowhere, so that Python does not fail over it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _parser() -> argparse.ArgumentParser:
    summary = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(
        prog="nestml-jit",
        description=summary,
        **examples(
            "nestml-jit run script.py        run a PyNEST script with NESTML models",
            "nestml-jit models               list models",
            "nestml-jit show MODEL           print what a model offers",
            "nestml-jit check FILE           report errors in a model file",
            "nestml-jit doctor               find out why something does not work",
            'eval "$(register-python-argcomplete nestml-jit)"   complete words (needs argcomplete)',
        ),
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print versions, and leave")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


class _Version(argparse.Action):
    """Prints the versions that a report of a fault should name."""

    def __call__(self, *_arguments: object) -> NoReturn:
        from importlib import metadata

        from nestml_jit import __version__

        try:
            nest = metadata.version("nest-simulator")
        except metadata.PackageNotFoundError:
            nest = "not from a package index"
        python = ".".join(map(str, sys.version_info[:3]))
        print(f"nestml-jit {__version__} (NEST {nest}, Python {python})")
        sys.exit(CLEAN)


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks how a word may go on; without argcomplete there is no answer."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser)
