"""Time per synaptic event: NESTML models against NEST's built-in ones, in turns in one process.

    python benchmarks/delivery.py                       static and plastic synapses, one and two threads
    python benchmarks/delivery.py --neurons 100000 --duration 100     for 20 GB of memory
    python benchmarks/delivery.py --repetitions 5
    python benchmarks/delivery.py --neurons 2000 --inputs 200 --threads 1 --kinds static

The network is that of the demo (`examples/balanced_network.py`). A time is that of a whole simulated
period after warm-up, divided by the number of synaptic events in it: update of neurons, exchange and
delivery of spikes. Wall-clock time suffers from whatever else a machine does; its minimum least. Ratios
are that of the minima, and the median of those of neighbours in time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("PYNEST_QUIET", "1")
_REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_REPOSITORY), str(_REPOSITORY / "examples")]

from balanced_network import (  # noqa: E402
    BUILT_IN,
    NESTML,
    Models,
    Run,
    Settings,
    build,
    prepare,
    simulate,
)
from machine import describe, table  # noqa: E402

HEAD = (
    "synapses",
    "threads",
    "NESTML min",
    "median",
    "built-in min",
    "median",
    "ratio min",
    "median",
    "spikes",
)


def measure(models: Models, settings: Settings) -> Run:
    """Build the network and simulate it once."""
    run = build(models, settings, record=False)
    prepare(run)
    simulate(run)
    print(
        f"  {models.label:<9} {kind(settings):<12} {settings.threads} thread(s)  "
        f"{run.per_event:7.2f} ns per event, {run.spikes} spikes; connect {run.seconds['connect']:.2f} s, "
        f"prepare {run.seconds['prepare']:.2f} s, simulate {run.seconds['simulate']:.2f} s "
        f"({run.cpu['simulate']:.2f} s of processor time)",
        flush=True,
    )
    return run


def kind(settings: Settings) -> str:
    """Return what the synapses are called."""
    return settings.rule if settings.plastic else "static"


def row(settings: Settings, ours: Sequence[Run], theirs: Sequence[Run]) -> list[str]:
    """Return a line of the table."""
    sides = [[run.per_event for run in runs] for runs in (ours, theirs)]
    figures = [measure(side) for side in sides for measure in (min, statistics.median)]
    neighbours = [theirs / ours for ours, theirs in zip(*sides, strict=True)]
    ratios = [figures[2] / figures[0], statistics.median(neighbours)]
    spikes = {run.spikes for run in (*ours, *theirs)}
    usual = settings.exponent == 1 or kind(settings) != "stdp"
    return [
        kind(settings) if usual else f"stdp, exponent {settings.exponent:g}",
        str(settings.threads),
        *(f"{value:.2f}" for value in figures),
        *(f"{value:.1f}" for value in ratios),
        str(spikes.pop()) if len(spikes) == 1 else f"DIFFER: {sorted(spikes)}",
    ]


def compare(settings: Settings, repetitions: int) -> list[str]:
    """Measure both sides in turns."""
    runs: dict[str, list[Run]] = {NESTML.label: [], BUILT_IN.label: []}
    for _ in range(repetitions):
        for models in (NESTML, BUILT_IN):
            run = measure(models, settings)
            runs[models.label].append(replace(run, population=None))
    return row(settings, runs[NESTML.label], runs[BUILT_IN.label])


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(
        description="Time per synaptic event, NESTML and built-in models in turns."
    )
    add = parser.add_argument
    add("--neurons", type=int, default=10_000, help="number of neurons (default %(default)s)")
    add("--inputs", type=int, default=1000, help="inputs of each (default %(default)s)")
    add("--duration", type=float, default=500.0, help="measured time in ms (default %(default)g)")
    add("--warm-up", type=float, default=100.0, help="time before that in ms (default %(default)g)")
    add("--repetitions", type=int, default=3, help="how often each is measured (default %(default)s)")
    add("--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads (default 1 2)")
    kinds = ["static", *NESTML.rules]
    add("--kinds", nargs="+", choices=kinds, default=kinds, help="of synapses")
    add("--exponent", type=float, default=1.0, help="STDP's mu_plus and mu_minus (default %(default)g)")
    add("--seed", type=int, default=1, help="seed of all random numbers (default %(default)s)")
    return parser.parse_args()


def main() -> None:
    """Measure everything that was asked for, and print the table."""
    asked = parse()
    rows = []
    for threads in asked.threads:
        for name in asked.kinds:
            settings = Settings(
                asked.neurons,
                asked.inputs,
                threads,
                asked.seed,
                asked.warm_up,
                asked.duration,
                plastic=name != "static",
                rule=name if name != "static" else "stdp",
                exponent=asked.exponent,
            )
            rows.append(compare(settings, asked.repetitions))
    print(
        f"\nns per synaptic event, all costs of simulating included; "
        f"N = {asked.neurons}, K = {asked.inputs}; "
        f"{asked.repetitions} repetitions of {asked.duration:g} ms, in turns\n"
    )
    print(table(HEAD, rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
