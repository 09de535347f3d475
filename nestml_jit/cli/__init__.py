"""`nestml-jit`: check and format model files, show what a model offers, run scripts.

Each command is a module that adds its parser and says which function carries it out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from nestml_jit.cli import cache, check, doctor, fmt, prewarm, run, show
from nestml_jit.cli.outcome import UNUSABLE, complain

COMMANDS = (cache, check, doctor, fmt, prewarm, run, show)


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
    if run.names_a_script(words):
        return run.script(words)
    options = _parser().parse_args(words)
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
    parser = argparse.ArgumentParser(prog="nestml-jit", description=summary)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
