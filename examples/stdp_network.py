"""A balanced network of NESTML neurons with plastic synapses, and what compiling it just in time costs.

    python stdp_network.py                  simulate, tell how long each stage took, save a figure
    python stdp_network.py --compare        the same network from NEST's built-in models as well
    python stdp_network.py --neurons 2000   a smaller one

The network is described in `balanced_network.py`. All times are wall-clock times; times per synaptic
event include all costs of simulating (neurons, spikes, recording), after a period of warm-up.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("PYNEST_QUIET", "1")

import numpy as np
from balanced_network import BUILT_IN, NESTML, Models, Run, Settings, build, prepare, simulate, weights
from numpy.typing import NDArray

import nestml_jit as nest

SAMPLE = 200  # neurons whose input weights are looked at


@dataclass(frozen=True)
class Outcome:
    """A finished run, with spikes sorted by neuron, then time (ms), and weights (pA) of a sample."""

    run: Run
    senders: NDArray[np.int64]
    times: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]

    @property
    def rate(self) -> float:
        """Mean firing rate in spikes per second."""
        settings = self.run.settings
        return len(self.times) / settings.neurons / settings.duration * 1e3

    @property
    def cv(self) -> float:
        """Mean coefficient of variation of inter-spike intervals, of neurons with five or more."""
        intervals, owner = np.diff(self.times), self.senders[1:]
        kept = np.diff(self.senders) == 0
        intervals, owner = intervals[kept], owner[kept]
        number = np.bincount(owner)
        enough = number >= 5
        if not enough.any():
            return float("nan")
        mean = np.bincount(owner, intervals)[enough] / number[enough]
        square = np.bincount(owner, intervals**2)[enough] / number[enough]
        return float(np.mean(np.sqrt(np.maximum(square - mean**2, 0.0)) / mean))


def perform(models: Models, settings: Settings) -> Outcome:
    """Build and simulate the network of some models."""
    print(f"\nThe network of {models.label} models: connecting ...", flush=True)
    run = build(models, settings)
    prepare(run)
    before = weights(run, SAMPLE)
    print("simulating ...", flush=True)
    simulate(run)
    events = run.recorder.events
    order = np.lexsort((events["times"], events["senders"]))
    return Outcome(run, events["senders"][order], events["times"][order], before, weights(run, SAMPLE))


# --- what is printed -------------------------------------------------------------------------------


def print_network(settings: Settings) -> None:
    """Say what is simulated."""
    plastic = settings.neurons * settings.excitatory_inputs
    static = settings.neurons * settings.inputs - plastic
    print(
        f"{settings.neurons} neurons ({settings.excitatory} excitatory) with {settings.inputs} inputs each: "
        f"{plastic} plastic and {static} static synapses\n"
        f"{settings.warm_up:g} ms warm-up, then {settings.duration:g} ms measured; "
        f"{settings.threads} thread{'s' * (settings.threads > 1)}, seed {settings.seed}"
    )


_DONE = {
    "card": "read",
    "pair": "matched",
    "generate": "generated",
    "compile": "compiled",
    "host": "loaded (built once)",
}


def print_report() -> None:
    """Print what the compiler recorded, generated, compiled or found in the cache."""
    report = nest.jit.report()
    print("\nWhat was recorded, and what became of it")
    for neuron, synapses in report.fusions.items():
        for synapse in synapses:
            print(f"  connected: {synapse} -> {neuron}")
    for stage in report.stages:
        origin = "found in the cache" if stage.cached else _DONE.get(stage.name, "done")
        print(f"  {stage.name:<9} {stage.seconds * 1e3:9.1f} ms  {origin:<19}  {stage.subject}")
    for neuron, folder in report.kernels.items():
        print(f"  source and library of the kernel of {neuron}: {folder}")


def rows(outcome: Outcome) -> dict[str, tuple[str, float]]:
    """Return what was measured, as numbers with their formats."""
    stages = {f"{stage} (s)": ("{:.3f}", seconds) for stage, seconds in outcome.run.seconds.items()}
    return {
        **stages,
        "simulate, per synaptic event (ns)": ("{:.2f}", outcome.run.per_event),
        "spikes": ("{:.0f}", len(outcome.times)),
        "mean rate (spikes/s)": ("{:.3f}", outcome.rate),
        "CV of inter-spike intervals": ("{:.3f}", outcome.cv),
        "weight before, mean (pA)": ("{:.6f}", outcome.before.mean()),
        "weight before, sd (pA)": ("{:.6f}", outcome.before.std()),
        "weight after, mean (pA)": ("{:.6f}", outcome.after.mean()),
        "weight after, sd (pA)": ("{:.6f}", outcome.after.std()),
    }


def print_outcomes(*outcomes: Outcome) -> None:
    """Print a column of figures for each outcome; of two also the ratio, built-in to NESTML."""
    print(f"\n{'':36}" + "".join(f"{item.run.models.label:>15}" for item in outcomes), end="")
    print(f"{'ratio':>10}" if len(outcomes) == 2 else "")
    tables = [rows(outcome) for outcome in outcomes]
    for name in tables[0]:
        values = [table[name][1] for table in tables]
        print(
            f"  {name:<34}" + "".join(f"{table[name][0].format(table[name][1]):>15}" for table in tables),
            end="",
        )
        print(f"{values[1] / values[0]:10.2f}" if len(values) == 2 else "")
    neurons = outcomes[0].run.settings.neurons
    print(f"  (weights: all {len(outcomes[0].after)} plastic synapses of {min(SAMPLE, neurons)} neurons)")


def print_agreement(ours: Outcome, theirs: Outcome) -> None:
    """Say whether two outcomes are the same."""
    same = np.array_equal(ours.times, theirs.times) and np.array_equal(ours.senders, theirs.senders)
    print(f"\nSpikes: {'the same neurons at the same times' if same else 'NOT the same'}")
    print(f"Weights: they differ by {np.abs(ours.after - theirs.after).max():.2g} pA at most")


# --- arguments -------------------------------------------------------------------------------------


def at_least(least: int) -> Callable[[str], int]:
    """Return a reader of numbers that are not too small."""

    def number(text: str) -> int:
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return int(text)

    return number


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(
        description="A balanced network of NESTML neurons with plastic synapses."
    )
    add = parser.add_argument
    add("--neurons", type=at_least(10), default=10_000, help="number of neurons (default %(default)s)")
    add(
        "--inputs",
        type=at_least(5),
        help="inputs of each neuron (default: a tenth of the neurons, 1000 at most)",
    )
    add("--duration", type=float, default=1000.0, help="measured time in ms (default %(default)g)")
    add("--warm-up", type=float, default=100.0, help="time before that in ms (default %(default)g)")
    add("--threads", type=at_least(1), default=1, help="number of threads (default %(default)s)")
    add("--seed", type=at_least(1), default=1, help="seed of all random numbers (default %(default)s)")
    add("--output", default="stdp_network.png", help="where to save the figure (default %(default)s)")
    add("--compare", action="store_true", help="simulate the same network from NEST's built-in models, too")
    return parser.parse_args()


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Return the settings that the arguments ask for."""
    inputs = arguments.inputs or max(10, min(1000, arguments.neurons // 10))
    chosen: dict[str, Any] = {
        name: getattr(arguments, name) for name in ("neurons", "duration", "warm_up", "threads", "seed")
    }
    return Settings(inputs=inputs, **chosen)


def main() -> None:
    """Simulate, print, draw."""
    arguments = parse()
    settings = settings_of(arguments)
    print_network(settings)
    ours = perform(NESTML, settings)
    print_report()
    if arguments.compare:
        theirs = perform(BUILT_IN, settings)
        print_outcomes(ours, theirs)
        print_agreement(ours, theirs)
    else:
        print_outcomes(ours)
    from stdp_figure import save_figure

    save_figure(ours, arguments.output)
    print(f"\nFigure: {arguments.output}")


if __name__ == "__main__":
    main()
