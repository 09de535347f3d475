"""Recording what scripts would use, instead of simulating: one half of `nestml-jit prewarm`.

A process whose environment names a file in `NESTML_JIT_RECORD` simulates nothing. The text of every
kernel that it would have compiled is appended to the file at once, so that nothing is lost of a
script that fails later, for want of results.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "nestml_jit"
VARIABLE = "NESTML_JIT_RECORD"

LIMIT = 1000
"""Simulations in a row without a new kernel after which a script is stopped: it may wait for results."""


class EnoughRecorded(SystemExit):
    """The script simulates again and again, and nothing new comes of it."""


@dataclass(frozen=True)
class Recorded:
    """A kernel that a script would use: its models, and its source."""

    subject: str
    source: str


class Recorder:
    """Writes down what a process would have compiled.

    Parameters
    ----------
    file
        Where to append records, one JSON object in a line.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: set[str] = set()
        self._idle = 0

    def kernel(self, subject: str, source: str) -> None:
        """Note a kernel, unless it is noted already."""
        if source not in self._known:
            self._known.add(source)
            self._idle = 0
            self._write({"subject": subject, "source": source})

    def simulation(self) -> None:
        """Note a simulation that was left out.

        Raises
        ------
        EnoughRecorded
            After many simulations that needed no new kernel.
        """
        self._write({"simulation": True})
        self._idle += 1
        if self._idle > LIMIT:
            self._write({"stopped": True})
            raise EnoughRecorded(0)

    def _write(self, record: Mapping[str, object]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def find_recorder(environ: Mapping[str, str] = os.environ) -> Recorder | None:
    """Return the recorder that the environment asks for."""
    return Recorder(Path(environ[VARIABLE])) if environ.get(VARIABLE) else None


def read_records(file: Path) -> tuple[list[Recorded], int, bool]:
    """Return the recorded kernels, the number of simulations, and whether the script was stopped."""
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    # What follows the last end of a line was being written when the script was killed.
    records = [json.loads(line) for line in text.split("\n")[:-1]]
    kernels = [Recorded(item["subject"], item["source"]) for item in records if "source" in item]
    return kernels, sum("simulation" in item for item in records), any("stopped" in item for item in records)


def record_combinations(combinations: Sequence[str]) -> int:
    """Use models that are named "neuron" or "neuron+synapse+..." as a script would.

    Returns
    -------
    int
        The exit status: 1 if a combination cannot be used; the reason is printed.
    """
    nest: Any = importlib.import_module(PACKAGE)

    nest.verbosity = nest.VerbosityLevel.ERROR
    nest._session.host  # noqa: B018 (compiled if it is not there)
    status = 0
    for combination in combinations:
        neuron, *synapses = combination.split("+")
        nest.ResetKernel()
        try:
            _use(nest, neuron, synapses)
        except (nest.NESTError, ValueError, RuntimeError) as error:
            print(f"{combination}: {error}", file=sys.stderr)
            status = 1
    return status


def _use(nest: Any, neuron: str, synapses: Sequence[str]) -> None:
    targets = nest.Create(neuron, 2)
    sources = nest.Create("parrot_neuron", 2)
    for synapse in synapses:
        nest.Connect(sources, targets, syn_spec={"synapse_model": synapse})
    nest.Simulate(nest.resolution)
