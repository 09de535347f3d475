"""Time per neuron and step in slices of one step and of fifteen: ours and NEST's built-in model, in turns.

    python benchmarks/slices.py
    python benchmarks/slices.py --neurons 2000 --threads 1 --drives dc

The smallest delay decides how many steps a slice has: NEST visits its nodes, and exchanges spikes, once in
a slice. Neurons are those of `iaf_psc_exp`; ten connections have the smallest delay, and a weight of 0.
Without drive neurons are silent, with dc they spike. What NEST needs for a slice alone is measured with ten
neurons. One thread: the processor's time; more: the clock's. The shortest of several repetitions counts. Both
sides must have the same number of spikes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("PYNEST_QUIET", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import numpy as np  # noqa: E402
from machine import describe, table  # noqa: E402

import nestml_jit as nest  # noqa: E402

RESOLUTION, LONGEST = 0.1, 1.5  # ms
CONNECTIONS = 10
DRIVES = {"none": 0.0, "dc": 400.0}  # pA
MODELS = {"ours": ("iaf_psc_exp_neuron", "static_synapse_nestml"), "NEST": ("iaf_psc_exp", "static_synapse")}
HEAD = ("neurons", "threads", "drive", *(f"{side} {delay} ms" for side in MODELS for delay in ("0.1", "1.5")))
RATIOS = ("ours 0.1 / 1.5", "NEST / ours, 0.1 ms", "spikes")


@dataclass(frozen=True)
class Case:
    """What is simulated."""

    neurons: int
    threads: int
    drive: str
    duration: float

    @property
    def updates(self) -> float:
        """Number of neurons times that of steps."""
        return self.neurons * round(self.duration / RESOLUTION)


def build(case: Case, side: str, delay: float) -> None:
    """Make the network of one side, with slices of `delay` ms."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=RESOLUTION, local_num_threads=case.threads, rng_seed=1)
    nest.set(min_delay=delay, max_delay=LONGEST)
    neuron, synapse = MODELS[side]
    neurons = nest.Create(neuron, case.neurons)
    neurons.I_e = DRIVES[case.drive]
    neurons.V_m = np.random.default_rng(1).uniform(-70.0, -56.0, case.neurons)
    nest.Connect(
        neurons[:CONNECTIONS],
        neurons[-CONNECTIONS:],
        "one_to_one",
        {"synapse_model": synapse, "weight": 0.0, "delay": delay},
    )


def measure(case: Case, side: str, delay: float) -> tuple[float, int]:
    """Return ns per neuron and step, and the number of spikes."""
    build(case, side, delay)
    clock = time.process_time if case.threads == 1 else time.perf_counter
    nest.Prepare()
    nest.Run(15.0)
    begin = clock()
    nest.Run(case.duration)
    cost = (clock() - begin) / case.updates * 1e9
    spikes = int(nest.local_spike_counter)  # of this Run
    nest.Cleanup()
    return cost, spikes


def row(case: Case, repetitions: int) -> list[str]:
    """Measure all sides in turns, and return a line of the table."""
    keys = [(side, delay) for side in MODELS for delay in (RESOLUTION, LONGEST)]
    results = {key: [] for key in keys}
    for _ in range(repetitions):
        for key in keys:
            results[key].append(measure(case, *key))
    best = {key: min(cost for cost, _ in runs) for key, runs in results.items()}
    counts = sorted({spikes for runs in results.values() for _, spikes in runs})
    ours, theirs = MODELS
    return [
        f"{case.neurons}",
        f"{case.threads}",
        case.drive,
        *(f"{best[key]:.2f}" for key in keys),
        f"{best[ours, RESOLUTION] / best[ours, LONGEST]:.2f}",
        f"{best[theirs, RESOLUTION] / best[ours, RESOLUTION]:.1f}",
        " against ".join(map(str, counts)),
    ]


def slice_cost(threads: int, repetitions: int) -> str:
    """Return what NEST needs for a slice of a few neurons of ours, in ns."""
    case = Case(CONNECTIONS, threads, "none", 2000.0)
    shortest = min(measure(case, "ours", RESOLUTION)[0] for _ in range(repetitions))
    return f"{shortest * CONNECTIONS:.0f} ns per slice of {CONNECTIONS} neurons, {threads} threads"


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(description="Time per neuron and step, slices of 0.1 and 1.5 ms.")
    add = parser.add_argument
    add("--neurons", type=int, nargs="+", default=[2000, 10_000, 50_000], help="numbers of neurons")
    add("--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads")
    add("--drives", nargs="+", choices=DRIVES, default=list(DRIVES), help="of the neurons")
    add("--updates", type=float, default=2e7, help="neurons times steps (default %(default)g)")
    add("--repetitions", type=int, default=3, help="how often each is measured (default %(default)s)")
    return parser.parse_args()


def main() -> None:
    """Measure everything that was asked for, and print the table."""
    asked = parse()
    rows = []
    for threads in asked.threads:
        print(slice_cost(threads, asked.repetitions))
        for neurons in asked.neurons:
            duration = round(asked.updates / neurons * RESOLUTION / LONGEST) * LONGEST
            for drive in asked.drives:
                rows.append(row(Case(neurons, threads, drive, duration), asked.repetitions))
                print("  " + "  ".join(rows[-1]), file=sys.stderr)
    print("\nns per neuron and step\n")
    print(table((*HEAD, *RATIOS), rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
