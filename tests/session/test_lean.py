"""Tables of NEST's that are given back leave NEST's own nodes, and later connections, what they need."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from tests.numerics.network import NEURON, nest, record_spikes, reset, spikes

GROWTH = f"""
import json, os
import nestml_jit as nest

def resident():
    with open("/proc/self/statm") as status:
        return int(status.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def grow(neurons):
    nest.ResetKernel()
    nodes = nest.Create("{NEURON}", neurons)
    before = resident()
    nest.Connect(nodes, nodes, "one_to_one", {{"synapse_model": "static_synapse_nestml", "delay": 1.5}})
    nest.Simulate(1.5)
    return resident() - before

grow(100)
print()
print(json.dumps(grow(20_000) / 20_000))
"""


def coupled(ours: bool) -> np.ndarray:
    """Return the potentials of two neurons with a gap junction, alone or beside a network of ours."""
    reset()
    pair = nest.Create("hh_psc_alpha_gap", 2)
    pair[0].I_e = 200.0
    junction = {"synapse_model": "gap_junction", "weight": 0.5}
    nest.Connect(pair[0], pair[1], {"rule": "one_to_one", "make_symmetric": True}, junction)
    if ours:
        nodes = nest.Create(NEURON, 20, params={"I_e": 500.0})
        nest.Connect(nodes, nodes, syn_spec={"synapse_model": "static_synapse_nestml", "weight": 1.0})
    meter = nest.Create("voltmeter", params={"interval": 0.5})
    nest.Connect(meter, pair)
    nest.Simulate(20.0)
    nest.Simulate(20.0)
    return np.asarray(meter.events["V_m"])


def test_gap_junctions_work_beside_neurons_of_ours() -> None:
    """NEST's own nodes keep their places in the buffer of secondary events."""
    assert np.array_equal(coupled(ours=True), coupled(ours=False))


def test_recorders_and_connections_can_be_added_after_a_simulation() -> None:
    """Rows of tables that were shortened are good for all synapse models, and new ones grow them again."""
    nodes = nest.Create(NEURON, 10, params={"I_e": 800.0})
    nest.Connect(nodes, nodes, "one_to_one", {"synapse_model": "static_synapse_nestml"})
    nest.Simulate(20.0)
    nest.CopyModel("static_synapse_nestml", "later")
    nest.Connect(nodes[:5], nodes[5:], "one_to_one", {"synapse_model": "later"})
    recorder = record_spikes(nodes)
    nest.Simulate(50.0)
    assert {index for _, index in spikes(recorder, nodes)} == set(range(10))


def test_few_connections_take_little_memory() -> None:
    """Neurons with one input each: less than NEST's own tables for them would take."""
    done = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) < 1500.0
