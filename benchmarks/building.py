"""Build a network of one kind of synapse in this process, and say what that took.

    python benchmarks/building.py iaf_psc_exp_neuron stdp_synapse_nestml --rule fixed_indegree

It is the process that `connect.py` and `memory_connections.py` start for each of their measurements. A
small network of the same models comes first, so that what is compiled, loaded or allocated once per
process is not counted. The output is one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
SYNAPSES = {"static": "static_synapse", "plastic": "stdp_synapse"}


@dataclass(frozen=True)
class Models:
    """Names of models of one side."""

    label: str
    neuron: str
    suffix: str

    def synapse(self, kind: str) -> str:
        """Return the name of a kind's model on this side."""
        return SYNAPSES[kind] + self.suffix


NESTML = Models("NESTML", "iaf_psc_exp_neuron", "_nestml")
BUILT_IN = Models("built-in", "iaf_psc_exp", "")
SIDES = (NESTML, BUILT_IN)


def start(models: Models, kind: str, **options: object) -> dict[str, Any]:
    """Build a network in a fresh process; return what it measured."""
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "building.py")]
    command += [models.neuron, models.synapse(kind)]
    command += [text for name, value in options.items() for text in (f"--{name}", str(value))]
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYNEST_QUIET": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def memory(field: str) -> int:
    """Return a figure of this process's memory in bytes: `VmRSS` now, `VmHWM` at its highest."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise SystemExit("memory can be measured on Linux only")


def forget_peak() -> None:
    """Let the highest memory be that from now on."""
    Path("/proc/self/clear_refs").write_text("5")


def rule(name: str, neurons: int, inputs: int) -> Mapping[str, object]:
    """Return a rule's specification; each gives about `inputs` inputs to each neuron."""
    return {
        "fixed_indegree": {"rule": name, "indegree": inputs},
        "fixed_outdegree": {"rule": name, "outdegree": inputs},
        "fixed_total_number": {"rule": name, "N": neurons * inputs},
        "pairwise_bernoulli": {"rule": name, "p": inputs / neurons},
        "all_to_all": {"rule": name},
    }[name]


def weight(nest: Any, kind: str) -> Any:
    """Return a weight: one for all, or drawn for each connection."""
    return nest.random.normal(1.0, 0.1) if kind == "random" else 1.0


def delay(nest: Any, kind: str) -> Any:
    """Return a delay: one for all, or drawn for each connection."""
    return nest.random.uniform(0.5, 10.0) if kind == "random" else 1.5


def build(nest: Any, asked: argparse.Namespace, neurons: int, inputs: int) -> dict[str, float]:
    """Build the network; return times of the processor in s and memory in bytes."""
    nest.ResetKernel()
    nest.local_num_threads = asked.threads
    whole = asked.rule == "all_to_all"
    population = nest.Create(asked.neuron, neurons)
    sources = population[:inputs] if whole else population
    synapse = {
        "synapse_model": asked.synapse,
        "weight": weight(nest, asked.weights),
        "delay": delay(nest, asked.delays),
    }
    specification = rule(asked.rule, neurons, inputs)
    forget_peak()
    before, begin = memory("VmRSS"), time.process_time()
    nest.Connect(sources, population, specification, synapse)
    connected, connecting = memory("VmRSS"), time.process_time()
    nest.Prepare()
    prepared, end = memory("VmRSS"), time.process_time()
    nest.Run(0.1)
    ready = memory("VmRSS")
    nest.Cleanup()
    return {
        "connections": nest.num_connections,
        "connect": connecting - begin,
        "prepare": end - connecting,
        "bytes connected": connected - before,
        "bytes prepared": prepared - before,
        "bytes ready": ready - before,
        "bytes peak": memory("VmHWM") - before,
    }


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(description="Build one network; print times and memory as JSON.")
    add = parser.add_argument
    add("neuron", help="model")
    add("synapse", help="model")
    add("--neurons", type=int, default=10_000, help="number of neurons (default %(default)s)")
    add("--inputs", type=int, default=1000, help="inputs of each (default %(default)s)")
    add("--rule", default="fixed_indegree", help="of connecting (default %(default)s)")
    add("--threads", type=int, default=1, help="number of threads (default %(default)s)")
    add("--weights", choices=("same", "random"), default="same", help="(default %(default)s)")
    add("--delays", choices=("same", "random"), default="same", help="(default %(default)s)")
    return parser.parse_args()


def main() -> None:
    """Build a small network, then the one that was asked for."""
    asked = parse()
    import nestml_jit as nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    build(nest, asked, 100, 10)
    found = build(nest, asked, asked.neurons, asked.inputs)
    print()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
