"""Memory per neuron: a model of the library against NEST's built-in one, each in a fresh process.

    python benchmarks/memory.py
    python benchmarks/memory.py --model iaf_cond_exp --neurons 200000

What is measured is the growth of the resident set, in bytes per neuron: by `Create`, by a first
simulation (of a slice of 1.5 ms; buffers for spikes to come are made then), and both. A small population is
created and simulated before, so that libraries and what NEST sets up once do not count.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from machine import describe, table

REPOSITORY = Path(__file__).resolve().parents[1]
TARGET = 400.0  # bytes per neuron, by Create
HEAD = ("bytes per neuron", "Create", "first Simulate", "both", "target of Create", "met")

SCRIPT = """
import json, os
import {module} as nest

def resident():
    with open("/proc/self/statm") as status:
        return int(status.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

nest.verbosity = nest.VerbosityLevel.ERROR
nest.set(resolution=0.1, min_delay=1.5, max_delay=1.5)
nest.Create("{model}", 1000)
nest.Simulate(1.5)
begin = resident()
nest.Create("{model}", {neurons})
created = resident()
nest.Simulate(1.5)
print()
print(json.dumps({{"create": created - begin, "simulate": resident() - created}}))
"""


def measure(module: str, model: str, neurons: int) -> dict[str, float]:
    """Return the growth in bytes per neuron of the stages of a script in a fresh interpreter."""
    script = SCRIPT.format(module=module, model=model, neurons=neurons)
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    environ = {**os.environ, "PYTHONPATH": path, "PYNEST_QUIET": "1"}
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    found: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {stage: size / neurons for stage, size in found.items()}


def row(name: str, found: Mapping[str, float], target: float | None) -> list[str]:
    """Return a line of the table."""
    figures = [found["create"], found["simulate"], found["create"] + found["simulate"]]
    verdict = ["", ""] if target is None else [f"{target:.0f}", "yes" if found["create"] <= target else "NO"]
    return [name, *(f"{value:.0f}" for value in figures), *verdict]


def main() -> None:
    """Measure both sides and print the table."""
    parser = argparse.ArgumentParser(description="Memory per neuron, NESTML and built-in.")
    add = parser.add_argument
    add("--model", default="iaf_psc_exp", help="NEST's name of the model (default %(default)s)")
    add("--neurons", type=int, default=1_000_000, help="number of neurons (default %(default)s)")
    asked = parser.parse_args()
    ours = measure("nestml_jit", f"{asked.model}_neuron", asked.neurons)
    theirs = measure("nest", asked.model, asked.neurons)
    rows = [row(f"{asked.model}_neuron", ours, TARGET), row(f"{asked.model}, built-in", theirs, None)]
    print(f"{asked.neurons} neurons\n\n{table(HEAD, rows)}\n\n{describe()}")


if __name__ == "__main__":
    main()
