"""Time to build a network: NESTML models against NEST's built-in ones, in turns.

    python benchmarks/connect.py
    python benchmarks/connect.py --rules all_to_all --inputs 100 --repetitions 5

Each measurement is a fresh process, in which a small network of the same models was simulated before: what
is compiled or loaded once does not count. Times are those of `Connect`, and of everything from there to the
end of `Prepare` (sorting of connections, tables of targets, buffers of neurons, kernels attached). They are
times of the processor, over all threads, which other work on the machine disturbs least. Memory is how much
more the process has than just before `Connect`: when the network is ready, and at the highest.
"""

from __future__ import annotations

import argparse
from typing import Any

from building import SIDES, start
from machine import describe, table

HEAD = (
    "synapses",
    "rule",
    "weights",
    "delays",
    "Connect NESTML",
    "built-in",
    "ratio",
    "prepare NESTML",
    "built-in",
    "ratio",
    "both: ratio",
    "bytes NESTML",
    "at the peak",
)


def nanoseconds(runs: list[dict[str, Any]], *stages: str) -> float:
    """Return the shortest time of stages per connection."""
    return min(sum(run[stage] for stage in stages) / run["connections"] for run in runs) * 1e9


def row(
    kind: str, rule: str, values: tuple[str, str], options: dict[str, Any], repetitions: int
) -> list[str]:
    """Measure both sides in turns."""
    weights, delays = values
    runs: list[list[dict[str, Any]]] = [[], []]
    for _ in range(repetitions):
        for index, models in enumerate(SIDES):
            runs[index].append(start(models, kind, rule=rule, weights=weights, delays=delays, **options))
    cells = [kind, rule, weights, delays]
    for stage in ("connect", "prepare"):
        ours, theirs = (nanoseconds(side, stage) for side in runs)
        cells += [f"{ours:.0f}", f"{theirs:.0f}", f"{theirs / ours:.2f}"]
    ours, theirs = (nanoseconds(side, "connect", "prepare") for side in runs)
    print("  " + ", ".join(cells), flush=True)
    last = runs[0][-1]
    memory = [f"{last[f'bytes {field}'] / last['connections']:.1f}" for field in ("ready", "peak")]
    return [*cells, f"{theirs / ours:.2f}", *memory]


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(description="Time to connect and to prepare, in fresh processes.")
    add = parser.add_argument
    add("--neurons", type=int, default=10_000, help="number of neurons (default %(default)s)")
    add("--inputs", type=int, default=500, help="inputs of each (default %(default)s)")
    add("--threads", type=int, default=1, help="number of threads (default %(default)s)")
    add("--repetitions", type=int, default=3, help="how often each is measured (default %(default)s)")
    rules = ["fixed_indegree", "fixed_outdegree", "fixed_total_number", "pairwise_bernoulli", "all_to_all"]
    add("--rules", nargs="+", default=rules, help="of connecting")
    add("--kinds", nargs="+", choices=("static", "plastic"), default=["static", "plastic"])
    add("--weights", nargs="+", choices=("same", "random"), default=["same", "random"])
    add("--delays", nargs="+", choices=("same", "random"), default=["same"])
    return parser.parse_args()


def main() -> None:
    """Measure everything that was asked for, and print the table."""
    asked = parse()
    options = {name: getattr(asked, name) for name in ("neurons", "inputs", "threads")}
    rows = [
        row(kind, rule, (weights, delays), options, asked.repetitions)
        for kind in asked.kinds
        for rule in asked.rules
        for weights in asked.weights
        for delays in asked.delays
    ]
    print(f"\nns per connection; N = {asked.neurons}, K = {asked.inputs}, {asked.threads} thread(s)\n")
    print(table(HEAD, rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
