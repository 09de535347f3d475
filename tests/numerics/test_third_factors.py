"""Third factors and neuromodulation: what synapses read of their targets, spikes of volume transmitters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    NEURON,
    Spikes,
    assert_same_weights,
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

NEVER, ALWAYS, USUAL = 10**6, 1, 64

READING = """
model {name}:
    state:
        w real = 1
        at_pre real = 0
        at_post real = 0
    parameters:
        gain real = 1
    input:
        pre_spikes <- spike
        post_spikes <- spike
        {port} {unit} <- continuous
    output:
        spike
    onReceive(post_spikes):
        at_post += gain * {port} / 1 {unit}
    onReceive(pre_spikes):
        at_pre += {port} / 1 {unit}
        emit_spike(w)
"""
"""Sums what a variable of the target was at pre- and postsynaptic spikes."""

MODULATED = """
model {name}:
    state:
        w real = 1
        heard real = 0
        seen real = 0
        at_pre real = 0
    input:
        pre_spikes <- spike
        first_mod <- mod spike
        second_mod <- mod spike
        V_m mV <- continuous
    output:
        spike
    onReceive(first_mod):
        heard += 1
        seen += V_m / 1 mV
    onReceive(second_mod):
        heard += 100
    onReceive(pre_spikes):
        at_pre = heard
        emit_spike(w)
"""
"""Counts the spikes of two modulatory ports, and sums the potential at those of the first."""

DOPAMINE, NESTS = "neuromodulated_stdp_synapse", "stdp_dopamine_synapse"


@pytest.fixture(autouse=True)
def usual_limit() -> Iterator[None]:
    yield
    limit(USUAL)


def limit(entries: int) -> None:
    """Say after how many spikes, and a multiple of that in steps, connections use what is kept for them."""
    nest.Create(NEURON)
    nest.jit._session.host.set_history_limit(entries)


def reading(name: str, port: str = "V_m", unit: str = "mV") -> str:
    (model,) = nest.jit.define(READING.format(name=name, port=port, unit=unit))
    return str(model)


ROWS = [
    [20.0, 21.0, 300.0],
    [600.0],
    [],
    *trains(3, 30.0, 650.0),
]


def network(
    models: Sequence[str], size: int = 5, resolution: float = 0.1, threads: int = 1, entries: int = USUAL
) -> tuple[Any, Any]:
    """Return sources, which all spike once more at 695 ms, and neurons that they reach after 1 to 6 ms."""
    reset(resolution, threads)
    limit(entries)
    pre = parrots([sorted({*row, 694.0}) for row in ROWS])
    post = nest.Create(NEURON, size, params={"I_e": 390.0})
    post.C_m = np.linspace(220.0, 260.0, size).tolist()
    for model in models:
        connect(pre, post, model)
    return pre, post


def simulate(post: Any, *durations: float) -> None:
    """Simulate, then 15 ms without postsynaptic spikes: all have arrived when sources spike last."""
    for duration in durations:
        nest.Simulate(duration)
    post.I_e = -200.0
    nest.Simulate(15.0)


def connect(pre: Any, post: Any, model: str, **spec: Any) -> None:
    delays = np.tile(np.arange(1.0, 7.0), (len(post), 1))
    nest.Connect(pre, post, syn_spec={"synapse_model": model, "delay": delays, **spec})


def expected_sums(
    pre: Any, post: Any, pre_spikes: Spikes, post_spikes: Spikes, values: np.ndarray, since: float = 0.0
) -> tuple[dict[tuple[int, int, int], float], dict[tuple[int, int, int], float]]:
    """Sum a recorded variable at the spikes' times at the synapses; `values` has a row per step from 1."""
    at_pre, at_post = {}, {}
    for i in range(len(pre)):
        times = [time for time, index in pre_spikes if index == i and time > since]
        for j in range(len(post)):
            arrivals = [time + i + 1.0 for time, index in post_spikes if index == j]
            kept = [time for time in arrivals if since < time <= max(times)]
            at_pre[i, j, 0] = sum(value_at(values, time, j) for time in times)
            at_post[i, j, 0] = sum(value_at(values, time, j) for time in kept)
    return at_pre, at_post


def value_at(values: np.ndarray, time: float, index: int) -> float:
    return float(values[round(time / nest.resolution) - 1, index])


@pytest.mark.parametrize(
    ("resolution", "threads", "entries"),
    [(0.1, 1, USUAL), (0.1, 2, ALWAYS), (1.0, 1, ALWAYS), (0.1, 1, NEVER)],
)
def test_a_signal_has_its_value_at_the_time_of_the_event(
    resolution: float, threads: int, entries: int
) -> None:
    model = reading("reading_synapse")
    pre, post = network([model], resolution=resolution, threads=threads, entries=entries)
    meter, sent, received = record(post), record_spikes(pre), record_spikes(post)
    simulate(post, 300.0, 385.0)
    post_spikes = spikes(received, post)
    assert len(post_spikes) > 100
    at_pre, at_post = expected_sums(pre, post, spikes(sent, pre), post_spikes, trace(meter, post))
    assert_same_weights(weights(pre, post, model, "at_pre"), at_pre, 1e-12)
    assert_same_weights(weights(pre, post, model, "at_post"), at_post, 1e-12)


def test_several_signals_more_neurons_and_models_that_come_later() -> None:
    """The memory of signals is laid out anew, and what is in it stays."""
    first, second = reading("potential_synapse"), reading("current_synapse", "I_syn_exc", "pA")
    pre, post = network([first], size=70)
    meter, sent, received = record(post, ["V_m", "I_syn_exc"]), record_spikes(pre), record_spikes(post)
    nest.Simulate(350.0)
    connect(pre, post, second, gain=2.0)
    later = nest.Create(NEURON, 3)
    nest.Connect(pre, later, syn_spec={"synapse_model": first})
    simulate(post, 335.0)
    events = spikes(sent, pre), spikes(received, post)
    at_pre, at_post = expected_sums(pre, post, *events, trace(meter, post))
    assert_same_weights(weights(pre, post, first, "at_pre"), at_pre, 1e-12)
    assert_same_weights(weights(pre, post, first, "at_post"), at_post, 1e-12)
    at_pre, at_post = expected_sums(pre, post, *events, trace(meter, post, "I_syn_exc"), since=350.0)
    assert_same_weights(weights(pre, post, second, "at_pre"), at_pre, 1e-12)
    doubled = {key: 2.0 * value for key, value in at_post.items()}
    assert_same_weights(weights(pre, post, second, "at_post"), doubled, 1e-12)


# --- modulation ------------------------------------------------------------------------------------


def transmitter(rate: float, seed: int, **params: Any) -> tuple[Any, list[float]]:
    """Return a volume transmitter and when spikes reach it: 1 ms after some neurons send them."""
    rows = trains(3, rate, 690.0, seed=seed)
    node = nest.Create("volume_transmitter", params=params)
    nest.Connect(parrots(rows), node, syn_spec={"delay": 1.0})
    return node, sorted(time + 2.0 for row in rows for time in row)


@pytest.mark.parametrize(
    ("threads", "entries", "interval"), [(1, USUAL, 1), (2, ALWAYS, 7), (1, ALWAYS, 10**4), (1, NEVER, 1)]
)
def test_two_volume_transmitters_and_a_signal(threads: int, entries: int, interval: int) -> None:
    (model,) = nest.jit.define(MODULATED.format(name="twice_modulated_synapse"))
    pre, post = network([], threads=threads, entries=entries)
    first, times = transmitter(20.0, seed=7, deliver_interval=interval)
    second, others = transmitter(5.0, seed=8)
    nest.SetDefaults(model, {"first_mod": first, "second_mod": second})
    assert nest.GetDefaults(model, "second_mod") == second
    connect(pre, post, model)
    meter = record(post)
    nest.Simulate(333.0)
    nest.Simulate(367.0)
    last = 695.0
    heard = sum(time <= last for time in times) + 100 * sum(time <= last for time in others)
    assert heard > 300
    assert set(weights(pre, post, model, "at_pre").values()) == {float(heard)}
    values = trace(meter, post)
    kept = [time for time in times if time <= last]
    seen = weights(pre, post, model, "seen")
    after = [time for time in times if last < time <= 699.0]
    for (i, j, number), value in seen.items():
        sums = [sum(value_at(values, time, j) for time in some) for some in (kept, kept + after)]
        assert min(abs(value - wanted) for wanted in sums) <= 1e-9 * abs(value), (i, j, number)


@pytest.mark.parametrize("interval", [1, 10])
@pytest.mark.parametrize("target", [NEURON, "iaf_psc_exp"])
def test_dopamine_is_that_of_nest(target: str, interval: int) -> None:
    """Both show a connection as of its transmitter's last delivery; looking in between changes nothing."""
    pre, _ = network([], threads=2)
    modulatory, _ = transmitter(15.0, seed=9, deliver_interval=interval)
    recorded = []
    for model, synapse in ((target, DOPAMINE), ("iaf_psc_exp", NESTS)):
        recorder = nest.Create("weight_recorder")
        nest.SetDefaults(synapse, {"volume_transmitter": modulatory, "weight_recorder": recorder})
        post = nest.Create(model, 5, params={"I_e": 390.0})
        connect(pre, post, synapse, weight=60.0)
        recorded.append((recorder, post, synapse))
    for duration in (333.0, 317.0, 50.0):
        nest.Simulate(duration)
        for name in ("weight", "c", "n"):
            shown, expected = (weights(pre, post, synapse, name) for _, post, synapse in recorded)
            assert_same_weights(shown, expected, 1e-9)
            assert set(expected.values()) - {0.0, 60.0}
    ours, theirs = (events(recorder, post) for recorder, post, _ in recorded)
    assert len(set(theirs.values())) > 50
    assert ours.keys() == theirs.keys()
    assert max(abs(ours[key] - value) for key, value in theirs.items()) <= 1e-9


def events(recorder: Any, post: Any) -> dict[tuple[int, int, float], float]:
    found = recorder.events
    rows = zip(found["senders"], found["targets"], found["times"], found["weights"], strict=True)
    first = post[0].global_id
    return {(int(s), int(t) - first, round(float(time), 6)): float(w) for s, t, time, w in rows}


def test_copies_have_transmitters_of_their_own() -> None:
    reset()
    weak, _ = transmitter(1.0, seed=3)
    strong, _ = transmitter(60.0, seed=4)
    nest.CopyModel(DOPAMINE, "weakly_modulated", {"volume_transmitter": weak})
    nest.CopyModel(DOPAMINE, "strongly_modulated", {"volume_transmitter": strong})
    pre, post = parrots(trains(3, 30.0, 690.0)), nest.Create(NEURON, 2, params={"I_e": 400.0})
    for model in ("weakly_modulated", "strongly_modulated"):
        nest.Connect(pre, post, syn_spec={"synapse_model": model, "A_minus": 0.0})
    nest.Simulate(700.0)
    little, much = (weights(pre, post, model, "n") for model in ("weakly_modulated", "strongly_modulated"))
    assert max(little.values()) < min(much.values())


def test_a_look_brings_weights_up_to_date() -> None:
    """The transmitter delivers now and then, so that modulation shows although the source is silent."""
    (model,) = nest.jit.define(MODULATED.format(name="watched_synapse"))
    node, times = transmitter(20.0, seed=7, deliver_interval=10)
    other, _ = transmitter(0.0, seed=7)
    nest.SetDefaults(model, {"first_mod": node, "second_mod": other})
    pre, post = nest.Create("parrot_neuron"), nest.Create(NEURON)
    nest.Connect(pre, post, syn_spec={"synapse_model": model})
    nest.Simulate(500.0)
    assert nest.GetConnections(pre, post).heard == sum(time <= 499.0 for time in times)
    nest.GetConnections(pre, post).heard = 0.0
    nest.Simulate(100.0)
    assert nest.GetConnections(pre, post).heard == sum(499.0 < time <= 599.0 for time in times)


def test_what_is_set_is_what_is_seen() -> None:
    """A value that is set holds from now on, not from the connection's last event on."""
    modulatory, _ = transmitter(15.0, seed=9)
    nest.SetDefaults(DOPAMINE, {"volume_transmitter": modulatory})
    pre, post = parrots([[10.0, 20.0]]), nest.Create(NEURON, params={"I_e": 500.0})
    nest.Connect(pre, post, syn_spec={"synapse_model": DOPAMINE, "tau_n": 50.0, "b": 0.1})
    connection = nest.GetConnections(pre, post)
    nest.Simulate(300.0)
    before = connection.get(["w", "n", "c"])
    connection.n = 0.5
    assert connection.get(["w", "n", "c"]) == {**before, "n": 0.5}
    connection.set({"w": 30.0})
    assert connection.get(["w", "n", "c"]) == {"w": 30.0, "n": 0.5, "c": before["c"]}
    modulatory.deliver_interval = 1000
    nest.Simulate(1.0)
    assert connection.n == 0.5  # nothing was delivered since


# --- what is refused ---------------------------------------------------------------------------------


def test_a_transmitter_must_be_there_before_connecting() -> None:
    pre, post = nest.Create("parrot_neuron"), nest.Create(NEURON)
    with pytest.raises(nest.NESTErrors.BadProperty, match=r"SetDefaults.*volume_transmitter"):
        nest.Connect(pre, post, syn_spec={"synapse_model": DOPAMINE})
    assert nest.num_connections == 0


@pytest.mark.parametrize("synapse", [DOPAMINE, NESTS])
def test_a_transmitter_is_the_models_not_a_connections(synapse: str) -> None:
    pre, post = nest.Create("parrot_neuron"), nest.Create("iaf_psc_exp")
    spec = {"synapse_model": synapse, "volume_transmitter": nest.Create("volume_transmitter")}
    with pytest.raises(nest.NESTErrors.NotImplemented, match=r"volume_transmitter.*SetDefaults"):
        nest.Connect(pre, post, syn_spec=spec)
    assert nest.num_connections == 0


@pytest.mark.parametrize("nodes", [("parrot_neuron", 1), ("volume_transmitter", 2)])
def test_something_else_is_no_transmitter(nodes: tuple[str, int]) -> None:
    wrong = nest.Create(*nodes)
    with pytest.raises(nest.NESTErrors.BadProperty, match="volume_transmitter"):
        nest.SetDefaults(DOPAMINE, {"volume_transmitter": wrong, "A_plus": 7.0})
    assert nest.GetDefaults(DOPAMINE, "A_plus") == 1.0
    assert len(nest.GetDefaults(DOPAMINE, "volume_transmitter")) == 0


def test_frozen_neurons_show_what_they_had() -> None:
    """The steps that a frozen neuron would have made are nothing that a synapse reads."""
    reset()
    model = reading("freezing_synapse")
    pre, post = parrots([np.arange(1.0, 60.0).tolist()]), nest.Create(NEURON, 2, params={"I_e": 500.0})
    nest.Connect(pre, post, syn_spec={"synapse_model": model})
    seen = []
    for frozen in (False, True, True, False):
        post[1].frozen = frozen
        before = nest.GetConnections(pre, post[1]).at_pre
        potential = post[1].V_m
        nest.Simulate(3.0)
        seen.append((nest.GetConnections(pre, post[1]).at_pre - before, potential))
    assert seen[2][0] == pytest.approx(3.0 * seen[2][1], rel=1e-12)
    assert seen[3][0] != pytest.approx(3.0 * seen[3][1], rel=1e-3)
