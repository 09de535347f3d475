"""Rates of Hodgkin-Huxley type that start at their removable singularity, in every place of a model."""

from __future__ import annotations

import math

import pytest

import nestml_jit as nest
from nestml_jit.dsl import load
from nestml_jit.oracle.reference import ReferenceNeuron

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

NEURON = """
model rate_neuron:
    state:
        V_m mV = V_0
        n real = 0.5 * (V_m - V_0) / mV / sinh((V_m - V_0) / mV)
        in_update real = 0
        in_loop real = 0
        seen real = 0
    equations:
        inline above real = 0.01 * (V_m / mV + 55.)
        inline below real = 1. - exp(-0.1 * V_m / mV - 5.5)
        recordable inline alpha real = above / below
        n' = (alpha * (1 - n) - 0.125 * n) / ms
        V_m' = -0.001 / ms * (V_m - V_0) * n
    parameters:
        V_0 mV = -55 mV [[ (V_0 + 55 mV) / mV / (exp((V_0 + 55 mV) / mV) - 1) > 0.25 ]]
        given real = sin((V_0 + 55 mV) / mV) / ((V_0 + 55 mV) / mV)
    internals:
        inside real = (V_0 + 55 mV) / mV / tanh((V_0 + 55 mV) / mV)
    function rate(x real) real:
        return x / (exp(x) - 1)
    function looped(x real) real:
        found real = 0
        k integer = 0
        while k < 2:
            found += rate(x) + (1 - exp(-x)) / x
            k += 1
        return found
    input:
        spikes <- spike
    output:
        spike
    onReceive(spikes):
        seen += (V_m - V_0) / mV / (1 - exp((V_0 - V_m) / mV))
    update:
        integrate_odes()
        in_update = rate((V_m - V_0) / mV) + inside
        in_loop = looped((V_m - V_0) / mV)
        if (V_m - V_0) / mV / (exp((V_m - V_0) / mV) - 1) > 0.999:
            emit_spike()
"""
SYNAPSE = """
model rate_synapse:
    state:
        w real = 1
        x real = 0
    parameters:
        a real = 0
        d ms = 1 ms
        given real = a / (exp(a) - 1)
    input:
        pre_spikes <- spike
    output:
        spike(weight real, delay ms)
    onReceive(pre_spikes):
        x = x + 1
        w = 3 * a / (1 - exp(-a)) + (exp(x - 1) - 1) / (x - 1)
        emit_spike(w, d)
"""
STATES = ("n", "in_update", "in_loop", "seen")
OFFSETS = (0.0, 7.2e-15, -1e-13, 1e-6, -0.25)


@pytest.fixture(autouse=True)
def _models() -> None:
    nest.ResetKernel()
    nest.resolution = 0.125
    nest.jit.define(NEURON + SYNAPSE)


def test_neurons_and_synapses_start_at_their_singularity() -> None:
    neurons = nest.Create("rate_neuron", len(OFFSETS), params={"V_m": [-55.0 + x for x in OFFSETS]})
    generator = nest.Create("spike_generator", params={"spike_times": [1.0, 2.0]})
    parrot = nest.Create("parrot_neuron")
    nest.Connect(generator, parrot)
    nest.Connect(parrot, neurons, syn_spec={"synapse_model": "rate_synapse"})
    assert neurons.given == (1.0,) * len(OFFSETS)
    assert neurons.inside == (1.0,) * len(OFFSETS)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Simulate(5.0)
    connections = nest.GetConnections(synapse_model="rate_synapse")
    assert connections.given == [1.0] * len(OFFSETS)
    assert connections.w == pytest.approx([3 + math.expm1(1)] * len(OFFSETS), rel=1e-14)
    assert set(recorder.events["senders"]) == set(neurons.tolist())
    tree = next(item for item in load(NEURON) if item.name == "rate_neuron")
    for neuron, offset in zip(neurons, OFFSETS, strict=True):
        oracle = ReferenceNeuron(tree, {"V_m": -55.0 + offset}, resolution=0.125, substeps=8)
        arrivals = {24: 4.0, 32: 3 + math.expm1(1)}
        for step in range(1, 41):
            oracle.step({"spikes": arrivals[step]} if step in arrivals else {}, {})
        for name in STATES:
            assert neuron.get(name) == pytest.approx(float(oracle[name]), rel=1e-6), (offset, name)


def test_guards_hold_at_the_singularity() -> None:
    neuron = nest.Create("rate_neuron", params={"V_0": -55.0})
    with pytest.raises(nest.NESTErrors.BadProperty, match="V_0"):
        neuron.V_0 = -50.0


def test_every_solver_passes_the_singularity() -> None:
    found = {}
    for solver in ("rkf45", "rk4", "rosenbrock", "forward_euler", "exponential_euler"):
        nest.ResetKernel()
        nest.jit.define(NEURON)
        nest.jit.configure("rate_neuron", solver=solver)
        neuron = nest.Create("rate_neuron")
        nest.Simulate(2.0)
        found[solver] = neuron.n
    assert all(value == pytest.approx(found["rkf45"], rel=1e-2) for value in found.values())
