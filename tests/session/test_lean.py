"""Tables of NEST's that are given back leave NEST's own nodes, and later connections, what they need."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

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
print(json.dumps(grow(8000) / 8000))
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
    assert json.loads(done.stdout.splitlines()[-1]) < 1000.0


def place(delays: np.ndarray, **given: object) -> nest.SynapseCollection:
    """Connect each of as many neurons as there are delays to itself."""
    nodes = nest.Create(NEURON, len(delays))
    nest.Connect(
        nodes, nodes, "one_to_one", {"synapse_model": "static_synapse_nestml", "delay": delays, **given}
    )
    return nest.GetConnections(synapse_model="static_synapse_nestml")


@pytest.mark.parametrize(
    ("neurons", "different", "size"), [(300, 1, 4), (300, 2, 4), (300, 300, 4), (66_000, 40_000, 6)]
)
def test_lanes_and_delays_share_four_bytes_where_they_fit(neurons: int, different: int, size: int) -> None:
    """Whatever is shared or not, connections keep what they were given, and what is set later."""
    delays = 0.1 * (1 + np.arange(neurons) % different)
    connections = place(delays)
    assert set(connections.get("sizeof")) == {size}
    nodes = np.arange(1, neurons + 1)
    for change in (False, True):
        if change:
            delays[7] = 0.3
            connections[7].delay = 0.3
        found = connections.get(["source", "target", "delay"])
        assert np.array_equal(found["source"], nodes)
        assert np.array_equal(found["target"], nodes)
        assert np.allclose(found["delay"], delays, rtol=1e-12)


def test_what_shares_four_bytes_is_sorted_with_its_connection() -> None:
    """Sources fall, so that every connection moves, and delays need ever more bits."""
    nodes = nest.Create(NEURON, 200)
    for source in range(199, 99, -1):
        syn_spec = {"synapse_model": "static_synapse_nestml", "delay": 0.1 * (200 - source), "weight": source}
        nest.Connect(nodes[source], nodes[199 - source :: 50], syn_spec=syn_spec)
    nest.Simulate(0.1)
    found = nest.GetConnections(source=nodes).get(["source", "target", "delay", "weight"])
    sources = np.asarray(found["source"]) - 1
    assert len(sources) == 350
    assert np.array_equal(np.asarray(found["weight"]), sources)
    assert np.allclose(found["delay"], 0.1 * (200 - sources), rtol=1e-12)
    assert np.array_equal((np.asarray(found["target"]) - 1) % 50, (199 - sources) % 50)
