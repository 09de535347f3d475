"""Run a Jupyter notebook as a program: cell by cell in this process, with IPython's magics."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nestml_jit.pynest import run

OLDEST = 4
"""The oldest major version of notebook files that is read."""


class NotebookError(Exception):
    """A file is no notebook that can be run."""


def run_notebook(file: str, arguments: Sequence[str]) -> int:
    """Run the code cells of a notebook, in the notebook's folder, as notebook servers do.

    What cells print, and their values, go to standard output; the notebook is left as it is. Needs IPython.

    Parameters
    ----------
    file
        The notebook.
    arguments
        What cells find in `sys.argv` after the notebook's name.

    Returns
    -------
    int
        The exit status: 0; 1 if a cell raises an exception, which ends the run; 2 if the file cannot be read.

    Raises
    ------
    SystemExit
        If a cell does.
    KeyboardInterrupt
        If the run is interrupted.
    """
    try:
        cells = code_cells(Path(file).read_bytes())
    except OSError as error:
        run.complain(f"can't open file {file!r}: [Errno {error.errno}] {error.strerror}")
        return run.UNREADABLE
    except NotebookError as error:
        run.complain(f"{file}: {error}")
        return run.UNREADABLE
    try:
        from IPython.terminal.interactiveshell import TerminalInteractiveShell
    except ImportError:
        run.complain("notebooks need IPython: pip install 'nestml-jit[notebook]'")
        return run.UNREADABLE
    run.become([os.path.abspath(file), *arguments], "")
    os.chdir(os.path.dirname(os.path.abspath(file)))
    # No input is read, and no history kept.
    shell: Any = TerminalInteractiveShell.instance(simple_prompt=True)
    shell.history_manager.enabled = False
    for cell in cells:
        result = shell.run_cell(cell)
        raised = result.error_before_exec or result.error_in_exec
        if isinstance(raised, SystemExit):
            raise raised
        if isinstance(raised, KeyboardInterrupt):
            run.end_by_interrupt()
        if raised is not None:
            return run.FAILED
    return 0


def code_cells(data: bytes) -> list[str]:
    """Return the code cells of a notebook file; a NotebookError says why there are none to be had."""
    try:
        notebook = json.loads(data)
        version = notebook["nbformat"]
        if version < OLDEST:
            raise NotebookError(
                f"notebooks of version {version} are too old: jupyter nbconvert --to notebook renews them"
            )
        return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    except (ValueError, TypeError, KeyError) as error:
        raise NotebookError(f"this is no Jupyter notebook ({type(error).__name__}: {error})") from None
