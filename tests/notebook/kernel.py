"""Run cells in a notebook's kernel: `python kernel.py` reads a notebook and writes it with its outputs.

In a process of its own, since what notebooks need makes warnings, which count as errors in tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]


def run_notebook(notebook: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Run a notebook's cells in a folder; return its code cells with their outputs.

    A cell that fails does not stop the rest.
    """
    environ = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(notebook),
        env={**environ, "PYTHONPATH": str(REPOSITORY), "PYNEST_QUIET": "1", "PYTHONWARNINGS": "ignore"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [cell for cell in json.loads(done.stdout)["cells"] if cell["cell_type"] == "code"]


def run_cells(cells: Sequence[str], folder: Path) -> list[dict[str, Any]]:
    """Run texts as the cells of a new notebook."""
    made = [
        {"cell_type": "code", "id": f"cell-{index}", "metadata": {}, "outputs": [], "execution_count": None}
        | {"source": text}
        for index, text in enumerate(cells)
    ]
    return run_notebook({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, folder)


def text_of(cell: dict[str, Any], kind: str = "stdout") -> str:
    """Return what a cell printed to a stream."""
    return "".join("".join(item["text"]) for item in cell["outputs"] if item.get("name") == kind)


def shown(cell: dict[str, Any], kind: str = "text/html") -> str:
    """Return what a cell displayed."""
    return "\n".join("".join(item["data"].get(kind, "")) for item in cell["outputs"] if "data" in item)


def main() -> None:
    import nbclient
    import nbformat

    notebook = nbformat.reads(sys.stdin.read(), as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
    sys.stdout.write(nbformat.writes(notebook))


if __name__ == "__main__":
    main()
