"""Time per neuron and step: models of the library against NEST's built-in ones, in turns in one process.

    python benchmarks/update.py                         all models, without and with input
    python benchmarks/update.py iaf_psc_exp aeif_cond_exp --inputs none
    python benchmarks/update.py hh_psc_alpha --solver exponential_euler

Without input, neurons get a constant current and have no connections. With input, each of them
gets 100 connections from a common pool of Poisson spike trains (4 of 5 are excitatory), 1000 spikes
per second in all, and the time of their delivery counts as well. One thread, steps of 0.1 ms, slices of
1.5 ms (the smallest delay) on both sides. Membrane potentials are spread at the beginning, so that
neurons do not fire together. Both sides have the same parameters and tolerances; their numbers of
spikes are printed: linear models must agree, numerically integrated ones may differ by a few. Times are
those of the processor, which suffer less from whatever else a machine does than those of the clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("PYNEST_QUIET", "1")
sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import numpy as np  # noqa: E402
from machine import describe, table  # noqa: E402
from pairs import PAIRS, Pair, refuse_unknown  # noqa: E402

import nestml_jit as nest  # noqa: E402

RESOLUTION, SLICE = 0.1, 1.5  # ms
SOURCES, CONNECTIONS, RATE = 500, 100, 10.0  # of the input; rate in spikes/s
INHIBITION = 4.0  # weight of inhibition over that of excitation
TARGETS = {"linear": 10.0, "izhikevich": 15.0, "numeric": 5.0}
HEAD = ("model", "input", "NESTML min", "median", "built-in min", "median", "ratio", "target", "spikes")


@dataclass(frozen=True)
class Settings:
    """What is measured, and how."""

    neurons: int
    warm_up: float
    duration: float
    repetitions: int
    solver: str

    @property
    def updates(self) -> float:
        """Number of neurons times that of steps in the measured period."""
        return self.neurons * round(self.duration / RESOLUTION)


@dataclass(frozen=True)
class Run:
    """Time per neuron and step in ns, and number of spikes."""

    cost: float
    spikes: int


def reset(settings: Settings, connected: bool) -> None:
    """Begin a fresh kernel with slices of 1.5 ms."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=RESOLUTION, local_num_threads=1, rng_seed=1)
    if not connected:
        nest.set(min_delay=SLICE, max_delay=SLICE)


def create(pair: Pair, ours: bool, settings: Settings) -> Any:
    """Create the neurons of one side."""
    mine = nest.Create(f"{pair.name}_neuron")
    mine.set({**pair.ours, "I_e": pair.current})
    params = mine.get()
    nest.jit.configure(f"{pair.name}_neuron", solver=settings.solver or pair.solver)
    if ours:
        neurons = nest.Create(f"{pair.name}_neuron", settings.neurons)
        neurons.set({**pair.ours, "I_e": pair.current})
    else:
        known = nest.GetDefaults(pair.name)
        neurons = nest.Create(pair.name, settings.neurons, pair.translated(params, known))
    low, high = pair.potentials
    if not ours and low >= 0.0:  # ours are relative to E_L
        low, high = low + params["E_L"], high + params["E_L"]
    neurons.V_m = np.random.default_rng(1).uniform(low, high, settings.neurons)
    return neurons


def connect(pair: Pair, ours: bool, neurons: Any, duration: float) -> None:
    """Give neurons their input."""
    rng = np.random.default_rng(2)
    generators = nest.Create("spike_generator", SOURCES)
    steps = round(duration / RESOLUTION)
    for generator in generators:
        chosen = np.flatnonzero(rng.random(steps) < RATE * RESOLUTION * 1e-3) + 1
        generator.spike_times = np.round(chosen * RESOLUTION, 1)
    relays = nest.Create("parrot_neuron", SOURCES)
    nest.Connect(generators, relays, "one_to_one", {"delay": SLICE})
    model = "static_synapse_nestml" if ours else "static_synapse"
    excitatory = SOURCES * 4 // 5
    for sources, weight, share in (
        (relays[:excitatory], pair.weight, 4),
        (relays[excitatory:], -INHIBITION * pair.weight, 1),
    ):
        rule = {"rule": "fixed_indegree", "indegree": CONNECTIONS * share // 5}
        synapse = {"synapse_model": model, "weight": weight, "delay": SLICE}
        nest.Connect(sources, neurons, rule, synapse)


def measure(pair: Pair, ours: bool, connected: bool, settings: Settings) -> Run:
    """Build one side and simulate it."""
    reset(settings, connected)
    neurons = create(pair, ours, settings)
    if connected:
        connect(pair, ours, neurons, settings.warm_up + settings.duration)
    nest.Prepare()
    if nest.min_delay != SLICE:
        raise SystemExit(f"the smallest delay is {nest.min_delay} ms, not {SLICE} ms")
    nest.Run(settings.warm_up)
    begin = time.process_time()
    nest.Run(settings.duration)
    cost = (time.process_time() - begin) / settings.updates * 1e9
    spikes = int(nest.local_spike_counter)  # of this Run
    nest.Cleanup()
    return Run(cost, spikes)


def row(pair: Pair, connected: bool, ours: Sequence[Run], theirs: Sequence[Run]) -> list[str]:
    """Return a line of the table."""
    sides = [[run.cost for run in runs] for runs in (ours, theirs)]
    figures = [measure(side) for side in sides for measure in (min, statistics.median)]
    counts = [sorted({run.spikes for run in runs}) for runs in (ours, theirs)]
    same = counts[0] == counts[1] and len(counts[0]) == 1
    return [
        pair.name,
        f"{CONNECTIONS * RATE:g}/s" if connected else "none",
        *(f"{value:.2f}" for value in figures),
        f"{figures[2] / figures[0]:.1f}",
        "" if connected else f"{TARGETS[pair.kind]:g}",
        str(counts[0][0]) if same else " against ".join(",".join(map(str, count)) for count in counts),
    ]


def compare(pair: Pair, connected: bool, settings: Settings) -> list[str]:
    """Measure both sides in turns."""
    ours, theirs = [], []
    for _ in range(settings.repetitions):
        ours.append(measure(pair, True, connected, settings))
        theirs.append(measure(pair, False, connected, settings))
        print(f"  {pair.name}: {ours[-1].cost:.2f} ns, built-in {theirs[-1].cost:.2f} ns", file=sys.stderr)
    return row(pair, connected, ours, theirs)


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(description="Time per neuron and step, NESTML and built-in in turns.")
    add = parser.add_argument
    add("models", nargs="*", metavar="model", help="NEST's names of models (default: all)")
    add("--neurons", type=int, default=10_000, help="number of neurons (default %(default)s)")
    add("--duration", type=float, default=60.0, help="measured time in ms (default %(default)g)")
    add("--warm-up", type=float, default=15.0, help="time before that in ms (default %(default)g)")
    add("--repetitions", type=int, default=3, help="how often each is measured (default %(default)s)")
    add("--inputs", nargs="+", choices=("none", "spikes"), default=["none", "spikes"], help="of neurons")
    add("--solver", default="", help="our solver; spikes then differ from those of NEST's models")
    asked = parser.parse_args()
    refuse_unknown(parser, asked.models)
    return asked


def main() -> None:
    """Measure everything that was asked for, and print the table."""
    asked = parse()
    settings = Settings(asked.neurons, asked.warm_up, asked.duration, asked.repetitions, asked.solver)
    rows = [
        compare(PAIRS[name], kind == "spikes", settings)
        for kind in asked.inputs
        for name in asked.models or PAIRS
    ]
    print(
        f"\nns per neuron and step; {asked.neurons} neurons, {asked.repetitions} repetitions of "
        f"{asked.duration:g} ms, in turns; one thread\n"
    )
    print(table(HEAD, rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
