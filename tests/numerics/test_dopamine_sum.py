"""Neuromodulated STDP against a sum over all pairs of spikes, however close together spikes are.

NEST's `stdp_dopamine_synapse` is brought up to date at the end of each slice, before presynaptic spikes from
within the slice reach it: pairs of such spikes are left out. With slices of one step it gives the sum, too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import generators, nest, parrots, record_spikes, reset, spikes, weights

H = 0.1
OURS, NESTS = "neuromodulated_stdp_synapse", "stdp_dopamine_synapse"
COUNTS = (10, 40, 60, 100)
DELAYS = (1.0, 2.3, 10.0)
END = 450.0
TAU_C, TAU_N, TAU = 1000.0, 200.0, 20.0
START = 100.0


def train(count: int, seed: int) -> list[float]:
    """Return times on the grid of steps; many are closer together than any delay."""
    chosen = np.random.default_rng(seed).choice(np.arange(50, 4000), count, replace=False)
    return [round(float(step) * H, 6) for step in np.sort(chosen)]


def network(slice_length: float, gain: float) -> tuple[dict[str, Any], list[Any], list[float]]:
    """Return the targets by model of neuron and synapse, recorders of both sides, and modulatory spikes."""
    reset(H)
    nest.set(min_delay=slice_length, max_delay=10.0)
    pre = parrots([train(count, count) for count in COUNTS])
    force = generators([train(60, seed) for seed in range(len(COUNTS))])
    released = train(20, 99)
    transmitter = nest.Create("volume_transmitter")
    nest.Connect(parrots([released]), transmitter)
    targets = {}
    for neuron, synapse in (
        ("iaf_psc_delta_neuron", OURS),
        ("iaf_psc_delta", OURS),
        ("iaf_psc_delta", NESTS),
    ):
        gains = {"A_plus": gain, "A_minus": 1.1 * gain}
        nest.SetDefaults(synapse, {"volume_transmitter": transmitter, **gains})
        refractory = "refr_T" if neuron.endswith("neuron") else "t_ref"
        post = nest.Create(neuron, len(COUNTS) * len(DELAYS), params={refractory: H, "V_th": 1e6})
        for k, delay in enumerate(DELAYS):
            some = post[k * len(COUNTS) : (k + 1) * len(COUNTS)]
            spec = {"synapse_model": synapse, "weight": START, "delay": delay}
            nest.Connect(pre, some, "one_to_one", spec)
            nest.Connect(force, some, "one_to_one", {"weight": 1e9, "delay": 1.0})
        targets[f"{neuron} {synapse}"] = post
    recorders = [record_spikes(pre), record_spikes(next(iter(targets.values())))]
    return targets, [pre, *recorders], [time + 2.0 for time in released]


def sum_of_pairs(
    pre: list[float], post: list[float], released: list[float], delay: float, gain: float
) -> tuple[float, float, float]:
    """Return weight, eligibility and concentration; pairs that meet count as neither order."""
    arrived = [time + delay for time in post]
    steps = {"post": arrived, "pre": pre, "released": released, "end": [END]}
    order = list(steps)
    events = sorted(
        (round(time / H), order.index(kind), kind)
        for kind, times in steps.items()
        for time in times
        if time < END + H / 2
    )
    rate = 1 / TAU_C + 1 / TAU_N
    weight, c, n, last = START, 0.0, 0.0, 0
    for step, _, kind in events:
        passed, time = (step - last) * H, step * H
        weight = min(max(weight - c * n * math.expm1(-rate * passed) / rate, 0.0), 200.0)
        c, n, last = c * math.exp(-passed / TAU_C), n * math.exp(-passed / TAU_N), step
        if kind == "post":
            c += gain * trace_of(pre, time)
        elif kind == "pre":
            c -= 1.1 * gain * trace_of(arrived, time)
        elif kind == "released":
            n += 1 / TAU_N
    return weight, c, n


def trace_of(times: list[float], now: float) -> float:
    """Return what earlier spikes have left behind."""
    return sum(math.exp((time - now) / TAU) for time in times if time < now - H / 2)


def trains(recorder: Any, nodes: Any) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for time, index in spikes(recorder, nodes):
        found.setdefault(index, []).append(time)
    return found


@pytest.mark.parametrize("gain", [0.02, 1.0])
@pytest.mark.parametrize("slice_length", [H, 1.0])
def test_weights_are_the_sum_over_pairs(slice_length: float, gain: float) -> None:
    targets, (pre, sent, answered), released = network(slice_length, gain)
    nest.Simulate(END)
    before, after = trains(sent, pre), trains(answered, next(iter(targets.values())))
    parted = 0
    for name, post in targets.items():
        synapse = name.split()[1]
        shown = [weights(pre, post, synapse, variable) for variable in ("weight", "c", "n")]
        for k, delay in enumerate(DELAYS):
            for i in range(len(COUNTS)):
                j = k * len(COUNTS) + i
                expected = sum_of_pairs(before[i], after[j], released, delay, gain)
                found = tuple(column[i, j, 0] for column in shown)
                if synapse == NESTS and slice_length > H:
                    parted += found != pytest.approx(expected, rel=1e-3)
                else:
                    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), (name, delay, COUNTS[i])
    assert (parted > 6) == (slice_length > H)
