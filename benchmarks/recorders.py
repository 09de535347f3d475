"""What recorders in memory cost per sample of a multimeter and per spike: ours and NEST's built-in model.

    python benchmarks/recorders.py
    python benchmarks/recorders.py --neurons 1000 --threads 1 --updates 5e6

Neurons without connections are simulated with a recorder and without, in turns, in slices of 1.5 ms; the
difference is divided by the number of events. A multimeter samples the membrane potential of silent neurons,
a recorder gets the spikes of all. One thread: the processor's time; more: the clock's. The shortest of
several repetitions counts. Both sides must have the same number of events. The limit is what NumPy takes to
copy as many values to memory that is new to the process, as that of a recording is: 8 bytes per sample, 16
per spike.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("PYNEST_QUIET", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import numpy as np  # noqa: E402
from machine import describe, table  # noqa: E402

import nestml_jit as nest  # noqa: E402

RESOLUTION, DELAY = 0.1, 1.5  # ms
MODELS = {"ours": "iaf_psc_exp_neuron", "NEST": "iaf_psc_exp"}
RECORDERS: Mapping[str, dict[str, Any]] = {
    "multimeter, 0.1 ms": {"record_from": ["V_m"], "interval": 0.1},
    "multimeter, 1 ms": {"record_from": ["V_m"], "interval": 1.0},
    "spike_recorder": {},
}
DRIVES = {"multimeter": 0.0, "spike_recorder": 500.0}  # pA
BYTES = {"multimeter": 8, "spike_recorder": 16}
HEAD = (
    "neurons",
    "threads",
    "recorder",
    "events",
    *(f"{side}, ns" for side in MODELS),
    "NEST / ours",
    "limit, ns",
)


@dataclass(frozen=True)
class Case:
    """What is simulated."""

    neurons: int
    threads: int
    recorder: str
    duration: float

    @property
    def device(self) -> str:
        """The recorder's model."""
        return self.recorder.partition(",")[0]


def build(case: Case, side: str, recorded: bool) -> Any:
    """Make the network of one side; return the recorder, None if there is to be none."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=RESOLUTION, local_num_threads=case.threads, min_delay=DELAY, max_delay=DELAY)
    neurons = nest.Create(MODELS[side], case.neurons)
    neurons.I_e = DRIVES[case.device]
    neurons.V_m = np.random.default_rng(1).uniform(-70.0, -56.0, case.neurons)
    if not recorded:
        return None
    device = nest.Create(case.device, params=RECORDERS[case.recorder])
    ends = (neurons, device) if case.device == "spike_recorder" else (device, neurons)
    nest.Connect(*ends, syn_spec={"delay": DELAY})
    return device


def measure(case: Case, side: str, recorded: bool) -> tuple[float, int]:
    """Return the seconds of a simulation, and the number of events."""
    device = build(case, side, recorded)
    clock = time.process_time if case.threads == 1 else time.perf_counter
    nest.Prepare()
    nest.Run(10 * DELAY)
    begin = clock()
    nest.Run(case.duration)
    seconds = clock() - begin
    nest.Cleanup()
    return seconds, device.n_events if recorded else 0


def limit(case: Case, events: int) -> float:
    """Return the ns per event that copying to new memory takes."""
    size = events * BYTES[case.device] // 8
    source = np.zeros(min(size, case.neurons))
    begin = time.process_time()
    target = np.empty(size)
    for first in range(0, size, len(source)):
        target[first : first + len(source)] = source[: size - first]
    return (time.process_time() - begin) / events * 1e9


def row(case: Case, repetitions: int) -> list[str]:
    """Measure both sides in turns, and return a line of the table."""
    keys = [(side, recorded) for side in MODELS for recorded in (False, True)]
    runs: dict[tuple[str, bool], list[tuple[float, int]]] = {key: [] for key in keys}
    for _ in range(repetitions):
        for key in keys:
            runs[key].append(measure(case, *key))
    best = {key: min(seconds for seconds, _ in found) for key, found in runs.items()}
    counts = sorted({events for (_, recorded), found in runs.items() if recorded for _, events in found})
    costs = [(best[side, True] - best[side, False]) / counts[-1] * 1e9 for side in MODELS]
    return [
        f"{case.neurons}",
        f"{case.threads}",
        case.recorder,
        " against ".join(map(str, counts)),
        *(f"{cost:.2f}" for cost in costs),
        f"{costs[1] / costs[0]:.0f}",
        f"{limit(case, counts[-1]):.2f}",
    ]


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(description="Time per event of recorders in memory.")
    add = parser.add_argument
    add("--neurons", type=int, nargs="+", default=[1000, 10_000], help="numbers of neurons")
    add("--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads")
    add("--recorders", nargs="+", choices=RECORDERS, default=list(RECORDERS), help="what records")
    add("--updates", type=float, default=2e7, help="neurons times steps (default %(default)g)")
    add("--repetitions", type=int, default=3, help="how often each is measured (default %(default)s)")
    return parser.parse_args()


def main() -> None:
    """Measure everything that was asked for, and print the table."""
    asked = parse()
    rows = []
    for threads in asked.threads:
        for neurons in asked.neurons:
            duration = round(asked.updates / neurons * RESOLUTION / DELAY) * DELAY
            for recorder in asked.recorders:
                rows.append(row(Case(neurons, threads, recorder, duration), asked.repetitions))
                print("  " + "  ".join(rows[-1]), file=sys.stderr)
    print("\nns per event\n")
    print(table(HEAD, rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
