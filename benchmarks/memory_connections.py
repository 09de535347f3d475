"""Memory per connection, ready to simulate: NESTML models beside NEST's built-in ones.

    python benchmarks/memory_connections.py                10 million connections each; some minutes
    python benchmarks/memory_connections.py --inputs 100   a million each

Each measurement is a fresh process, in which a small network of the same models was simulated before. What
counts is by how much the resident memory of the process grows from just before `Connect` until the first
step was simulated: 8 bytes per connection of that are NEST's own table of sources, and some 3 kB per neuron
NEST's tables for each neuron and the neurons' own input buffers. The last columns are without what grows
with the neurons: from a second network with half as many inputs.
"""

from __future__ import annotations

import argparse
from typing import Any

from building import SIDES, Models, start
from machine import describe, table

HEAD = (
    "synapses",
    "weights",
    "delays",
    "models",
    "bytes ready",
    "at the peak",
    "per further connection",
    "target",
)
TARGETS = {"static": "22", "plastic": "24"}


def per_connection(found: dict[str, Any], field: str) -> float:
    """Return bytes per connection."""
    return float(found[f"bytes {field}"] / found["connections"])


def further(more: dict[str, Any], fewer: dict[str, Any]) -> float:
    """Return the bytes that each connection takes that one of two networks has more than the other."""
    return float((more["bytes ready"] - fewer["bytes ready"]) / (more["connections"] - fewer["connections"]))


def row(models: Models, kind: str, weights: str, delays: str, options: dict[str, Any]) -> list[str]:
    """Measure one kind of synapse on one side."""
    asked = {**options, "weights": weights, "delays": delays}
    found = start(models, kind, **asked)
    fewer = start(models, kind, **{**asked, "inputs": options["inputs"] // 2})
    figures = (per_connection(found, "ready"), per_connection(found, "peak"), further(found, fewer))
    target = TARGETS[kind] if models is SIDES[0] else ""
    return [kind, weights, delays, models.label, *(f"{value:.2f}" for value in figures), target]


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(description="Memory per connection, in fresh processes.")
    add = parser.add_argument
    add("--neurons", type=int, default=10_000, help="number of neurons (default %(default)s)")
    add("--inputs", type=int, default=1000, help="inputs of each (default %(default)s)")
    add("--threads", type=int, default=1, help="number of threads (default %(default)s)")
    return parser.parse_args()


def main() -> None:
    """Measure static and plastic synapses, with values in common and of their own."""
    options = vars(parse())
    cases = [(weights, delays) for delays in ("same", "random") for weights in ("same", "random")]
    cases.remove(("same", "random"))
    rows = [
        row(models, kind, weights, delays, options)
        for kind in TARGETS
        for weights, delays in cases
        for models in SIDES
    ]
    print(f"\nbytes per connection; N = {options['neurons']}, K = {options['inputs']}\n")
    print(table(HEAD, rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
