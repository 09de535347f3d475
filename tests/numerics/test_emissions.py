"""Synapses that emit for other reasons than presynaptic spikes, against the oracle.

An event has the time at which the synapse emits it, and arrives a delay later, like that of a presynaptic
spike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from nestml_jit import dsl
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from tests.numerics.network import generators, nest, parrots, record, reset, trace

H = 0.1
TARGET = """
model watched_neuron:
    state:
        received real = 0
        arrived real = 0
        V_m mV = -60 mV
    input:
        spikes <- spike
        forced <- spike
    output:
        spike
    onReceive(spikes):
        received += spikes * 1 s
    onReceive(forced):
        emit_spike()
    update:
        received = 0
        V_m = -60 mV + 30 mV * sin(t / 7 ms)
"""
"""Says what arrives in each step."""

HEAD = """
model {name}_synapse:
    state:
        w real = 2
        x real = 0
    parameters:
        tau ms = 8 ms
        gain real = 0.5
    equations:
        x' = -x / tau
    input:
        pre_spikes <- spike
        {ports}
    output:
        spike
    update:
        integrate_odes()
{handlers}
"""

RULES = {
    "post": (
        "post_spikes <- spike",
        """
    onReceive(pre_spikes):
        x += 1
        emit_spike(w * (1 + x))
    onReceive(post_spikes):
        w += gain * x
        emit_spike(-w)
""",
    ),
    "silent_pre": (
        "post_spikes <- spike",
        """
    onReceive(pre_spikes):
        x += 1
    onReceive(post_spikes):
        if x > 0.1:
            send(w * x)
            emit_spike(gain)
    function send(weight real) void:
        emit_spike(weight)
        return
""",
    ),
    "modulated": (
        "mod_spikes <- spike",
        """
    onReceive(pre_spikes):
        x += 1
    onReceive(mod_spikes):
        w += 0.1
        emit_spike(w * x)
""",
    ),
    "condition": (
        "post_spikes <- spike",
        """
    onReceive(pre_spikes):
        x += 1
    onReceive(post_spikes):
        x += 0.6
    onCondition(x > 1.2):
        emit_spike(w * x)
        x = 0
""",
    ),
    "updated": (
        "post_spikes <- spike",
        """
    onReceive(pre_spikes):
        x += 1
        emit_spike(w)
    onReceive(post_spikes):
        x += 0.3
    onCondition(false):
        x = 0
""",
    ),
    "level": (
        "V_m mV <- continuous\n        post_spikes <- spike",
        """
    onReceive(pre_spikes):
        x += 1
    onReceive(post_spikes):
        x += 0.5
    onCondition(x > 0.8):
        emit_spike(w * x)
        x = 0
""",
    ),
}
BETWEEN = "        integrate_odes()\n        if x > 0.5:\n            emit_spike(w * x * timestep() / 1 ms)\n"
FILTER = "        x += gain * timestep() / 1 ms * (V_m / 100 mV + 0.5)\n        integrate_odes()\n"

PRE = [[2.0, 8.0, 20.0, 31.0, 50.0], [5.0, 9.0, 33.0, 47.0]]
POST = [4.0, 15.0, 29.0, 45.0, 47.0, 55.0]
MOD = [3.0, 8.0, 33.0, 58.0]
DELAYS = (1.0, 2.3, 5.0)
END = 70.0


def text_of(name: str) -> str:
    ports, handlers = RULES[name]
    text = HEAD.format(name=name, ports=ports, handlers=handlers)
    if name == "updated":
        text = text.replace("        integrate_odes()\n", BETWEEN)
    return text.replace("        integrate_odes()\n", FILTER) if name == "level" else text


def steps(times: Iterable[float]) -> list[int]:
    """Return when parrots spike that are told to at some times."""
    return [round((time + 1.0) / H) for time in times]


def expected(name: str, delay: float, pre: list[float], given: dict[str, float]) -> tuple[Any, list[Any]]:
    """Return what arrives by step, and when what was emitted, according to the oracle."""
    (model,) = dsl.load(text_of(name))
    ports = {"V_m": lambda step: -60.0 + 30.0 * np.sin(step * H / 7.0)} if name == "level" else {}
    synapse = ReferenceSynapse(model, given, resolution=H, delay=delay, continuous=ports)
    modulated = [step + 10 for step in steps(MOD)] if name == "modulated" else []  # to the transmitter
    synapse.run(steps(pre), steps(POST) if name != "modulated" else [], modulated)
    synapse.advance(round(END / H) - 10)
    arrived = np.zeros(round(END / H) + 100)
    for step, weight in synapse.emitted:
        arrived[step + round(delay / H)] += weight
    return arrived[: round(END / H)], synapse.emitted


def network(threads: int, slices: float, hetero: bool) -> tuple[dict[str, Any], Any]:
    """Return the targets of each rule, one for each source and delay, and a recorder of some weights."""
    reset(H, threads)
    nest.set(min_delay=slices, max_delay=5.0)
    nest.jit.define(TARGET)
    pre = parrots(PRE)
    vt = nest.Create("volume_transmitter")
    nest.Connect(parrots([MOD]), vt)
    recorder = nest.Create("weight_recorder")
    targets = {}
    for name in RULES:
        (model,) = nest.jit.define(text_of(name))
        if name == "modulated":
            nest.SetDefaults(model, {"volume_transmitter": vt})
        if name == "post":
            nest.SetDefaults(model, {"weight_recorder": recorder})
        targets[name] = nest.Create("watched_neuron", len(PRE) * len(DELAYS))
        nest.Connect(generators([POST]), targets[name], syn_spec={"receptor_type": 2, "delay": 1.0})
        for k, post in enumerate(targets[name]):
            spec = {"synapse_model": model, "receptor_type": 1, "delay": DELAYS[k // len(PRE)]}
            more = {"gain": 0.5 + 0.1 * k} if hetero else {}
            nest.Connect(pre[k % len(PRE)], post, syn_spec={**spec, **more})
    return targets, recorder


@pytest.mark.parametrize(("threads", "slices", "hetero"), [(1, 1.0, False), (2, 0.3, True), (1, 0.1, True)])
def test_events_have_the_time_at_which_they_are_emitted(threads: int, slices: float, hetero: bool) -> None:
    targets, recorder = network(threads, slices, hetero)
    meter = nest.Create("multimeter", params={"record_from": ["received"], "interval": H})
    everyone = sum((targets[name] for name in RULES if name != "post"), targets["post"])
    nest.Connect(meter, everyone)
    for part in (13.0, 0.3, 26.7, 30.0):
        nest.Simulate(part)
        for name in RULES:  # who looks changes nothing
            found = nest.GetConnections(synapse_model=f"{name}_synapse")
            nest.jit.columns(found, at="now")["w"][...]
            found.get("x")
    nest.Simulate(1.0)  # the recorder's last slice
    events = meter.events
    for name, nodes in targets.items():
        for k, post in enumerate(nodes):
            given = {"gain": 0.5 + 0.1 * k} if hetero else {}
            delay, source = DELAYS[k // len(PRE)], k % len(PRE)
            arrived, emitted = expected(name, delay, PRE[source], given)
            mine = events["senders"] == post.global_id
            found = np.zeros(len(arrived) + 20)
            found[np.rint(events["times"][mine] / H).astype(int)] = events["received"][mine]
            assert np.abs(arrived).max() > 0.0, name
            assert found[: len(arrived)] == pytest.approx(arrived, rel=1e-9, abs=1e-12), (name, k)
            if name == "post":
                assert recorded(recorder, post) == [(step, pytest.approx(w)) for step, w in emitted]


def recorded(recorder: Any, target: Any) -> list[tuple[int, float]]:
    """Return steps and weights of the events that a target got."""
    events = recorder.events
    mine = events["targets"] == target.global_id
    steps_ = np.rint(events["times"][mine] / H).astype(int).tolist()
    rows = zip(steps_, events["weights"][mine].tolist(), strict=True)
    return [row for row in rows if row[0] <= round(END / H) - 10]


FOREIGN = ("post", "silent_pre", "condition", "updated", "modulated")
STILL = {"V_th": 1e6, "V_reset": 0.0, "E_L": 0.0, "V_m": 0.0, "tau_m": 1e15, "t_ref": 0.0}
"""A potential that is the sum of what has arrived since the last spike."""


def foreign_cases() -> list[tuple[str, float, int]]:
    return [(name, delay, source) for name in FOREIGN for delay in DELAYS for source in range(len(PRE))]


def both() -> tuple[Any, Any]:
    """Return neurons of NEST's own, and some of ours for the same synapse models and delays."""
    cases = foreign_cases()
    theirs = nest.Create("iaf_psc_delta", len(cases), STILL)
    nest.jit.define(TARGET + "".join(text_of(name) for name in FOREIGN))
    vt = nest.Create("volume_transmitter")
    nest.Connect(parrots([MOD]), vt)
    nest.SetDefaults("modulated_synapse", {"volume_transmitter": vt})
    ours = nest.Create("watched_neuron", len(theirs))
    pre, drive = parrots(PRE), generators([POST])
    nest.Connect(drive, ours, syn_spec={"receptor_type": 2, "delay": 1.0})
    nest.Connect(drive, theirs, syn_spec={"weight": 1e9, "delay": 1.0})
    for k, (name, delay, source) in enumerate(cases):
        spec = {"synapse_model": f"{name}_synapse", "delay": delay}
        nest.Connect(pre[source], theirs[k], syn_spec=spec)
        nest.Connect(pre[source], ours[k], syn_spec={**spec, "receptor_type": 1})
    return theirs, ours


@pytest.mark.parametrize(("threads", "slices"), [(1, 1.0), (2, 0.3), (3, 0.1)])
def test_neurons_of_nest_get_such_events_in_time(threads: int, slices: float) -> None:
    reset(H, threads)
    nest.set(min_delay=slices, max_delay=5.0)
    theirs, ours = both()
    meters = record(theirs, ["V_m"]), record(ours, ["received"])
    nodes = nest.GetNodes().tolist()
    for part in (13.0, 0.3):
        nest.Simulate(part)
        assert nest.GetNodes().tolist() == nodes
    with nest.RunManager():
        for part in (26.7, 30.0):
            nest.Run(part)
    assert nest.GetNodes().tolist() == nodes
    potentials, received = trace(meters[0], theirs), trace(meters[1], ours, "received")
    spiking = set(steps(POST))
    for k, (name, delay, source) in enumerate(foreign_cases()):
        arrived, _ = expected(name, delay, PRE[source], {})
        rows = [n for n in range(2, len(potentials)) if n not in spiking and n - 1 not in spiking]
        jumps = [potentials[n - 1, k] - potentials[n - 2, k] for n in rows]
        assert np.abs(arrived[rows]).max() > 0.0
        assert jumps == pytest.approx(arrived[rows], rel=1e-9, abs=1e-9), (name, k)
        assert received[np.array(rows) - 1, k] == pytest.approx(arrived[rows], rel=1e-9, abs=1e-9)


def test_connections_by_place_are_refused_beside_them() -> None:
    reset(H)
    theirs, _ = both()
    nest.Connect(theirs[0], theirs[1], syn_spec={"synapse_model": "static_synapse_hpc"})
    with pytest.raises(nest.NESTErrors.KernelException, match="static_synapse_hpc"):
        nest.Simulate(1.0)
    nest.Disconnect(nest.GetConnections(synapse_model="static_synapse_hpc"))
    nest.Simulate(1.0)
