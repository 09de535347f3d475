"""Time per step of a few neurons, as in most tutorials: models of the library against NEST's built-in ones.

    python benchmarks/small.py                   one neuron of each model, without and with a multimeter
    python benchmarks/small.py iaf_psc_exp aeif_cond_exp --neurons 1 2 8 64

Neurons get a constant current. A multimeter records the membrane potential every 0.1 ms. Slices are as long
as a user gets them: one step without connections, the multimeter's default delay otherwise. Both sides take
turns in one process; times are those of the processor. With a ratio of 1 or more ours are at least as fast.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

from machine import describe, table
from pairs import PAIRS, Pair, refuse_unknown
from update import RESOLUTION, Settings, create, nest, reset

HEAD = ("model", "neurons", "multimeter", "NESTML ns per step", "built-in", "ratio")


def measure(pair: Pair, ours: bool, is_recorded: bool, settings: Settings) -> float:
    """Build one side and simulate it; return the nanoseconds that a step of all its neurons takes."""
    reset(settings, connected=True)
    neurons = create(pair, ours, settings)
    if is_recorded:
        record(neurons)
    nest.Prepare()
    nest.Run(settings.warm_up)
    begin = time.process_time()
    nest.Run(settings.duration)
    cost = (time.process_time() - begin) / round(settings.duration / RESOLUTION) * 1e9
    nest.Cleanup()
    return cost


def record(neurons: Any) -> None:
    """Let a multimeter record the potential in every step."""
    multimeter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": RESOLUTION})
    nest.Connect(multimeter, neurons)


def compare(pair: Pair, neurons: int, is_recorded: bool, asked: argparse.Namespace) -> list[str]:
    """Measure both sides in turns; return a line of the table, of the minima."""
    settings = Settings(neurons, 10.0, asked.duration, asked.repetitions, "")
    costs: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(settings.repetitions):
        for ours in costs:
            costs[ours].append(measure(pair, ours, is_recorded, settings))
    mine, theirs = min(costs[True]), min(costs[False])
    print(f"  {pair.name}, {neurons}: {mine:.0f} ns, built-in {theirs:.0f} ns", file=sys.stderr)
    figures = [f"{mine:.0f}", f"{theirs:.0f}", f"{theirs / mine:.2f}"]
    return [pair.name, str(neurons), "yes" if is_recorded else "no", *figures]


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(description="Time per step of a few neurons, both sides in turns.")
    add = parser.add_argument
    add("models", nargs="*", metavar="model", help="NEST's names of models (default: all)")
    add("--neurons", type=int, nargs="+", default=[1], help="numbers of neurons (default 1)")
    add("--duration", type=float, default=1000.0, help="measured time in ms (default %(default)g)")
    add("--repetitions", type=int, default=3, help="how often each is measured (default %(default)s)")
    asked = parser.parse_args(arguments)
    refuse_unknown(parser, asked.models)
    return asked


def main() -> None:
    """Measure everything that was asked for, and print the table."""
    asked = parse()
    rows = [
        compare(PAIRS[name], neurons, is_recorded, asked)
        for neurons in asked.neurons
        for name in asked.models or PAIRS
        for is_recorded in (False, True)
    ]
    print(
        f"\nns per step of all neurons; {asked.repetitions} repetitions of {asked.duration:g} ms, in turns\n"
    )
    print(table(HEAD, rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
