"""A copy of the package that a test may edit, and code that runs with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "nestml_jit"


def copy_package(folder: Path) -> Path:
    """Copy the package into a folder; returns the copy."""
    return Path(shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__")))


def run_with(package: Path, code: str, **environ: str) -> str:
    """Run code that imports a copy, in the copy's folder; returns what it prints. It must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=package.parent,
        env={**os.environ, "PYTHONPATH": str(package.parent), "PYNEST_QUIET": "1", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
