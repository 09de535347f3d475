"""NEST's `static_synapse` between NESTML neurons: in columns, by NEST, and the library's own synapse.

    python benchmarks/statics.py
    python benchmarks/statics.py --inputs 1000 --threads 2 --weights random --delays random

The sides take turns in one process; the smallest time of each counts. Times are of the processor, of all
threads. A balanced network of integrate-and-fire neurons is driven by a constant current; what an event
takes includes update and exchange.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("PYNEST_QUIET", "1")
sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from building import delay, memory  # noqa: E402
from machine import describe, table  # noqa: E402

NEURON = "iaf_psc_exp_neuron"
HEAD = ("side", "connect", "prepare", "bytes", "event", "spikes")


@dataclass(frozen=True)
class Side:
    """A synapse model, and who stores its connections."""

    label: str
    synapse: str
    static_synapses: str


SIDES = (
    Side("static_synapse, columns", "static_synapse", "columns"),
    Side("static_synapse, NEST", "static_synapse", "nest"),
    Side("static_synapse_nestml", "static_synapse_nestml", "columns"),
)


def weight(nest: Any, asked: argparse.Namespace, mean: float) -> Any:
    """Return a weight in pA: one for all, or drawn for each connection."""
    return nest.random.normal(mean, 0.1 * abs(mean)) if asked.weights == "random" else mean


def connect(nest: Any, asked: argparse.Namespace, side: Side, neurons: int, inputs: int) -> Any:
    """Make a balanced network; return its neurons."""
    everyone = nest.Create(NEURON, neurons, {"V_m": nest.random.uniform(-70.0, -55.0), "I_e": asked.current})
    excitatory = 4 * neurons // 5
    for sources, mean, degree in (
        (everyone[:excitatory], 20.0, 4 * inputs // 5),
        (everyone[excitatory:], -100.0, inputs - 4 * inputs // 5),
    ):
        spec = {
            "synapse_model": side.synapse,
            "weight": weight(nest, asked, mean),
            "delay": delay(nest, asked.delays),
        }
        nest.Connect(sources, everyone, {"rule": "fixed_indegree", "indegree": degree}, spec)
    return everyone


def measure(nest: Any, asked: argparse.Namespace, side: Side, neurons: int, inputs: int) -> dict[str, float]:
    """Build and simulate; return ns and bytes per connection, ns per event, and the number of spikes."""
    nest.ResetKernel()
    nest.set(local_num_threads=asked.threads, rng_seed=1)
    nest.jit.static_synapses = side.static_synapses
    before, begin = memory("VmRSS"), time.process_time()
    connect(nest, asked, side, neurons, inputs)
    connected = time.process_time()
    nest.Prepare()
    prepared = time.process_time()
    taken = memory("VmRSS") - before
    nest.Run(50.0)
    spikes, start = nest.local_spike_counter, time.process_time()
    nest.Run(asked.duration)
    simulated = time.process_time() - start
    nest.Cleanup()
    spikes = nest.local_spike_counter - spikes
    number = nest.num_connections
    return {
        "connect": (connected - begin) / number * 1e9,
        "prepare": (prepared - connected) / number * 1e9,
        "bytes": taken / number,
        "event": simulated / max(1, spikes * inputs) * 1e9,
        "spikes": spikes,
    }


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(description="NEST's static synapse between NESTML neurons, in turns.")
    add = parser.add_argument
    add("--neurons", type=int, default=10_000, help="number of neurons (default %(default)s)")
    add("--inputs", type=int, default=500, help="inputs of each (default %(default)s)")
    add("--threads", type=int, default=1, help="number of threads (default %(default)s)")
    add("--duration", type=float, default=200.0, help="measured time in ms (default %(default)g)")
    add("--current", type=float, default=500.0, help="into each neuron, in pA (default %(default)g)")
    add("--repetitions", type=int, default=3, help="how often each is measured (default %(default)s)")
    add("--weights", choices=("same", "random"), default="same", help="(default %(default)s)")
    add("--delays", choices=("same", "random"), default="same", help="(default %(default)s)")
    return parser.parse_args()


def main() -> None:
    """Measure all sides in turns, and print the table."""
    asked = parse()
    import nestml_jit as nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    found: dict[str, list[dict[str, float]]] = {side.label: [] for side in SIDES}
    for side in SIDES:
        measure(nest, asked, side, 100, 10)
    for _ in range(asked.repetitions):
        for side in SIDES:
            found[side.label].append(measure(nest, asked, side, asked.neurons, asked.inputs))
    rows = [
        [label, *(f"{min(run[name] for run in runs):.1f}" for name in HEAD[1:])]
        for label, runs in found.items()
    ]
    print(
        "\nns and bytes per connection, ns per synaptic event with all costs of simulating; "
        f"N = {asked.neurons}, K = {asked.inputs}, {asked.threads} thread(s), "
        f"weights {asked.weights}, delays {asked.delays}\n"
    )
    print(table(HEAD, rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
