"""What is kept of third factors for silent sources takes little memory, and changes no bit of a result."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import NEURON, nest, parrots, record_spikes, reset, spikes, trains

DENSE, SPARSE, USUAL = 10**6, 1, 64
"""Limits with which all steps of a short simulation lie at hand, as few as can be, and as many as usually."""

TEMPLATE = """
model {name}_kept_synapse:
    state:
        w real = 1
        x real = 0
    parameters:
        eta real = 0.02
        tau ms = 30 ms
    equations:
        {equation}
    input:
        pre_spikes <- spike
        {port}
        V_m mV <- continuous
    output:
        spike
    onReceive({event}):
        {statement}
    onReceive(pre_spikes):
        x += 0.01 * V_m / 1 mV
        emit_spike(0.1 * w)
    update:
        integrate_odes()
{more}
"""
POST = {"port": "post_spikes <- spike", "event": "post_spikes"}
GATE = "w += eta * (3 - w) * (x + (V_m / 1 mV + 60) / 10)"
CONDITION = """
    onCondition(V_m > -56 mV):
        x += 0.1
"""
RULES = {
    "gated": {**POST, "equation": "x' = -x / tau", "statement": GATE, "more": ""},
    "filtered": {
        **POST,
        "equation": "x' = (V_m / 20 mV + 3.5 - x) / tau",
        "statement": "w += eta * (3 - w) * x",
        "more": "",
    },
    "checked": {**POST, "equation": "x' = -x / tau", "statement": "w += eta * x", "more": CONDITION},
    "present": {
        **POST,
        "equation": "x' = -x / tau",
        "statement": "w += eta * x",
        "more": "",
    },
    "modulated": {
        "port": "mod_spikes <- mod spike",
        "event": "mod_spikes",
        "equation": "x' = -x / tau",
        "statement": GATE,
        "more": "",
    },
}
TEXTS = {name: TEMPLATE.format(name=name, **rule) for name, rule in RULES.items()}


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    yield
    limit(USUAL)
    nest.jit._session.host.set_signal_budget(0)


def limit(entries: int) -> None:
    nest.Create(NEURON)  # the host is there now
    nest.jit._session.host.set_history_limit(entries)


def taken() -> int:
    """Return the bytes that values of third factors take."""
    return int(nest.jit._session.host.signal_bytes(NEURON))


def model(name: str) -> str:
    nest.jit.define(TEXTS[name])
    return f"{name}_kept_synapse"


def columns(pre: Any, post: Any, at: str | None = None) -> dict[tuple[str, int, int], tuple[float, float]]:
    """Return the variables of all connections, in an order that does not depend on threads."""
    shown = {}
    known = set(nest.synapse_models)
    for name in RULES:
        synapse = f"{name}_kept_synapse"
        found = nest.GetConnections(pre, post, synapse_model=synapse) if synapse in known else ()
        if len(found) == 0:
            continue
        values = nest.jit.columns(found, at=at)
        rows = zip(found.source, found.target, values["w"], values["x"], strict=True)
        shown |= {(name, int(i), int(j)): (float(w), float(x)) for i, j, w, x in rows}
    return shown


ROWS = [[20.0, 21.0, 560.0], [550.0], [], *trains(3, 20.0, 560.0)]


def simulate(entries: int, threads: int, durations: Sequence[float], shortest: float) -> list[Any]:
    """Return what is shown after pieces of a simulation most sources of which are silent for long."""
    reset(threads=threads)
    limit(entries)
    pre = parrots(ROWS)
    post = nest.Create(NEURON, 2, params=[{"I_e": 2500.0}, {"I_e": 600.0}])
    transmitter = nest.Create("volume_transmitter", params={"deliver_interval": 3})
    nest.Connect(parrots(trains(2, 30.0, 560.0, seed=8)), transmitter)
    delays = np.add(shortest, np.arange(2 * len(ROWS)).reshape(2, -1) * 0.7).round(1)
    for name in RULES:
        synapse = model(name)
        if name == "modulated":
            nest.SetDefaults(synapse, {"volume_transmitter": transmitter})
        nest.Connect(pre, post, syn_spec={"synapse_model": synapse, "delay": delays})
    recorder = record_spikes(post)
    shown = []
    for duration in durations:
        nest.Simulate(duration)
        if np.isclose(nest.biological_time % 100.0, 0.0):
            shown += [columns(pre, post), columns(pre, post, at="now")]
            for connection in nest.GetConnections(pre[1], post[0]):
                connection.w = 1.5  # the source has never spiked
    shown += [columns(pre, post), columns(pre, post, at="now"), spikes(recorder, post)]
    return shown


@pytest.mark.parametrize("shortest", [0.1, 2.0])
def test_results_do_not_depend_on_what_lies_at_hand(shortest: float) -> None:
    expected = simulate(DENSE, 1, [200.0, 200.0, 200.0], shortest)
    assert len(expected[-1]) > 50
    assert len(set(expected[-3].values())) > 30
    assert np.isfinite(list(expected[-2].values())).all()
    for entries, threads, durations in (
        (SPARSE, 1, [200.0, 200.0, 200.0]),
        (SPARSE, 2, [199.7, 0.3, 200.0, 150.0, 50.0]),
        (USUAL, 2, [200.0, 200.0, 200.0]),
    ):
        assert simulate(entries, threads, durations, shortest)[-3:] == expected[-3:]
    assert simulate(SPARSE, 1, [200.0, 200.0, 200.0], shortest) == expected


RING = 1024 * 128 * 8
"""Bytes that the newest steps of 100 neurons take."""


def quiet(name: str, lanes: int, entries: int = USUAL) -> tuple[Any, Any]:
    """Return sources, one of which is silent, and neurons; the silent one reaches some of them."""
    reset()
    limit(entries)
    pre = parrots([[float(time) for time in range(5, 3990, 40)], [3000.0]])
    post = nest.Create(NEURON, 100, params={"I_e": 500.0})
    nest.Connect(pre[0], post[:5], syn_spec={"synapse_model": model(name), "delay": 1.0})
    nest.Connect(pre[1], post[:lanes], syn_spec={"synapse_model": model(name), "delay": 9.0})
    return pre, post


def test_a_rule_that_reads_at_spikes_keeps_a_value_for_each() -> None:
    _, post = quiet("gated", 100)
    recorder = record_spikes(post)
    nest.Simulate(1000.0)
    early, count = taken(), recorder.n_events
    nest.Simulate(1900.0)
    spiked = recorder.n_events - count
    assert spiked > 2000
    assert 24 * spiked <= taken() - early + 24 * 1024  # none of them is missing
    assert taken() - early < 2 * 24 * spiked
    nest.Simulate(300.0)
    assert taken() <= early  # the source has spiked


def test_a_rule_that_reads_at_presynaptic_spikes_keeps_a_few_slices() -> None:
    quiet("present", 100)
    nest.Simulate(2500.0)
    assert taken() == 64 * 128 * 8


def test_a_rule_that_reads_in_every_step_keeps_them_for_its_neurons_only() -> None:
    quiet("filtered", 5)
    nest.Simulate(2500.0)
    assert taken() - RING >= 5 * 8 * (25000 - 2048)
    assert taken() - RING < 1.3 * 5 * 8 * 25000
    nest.Simulate(700.0)
    assert taken() - RING < 5 * 8 * 2048


def test_connections_that_are_removed_keep_nothing() -> None:
    pre, post = quiet("filtered", 5)
    nest.Simulate(1500.0)
    assert taken() - RING >= 5 * 8 * (15000 - 2048)
    nest.Disconnect(nest.GetConnections(pre[1], post))
    nest.Simulate(300.0)
    assert taken() - RING < 5 * 8 * 2048


def logged(capfd: pytest.CaptureFixture[str]) -> str:
    """Return what NEST has logged since the last time."""
    ctypes.CDLL(None).fflush(None)
    read = capfd.readouterr()
    return " ".join((read.out + read.err).split())


@pytest.mark.parametrize(("name", "advice"), [("filtered", "in every step"), ("gated", "at spikes")])
def test_much_memory_is_reported_once_in_a_simulation(
    name: str, advice: str, capfd: pytest.CaptureFixture[str]
) -> None:
    pre, _ = quiet(name, 5)
    nest.verbosity = nest.VerbosityLevel.WARNING
    nest.jit._session.host.set_signal_budget(RING)
    logged(capfd)
    nest.Simulate(600.0)
    text = logged(capfd)
    assert text.count("may still ask of the past of their third factors") == 1
    assert f"'{name}_kept_synapse' read them {advice}" in text
    assert f"node {pre[1].global_id}," in text
    nest.jit._session.host.set_signal_budget(2 * RING)
    nest.Simulate(400.0)
    assert "third factors" not in logged(capfd)


def test_a_delay_that_is_set_holds_for_what_comes() -> None:
    """What has arrived with the old one has acted by then, whatever lies at hand."""
    found = []
    for entries in (DENSE, SPARSE):
        pre, post = quiet("gated", 3, entries)
        nest.Simulate(300.0)
        before = columns(pre, post, at="now")
        for connection in nest.GetConnections(pre[1], post):
            connection.delay = 7.3
        nest.Simulate(2750.0)
        found.append((before, columns(pre, post)))
    assert found[0] == found[1]
    assert np.isfinite(list(found[0][1].values())).all()


def test_frozen_neurons_keep_their_values() -> None:
    """No neuron of the model is updated for longer than what lies at hand."""
    found = []
    for entries in (DENSE, SPARSE):
        pre, post = quiet("filtered", 3, entries)
        nest.Simulate(300.0)
        neurons = nest.GetNodes({"model": NEURON})
        neurons.frozen = True
        nest.Simulate(400.0)
        neurons.frozen = False
        nest.Simulate(2400.0)
        found.append(columns(pre, post))
    assert found[0] == found[1]
    assert np.isfinite(list(found[0].values())).all()
