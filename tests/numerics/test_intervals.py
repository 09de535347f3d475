"""Weight changes as functions of the interval between a pre- and a postsynaptic spike, against closed forms.

Targets are relays of ours, whose traces are moved or not, and parrots of NEST's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import STDP, generators, nest, parrots
from tests.numerics.test_synapse_language import RELAY

LAST = 1400.0
"""When all sources spike a last time, so that what happened before shows in the weights."""

INTERVAL = """
model interval_synapse:
    state:
        w real = 10
        t_pre ms = -1000 ms   # last presynaptic spike
        t_post ms = -1000 ms  # last postsynaptic spike, at the soma
    parameters:
        window ms = 12 ms
        up real = 1
        down real = 0.25
        d ms = 1 ms           # dendritic delay
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(post_spikes):
        if t + d - t_pre <= window:
            w += up
        t_post = t
    onReceive(pre_spikes):
        if t - t_post - d <= window:
            w -= down
        t_pre = t
        emit_spike(w)
"""
"""Strengthens by a fixed amount if a postsynaptic spike comes soon after a presynaptic one, else weakens."""

TARGETS = ["moved", "not moved", "of NEST's"]


@pytest.fixture(autouse=True)
def moving_again() -> Iterator[None]:
    yield
    nest.jit.configure("relay_neuron", move=True)


def targets(kind: str, times: Sequence[Sequence[float]]) -> tuple[Any, dict[str, int]]:
    """Return neurons that spike at given times, and how to connect to them without a further effect."""
    nest.jit.define(RELAY)
    nest.jit.configure("relay_neuron", move=kind != "not moved")
    is_relay = "NEST" not in kind
    post = nest.Create("relay_neuron" if is_relay else "parrot_neuron", len(times))
    force = generators([[time - 1.0 for time in row] for row in times])
    forced = {"receptor_type": 2} if is_relay else {}
    nest.Connect(force, post, "one_to_one", {"delay": 1.0, **forced})
    return post, {"receptor_type": 1}


def sources(times: Sequence[Sequence[float]]) -> Any:
    return parrots([[time - 1.0 for time in row] for row in times])


def window(interval: np.ndarray, tau_plus: float, tau_minus: float, alpha: float) -> np.ndarray:
    """Return what a pair does to the weight, in units of lambda * Wmax, for post minus pre at the synapse."""
    up, down = np.exp(-np.abs(interval) / tau_plus), -alpha * np.exp(-np.abs(interval) / tau_minus)
    return np.where(interval > 0.0, up, np.where(interval < 0.0, down, 0.0))


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("rule", [STDP, "stdp_nn_symm_synapse_nestml"])
def test_window(rule: str, kind: str) -> None:
    """With additive steps the change is the window itself; a pair that meets at the synapse has no effect."""
    apart = np.concatenate([np.arange(-60.0, 61.0, 5.0), [-1.0, -0.1, 0.1, 1.0]])
    delay = np.resize([1.0, 5.0, 10.0], len(apart))
    # the trace that the last spike finds has decayed by exp(-64)
    post, spec = targets(kind, [[100.0 + row - behind] for row, behind in zip(apart, delay, strict=True)])
    pre = sources([[100.0, LAST]] * len(apart))
    values = {"lambda": 0.02, "alpha": 1.3, "Wmax": 100.0, "mu_plus": 0.0, "mu_minus": 0.0}
    values |= {"tau_tr_pre": 14.0, "tau_tr_post": 20.0}
    nest.Connect(
        pre, post, "one_to_one", {"synapse_model": rule, "weight": 50.0, "delay": delay, **spec, **values}
    )
    nest.Simulate(LAST + 2.0)
    found = nest.GetConnections(pre, post).get(["target", "weight"])
    change = np.array(found["weight"])[np.argsort(found["target"])] - 50.0
    expected = 2.0 * window(apart, 14.0, 20.0, 1.3)
    assert expected.max() > 1.9
    assert expected.min() < -2.5
    assert np.abs(change - expected).max() < 1e-11


def by_interval(pre: Sequence[float], post: Sequence[float], delay: float) -> float:
    """Return the weight that the interval rule leads to; postsynaptic spikes come first where both meet."""
    weight, t_pre, t_post = 10.0, -1000.0, -1000.0 + delay
    events = sorted([(time + delay, 0) for time in post] + [(time, 1) for time in pre])
    for time, is_pre in [event for event in events if event[0] <= max(pre)]:
        if is_pre:
            weight -= 0.25 * (time - t_post <= 12.0)
            t_pre = time
        else:
            weight += time - t_pre <= 12.0
            t_post = time
    return weight


CASES = {
    "one pair": ([100.0], [105.0]),
    "two postsynaptic spikes before the next presynaptic one": ([100.0], [105.0, 109.0]),
    "many postsynaptic spikes": ([100.0, 400.0], [100.0 + 3.0 * k for k in range(120)]),
    "pairs that are a shortest delay apart": (
        [100.0, 102.0, 104.0, 106.0, 108.0],
        [101.0, 103.0, 105.0, 107.0, 109.0],
    ),
    "pairs one after the other": ([100.0, 101.0, 102.0, 103.0], [100.0, 101.0, 102.0, 103.0]),
    "outside of the window": ([100.0, 200.0], [140.0, 160.0]),
    "the other order": ([107.0, 150.0, 161.0], [100.0, 142.0, 143.0]),
}


@pytest.mark.parametrize("delay", [1.0, 4.0])
@pytest.mark.parametrize("kind", TARGETS)
def test_a_fixed_step_within_an_interval(kind: str, delay: float) -> None:
    """It depends on each single pair, however many spikes of either side come between two of the other's."""
    (model,) = nest.jit.define(INTERVAL)
    nest.set(min_delay=1.0, max_delay=delay)
    post, spec = targets(kind, [row for _, row in CASES.values()])
    pre = sources([[*row, LAST] for row, _ in CASES.values()])
    nest.Connect(pre, post, "one_to_one", {"synapse_model": model, "delay": delay, "d": delay, **spec})
    for duration in (103.0, 5.0, LAST + 2.0 - 108.0):
        nest.Simulate(duration)
    found = nest.GetConnections(pre, post).get(["target", "w"])
    expected = [by_interval([*before, LAST], after, delay) for before, after in CASES.values()]
    assert len(set(expected)) >= 4
    assert np.array(found["w"])[np.argsort(found["target"])].tolist() == expected


TRACED = """
model beginning_synapse:
    state:
        w real = 1
        y real = 0.5
        n integer = 7
    parameters:
        tau ms = 11 ms
    equations:
        y' = -y / tau
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(post_spikes):
        y += 1
        n += 1
    onReceive(pre_spikes):
        w = y + 100 * n
        emit_spike(w)
    update:
        integrate_odes()
"""


@pytest.mark.parametrize("kind", TARGETS)
def test_traces_have_their_initial_values_before_anything_happens(kind: str) -> None:
    """At time 0, before and after the first simulation, for the connection, the neuron and its recordings."""
    (model,) = nest.jit.define(TRACED)
    post, spec = targets(kind, [[20.0]])
    pre = sources([[2.0, 4.0, 30.0]])
    recorder = nest.Create("weight_recorder")
    nest.SetDefaults(model, {"weight_recorder": recorder})
    nest.Connect(pre, post, syn_spec={"synapse_model": model, "delay": 3.0, **spec})
    names = [f"y__for_{model}", f"n__for_{model}"]
    meter = nest.Create("multimeter", params={"interval": 0.1, "record_from": names[:1]})
    if kind == "moved":
        assert list(post.get(names).values()) == [0.5, 7]
        nest.Connect(meter, post)
    connection = nest.GetConnections(pre, post, model)
    assert connection.get(["y", "n"]) == {"y": 0.5, "n": 7}
    nest.Simulate(1.0)
    assert connection.get(["y", "n"]) == {"y": 0.5, "n": 7}
    if kind == "moved":
        assert post.get(names[0]) == pytest.approx(0.5 * np.exp(-1.0 / 11.0), rel=1e-14)
        expected = 0.5 * np.exp(-meter.events["times"] / 11.0)
        assert meter.events[names[0]] == pytest.approx(expected, rel=1e-14)
    nest.Simulate(34.0)
    # the first asks for a time before the beginning
    sent = [
        700.5,
        700.0 + 0.5 * np.exp(-1.0 / 11.0),
        800.0 + 0.5 * np.exp(-27.0 / 11.0) + np.exp(-7.0 / 11.0),
    ]
    assert recorder.events["weights"] == pytest.approx(sent, rel=1e-13)


@pytest.mark.parametrize("kind", TARGETS)
def test_traces_have_their_initial_values_when_a_past_begins(kind: str) -> None:
    """That is when the first plastic synapse comes; from then on a trace is the neuron's, for copies, too."""
    (model,) = nest.jit.define(TRACED)
    nest.CopyModel(model, "late")
    nest.set(min_delay=1.0, max_delay=3.0)
    post, spec = targets(kind, [[20.0, 58.0]])
    pre = sources([[]])
    nest.Simulate(50.0)
    found = []
    for name in (model, "late"):
        nest.Connect(pre, post, syn_spec={"synapse_model": name, "delay": 3.0, **spec})
        nest.Simulate(0.1)
        found.append(nest.GetConnections(pre, post, name).get(["y", "n"]))
        nest.Simulate(19.9)
    assert found[0] == {"y": 0.5, "n": 7}
    assert found[1] == {
        "y": pytest.approx(0.5 * np.exp(-17.0 / 11.0) + np.exp(-9.0 / 11.0), rel=1e-12),
        "n": 8,
    }


PAIR_RULES = [
    STDP,
    "stdp_nn_symm_synapse_nestml",
    "stdp_nn_restr_symm_synapse",
    "stdp_nn_pre_centered_synapse_nestml",
]


def test_weights_do_not_change_their_sign() -> None:
    """Steps that are larger than the weight end at 0; a negative weight is refused, and nothing connected."""
    post, spec = targets("moved", [[10.0, 60.0, 110.0]])
    pre = sources([[15.0, 65.0, 115.0, 165.0]])
    recorder = nest.Create("weight_recorder")
    for model in PAIR_RULES:
        nest.SetDefaults(model, {"weight_recorder": recorder, "mu_plus": 0.0, "mu_minus": 0.0, "alpha": 9.0})
        more = {"synapse_model": model, "lambda": 0.3, "Wmax": 2.0, **spec}
        nest.Connect(pre, post, syn_spec={**more, "weight": 1.0})
        with pytest.raises(nest.NESTErrors.BadProperty, match="w >= 0"):
            nest.Connect(pre, post, syn_spec={**more, "weight": -1.0})
    assert len(nest.GetConnections(pre, post)) == len(PAIR_RULES)
    nest.Simulate(170.0)
    sent = recorder.events["weights"]
    assert len(sent) == 4 * len(PAIR_RULES)
    assert min(sent) == 0.0
    assert min(nest.GetConnections(pre, post).weight) >= 0.0
