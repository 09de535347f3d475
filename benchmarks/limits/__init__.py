"""What the machine can do at best, measured by small loops in C++ that are written by hand.

Ratios against another simulator differ between machines: a large cache makes NEST's update three times
faster. A multiple of what the same arrays and the same arithmetic take in a bare loop says more.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("limits.cpp")
FLAGS = "-std=c++20 -O3 -march=native -ffast-math -fopenmp-simd".split()


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return the folder of the compiled program, which is removed when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="limits-")
    compiler = os.environ.get("CXX", "c++").split()
    subprocess.run([*compiler, *FLAGS, str(SOURCE), "-o", f"{folder.name}/limits"], check=True)
    return folder


def _measured(*words: str | int) -> float:
    command = [f"{_folder().name}/limits", *map(str, words)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def update(neurons: int) -> float:
    """Return ns per neuron and step of leaky integrate-and-fire neurons with exponential currents."""
    return _measured("update", neurons, max(2, 20_000_000 // neurons))


def delivery(neurons: int, synapses: int) -> float:
    """Return ns per event of static synapses with random delays, 12 bytes each, sorted by source."""
    return _measured("delivery", neurons, synapses)


def draws() -> float:
    """Return ns per normal random number."""
    return _measured("draws", 2_000_000)
