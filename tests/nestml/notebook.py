"""Run the cells of a notebook as they are, then compare its figures: `python notebook.py FILE`.

The environment variable `NESTML_SUITE_SEED` has NEST's random numbers begin with another seed after each
`ResetKernel`. The exit status is 0 if all cells ran to their end and the figures show what they should.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from IPython.core.interactiveshell import InteractiveShell

from nestml_jit.pynest.run_notebook import code_cells

sys.path.insert(0, str(Path(__file__).parent))

import figures

SEED = "NESTML_SUITE_SEED"


def curves(axes: Any) -> Iterator[figures.Curve]:
    """Yield what axes show: points first, then lines."""
    for points in axes.collections:
        offsets = np.asarray(points.get_offsets(), dtype=float).reshape(-1, 2)
        yield offsets[:, 0], offsets[:, 1]
    for line in axes.lines:
        yield np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)


class Shown:
    """The figures that were shown so far; a shown figure is closed."""

    def __init__(self) -> None:
        self.figures: list[figures.Figure] = []

    def take(self, *_arguments: object, **_more: object) -> None:
        for number in plt.get_fignums():
            self.figures.append([list(curves(axes)) for axes in plt.figure(number).axes])
        plt.close("all")


def with_seed(nest: Any, seed: int) -> None:
    reset = nest.ResetKernel

    def reset_and_seed() -> None:
        reset()
        nest.rng_seed = seed

    nest.ResetKernel = reset_and_seed


def main(file: Path) -> int:
    shown = Shown()
    shell = InteractiveShell.instance(colors="NoColor")
    shell.register_magic_function(lambda _line: None, "line", "matplotlib")
    vars(plt)["show"] = shown.take
    os.chdir(file.parent)
    shell.run_line_magic("load_ext", "nestml_jit")
    if SEED in os.environ:
        import nest

        with_seed(nest, int(os.environ[SEED]))
    for cell in code_cells(file.read_bytes()):
        result = shell.run_cell(cell)
        if not result.success:
            return 1
        shown.take()
    check = figures.CHECKS.get(file.parent.name)
    try:
        if check is not None:
            check(shown.figures, shell.user_ns)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
