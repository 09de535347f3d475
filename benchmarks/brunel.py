"""The network of Brunel (2000), doi:10.1023/A:1008925309027, driven by a poisson_generator: three sides.

    python benchmarks/brunel.py                         10 000 neurons with 1000 excitatory connections each
    python benchmarks/brunel.py --neurons 2000 --indegree 200 --repetitions 5
    python benchmarks/brunel.py --drive-only            nothing but what the generator costs

Four of five neurons excite. Each neuron has `--indegree` connections from excitatory neurons, a quarter of
that from inhibitory ones, and a drive from outside, all with a delay of 1.5 ms. Neurons have exponential
currents with a peak of 0.1 mV of the potential (in the paper the potential jumps by as much); inhibition is
`--g` times as strong, and the drive `--eta` times what it takes to reach the threshold.

The sides, in turns: NESTML neurons with fused generators, the same with NEST's own streams of random numbers,
and NEST's built-in model. Networks are the same for all three, and so are spikes for the last two. Times are
those of the processor.

What the drive costs is measured by itself: as many neurons that never spike, without connections among them,
with the generator and with one whose rate is 0; the difference is divided by the number of targets and steps.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("PYNEST_QUIET", "1")
sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from machine import describe, table  # noqa: E402

import nestml_jit as nest  # noqa: E402

STEP, DELAY, WARM_UP = 0.1, 1.5, 100.0  # ms
TAU, TAU_SYN, CAPACITANCE = 20.0, 0.5, 250.0  # ms, ms, pF
THRESHOLD, RESET, REFRACTORY = 20.0, 10.0, 2.0  # mV above rest, ms
JUMP = 0.1  # mV
HEAD = ("side", "spikes/s", "simulate s", "median", "real-time factor", "ratio", "drive ns", "median")


@dataclass(frozen=True)
class Side:
    """Who computes what.

    Attributes
    ----------
    label, model, synapse
        What the side is called, and the models of its neurons and of the connections among them.
    devices
        Who draws for generators, see `nest.jit.devices`.
    """

    label: str
    model: str
    synapse: str
    devices: Any


SIDES = (
    Side("NESTML, fused generators", "iaf_psc_exp_neuron", "static_synapse_nestml", "fused"),
    Side("NESTML, NEST's streams", "iaf_psc_exp_neuron", "static_synapse_nestml", "nest"),
    Side("built-in", "iaf_psc_exp", "static_synapse", "nest"),
)


@dataclass(frozen=True)
class Network:
    """What is simulated; `indegree` is the number of excitatory connections of a neuron."""

    neurons: int
    indegree: int
    g: float
    eta: float
    threads: int
    seed: int

    @property
    def weight(self) -> float:
        """Jump of the current in pA whose effect on the potential has a peak of `JUMP`."""
        ratio = TAU / TAU_SYN
        slow, fast = ratio ** (-1.0 / (ratio - 1.0)), ratio ** (-ratio / (ratio - 1.0))
        return JUMP / (TAU / CAPACITANCE / (ratio - 1.0) * (slow - fast))

    @property
    def rate(self) -> float:
        """Rate of the generator in spikes/s: `eta` times the one whose mean current reaches the threshold."""
        current = THRESHOLD * CAPACITANCE / TAU
        return self.eta * current / (self.weight * TAU_SYN) * 1000.0


def reset(network: Network, side: Side) -> None:
    """Begin an empty kernel."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=STEP, local_num_threads=network.threads, rng_seed=network.seed)
    nest.jit.devices = side.devices


def neurons(network: Network, side: Side, threshold: float) -> Any:
    """Create all neurons; the parameters have other names in NEST's model."""
    ours = side.model.endswith("_neuron")
    names = ("tau_syn_exc", "tau_syn_inh", "refr_T") if ours else ("tau_syn_ex", "tau_syn_in", "t_ref")
    params = dict(zip(names, (TAU_SYN, TAU_SYN, REFRACTORY), strict=True))
    common = {"C_m": CAPACITANCE, "tau_m": TAU, "E_L": 0.0, "V_reset": RESET, "V_th": threshold}
    return nest.Create(side.model, network.neurons, {**common, **params, "V_m": 0.0})


def drive(network: Network, targets: Any, rate: float) -> None:
    """Connect a generator to all neurons."""
    generator = nest.Create("poisson_generator", params={"rate": rate})
    nest.Connect(generator, targets, syn_spec={"weight": network.weight, "delay": DELAY})


def connect(network: Network, side: Side, cells: Any) -> None:
    """Connect the neurons with each other."""
    excitatory = round(0.8 * network.neurons)
    for sources, indegree, weight in (
        (cells[:excitatory], network.indegree, network.weight),
        (cells[excitatory:], network.indegree // 4, -network.g * network.weight),
    ):
        rule = {"rule": "fixed_indegree", "indegree": indegree}
        spec = {"synapse_model": side.synapse, "weight": weight, "delay": DELAY}
        nest.Connect(sources, cells, rule, spec)


def timed(duration: float) -> float:
    """Simulate after a warm-up, and return the processor's time in s for a duration in ms."""
    nest.Simulate(WARM_UP)
    begin = time.process_time()
    nest.Simulate(duration)
    return time.process_time() - begin


def measure_network(network: Network, side: Side, duration: float) -> tuple[float, float]:
    """Return the time in s and the mean rate in spikes/s."""
    reset(network, side)
    cells = neurons(network, side, THRESHOLD)
    drive(network, cells, network.rate)
    connect(network, side, cells)
    recorder = nest.Create("spike_recorder", params={"start": WARM_UP})
    nest.Connect(cells, recorder, syn_spec={"delay": DELAY})
    spent = timed(duration)
    return spent, recorder.n_events / network.neurons / duration * 1000.0


def measure_drive(network: Network, side: Side, duration: float) -> float:
    """Return what the generator costs, in ns per target and step."""
    spent = []
    for rate in (network.rate, 0.0):
        reset(network, side)
        cells = neurons(network, side, 1e9)
        drive(network, cells, rate)
        spent.append(timed(duration))
    return (spent[0] - spent[1]) / (network.neurons * duration / STEP) * 1e9


def parse() -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(
        description="Brunel's network with a poisson_generator, three sides in turns."
    )
    add = parser.add_argument
    add("--neurons", type=int, default=10_000, help="number of neurons (default %(default)s)")
    add("--indegree", type=int, default=1000, help="excitatory inputs of each (default %(default)s)")
    add(
        "--g",
        type=float,
        default=5.0,
        help="strength of inhibition over that of excitation (default %(default)g)",
    )
    add("--eta", type=float, default=2.0, help="drive over threshold (default %(default)g)")
    add("--duration", type=float, default=500.0, help="measured time in ms (default %(default)g)")
    add("--repetitions", type=int, default=3, help="how often each is measured (default %(default)s)")
    add("--threads", type=int, default=1, help="number of threads (default %(default)s)")
    add("--seed", type=int, default=1, help="seed of all random numbers (default %(default)s)")
    add("--drive-only", action="store_true", help="measure only what the generator costs")
    return parser.parse_args()


def main() -> None:
    """Measure all sides in turns, and print the table."""
    asked = parse()
    network = Network(asked.neurons, asked.indegree, asked.g, asked.eta, asked.threads, asked.seed)
    runs: dict[str, list[tuple[float, float, float]]] = {side.label: [] for side in SIDES}
    for _ in range(asked.repetitions):
        for side in SIDES:
            cost = measure_drive(network, side, asked.duration)
            spent, rate = (0.0, 0.0) if asked.drive_only else measure_network(network, side, asked.duration)
            runs[side.label].append((spent, rate, cost))
            print(
                f"  {side.label:<26} {spent:7.2f} s, {rate:6.2f} spikes/s; drive {cost:6.2f} ns", flush=True
            )
    slowest = min(spent for spent, _, _ in runs[SIDES[-1].label])
    rows = []
    for label, found in runs.items():
        spent, rates, costs = zip(*found, strict=True)
        factor, ratio = min(spent) / asked.duration * 1000.0, slowest / min(spent) if min(spent) else 0.0
        figures = (statistics.mean(rates), min(spent), statistics.median(spent), factor)
        rows.append(
            [
                label,
                *(f"{x:.2f}" for x in figures),
                f"{ratio:.1f}",
                f"{min(costs):.2f}",
                f"{statistics.median(costs):.2f}",
            ]
        )
    print(
        f"\n{network.neurons} neurons, {network.indegree} + {network.indegree // 4} inputs, "
        f"{network.rate:.0f} spikes/s from outside to each; {asked.repetitions} repetitions of "
        f"{asked.duration:g} ms in turns; {network.threads} thread(s)\n"
    )
    print(table(HEAD, rows))
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
