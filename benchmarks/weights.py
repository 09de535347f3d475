"""Reading and setting weights of many connections: as arrays, and by `get` and `set` of collections.

    python benchmarks/weights.py                        a million connections
    python benchmarks/weights.py --connections 10000000 --arrays

NEST's side has its own static synapses, in a process of its own. The last line has the time that a copy of as
many numbers takes, the least that anything can take.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from machine import describe, table

SIDES = {
    "nest": ("iaf_psc_exp", "static_synapse"),
    "nestml_jit": ("iaf_psc_exp_neuron", "static_synapse_nestml"),
}
SOURCES = 1000


def build(nest: Any, side: str, connections: int) -> tuple[Any, Any]:
    """Connect sources to neurons, with weights of their own, and simulate a step; return both populations."""
    neuron, synapse = SIDES[side]
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    pre, post = nest.Create("parrot_neuron", SOURCES), nest.Create(neuron, connections // SOURCES)
    weights = np.random.default_rng(1).uniform(1.0, 9.0, (len(post), SOURCES))
    nest.Connect(pre, post, syn_spec={"synapse_model": synapse, "weight": weights, "delay": 1.0})
    nest.Simulate(1.0)
    return pre, post


def timed(act: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the least of the milliseconds that a call takes, and what it returned."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        found = act()
        taken.append((time.perf_counter() - begin) * 1e3)
    return min(taken), found


def arrays(nest: Any, pre: Any, post: Any, times: int, found: dict[str, float]) -> None:
    """Measure columns of connections that are chosen by their ends, and the matrix."""
    synapse = SIDES["nestml_jit"][1]

    def select() -> Any:
        return nest.jit.columns(source=pre, target=post, synapse_model=synapse)

    found["columns: choose"], columns = timed(select, times)
    found["columns: read weights"], weights = timed(lambda: columns["weight"], times)
    found["columns: set weights"], _ = timed(lambda: columns.__setitem__("weight", weights * 1.01), times)
    found["columns: choose, read and set"], _ = timed(
        lambda: select().__setitem__("weight", select()["weight"]), times
    )
    found["matrix"], _ = timed(lambda: nest.jit.matrix(pre, post, synapse_model=synapse), 1)


def collections(nest: Any, side: str, times: int, found: dict[str, float]) -> None:
    """Measure a collection's own get and set, and the columns of a collection."""
    found["GetConnections"], connections = timed(
        lambda: nest.GetConnections(synapse_model=SIDES[side][1]), times
    )
    found["get('weight')"], weights = timed(lambda: connections.get("weight"), times)
    found["set(weight=list)"], _ = timed(lambda: connections.set(weight=weights), times)
    found["set(weight=number)"], _ = timed(lambda: connections.set(weight=3.0), times)
    if side == "nestml_jit":
        found["columns of the collection: make"], columns = timed(
            lambda: nest.jit.columns(connections), times
        )
        found["columns of it: read"], _ = timed(lambda: columns["weight"], times)


def measure(side: str, connections: int, times: int, only_arrays: bool) -> dict[str, float]:
    """Return milliseconds by what was done, in this process."""
    nest = __import__(side)
    pre, post = build(nest, side, connections)
    found: dict[str, float] = {}
    if side == "nestml_jit":
        arrays(nest, pre, post, times, found)
    if not only_arrays:
        collections(nest, side, times, found)
    return found


def start(side: str, asked: argparse.Namespace) -> dict[str, float]:
    """Measure a side in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--connections", str(asked.connections)]
    command += ["--times", str(asked.times), *(["--arrays"] if asked.arrays else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Measure both sides and print the table."""
    parser = argparse.ArgumentParser(description="Weights as arrays.")
    add = parser.add_argument
    add("--connections", type=int, default=1_000_000, help="number of connections (default %(default)s)")
    add("--times", type=int, default=3, help="how often each is measured (default %(default)s)")
    add("--arrays", action="store_true", help="leave collections out, which take an object per connection")
    add("--side", choices=SIDES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        print(json.dumps(measure(asked.side, asked.connections, asked.times, asked.arrays)))
        return
    ours, theirs = start("nestml_jit", asked), {} if asked.arrays else start("nest", asked)
    rows = [
        [name, f"{value:.1f}", f"{theirs[name]:.1f}" if name in theirs else ""]
        for name, value in ours.items()
    ]
    numbers = np.random.default_rng(1).random(asked.connections)
    rows.append(["a copy of as many numbers", f"{timed(numbers.copy, 5)[0]:.1f}", ""])
    print(f"{asked.connections} connections\n\n{table(('ms', 'NESTML', 'built-in'), rows)}\n\n{describe()}")


if __name__ == "__main__":
    main()
