"""What the language says of synapses, in NEST: short rules against plain Python and scipy.

All rules target one neuron model, which has no equations, at once.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.numerics.network import generators, nest, parrots, reset

RELAY = """
model relay_neuron:
    state:
        level real = 0
        received real = 0
    equations:
        recordable inline doubled real = 2 * level
    input:
        spikes <- spike
        forced <- spike
    output:
        spike
    onReceive(spikes):
        received += spikes * 1 s
    onReceive(forced):
        level += 1
        emit_spike()
"""

PRE = [2.0, 8.0, 20.0, 31.0, 50.0]
POST = [4.0, 15.0, 29.0, 45.0, 47.0, 55.0]
MOD = [3.0, 8.0, 33.0]
DELAY = 5.0
"""With it the postsynaptic spikes at 15 and 45 ms meet presynaptic ones at the synapse."""


def rule(
    name: str, body: str, handlers: str, ports: str = "post_spikes <- spike", update: bool = True
) -> str:
    integrate = "    update:\n        integrate_odes()\n" if update else ""
    return f"""
model {name}_synapse:
{body}
    input:
        pre_spikes <- spike
        {ports}
    output:
        spike
{handlers}
{integrate}"""


ORDER = """
    onReceive(pre_spikes, priority={pre}):
        x = x + 1
        w = x
        emit_spike(w)
    onReceive(post_spikes, priority={post}):
        x = 2 * x
"""
WEIGHT_AND_X = """
    state:
        w real = 1
        x real = 1
"""

MODELS = {
    "post_first": rule("post_first", WEIGHT_AND_X, ORDER.format(pre=9, post=10), update=False),
    "pre_first": rule("pre_first", WEIGHT_AND_X, ORDER.format(pre=10, post=9), update=False),
    "numeric": rule(
        "numeric",
        """
    state:
        w real = 1
        x real = 0.1
    parameters:
        k real = 1.5
        tau ms = 10 ms
    equations:
        x' = (k - x**2) / tau""",
        """
    onReceive(pre_spikes):
        w = x
        x += 0.2
        emit_spike(w)""",
        ports="",
    ),
    "names": rule(
        "names",
        """
    state:
        w real = 1
        I real = 1
    parameters:
        E ms = 7 ms
        S real = 2
        d real = 3
        N real = 5
    equations:
        I' = -I / E""",
        """
    onReceive(pre_spikes):
        w = I * S * d * N
        emit_spike(w)""",
        ports="",
    ),
    "filters": rule(
        "filters",
        """
    state:
        w real = 1
    parameters:
        tau ms = 9 ms
    equations:
        kernel thrice = 3 * exp(-t / tau)
        kernel shape = e / tau * t * exp(-t / tau)
        inline sum real = convolve(thrice, pre_spikes) + 100 * convolve(shape, pre_spikes)""",
        """
    onReceive(pre_spikes):
        w = sum
        emit_spike(w)""",
        ports="",
        update=False,
    ),
    "initial": rule(
        "initial",
        """
    state:
        w real = 1
        y real = 0.5
    parameters:
        tau ms = 11 ms
    equations:
        y' = -y / tau""",
        """
    onReceive(post_spikes):
        y += 1
    onReceive(pre_spikes):
        w = y
        emit_spike(w)""",
    ),
    "times": rule(
        "times",
        """
    state:
        w real = 1
        passed real = 0
        began real = 0
        at_post real = 0""",
        """
    onReceive(post_spikes):
        at_post = t / 1 ms
    onReceive(pre_spikes):
        w = t / 1 ms + 1000 * at_post + 1e6 * began
        emit_spike(w)
    update:
        passed += timestep() / 1 ms
        began = t / 1 ms""",
        update=False,
    ),
    "second_order": rule(
        "second_order",
        """
    state:
        w real = 1
        dopa real = 0
        dopa' 1/ms = 0 / ms
    parameters:
        tau ms = 12 ms
    equations:
        dopa'' = -2 * dopa' / tau - dopa / tau**2""",
        """
    onReceive(mod_spikes):
        dopa' += 1 / tau
    onReceive(pre_spikes):
        w = dopa
        emit_spike(w)""",
        ports="mod_spikes <- spike",
    ),
    "inline": rule(
        "inline",
        """
    state:
        w real = 1
        at_post real = 0""",
        """
    onReceive(post_spikes):
        at_post = doubled
    onReceive(pre_spikes):
        w = at_post + 100 * doubled
        emit_spike(w)""",
        ports="post_spikes <- spike\n        doubled real <- continuous",
        update=False,
    ),
}
TAUS = [4.0, 10.0, 25.0]


@pytest.fixture(scope="module", params=[(True, 1), (False, 2)], ids=["moved", "kept, two threads"])
def emitted(request: Any) -> Mapping[str, list[list[float]]]:
    """Return the weights that each rule has emitted, a row per target."""
    move, threads = request.param
    reset(threads=threads)
    nest.jit.define(RELAY)
    nest.jit.configure("relay_neuron", move=move)
    pre, post = parrots([[time - 1.0 for time in PRE]]), nest.Create("relay_neuron", len(TAUS))
    force = generators([[time - 1.0 for time in POST]])
    nest.Connect(force, post, syn_spec={"delay": 1.0, "receptor_type": 2})
    transmitter = nest.Create("volume_transmitter")
    nest.Connect(parrots([[time - 2.0 for time in MOD]]), transmitter, syn_spec={"delay": 1.0})
    recorders = {}
    for name, text in MODELS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # names of units
            (model,) = nest.jit.define(text)
        recorders[name] = nest.Create("weight_recorder")
        more = {"volume_transmitter": transmitter} if "mod_spikes" in text else {}
        nest.SetDefaults(model, {"weight_recorder": recorders[name], **more})
        own = {"tau": [[tau] for tau in TAUS]} if name == "numeric" else {}
        nest.Connect(pre, post, syn_spec={"synapse_model": model, "delay": DELAY, "receptor_type": 1, **own})
    nest.Simulate(33.0)
    nest.Simulate(32.0)
    return {name: by_target(recorder, post) for name, recorder in recorders.items()}


def by_target(recorder: Any, post: Any) -> list[list[float]]:
    events = recorder.events
    rows = sorted(zip(events["targets"], events["times"], events["weights"], strict=True))
    return [[weight for target, _, weight in rows if target == node] for node in post.tolist()]


def same_for_all(rows: list[list[float]]) -> list[float]:
    assert len(rows) == len(TAUS)
    assert rows == rows[:1] * len(rows)
    return rows[0]


@pytest.mark.parametrize("first", ["post", "pre"])
def test_higher_priorities_come_first(emitted: Mapping[str, list[list[float]]], first: str) -> None:
    x, expected = 1.0, []
    arrivals = [(time + DELAY, first != "post", "post") for time in POST]
    for _, _, which in sorted(arrivals + [(time, first == "post", "pre") for time in PRE]):
        x = 2.0 * x if which == "post" else x + 1.0
        expected += [x] if which == "pre" else []
    assert same_for_all(emitted[f"{first}_first"]) == expected


def test_equations_of_each_connection_without_tolerances(emitted: Mapping[str, list[list[float]]]) -> None:
    for tau, found in zip(TAUS, emitted["numeric"], strict=True):
        x, now, expected = 0.1, 0.0, []
        for time in PRE:
            right = lambda _, x, tau=tau: (1.5 - x**2) / tau  # noqa: E731
            x = solve_ivp(right, (now, time), [x], rtol=1e-11, atol=1e-12).y[0, -1]
            expected.append(x)
            x, now = x + 0.2, time
        assert found == pytest.approx(expected, rel=2e-5)


def test_names_mean_nothing(emitted: Mapping[str, list[list[float]]]) -> None:
    expected = [30.0 * math.exp(-time / 7.0) for time in PRE]
    assert same_for_all(emitted["names"]) == pytest.approx(expected, rel=1e-12)


def test_filters_begin_with_their_initial_values(emitted: Mapping[str, list[list[float]]]) -> None:
    """A filter that is no exponential of height 1, in a synapse that no postsynaptic spike reaches."""

    def impulse(age: float) -> float:
        return (3.0 + 100.0 * math.e * age / 9.0) * math.exp(-age / 9.0)

    expected = [sum(impulse(time - earlier) for earlier in PRE if earlier < time) for time in PRE]
    assert same_for_all(emitted["filters"]) == pytest.approx(expected, rel=1e-11)


def test_a_trace_begins_with_its_initial_value(emitted: Mapping[str, list[list[float]]]) -> None:
    """Also where a presynaptic spike asks for a time before the simulation, because of its delay."""

    def trace(time: float) -> float:
        past = 0.5 * math.exp(-max(time, 0.0) / 11.0)
        return past + sum(math.exp(-(time - spike) / 11.0) for spike in POST if spike < time)

    expected = [trace(time - DELAY) for time in PRE]
    assert expected[0] == 0.5
    assert same_for_all(emitted["initial"]) == pytest.approx(expected, rel=1e-12)


def test_times(emitted: Mapping[str, list[list[float]]]) -> None:
    """A handler sees its spike's time, of a postsynaptic one that at the soma; `update` when it began."""
    expected = []
    for time in PRE:
        arrived = [spike for spike in POST if spike + DELAY <= time]
        events = [0.0, *PRE, *(spike + DELAY for spike in POST)]
        began = max(event for event in events if event < time)
        expected.append(time + 1000.0 * (arrived[-1] if arrived else 0.0) + 1e6 * began)
    assert same_for_all(emitted["times"]) == pytest.approx(expected, rel=1e-12)


def test_modulation_of_second_order(emitted: Mapping[str, list[list[float]]]) -> None:
    def response(age: float) -> float:
        return age / 12.0 * math.exp(-age / 12.0)

    expected = [sum(response(time - spike) for spike in MOD if spike <= time) for time in PRE]
    assert expected[-1] > 0.1
    assert same_for_all(emitted["second_order"]) == pytest.approx(expected, rel=1e-11)


def test_an_inline_as_third_factor(emitted: Mapping[str, list[list[float]]]) -> None:
    """Postsynaptic spikes read it when they reach the synapse, presynaptic ones at their own time."""

    def doubled(time: float) -> float:
        return 2.0 * sum(spike <= time for spike in POST)

    expected = []
    for time in PRE:
        arrived = [spike + DELAY for spike in POST if spike + DELAY <= time]
        expected.append((doubled(arrived[-1]) if arrived else 0.0) + 100.0 * doubled(time))
    assert same_for_all(emitted["inline"]) == expected


# --- parameters that all connections share -----------------------------------------------------------

COMMON = """
model common_synapse:
    state:
        w real = 1
        x real = 0
    parameters:
        gain real = 2 @homogeneous
        tau ms = 10 ms [[ tau > 0 ms ]] @homogeneous
        own real = 3 @heterogeneous
    equations:
        x' = -x / tau
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        x += gain * own
        w = x
        emit_spike(w)
    update:
        integrate_odes()
"""


def test_homogeneous_parameters_are_the_models() -> None:
    reset()
    nest.jit.define(COMMON)
    pre, post = parrots([[5.0, 10.0]]), nest.Create("iaf_psc_exp_neuron", 2)
    spec = {"synapse_model": "common_synapse", "own": [[3.0], [1.0]]}
    nest.Connect(pre, post, syn_spec=spec)
    connections = nest.GetConnections(pre)
    for attempt in (
        lambda: nest.Connect(pre, post, syn_spec={**spec, "gain": 7.0}),
        lambda: connections.set(gain=5.0),
        lambda: connections[0].set({"own": 9.0, "tau": 5.0}),
    ):
        with pytest.raises(nest.NESTErrors.NotImplemented, match=r"common to all connections.*SetDefaults"):
            attempt()
    assert connections.get(["gain", "own"]) == {"gain": [2.0, 2.0], "own": [3.0, 1.0]}
    with pytest.raises(nest.NESTErrors.BadProperty, match="tau"):
        nest.SetDefaults("common_synapse", {"tau": -1.0})
    nest.CopyModel("common_synapse", "strong_synapse", {"gain": 10.0, "tau": 20.0})
    nest.Connect(pre, post, syn_spec={**spec, "synapse_model": "strong_synapse"})
    nest.SetDefaults("common_synapse", {"gain": 4.0})
    assert nest.GetDefaults("strong_synapse", "gain") == 10.0
    nest.Simulate(20.0)
    for model, gain, tau in (("common_synapse", 4.0, 10.0), ("strong_synapse", 10.0, 20.0)):
        found = nest.GetConnections(pre, post, model)
        expected = np.array([3.0, 1.0]) * gain * (1.0 + math.exp(-5.0 / tau))
        assert found.get("gain") == [gain, gain]
        assert found.w == pytest.approx(expected, rel=1e-12)
