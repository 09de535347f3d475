"""Asking NEST something in a process of its own, which may crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ELSEWHERE = "import sys\nif not sys.path[0]:\n    del sys.path[0]\n"
"""Begins code that imports nothing from the current folder, which may be another user's."""


def python_path() -> str:
    """Return the PYTHONPATH with which a process finds this package."""
    return os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))


def run_aside(code: str) -> tuple[str, str]:
    """Run code in a process of its own; return what it printed last, and the error if it failed."""
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE + code],
        env={**os.environ, "PYTHONPATH": python_path(), "PYNEST_QUIET": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0 and done.stdout.strip():
        return done.stdout.strip().splitlines()[-1], ""
    if done.returncode < 0:
        return "", f"it was killed by signal {-done.returncode}"
    return "", (done.stderr.strip() or f"exit status {done.returncode}")
