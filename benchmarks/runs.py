"""Short runs in a loop: what `Run` and `Simulate` cost when nothing, or little, has changed in between.

    python benchmarks/runs.py              NESTML models and NEST's own in turns, one step at a time
    python benchmarks/runs.py --neurons 1000

Both sides live in one process: NEST's with its low-level functions as they were, ours with the wrappers in
place. A round builds the network of one side, prepares it, and times a loop of calls; sides take turns. The
table has the smallest median of any round. Values are read and written between runs by `nest.jit.columns` on
our side, by `get` and `set` on NEST's.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from machine import describe, table
from overhead import Sides, without_collection

STEP = 0.1
"""ms of each run."""

LIMIT = 5.0
"""Microseconds that a run may take longer than NEST's."""


@dataclass(frozen=True)
class Models:
    """The models of a side, by the name of the module."""

    module: str
    neuron: str
    synapse: str


SIDES = (
    Models("nest", "iaf_psc_exp", "stdp_synapse"),
    Models("nestml_jit", "iaf_psc_exp_neuron", "stdp_synapse_nestml"),
)

Act = Callable[[], object]


def build(nest: Any, models: Models, neurons: int) -> Any:
    """Make a small plastic network; return its neurons."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nodes = nest.Create(models.neuron, neurons, params={"I_e": 300.0})
    rule = {"rule": "fixed_indegree", "indegree": min(neurons, 5)}
    nest.Connect(nodes, nodes, rule, {"synapse_model": models.synapse, "weight": 1.0, "delay": 1.0})
    return nodes


def run(nest: Any, nodes: Any) -> Act:
    """Run a step."""
    nest.Prepare()
    return lambda: nest.Run(STEP)


def simulate(nest: Any, nodes: Any) -> Act:
    """Simulate a step."""
    return lambda: nest.Simulate(STEP)


def run_reading(nest: Any, nodes: Any) -> Act:
    """Run a step, then read a state of all neurons."""
    nest.Prepare()
    if not hasattr(nest, "jit"):
        return lambda: (nest.Run(STEP), nodes.get("V_m"))
    column = nest.jit.columns(nodes)["V_m"]
    return lambda: (nest.Run(STEP), column[...])


def run_writing(nest: Any, nodes: Any) -> Act:
    """Set a parameter of all neurons, then run a step."""
    values = np.linspace(290.0, 310.0, len(nodes))
    nest.Prepare()
    if not hasattr(nest, "jit"):
        listed = values.tolist()
        return lambda: (nodes.set(I_e=listed), nest.Run(STEP))
    column = nest.jit.columns(nodes)["I_e"]

    def act() -> None:
        column[...] = values
        nest.Run(STEP)

    return act


def run_driven(nest: Any, nodes: Any) -> Act:
    """Run a step with a generator that sends to all neurons."""
    generator = nest.Create("poisson_generator", params={"rate": 100.0})
    nest.Connect(generator, nodes, syn_spec={"weight": 1.0, "delay": 1.0})
    return run(nest, nodes)


CASES: dict[str, Callable[[Any, Any], Act]] = {
    "Run": run,
    "Run with a Poisson drive": run_driven,
    "Simulate": simulate,
    "Run and read V_m": run_reading,
    "write I_e and Run": run_writing,
}


def loop(act: Act, calls: int) -> float:
    """Return the median of the microseconds that a call takes."""
    times = []
    with without_collection():
        for _ in range(calls):
            begin = time.perf_counter()
            act()
            times.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(times)


def measure(sides: Sides, case: Callable[[Any, Any], Act], asked: argparse.Namespace) -> list[list[float]]:
    """Return the microseconds per call of each side, by round."""
    found: list[list[float]] = [[], []]
    for number in range(asked.rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            models = SIDES[side]
            nest = sides.choose(models.module)
            act = case(nest, build(nest, models, asked.neurons))
            for _ in range(20):
                act()
            found[side].append(loop(act, asked.calls))
            if case is not simulate:
                nest.Cleanup()
    sides.choose("nestml_jit").ResetKernel()
    return found


def main() -> None:
    """Measure the loops and print the table."""
    parser = argparse.ArgumentParser(description="Short runs in a loop.")
    add = parser.add_argument
    add("--neurons", type=int, default=1, help="neurons of the network (default %(default)s)")
    add("--calls", type=int, default=2000, help="calls of a loop (default %(default)s)")
    add("--rounds", type=int, default=5, help="how often each side is measured (default %(default)s)")
    asked = parser.parse_args()
    sides = Sides()
    rows = []
    for name, case in CASES.items():
        theirs, ours = (min(times) for times in measure(sides, case, asked))
        verdict = "" if case is not run else "yes" if ours - theirs <= LIMIT else "NO"
        rows.append([name, f"{ours:.1f}", f"{theirs:.1f}", f"{ours - theirs:+.1f}", verdict])
    head = ("us per call", "NESTML", "built-in", "more", f"at most {LIMIT:.0f} more")
    print(f"{asked.neurons} neurons, steps of {STEP} ms\n\n{table(head, rows)}\n\n{describe()}")


if __name__ == "__main__":
    main()
