"""Time per random number of a NESTML neuron: what a model takes with a call, less what it takes without.

    python benchmarks/noise.py
    python benchmarks/noise.py --neurons 1000 --repetitions 9

Each model has a variable that decays in steps of 0.1 ms, and draws what its name says in each of them.
One thread, processor time, the shortest of several repetitions in turns.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("PYNEST_QUIET", "1")
sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from machine import describe, table  # noqa: E402

import nestml_jit as nest  # noqa: E402

NORMAL, UNIFORM = "random_normal(0, 1)", "random_uniform(0, 1)"
CALLS = {
    "nothing": (),
    "a normal number": (NORMAL,),
    "two normal numbers": (NORMAL, NORMAL),
    "a uniform number": (UNIFORM,),
    "a Poisson number of mean 2": ("random_poisson(2)",),
    "a Poisson number of mean 50": ("random_poisson(50)",),
}
MODEL = """
model {name}:
    state:
        x real = 0
        y real = 0
    parameters:
        P real = 0.9
    update:
        x = {first}
        y = {second}
"""
HEAD = ("draws in a step", "ns per neuron and step", "ns per number")


def define(index: int, calls: tuple[str, ...]) -> str:
    """Define the model that makes some calls, and return its name."""
    name = f"noise_{index}_neuron"
    first, second = (f"P * {variable} + 0.1" for variable in "xy")
    terms = [*(f" * {call}" for call in calls), "", ""]
    nest.jit.define(MODEL.format(name=name, first=first + terms[0], second=second + terms[1]))
    return name


def measure(model: str, neurons: int, duration: float) -> float:
    """Return ns per neuron and step."""
    nest.ResetKernel()
    nest.set(resolution=0.1, min_delay=1.5, max_delay=1.5)
    nest.Create(model, neurons)
    nest.Prepare()
    nest.Run(1.5)
    begin = time.process_time()
    nest.Run(duration)
    cost = (time.process_time() - begin) * 1e9 / (neurons * duration / 0.1)
    nest.Cleanup()
    return cost


def main() -> None:
    """Measure all models in turns, and print the table."""
    parser = argparse.ArgumentParser(description="Time per random number of a neuron.")
    parser.add_argument("--neurons", type=int, default=10_000, help="number of neurons (default %(default)s)")
    parser.add_argument("--repetitions", type=int, default=5, help="how often (default %(default)s)")
    asked = parser.parse_args()
    duration = 1.5 * max(1, round(2e5 / asked.neurons))
    models = {what: define(index, calls) for index, (what, calls) in enumerate(CALLS.items())}
    best = dict.fromkeys(models, float("inf"))
    for _ in range(asked.repetitions):
        for what, model in models.items():
            best[what] = min(best[what], measure(model, asked.neurons, duration))
    rows = []
    for what, cost in best.items():
        draws = len(CALLS[what])
        per_number = f"{(cost - best['nothing']) / draws:.1f}" if draws else ""
        rows.append((what, f"{cost:.2f}", per_number))
    print(f"{table(HEAD, rows)}\n\n{describe()}")


if __name__ == "__main__":
    main()
