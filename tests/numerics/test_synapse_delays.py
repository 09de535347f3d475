"""Variables that a synapse's equations read with a delay, against closed forms, recursions and neurons."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import generators, nest, parrots, reset

EQUATIONS = """
        recordable inline old real = 2 * x(t - d)
        x' = -x(t - d) / tau
        y' = -y**3 / tau + old / tau
"""
STATE = """
        x real = 1
        y real = 0
        seen real = 0
    parameters:
        tau ms = 10 ms
        d ms = 1.5 ms
"""
NEURON = f"""
model delayed_neuron:
    state: {STATE}
    equations: {EQUATIONS}
    input:
        spikes <- spike
    output:
        spike
    onReceive(spikes):
        x += 1
        seen += old
    update:
        integrate_odes()
"""
SYNAPSE = f"""
model delayed_synapse:
    state:
        w real = 1 {STATE}
    equations: {EQUATIONS}
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        x += 1
        seen += old
        emit_spike(w * x)
    update:
        integrate_odes()
"""
PRE = [3.0, 4.7, 11.0, 20.0, 34.0]


def connect(pre: Any, post: Any, **params: Any) -> Any:
    spec = {"synapse_model": "delayed_synapse", "delay": 1.0, **params}
    nest.Connect(pre, post, "all_to_all", syn_spec=spec)
    return nest.GetConnections(pre, post, synapse_model="delayed_synapse")


@pytest.mark.parametrize("threads", [1, 2])
def test_a_synapse_integrates_as_a_neuron_does(threads: int) -> None:
    reset(0.1, threads)
    nest.set(min_delay=0.1, max_delay=1.0)
    nest.jit.define(NEURON + SYNAPSE)
    delays = [0.0, 0.1, 0.34, 1.5, 7.0]
    neurons = nest.Create("delayed_neuron", len(delays), {"d": delays})
    targets = nest.Create("delayed_neuron", len(delays))
    foreign = nest.Create("iaf_psc_exp", len(delays))
    pre = parrots([PRE])
    nest.Connect(generators([PRE]), neurons, syn_spec={"delay": 1.0})  # arrives when the parrot spikes
    own = [connect(pre, post, d=d) for post, d in zip(targets, delays, strict=True)]
    theirs = [connect(pre, post, d=d) for post, d in zip(foreign, delays, strict=True)]
    for until in (8.4, 13.0, 35.2, 60.0):
        nest.Simulate(until - nest.biological_time)
        for k in range(len(delays)):
            for connection in (own[k], theirs[k]):
                now = nest.jit.columns(connection, at="now")
                found = {name: float(now[name][0]) for name in ("x", "y", "seen")}
                expected = neurons[k].get(["x", "y", "seen"])
                assert found == pytest.approx(expected, rel=1e-5, abs=1e-9), (until, k)


def test_the_closed_form_is_reached_with_the_first_power_of_the_step() -> None:
    tau, d, end = 10.0, 4.0, 21.0
    exact = 1.0 + sum(
        (-1) ** k / math.factorial(k) * ((end - k * d) / tau) ** k for k in range(1, math.floor(end / d) + 1)
    )
    errors = []
    for h in (0.1, 0.05):
        reset(h)
        nest.jit.define(NEURON + SYNAPSE)
        connection = connect(parrots([[end - 1.0]]), nest.Create("delayed_neuron"), d=d)
        nest.Simulate(end + 2.0)
        errors.append(connection.x - 1.0 - exact)
    assert abs(errors[0]) < 2e-2
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.05)


def recursion(steps: int, backs: list[int], spikes: list[int], start: int, sets: dict[int, float]) -> float:
    """Return x after some steps, for a delay in steps that holds in each, with zero before what is kept."""
    past: list[float] = []
    x, longest = 1.0, 0
    for step in range(start, steps):
        longest = max(longest, backs[step] + 1)
        x = sets.get(step, x)
        past = [x, *past][:longest]
        x -= 0.1 / 10.0 * (past[backs[step]] if backs[step] < len(past) else 0.0)
        x += spikes.count(step + 1)
    return x


@pytest.mark.parametrize("threads", [1, 3])
def test_delays_that_change_values_that_are_set_and_connections_that_come_late_or_go(threads: int) -> None:
    reset(0.1, threads)
    nest.jit.define(NEURON + SYNAPSE)
    targets = nest.Create("delayed_neuron", 4)
    pre = parrots([[9.0, 9.0, 14.0, 24.0, 39.0]])
    spikes = [100, 100, 150, 250, 400]
    early = connect(pre, targets[:3], d=1.0)
    nest.Simulate(20.0)
    changed = next(c for c in early if c.target == targets[1].global_id)
    changed.d, changed.x = 3.0, 0.25
    connect(pre, targets[3], d=2.0)
    gone = nest.GetConnections(pre, targets[2])
    nest.Disconnect(gone)
    nest.Simulate(30.0)
    assert "past" not in " ".join(nest.GetDefaults("delayed_synapse"))
    found = {c.target: c.x for c in nest.GetConnections(pre, targets)}
    # what is set holds from the last presynaptic spike on
    assert found == {
        targets[0].global_id: pytest.approx(recursion(400, [10] * 400, spikes, 0, {}), rel=1e-11),
        targets[1].global_id: pytest.approx(
            recursion(400, [10] * 150 + [30] * 250, spikes, 0, {150: 0.25}), rel=1e-11
        ),
        targets[3].global_id: pytest.approx(recursion(400, [20] * 400, spikes, 200, {}), rel=1e-11),
    }


def test_a_delay_that_is_no_time_is_an_error_and_can_be_mended() -> None:
    reset()
    nest.jit.define(NEURON + SYNAPSE)
    pre, post = parrots([[3.0]]), nest.Create("delayed_neuron")
    nest.SetDefaults("delayed_synapse", {"d": -1.0})
    connection = connect(pre, post)
    with pytest.raises(nest.NESTErrors.BadProperty, match=r"'delayed_synapse' read 'x' is -1 ms"):
        nest.Simulate(10.0)
    connection.d = np.inf
    with pytest.raises(nest.NESTErrors.BadProperty, match=r"inf ms: it must be a time >= 0"):
        nest.Simulate(10.0)
    connection.d = 1.0
    nest.Simulate(10.0)
    assert connection.x == pytest.approx(recursion(40, [10] * 40, [40], 0, {}), rel=1e-11)


EMITTING = """
model deferred_synapse:
    state:
        w real = 1
        x real = 0
        late real = 0
    parameters:
        tau ms = 5 ms
    equations:
        x' = -x / tau
        recordable inline earlier real = x(t - 6 ms)
        late' = -late / tau + earlier / tau
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        x += 1
    onReceive(post_spikes):
        x += 0.25
    onCondition(earlier > 0.9):
        emit_spike(w)
        x = 0
    update:
        integrate_odes()
"""


@pytest.mark.parametrize("slices", [0.1, 1.0])
def test_conditions_on_the_past_emit_in_time(slices: float) -> None:
    reset()
    nest.set(min_delay=slices, max_delay=5.0)
    (model,) = nest.jit.define(EMITTING)
    nest.jit.define(NEURON)
    post = nest.Create("delayed_neuron", params={"d": 0.0, "tau": 1e9})
    nest.Connect(parrots([[4.0, 20.0]]), post, syn_spec={"synapse_model": model, "delay": 2.0})
    meter = nest.Create("multimeter", params={"record_from": ["x"], "interval": 0.1})
    nest.Connect(meter, post)
    nest.Simulate(40.0)
    events = meter.events
    jumps = events["times"][1:][np.diff(events["x"]) > 0.5]
    # x is 1 right after a spike, and above 0.9 for 5 steps more; the condition sees the step behind
    first = [5.0 + 6.1 + 2.0 + 0.1 * k for k in range(6)] + [21.0 + 6.1 + 2.0 + 0.1 * k for k in range(6)]
    assert jumps == pytest.approx(first)
