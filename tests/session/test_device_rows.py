"""Connections to devices: NEST's table of them has rows of our neurons only where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import NEURON, nest, record_spikes, reset, spikes
from tests.session.sides import Names, assert_same, raised, rows
from tests.session.test_connecting import growing
from tests.session.test_processes import finish, start

THREADS = pytest.mark.parametrize("threads", [1, 2, 3])


def driven(names: Names, count: int) -> Any:
    """Return neurons that spike, each at a rate of its own."""
    return nest.Create(names["neuron"], count, params={"I_e": [400.0 + 20.0 * k for k in range(count)]})


def heard(recorders: Sequence[Any]) -> list[list[tuple[float, int]]]:
    """Return what each recorder has: times and senders, sorted."""
    found = []
    for recorder in recorders:
        events = recorder.events
        found.append(sorted(zip(events["times"].tolist(), events["senders"].tolist(), strict=True)))
    return found


@THREADS
def test_recorders_before_and_after_simulations(threads: int) -> None:
    def script(names: Names) -> Any:
        neurons = driven(names, 7)
        recorders = [record_spikes(neurons[2:5])]
        nest.Simulate(60.0)
        recorders.append(record_spikes(neurons[::3]))
        found = [heard(recorders)]
        nest.Simulate(60.0)
        recorders.append(nest.Create("spike_recorder"))
        nest.Connect(neurons[2:3] + neurons[6:], recorders[-1])
        nest.Simulate(60.0)
        found.append(heard(recorders))
        return found, rows(nest.GetConnections(neurons)), nest.num_connections

    found, connections, count = assert_same(script, threads)
    assert all(found[-1])
    assert len(connections) == count == 8


@THREADS
def test_nodes_of_all_kinds_in_turns(threads: int) -> None:
    """Rows of NEST's own nodes are full as ever, wherever in the table they are."""

    def script(names: Names) -> Any:
        recorders, groups = [], []
        for size in (1, 2, 5):
            groups += [driven(names, size), nest.Create("iaf_psc_alpha", size, params={"I_e": 500.0})]
            recorders.append(nest.Create("spike_recorder"))
            groups.append(nest.Create("parrot_neuron", size))
            nest.Connect(groups[-3][:1], groups[-1], syn_spec={"delay": 1.0})
            for group in groups:
                nest.Connect(group, recorders[-1])
        nest.Simulate(100.0)
        return heard(recorders), [rows(nest.GetConnections(group)) for group in groups]

    found, connections = assert_same(script, threads)
    assert len({sender for _time, sender in found[-1]}) == 24
    assert all(connections)


@THREADS
def test_synapse_models_that_come_later(threads: int) -> None:
    def script(names: Names) -> Any:
        neurons = driven(names, 5)
        first = record_spikes(neurons[1:3])
        nest.CopyModel("static_synapse", "late", {"weight": 2.5})
        nest.CopyModel(names["plastic"], "plastic_late")
        late = nest.Create("spike_recorder")
        nest.Connect(neurons[2:], late, syn_spec={"synapse_model": "late"})
        nest.Simulate(50.0)
        nest.CopyModel("late", "latest")
        latest = nest.Create("spike_recorder")
        nest.Connect(neurons[:2], latest, syn_spec={"synapse_model": "latest", "weight": 2.0})
        nest.Simulate(50.0)
        models = [
            rows(nest.GetConnections(synapse_model=name)) for name in ("static_synapse", "late", "latest")
        ]
        return heard([first, late, latest]), models, rows(nest.GetConnections(neurons, late))

    found, models, _late = assert_same(script, threads)
    assert all(found)
    assert [len(connections) for connections in models] == [2, 3, 2]


@THREADS
def test_connections_to_devices_as_objects(threads: int) -> None:
    def script(names: Names) -> Any:
        neurons = driven(names, 4)
        recorder = record_spikes(neurons[1:])
        meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 10.0})
        nest.Connect(meter, neurons)
        nest.Simulate(20.0)
        to_device = nest.GetConnections(neurons, recorder)
        nest.GetConnections(neurons[2:3], recorder).weight = 3.0
        nest.GetConnections(neurons[3:], recorder).set(weight=2.0)
        none = nest.GetConnections(neurons[:1], recorder), nest.GetConnections(neurons, neurons)
        nest.Simulate(80.0)
        everything = rows(nest.GetConnections(), "target_thread", "port")
        return rows(to_device), [len(found) for found in none], everything, heard([recorder])

    to_device, none, _everything, found = assert_same(script, threads)
    assert [weight for _source, _target, weight, _delay in to_device] == [1.0, 3.0, 2.0]
    assert none == [0, 0]
    assert found[0]


@THREADS
def test_all_ways_to_connect(threads: int) -> None:
    """Connections to recorders by arrays of node IDs, by other rules, in space; and refused ones."""

    def script(names: Names) -> Any:
        neurons = driven(names, 6)
        recorders = nest.Create("spike_recorder", 3)
        nest.Connect(np.array([1, 3, 3]), np.array([recorders[0].global_id] * 3), "one_to_one")
        nest.Connect(neurons[3:], recorders, "one_to_one")
        in_space = nest.Create(names["neuron"], positions=nest.spatial.grid([3, 2]))
        in_space.I_e = 450.0
        place = nest.Create("spike_recorder", positions=nest.spatial.grid([1, 1]))
        rule = {"rule": "pairwise_bernoulli", "p": 1.0, "use_on_source": True}
        nest.Connect(in_space, place, {**rule, "mask": {"circular": {"radius": 0.4}}})
        random = {"rule": "pairwise_bernoulli", "p": 0.5}
        primary, factor = {"rule": "one_to_one"}, {"rule": "third_factor_bernoulli_with_pool"}
        refused = raised(
            lambda: nest.Connect(neurons, recorders, random),
            lambda: nest.Connect(neurons, recorders, syn_spec={"weihgt": 1.0}),
            lambda: nest.TripartiteConnect(neurons[:1], recorders[:1], neurons[5:], primary, factor),
            lambda: nest.Connect(np.array([1]), np.array([0]), "one_to_one"),
            lambda: nest.Connect(np.array([100]), np.array([recorders[0].global_id]), "one_to_one"),
        )
        nest.Simulate(100.0)
        return heard([*recorders, place]), rows(nest.GetConnections()), refused

    found, connections, refused = assert_same(script, threads)
    assert all(found)
    assert len(connections) > 6
    assert all(refused[:2])
    assert all(refused[3:])


def connected_in_vain() -> Any:
    """Return neurons that NEST refused to connect to a recorder."""
    neurons, recorder = nest.Create(NEURON, 5, params={"I_e": 600.0}), nest.Create("spike_recorder")
    assert raised(lambda: nest.Connect(neurons, recorder, {"rule": "fixed_indegree", "indegree": 1}))[0]
    return neurons


def test_other_kernels() -> None:
    """A reset, another number of threads: the table begins anew, also with rows that were filled in vain."""
    trains = []
    for threads in (1, 3, 2, 1):
        reset(threads=threads)
        nest.set(min_delay=1.0, max_delay=1.0)
        neurons = connected_in_vain()
        if len(trains) == 1:
            trains += trains
            continue
        nest.Prepare()
        nest.Run(10.0)
        nest.Cleanup()
        recorder = record_spikes(neurons)
        nest.Simulate(50.0)
        trains.append(spikes(recorder, neurons))
    assert len(trains[0]) > 5
    assert trains.count(trains[0]) == len(trains)


def test_structural_plasticity_leaves_recorders_alone() -> None:
    """NEST connects neurons while it simulates."""

    def script(names: Names) -> Any:
        curve = {
            "growth_curve": "gaussian",
            "growth_rate": 0.05,
            "continuous": False,
            "eta": 0.0,
            "eps": 0.02,
        }
        neurons = growing(names, "static", curve)
        recorder = record_spikes(neurons[:3])
        nest.Simulate(100.0)
        grown = nest.num_connections
        nest.DisableStructuralPlasticity()
        late = record_spikes(neurons[3:])
        nest.Simulate(40.0)
        return heard([recorder, late]), grown

    found, grown = assert_same(script)
    assert all(found)
    assert grown > 3


def test_secondary_events_of_other_neurons() -> None:
    """NEST looks synapse models up in the rows of neurons with gap junctions, which therefore stay full."""

    def script(names: Names) -> Any:
        neurons = driven(names, 3)
        gaps = nest.Create("hh_psc_alpha_gap", 2, params={"I_e": [100.0, 400.0]})
        gap = {"rule": "one_to_one", "make_symmetric": True}
        nest.Connect(gaps[0], gaps[1], gap, {"synapse_model": "gap_junction", "weight": 20.0})
        recorder = record_spikes(neurons + gaps)
        nest.Simulate(50.0)
        return heard([recorder]), rows(nest.GetConnections(neurons))

    found, _connections = assert_same(script)
    assert len({sender for _time, sender in found[0]}) >= 3


def test_connections_of_a_kernel_that_was_reset() -> None:
    """NEST finds that they are no more."""

    def script(names: Names) -> Any:
        neurons = driven(names, 3)
        found = nest.GetConnections(neurons, record_spikes(neurons))
        reset()
        neurons = driven(names, 3)
        recorder = nest.Create("spike_recorder")
        refused = raised(lambda: found[0].set(weight=2.0), lambda: found.set(weight=[1.0, 2.0, 3.0]))
        nest.Connect(neurons, recorder)
        nest.Simulate(50.0)
        return refused, heard([recorder])

    refused, found = assert_same(script)
    assert all(refused)
    assert all(found)


MEMORY = """
    import json, os
    import nestml_jit as nest

    def resident():
        with open("/proc/self/statm") as status:
            return int(status.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def peak():
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

    nest.verbosity = nest.VerbosityLevel.ERROR
    first = nest.Create("iaf_psc_exp_neuron", 1000)
    begin = resident()
    neurons = nest.Create("iaf_psc_exp_neuron", 200000)
    nest.CopyModel("static_synapse", "another")
    more = nest.Create("iaf_psc_alpha")
    nest.Connect(first, more)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons[:100], recorder)
    found = {"created": resident(), "peak": peak()}
    nest.Simulate(2.0)
    found["simulated"] = resident()
    print(json.dumps({key: (value - begin) / 200000 for key, value in found.items()}))
"""


def test_memory_per_neuron(tmp_path: Any) -> None:
    """Less than 300 bytes, at no time more than 400, whatever else is created, copied and connected.

    After a simulation there are states and what is still to arrive, 20 steps of it, too, but not another 1900
    bytes of NEST's for events that these neurons do not send.
    """
    found = finish(start(MEMORY, tmp_path))
    assert found["created"] < 300.0
    assert found["peak"] < 400.0
    assert found["simulated"] < 1200.0
