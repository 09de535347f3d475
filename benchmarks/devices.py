"""What NEST's generators cost that send to many neurons, in ns per target and step: three sides in turns.

    python benchmarks/devices.py
    python benchmarks/devices.py --neurons 1000 --repetitions 5

The sides: NESTML neurons with fused generators, the same with NEST's own events, and NEST's built-in model.
A side is measured with each generator connected to all neurons, and without any; the difference is divided
by the number of targets and steps. Times are those of the processor. Neurons never spike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("PYNEST_QUIET", "1")
sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import numpy as np  # noqa: E402
from machine import describe, table  # noqa: E402

import nestml_jit as nest  # noqa: E402

STEP, DELAY, WARM_UP = 0.1, 1.5, 30.0  # ms

SIDES = (
    ("NESTML, fused", "iaf_psc_exp_neuron", "fused"),
    ("NESTML, NEST's events", "iaf_psc_exp_neuron", "nest"),
    ("built-in", "iaf_psc_exp", "nest"),
)
"""The label of a side, its model, and who draws for generators."""

GENERATORS: dict[str, tuple[str, dict[str, Any]]] = {
    "poisson_generator": ("poisson_generator", {"rate": 8000.0}),
    "dc_generator": ("dc_generator", {"amplitude": 100.0}),
    "ac_generator": ("ac_generator", {"amplitude": 100.0, "frequency": 20.0}),
    "step_current_generator": (
        "step_current_generator",
        {"amplitude_times": [1.0, 20.0], "amplitude_values": [10.0, 90.0]},
    ),
    "noise_generator, dt 1 ms": ("noise_generator", {"std": 100.0}),
    "noise_generator, dt 0.1 ms": ("noise_generator", {"std": 100.0, "dt": STEP}),
}


def timed(side: tuple[str, str, Any], generator: str | None, asked: argparse.Namespace) -> float:
    """Return the processor's time in s of a simulation with a generator, or without any."""
    _, model, devices = side
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=STEP, local_num_threads=asked.threads)
    nest.jit.devices = devices
    cells = nest.Create(model, asked.neurons, {"V_th": 1e9})
    nest.Connect(cells[:1], cells[:1], syn_spec={"delay": DELAY})
    if generator is not None:
        name, params = GENERATORS[generator]
        device = nest.Create(name, params=params)
        weight = np.linspace(0.5, 1.5, asked.neurons)[:, None] if asked.weights else 1.0
        nest.Connect(device, cells, "all_to_all", {"weight": weight, "delay": DELAY})
    nest.Simulate(WARM_UP)
    begin = time.process_time()
    nest.Simulate(asked.duration)
    return time.process_time() - begin


def main() -> None:
    """Measure all sides in turns, and print the table."""
    parser = argparse.ArgumentParser(
        description="Generators that send to many neurons, three sides in turns."
    )
    add = parser.add_argument
    add("--neurons", type=int, default=10_000, help="number of targets (default %(default)s)")
    add("--duration", type=float, default=200.0, help="measured time in ms (default %(default)g)")
    add("--repetitions", type=int, default=3, help="how often each is measured (default %(default)s)")
    add("--threads", type=int, default=1, help="number of threads (default %(default)s)")
    add("--weights", action="store_true", help="let weights of connections differ")
    asked = parser.parse_args()
    updates = asked.neurons * asked.duration / STEP
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(asked.repetitions):
        for side in SIDES:
            alone = timed(side, None, asked)
            for generator in GENERATORS:
                spent = timed(side, generator, asked)
                found.setdefault((generator, side[0]), []).append((spent - alone) / updates * 1e9)
    rows = []
    for generator in GENERATORS:
        costs = [found[generator, label] for label, _, _ in SIDES]
        ratio = min(costs[-1]) / max(min(costs[0]), 1e-3)
        cells = [f"{min(cost):.2f} ({statistics.median(cost):.2f})" for cost in costs]
        rows.append([generator, *cells, f"{ratio:.0f}"])
    head = ["ns per target and step", *(label for label, _, _ in SIDES), "ratio"]
    print(
        f"{asked.neurons} targets, {'different weights' if asked.weights else 'one weight'}; the least of "
        f"{asked.repetitions} (median) of {asked.duration:g} ms in turns; {asked.threads} thread(s)\n"
    )
    print(table(head, rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
