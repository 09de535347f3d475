"""The library's rules with third factors, modulatory spikes and random numbers against short references.

References are plain Python over what recorders saw: spike times of both sides, and the third factor
at the end of every step.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    NEURON,
    assert_same_weights,
    generators,
    nest,
    parrots,
    record,
    record_spikes,
    reset,
    spikes,
    trace,
    trains,
    weights,
)

FORCE = 20000.0
DURATION = 600.0
H = 0.1


def steps_of(times: list[float]) -> list[int]:
    return [round(time / H) for time in times]


class Connected:
    """Parrots and neurons with a plastic connection between each two, and all that a reference needs.

    Parameters
    ----------
    neuron, synapse
        Names of the models.
    factor
        The variable of the neuron that the synapse reads, "" if none.
    spec
        Of the connections.

    Attributes
    ----------
    variable
        What is compared.
    """

    def __init__(self, neuron: str, synapse: str, factor: str, spec: Mapping[str, Any]) -> None:
        self.synapse, self.factor, self.variable = synapse, factor, "weight"
        # All end together, since what happens after a presynaptic spike shows with the next one.
        rows = [
            [*(time for time in row if time < DURATION - 6.0), DURATION - 5.0]
            for row in trains(6, 25.0, DURATION)
        ]
        self.pre, self.post = parrots(rows), nest.Create(neuron, 3)
        self.delay = float(spec.get("delay", 1.0))
        nest.Connect(self.pre, self.post, syn_spec={"synapse_model": synapse, **spec})
        self.recorders = [(record_spikes(nodes), nodes) for nodes in (self.pre, self.post)]
        self.meter = record(self.post, [factor], interval=H) if factor else None

    def force(self, receptor: int = 0) -> Connected:
        """Make the neurons spike at times of their own."""
        spec = {"weight": FORCE, "delay": 1.0, "receptor_type": receptor}
        nest.Connect(generators(trains(3, 20.0, DURATION, seed=8)), self.post, "one_to_one", spec)
        return self

    def check(self, reference: Callable[..., float], tolerance: float = 1e-9, **parameters: float) -> None:
        nest.Simulate(DURATION)
        trains_of = [
            [[t for t, index in spikes(*both) if index == n] for n in range(len(both[1]))]
            for both in self.recorders
        ]
        assert min(map(len, trains_of[1])) >= 4
        seen = trace(self.meter, self.post, self.factor) if self.meter else None
        expected = {}
        for source, target in itertools.product(range(len(self.pre)), range(len(self.post))):
            pre, post = steps_of(trains_of[0][source]), steps_of(trains_of[1][target])
            # Recordings begin at the end of the first step.
            factor = None if seen is None else np.concatenate([[np.nan], seen[:, target]])
            expected[source, target, 0] = reference(pre, post, round(self.delay / H), factor, **parameters)
        assert len(set(expected.values())) > 1
        found = weights(self.pre, self.post, self.synapse, self.variable)
        assert_same_weights(found, expected, tolerance)


def events(pre: list[int], post: list[int], delay: int) -> list[tuple[int, int]]:
    """Return steps of arrival and 0 for post, 1 for pre, up to the last presynaptic spike."""
    both = [(step + delay, 0) for step in post if step + delay <= pre[-1]] + [(step, 1) for step in pre]
    return sorted(both)


def trace_before(step: int, at: list[int], tau: float) -> float:
    """Return a trace strictly before a step."""
    return sum(math.exp(-(step - other) * H / tau) for other in at if other < step)


def dendritic(
    pre: list[int], post: list[int], delay: int, factor: Any, *, weight: float, I_th: float
) -> float:
    for step, is_pre in events(pre, post, delay):
        if is_pre:
            weight -= 0.02 * weight * trace_before(step - delay, post, 20.0)
        elif factor[step] > I_th:
            weight += 0.02 * (100.0 - weight) * trace_before(step, pre, 20.0)
    return weight


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("delay", [1.0, 4.0])
def test_a_dendritic_current_gates(delay: float, threads: int) -> None:
    reset(threads=threads)
    spec = {"weight": 40.0, "delay": delay, "lambda": 0.02, "I_th": 30.0, "receptor_type": 1}
    network = Connected("iaf_psc_exp_dend_neuron", "stdp_dendritic_synapse", "I_dend", spec).force(1)
    drive = generators(trains(3, 40.0, DURATION, seed=2))
    nest.Connect(drive, network.post, "one_to_one", {"weight": 60.0, "delay": 1.0, "receptor_type": 2})
    network.check(dendritic, weight=40.0, I_th=30.0)


def clopath(
    pre: list[int], post: list[int], delay: int, factor: Any, *, weight: float, theta: float
) -> float:
    """One step after the other: the filters are exact for a potential that is constant during a step."""
    slow = fast = -70.6
    x = 0.0
    for step in range(1, pre[-1] + 1):
        potential = factor[step]
        growth = 8e-3 * max(potential - theta, 0.0)
        # The product of the trace and the filter's excess over -70.6 mV, integrated by many small steps.
        small = 20
        for _ in range(small):
            middle = fast + (potential - fast) * -math.expm1(-H / small / 2 / 7.0)
            weight += H / small * growth * x * math.exp(-H / small / 2 / 15.0) * max(middle + 70.6, 0.0)
            fast += (potential - fast) * -math.expm1(-H / small / 7.0)
            x *= math.exp(-H / small / 15.0)
        slow += (potential - slow) * -math.expm1(-H / 10.0)
        for _ in range(pre.count(step)):
            weight = min(max(weight - 0.05 * max(slow + 70.6, 0.0), 0.0), 100.0)
            x += 1 / 15.0
    return weight


def test_a_filtered_potential() -> None:
    spec = {"weight": 40.0, "delay": 1.0, "A_LTD": 0.05, "A_LTP": 8e-3, "theta_plus": -62.0}
    network = Connected(NEURON, "clopath_synapse_nestml", "V_m", spec)
    drive = generators(trains(3, 600.0, DURATION, seed=2))
    nest.Connect(drive, network.post, "one_to_one", {"weight": 300.0, "delay": 1.0})
    network.check(clopath, 1e-5, weight=40.0, theta=-62.0)


def stdsp(pre: list[int], post: list[int], delay: int, factor: Any, *, permanence: float) -> float:
    last = 0
    for step, is_pre in events(pre, post, delay):
        if is_pre:
            last = step
            permanence = max(permanence - 100.0 * 0.02, 0.0)
            continue
        # The handler compares the somatic time of the spike.
        interval = (step - delay) * H - last * H
        if 4.0 < interval < 100.0:
            permanence = min(permanence + 100.0 * 0.05 * trace_before(step, pre, 80.0), 100.0)
            permanence = min(max(permanence + 100.0 * 0.01 * (1.0 - factor[step]), 0.0), 100.0)
    return permanence


def test_structural_plasticity() -> None:
    text = (
        "model dap_neuron:\n"
        "    state:\n        V_m mV = 0 mV\n        dAP_trace pA = 0 pA\n"
        "    equations:\n        dAP_trace' = -dAP_trace / 30 ms\n        V_m' = -V_m / 10 ms\n"
        "    input:\n        spikes <- spike\n    output:\n        spike\n"
        "    update:\n        integrate_odes()\n"
        "    onReceive(spikes):\n        V_m += spikes * 1 mV * 1 s\n        dAP_trace += 0.5 pA\n"
        "    onCondition(V_m > 100 mV):\n        V_m = 0 mV\n        emit_spike()\n"
    )
    nest.jit.define(text)
    spec = {"delay": 2.0, "lambda_h": 0.01, "lambda_plus": 0.05, "lambda_minus": 0.02, "permanence": 50.0}
    network = Connected("dap_neuron", "stdsp_synapse", "dAP_trace", {**spec, "Wmax": 0.0}).force()
    network.variable = "permanence"
    network.check(stdsp, permanence=50.0)


def noisy(threads: int) -> np.ndarray:
    """Return the weights of the events of eight noisy connections, one row for each."""
    reset(threads=threads)
    pre = parrots([[float(time) for time in range(5, 4000, 5)]] * 2)
    post = nest.Create(NEURON, 4, params={"tau_syn_exc": 0.2, "tau_syn_inh": 0.2, "V_th": 1e6})
    spec = {"synapse_model": "noisy_synapse", "weight": 100.0, "A_noise": 2.0, "delay": 1.0}
    nest.Connect(pre[:1], post, syn_spec=spec)
    nest.Connect(pre[1:], post, syn_spec={**spec, "delay": 3.0})
    meter = record(post, ["I_syn_exc"])
    nest.Simulate(4000.0)
    seen = trace(meter, post, "I_syn_exc")
    arrivals = [[round((time + 1 + delay) / H) - 1 for time in range(5, 3990, 5)] for delay in (1, 3)]
    return np.concatenate([seen[steps].T for steps in arrivals])


def test_noise_is_normal_and_independent() -> None:
    found = noisy(1)
    count = found.size
    assert found.mean() == pytest.approx(100.0, abs=5 * 2.0 / math.sqrt(count))
    assert found.std() == pytest.approx(2.0, rel=5 / math.sqrt(2 * count))
    between = np.corrcoef(found)[np.triu_indices(len(found), 1)]
    assert np.abs(between).max() < 5 / math.sqrt(found.shape[1])
    assert (noisy(2) == found).all()
    assert (noisy(4) == found).all()
