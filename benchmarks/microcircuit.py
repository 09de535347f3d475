"""The cortical microcircuit of Potjans and Diesmann (2014): NESTML models beside NEST's own.

    python benchmarks/microcircuit.py                          a tenth of the neurons, a tenth of the inputs
    python benchmarks/microcircuit.py --scale 0.2 --drive dc --threads 1 2
    python benchmarks/microcircuit.py --neurons 0.5 --inputs 1 --sides NESTML
    python benchmarks/microcircuit.py --scale 1 --threads 2 --sides NESTML --duration 1000     6.5 GB

Each measurement is a fresh process; sides take turns. The real-time factor is the wall-clock time of the
measured period over its biological time. The limit is that of bare loops in C++ over arrays of the same
size, measured in the same run on one thread: every neuron's update and every synaptic event, nothing else.
Rates are those of a further period with spike recorders; below full scale they differ a little from the
published ones.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("PYNEST_QUIET", "1")

import limits
import numpy as np
from machine import describe, table
from potjans_diesmann import (
    BUILT_IN,
    NESTML,
    POPULATIONS,
    PUBLISHED_RATES,
    RESOLUTION,
    Circuit,
    build,
    connect,
)

SIDES = {"NESTML": NESTML, "built-in": BUILT_IN}
HEAD = (
    "models",
    "threads",
    "real-time factor",
    "ns per event",
    "of the limit",
    "build s",
    "prepare s",
    "bytes per synapse",
    "peak GB",
)


def resident(field: str) -> int:
    """Return bytes of memory of this process: `VmRSS` now, `VmHWM` at most so far."""
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def simulate(side: str, circuit: Circuit, warm_up: float, duration: float, recorded: float) -> dict[str, Any]:
    """Build and simulate the circuit in this process; return what was measured."""
    if side == "NESTML":
        import nestml_jit as nest
    else:
        import nest
    nest.verbosity = nest.VerbosityLevel.ERROR
    seconds: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        begin = time.perf_counter()
        found = work()
        seconds[stage] = time.perf_counter() - begin
        return found

    models = SIDES[side]
    populations = timed("create", lambda: build(nest, circuit, models))
    before = resident("VmRSS")
    timed("connect", lambda: connect(nest, circuit, models, populations))
    timed("prepare", nest.Prepare)
    bytes_ = resident("VmRSS") - before
    timed("warm-up", lambda: nest.Run(warm_up))
    timed("simulate", lambda: nest.Run(duration))
    spikes = int(nest.local_spike_counter)  # of this Run
    nest.Cleanup()
    peak = resident("VmHWM")
    synapses = int(circuit.synapses.sum())
    return {
        "seconds": seconds,
        "spikes": spikes,
        "synapses": synapses,
        "bytes": bytes_,
        "peak": peak,
        "rates": rates(nest, populations, recorded).tolist(),
    }


def rates(nest: Any, populations: Sequence[Any], duration: float) -> Any:
    """Simulate with recorders; return mean rates in spikes/s, shape (8,)."""
    if duration <= 0:
        return np.full(len(populations), np.nan)
    recorders = nest.Create("spike_recorder", len(populations))
    for population, recorder in zip(populations, recorders, strict=True):
        nest.Connect(population, recorder)
    nest.Simulate(duration)
    counts = np.array([recorder.n_events for recorder in recorders])
    return counts / np.array([len(population) for population in populations]) / (duration * 1e-3)


def start(side: str, asked: argparse.Namespace, threads: int) -> dict[str, Any]:
    """Measure in a process of its own."""
    options = ["--neurons", asked.neurons, "--inputs", asked.inputs, "--drive", asked.drive]
    options += ["--warm-up", asked.warm_up, "--duration", asked.duration, "--recorded", asked.recorded]
    options += ["--seed", asked.seed, "--threads", threads, "--only", side]
    command = [sys.executable, __file__, *map(str, options)]
    done = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    took = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in found["seconds"].items())
    print(f"  {side:<9} {threads} thread(s): {took}; {found['spikes']} spikes", flush=True)
    return found


def events(found: dict[str, Any], circuit: Circuit) -> float:
    """Return the number of synaptic events: spikes times the mean number of a neuron's synapses."""
    return float(found["spikes"] * found["synapses"] / circuit.sizes.sum())


def limit(found: dict[str, Any], circuit: Circuit, duration: float) -> float:
    """Return the seconds that bare loops take for the same updates and events, on one thread."""
    neurons = int(circuit.sizes.sum())
    update = limits.update(neurons) * neurons * duration / RESOLUTION
    sample = min(found["synapses"], 100_000_000)
    return 1e-9 * (update + limits.delivery(neurons, sample) * events(found, circuit))


def row(side: str, runs: Sequence[dict[str, Any]], circuit: Circuit, duration: float) -> list[str]:
    """Return a line of the table, of the fastest run."""
    found = min(runs, key=lambda run: run["seconds"]["simulate"])
    seconds = found["seconds"]
    best = limit(found, circuit, duration)
    return [
        side,
        str(circuit.threads),
        f"{seconds['simulate'] / (duration * 1e-3):.3f}",
        f"{seconds['simulate'] / events(found, circuit) * 1e9:.2f}",
        f"{seconds['simulate'] * circuit.threads / best:.1f}",
        f"{seconds['create'] + seconds['connect']:.2f}",
        f"{seconds['prepare']:.2f}",
        f"{found['bytes'] / found['synapses']:.1f}",
        f"{found['peak'] / 1e9:.2f}",
    ]


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(description="The microcircuit, NESTML and built-in models in turns.")
    add = parser.add_argument
    add("--scale", type=float, default=0.1, help="of neurons and of inputs (default %(default)g)")
    add("--neurons", type=float, help="share of the neurons (default: the scale)")
    add("--inputs", type=float, help="share of the inputs of each (default: the scale)")
    add("--drive", choices=["poisson", "dc"], default="poisson", help="external input (default %(default)s)")
    add("--warm-up", type=float, default=100.0, help="time before measuring in ms (default %(default)g)")
    add("--duration", type=float, default=500.0, help="measured time in ms (default %(default)g)")
    add(
        "--recorded",
        type=float,
        default=1000.0,
        help="time with recorders in ms (default %(default)g)",
    )
    add("--repetitions", type=int, default=2, help="how often each is measured (default %(default)s)")
    add("--threads", type=int, nargs="+", default=[1], help="numbers of threads (default 1)")
    add("--sides", nargs="+", choices=list(SIDES), default=list(SIDES), help="whose models")
    add("--seed", type=int, default=55, help="seed of all random numbers (default %(default)s)")
    add("--only", choices=list(SIDES), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.neurons = asked.scale if asked.neurons is None else asked.neurons
    asked.inputs = asked.scale if asked.inputs is None else asked.inputs
    return asked


def main() -> None:
    """Measure everything that was asked for, and print the tables."""
    asked = parse()

    def circuit(threads: int) -> Circuit:
        return Circuit(asked.neurons, asked.inputs, asked.drive, threads, asked.seed)

    if asked.only:
        times = (asked.warm_up, asked.duration, asked.recorded)
        print(json.dumps(simulate(asked.only, circuit(asked.threads[0]), *times)))
        return
    rows, found_rates = [], {}
    for threads in asked.threads:
        runs: dict[str, list[dict[str, Any]]] = {side: [] for side in asked.sides}
        for _ in range(asked.repetitions):
            for side in asked.sides:
                runs[side].append(start(side, asked, threads))
        rows += [row(side, runs[side], circuit(threads), asked.duration) for side in asked.sides]
        found_rates |= {side: runs[side][0]["rates"] for side in asked.sides}
    whole = circuit(1)
    print(
        f"\nmicrocircuit with {whole.sizes.sum()} neurons and {whole.synapses.sum()} synapses, "
        f"{asked.drive} drive; {asked.repetitions} repetitions of {asked.duration:g} ms, in turns\n"
    )
    print(table(HEAD, rows))
    if asked.recorded > 0:
        print(f"\nmean rates in spikes/s, over {asked.recorded:g} ms\n")
        lines = {**found_rates, "published": PUBLISHED_RATES}
        cells = [[side, *(f"{rate:.2f}" for rate in each)] for side, each in lines.items()]
        print(table(("models", *POPULATIONS), cells))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
