"""Scripts run in several processes, by a NEST that was built with MPI."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
SCRIPTS = Path(__file__).parent
CACHE = REPOSITORY / ".nestml_jit_cache"
PYTHON = os.environ.get("NESTML_JIT_MPI_PYTHON", str(REPOSITORY / ".mpi" / "bin" / "python"))
"""The interpreter that imports a NEST with MPI."""


@cache
def why_not() -> str:
    """Return why nothing can be run with several processes, or "" if it can."""
    if shutil.which("mpirun") is None:
        return "there is no mpirun"
    if not Path(PYTHON).exists():
        return f"there is no NEST with MPI ({PYTHON} does not exist): make test-mpi builds one"
    return ""


def start(
    processes: int, script: str, *arguments: str, folder: Path, timeout: float = 400.0, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts beside this file in several processes, and wait for them.

    Each process finds in RESULT the name of a file to write a result to. An environment variable's "{rank}"
    becomes the number of the process.
    """
    output = folder / f"{script}-{processes}"
    output.mkdir()
    command = [
        *launcher(processes),
        PYTHON,
        str(SCRIPTS / "start.py"),
        str(output),
        f"{script}.py",
        *arguments,
    ]
    settings = json.dumps({"NESTML_JIT_CACHE": str(CACHE), **environ})
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYNEST_QUIET": "1", "FOR_RANKS": settings},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )


def run(processes: int, script: str, *arguments: str, folder: Path, **environ: str) -> list[Any]:
    """Run a script as `start` does, and return what each process wrote."""
    done = start(processes, script, *arguments, folder=folder, **environ)
    assert done.returncode == 0, done.stdout
    output = folder / f"{script}-{processes}"
    return [json.loads((output / f"{rank}.json").read_text()) for rank in range(processes)]


def launcher(processes: int) -> Sequence[str]:
    """Return the command that starts processes, more than there are cores if need be."""
    version = subprocess.run(["mpirun", "--version"], capture_output=True, text=True, check=True).stdout
    command = ["mpirun", "-n", str(processes)]
    if re.search("Open ?MPI|open-mpi", version):
        command += ["--oversubscribe", *(["--allow-run-as-root"] if os.geteuid() == 0 else [])]
    return command
