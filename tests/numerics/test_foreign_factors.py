"""Third factors of NEST's own neurons: as with neurons from NESTML, and as the oracle and multimeters say.

The neurons of both compute the same equations in another order of operations: results agree to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nestml_jit
from nestml_jit.dsl import load
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from tests.numerics.network import NEURON, nest, parrots, record, record_spikes, reset, spikes, trace

READING, FILTER, EMITTING = "sampling_synapse", "filtering_synapse", "emitting_synapse"
VARIABLES = {READING: ("w", "at_pre", "at_post"), FILTER: ("w", "u"), EMITTING: ("w", "u", "left")}
RULES = f"""
model {READING}:
    state:
        w real = 1
        at_pre real = 0
        at_post real = 0
    input:
        pre_spikes <- spike
        post_spikes <- spike
        V_m mV <- continuous
    output:
        spike
    onReceive(post_spikes):
        at_post += V_m / 1 mV
    onReceive(pre_spikes):
        at_pre += V_m / 1 mV
        emit_spike(w)

model {FILTER}:
    state:
        w real = 1
        u mV = 0 mV
    parameters:
        tau ms = 10 ms
    equations:
        u' = (V_m - u) / tau
    input:
        pre_spikes <- spike
        post_spikes <- spike
        V_m mV <- continuous
    output:
        spike
    onReceive(post_spikes):
        w += u / 1000 mV
    onReceive(pre_spikes):
        w += 0.1
        emit_spike(w)
    update:
        integrate_odes()
"""
"""What a potential was at spikes, and a filter of it, which needs every step."""

EMITTER = f"""
model {EMITTING}:
    state:
        w real = 20
        u mV = -60 mV
        left ms = 0 ms
    parameters:
        tau ms = 3 ms
        dead ms = 4.7 ms
    equations:
        u' = (V_m - u) / tau
    input:
        pre_spikes <- spike
        post_spikes <- spike
        V_m mV <- continuous
    output:
        spike
    onReceive(post_spikes):
        emit_spike(w + V_m / 1 mV)
    onReceive(pre_spikes):
        w += 0.1
        u += 1 mV
    onCondition(u > -57 mV and left <= 0 ms):
        emit_spike(-w)
        left = dead
    update:
        integrate_odes()
        left -= timestep()
        if V_m > -56 mV:
            emit_spike(-u / 10 mV)
"""
"""Emits for postsynaptic spikes, on a condition and in update, each of which reads the potential."""


@pytest.fixture(autouse=True, scope="module")
def rules() -> Iterator[None]:
    nest.jit.define(RULES + EMITTER)
    yield
    nest.ResetKernel()


class Network:
    """Sources that spike now and then, and neurons that spike by themselves."""

    def __init__(self, neuron: str, threads: int, min_delay: float = 1.0, resolution: float = 0.1) -> None:
        reset(resolution, threads)
        nest.set(min_delay=min_delay, max_delay=4.0)
        rows = [sorted({10.0 + i, 50.0 + 3 * i, 51.0 + 2 * i, 100.0 + 7 * i, 133.0, 190.0}) for i in range(4)]
        self.neuron, self.seen = neuron, []
        self.pre, self.post = parrots(rows), nest.Create(neuron, 3)
        self.post.I_e = [400.0, 500.0, 600.0]

    def connect(self, *models: str, delay: float = 1.5, post: Any = None) -> None:
        for model in models or (READING, FILTER):
            nest.Connect(self.pre, post or self.post, syn_spec={"synapse_model": model, "delay": delay})

    def look(self) -> None:
        """Note what all connections show, and what they would be now."""
        for model in (*VARIABLES, *(f"{name}_copy" for name in VARIABLES)):
            found = nest.GetConnections(self.pre, synapse_model=model) if model in nest.synapse_models else []
            if len(found) == 0:
                continue
            ends = found.get(["source", "target", "delay"])
            order = np.lexsort((ends["delay"], ends["target"], ends["source"]))
            now = nest.jit.columns(found, at="now")
            for name in VARIABLES[model.removesuffix("_copy")]:
                self.seen += [np.array(found.get(name))[order], np.array(now[name])[order]]


def often(net: Network) -> None:
    net.connect()
    with nest.RunManager():
        for duration in (0.3, 1.2, 20.7, 0.1, 0.1, 50.0, 60.0, 67.6):
            nest.Run(duration)
            net.look()


def late(net: Network) -> None:
    net.connect(READING)
    nest.Simulate(51.7)
    net.connect(FILTER)
    nest.Simulate(60.2)
    net.connect(FILTER, delay=2.5)
    nest.Simulate(30.0)
    more = nest.Create(net.neuron, 2, params={"I_e": 450.0})
    net.connect(READING, post=more)
    nest.Simulate(50.0)


def late_from_the_start(net: Network) -> None:
    nest.Simulate(51.7)
    net.connect()
    nest.Simulate(148.3)


def prepared(net: Network) -> None:
    net.connect()
    nest.Prepare()
    nest.Run(51.0)
    net.connect(READING, delay=2.5)
    nest.Run(60.0)
    nest.Cleanup()
    nest.Simulate(80.0)


def frozen(net: Network) -> None:
    net.connect()
    nest.Simulate(51.7)
    net.post[1].frozen = True
    nest.Simulate(60.0)
    net.look()
    net.post[1].frozen = False
    nest.Simulate(80.2)


def disconnected(net: Network) -> None:
    net.connect()
    nest.Simulate(51.7)
    nest.GetConnections(net.pre, net.post[1]).disconnect()
    nest.Simulate(60.0)
    net.look()
    nest.GetConnections(net.pre, net.post).disconnect()
    nest.Simulate(30.0)
    net.connect(FILTER)
    nest.Simulate(60.0)


def changed(net: Network) -> None:
    net.connect()
    nest.Simulate(51.7)
    nest.GetConnections(net.pre, net.post, FILTER).w = 3.0
    nest.GetConnections(net.pre[1], net.post[2], FILTER).u = -20.0
    net.post[0].V_m = -60.0
    nest.Simulate(140.0)


def copied(net: Network) -> None:
    for name in VARIABLES:
        nest.CopyModel(name, f"{name}_copy", {"w": 2.0})
    net.connect(f"{FILTER}_copy")
    nest.Simulate(120.0)
    net.connect(f"{READING}_copy")
    nest.Simulate(80.0)


def watched(net: Network) -> None:
    """A user's own multimeter, which is not disturbed; and scripts see no other node."""
    net.connect()
    meter, size = record(net.post), nest.network_size
    nest.Simulate(100.0)
    later = nest.Create("parrot_neuron")
    assert later.tolist() == [size + 1]
    assert len(nest.GetNodes()) == nest.network_size == size + 1
    assert len(nest.GetConnections(target=net.post)) == 2 * 12 + 3
    nest.Simulate(91.0)
    net.seen.append(trace(meter, net.post))
    assert np.shape(net.seen[-1]) == (1900, 3)


def emitting(net: Network) -> None:
    """What the synapses emit changes what they read; without presynaptic spikes, too."""
    meter = record(net.post)
    nest.Simulate(20.3)
    nest.CopyModel(EMITTING, f"{EMITTING}_copy", {"w": 35.0})
    net.connect(EMITTING, f"{EMITTING}_copy")
    with nest.RunManager():
        for duration in (0.1, 30.6, 70.0):
            nest.Run(duration)
            net.look()
    nest.GetConnections(net.pre, net.post[1], EMITTING).disconnect()
    nest.Simulate(60.0)
    silent = nest.Create("parrot_neuron", 2)
    nest.Connect(silent, net.post, syn_spec={"synapse_model": EMITTING, "delay": 1.2})
    nest.Simulate(40.0)
    net.seen.append(trace(meter, net.post))


PROGRAMS = (
    often,
    late,
    late_from_the_start,
    prepared,
    frozen,
    disconnected,
    changed,
    copied,
    watched,
    emitting,
)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: str(program.__name__))
def test_it_is_all_the_same_whose_neurons_they_are(program: Callable[[Network], None], threads: int) -> None:
    seen = []
    for neuron, used in ((NEURON, 1), ("iaf_psc_exp", threads)):
        net = Network(neuron, used)
        program(net)
        net.look()
        seen.append(net.seen)
    for ours, theirs in zip(*seen, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(("min_delay", "resolution"), [(0.1, 0.1), (0.25, 0.25), (1.0, 0.5)])
def test_slices_of_any_length(min_delay: float, resolution: float) -> None:
    seen = []
    for neuron in (NEURON, "iaf_psc_exp"):
        net = Network(neuron, 1, min_delay, resolution)
        net.connect(*VARIABLES)
        meter = record(net.post)
        nest.Simulate(195.0)
        net.look()
        net.seen.append(trace(meter, net.post))
        seen.append(net.seen)
    for ours, theirs in zip(*seen, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(
    ("neuron", "drive", "threads"), [("hh_psc_alpha", 800.0, 2), ("aeif_cond_exp", 900.0, 1)]
)
def test_the_oracle_agrees(neuron: str, drive: float, threads: int) -> None:
    """The rule of Clopath, which reads a potential in every step, over what a multimeter saw."""
    reset(threads=threads)
    pre = parrots([[5.0, 21.0, 22.0, 58.0], [15.0, 16.0, 40.0, 58.0]])
    post = nest.Create(neuron, 2)
    post.I_e = [drive, 1.2 * drive]
    nest.Connect(pre, post, syn_spec={"synapse_model": "clopath_synapse_nestml", "weight": 2.0})
    meter, recorder = record(post), record_spikes(pre)
    nest.Simulate(61.0)
    seen, trains = trace(meter, post), spikes(recorder, pre)
    text = (Path(nestml_jit.__file__).parent / "models" / "clopath_synapse.nestml").read_text(
        encoding="utf-8"
    )
    for i in range(2):
        (model,) = load(text)
        potential = {"V_m": lambda step, i=i: float(seen[step - 1, i])}
        oracle = ReferenceSynapse(model, {"w": 2.0}, continuous=potential)
        oracle.run([round(time * 10) for time, index in trains if index == i])
        found = nest.GetConnections(pre[i], post[i]).get(["w", "u_bar_minus", "x_bar"])
        assert abs(found["w"] - 2.0) > 1e-4
        for name, value in found.items():
            assert value == pytest.approx(oracle.variables[name], rel=1e-6)  # both integrate numerically


def test_structural_plasticity_connects_them_while_it_simulates() -> None:
    grown = []
    for neuron in (NEURON, "iaf_psc_exp"):
        reset()
        nest.CopyModel(FILTER, "growing_synapse")
        nest.structural_plasticity_update_interval = 10.0
        ends = {"post_synaptic_element": "den", "pre_synaptic_element": "ax"}
        nest.structural_plasticity_synapses = {"some": {"synapse_model": "growing_synapse", **ends}}
        post = nest.Create(neuron, 10)
        growth = {"growth_curve": "linear", "growth_rate": 0.01, "eps": 10.0}
        post.set(synaptic_elements={"ax": growth, "den": growth})
        post.I_e = np.linspace(400.0, 600.0, 10).tolist()
        nest.EnableStructuralPlasticity()
        nest.Simulate(200.0)
        found = nest.GetConnections(synapse_model="growing_synapse").get(["source", "target", "w", "u"])
        grown.append(
            np.array(sorted(zip(*(found[key] for key in ("source", "target", "w", "u")), strict=True)))
        )
    assert len(grown[0]) > 5
    assert np.allclose(*grown, rtol=1e-11)


def test_a_neuron_that_nest_has_not_prepared_cannot_record() -> None:
    net = Network("iaf_psc_exp", 1)
    nest.Prepare()
    nest.Run(10.0)
    with pytest.raises(nest.NESTErrors.IllegalConnection, match="made after Prepare"):
        net.connect(post=nest.Create("iaf_psc_exp"))
    net.connect()  # these can
    nest.Run(20.0)
    nest.Cleanup()
    nest.Simulate(40.0)
    assert max(nest.GetConnections(net.pre, net.post[0], FILTER).u) < -50.0
