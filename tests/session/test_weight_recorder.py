"""Weights of NESTML synapses are recorded as those of NEST's own are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.numerics.network import STATIC, nest, reset, trains
from tests.session.sides import Names, assert_same, raised
from tests.session.texts import SEVERAL, SOMETIMES


def recorded(recorder: Any) -> list[tuple[Any, ...]]:
    events = recorder.events
    keys = ("times", "senders", "targets", "weights", "receptors")
    return sorted(zip(*(np.round(events[key], 9).tolist() for key in keys), strict=True))


def drive(count: int) -> Any:
    """Return parrots that spike one ms after random times."""
    parrots = nest.Create("parrot_neuron", count)
    times = [{"spike_times": row} for row in trains(count, 50.0, 100.0)]
    nest.Connect(nest.Create("spike_generator", count, times), parrots, "one_to_one", {"delay": 1.0})
    return parrots


def network(names: Names, kind: str, **params: Any) -> tuple[Any, Any, Any]:
    """Connect parrots to neurons twice: by a model that is recorded, and by the one it is a copy of."""
    recorder = nest.Create("weight_recorder", params=params)
    nest.CopyModel(names[kind], "recorded", {"weight_recorder": recorder})
    pre, post = drive(4), nest.Create(names["neuron"], 3, {"I_e": 500.0})
    spec = {"weight": nest.random.uniform(10.0, 20.0), "delay": nest.random.uniform(1.0, 2.0)}
    nest.Connect(pre, post, syn_spec={"synapse_model": "recorded", **spec})
    nest.Connect(pre, post, syn_spec={"synapse_model": names[kind], "weight": 2.0})
    return recorder, pre, post


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", ["static", "plastic"])
def test_weights_are_recorded(kind: str, threads: int) -> None:
    def script(names: Names) -> Any:
        recorder, _pre, _post = network(names, kind)
        nest.Simulate(100.0)
        nodes = [nest.GetDefaults(model)["weight_recorder"].tolist() for model in ("recorded", names[kind])]
        return recorded(recorder), nodes

    events, nodes = assert_same(script, threads)
    assert len(events) > 40
    assert len({weight for _time, _sender, _target, weight, _port in events}) > (
        1 if kind == "static" else 40
    )
    assert [len(found) for found in nodes] == [1, 0]


def test_ports_are_those_of_connections() -> None:
    def script(names: Names) -> Any:
        recorder, _pre, _post = network(names, "plastic")
        nest.Simulate(100.0)
        found = nest.GetConnections(synapse_model="recorded").get(["port", "source", "target"])
        ends = {port: end for port, *end in zip(*(found[key] for key in found), strict=True)}
        events = recorder.events
        columns = [events[key].tolist() for key in ("ports", "senders", "targets")]
        return all(ends[port] == [source, target] for port, source, target in zip(*columns, strict=True))

    assert assert_same(script)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("which", ["senders", "targets", "time"])
def test_what_is_recorded_can_be_restricted(which: str, threads: int) -> None:
    def script(names: Names) -> Any:
        recorder, pre, post = network(names, "plastic")
        some = {"senders": {"senders": pre[1:3]}, "targets": {"targets": post[:2]}}
        recorder.set(some.get(which, {"start": 20.0, "stop": 60.0}))
        nest.Simulate(100.0)
        return recorded(recorder)

    assert len(assert_same(script, threads)) > 10


def test_recording_begins_and_ends_later() -> None:
    def script(names: Names) -> Any:
        pre, post = drive(8), nest.Create(names["neuron"], 2)
        nest.Connect(pre, post, syn_spec={"synapse_model": names["plastic"], "weight": 3.0})
        nest.Simulate(40.0)
        recorder, other = nest.Create("weight_recorder"), nest.Create("weight_recorder")
        nest.SetDefaults(names["plastic"], {"weight_recorder": recorder})
        nest.Simulate(30.0)
        nest.GetConnections(pre[0], post).weight = 5.0
        nest.SetDefaults(names["plastic"], {"weight_recorder": other})
        nest.Simulate(30.0)
        return recorded(recorder), recorded(other)

    assert all(len(events) > 4 for events in assert_same(script))


def test_spikes_to_neurons_and_devices_of_nest() -> None:
    """Connections from devices and to devices are not recorded."""

    def script(names: Names) -> Any:
        recorder = nest.Create("weight_recorder")
        nest.CopyModel(names["static"], "recorded", {"weight_recorder": recorder})
        pre, targets = drive(2), nest.Create("parrot_neuron", 2) + nest.Create("iaf_psc_alpha", 2)
        source = nest.Create("spike_generator", params={"spike_times": [1.0]})
        spec = {"synapse_model": "recorded", "weight": 3.0}
        nest.Connect(source, targets, syn_spec=spec)
        nest.Connect(pre, targets, syn_spec=spec)
        nest.Connect(targets[:2], nest.Create("spike_recorder"), syn_spec=spec)
        nest.Simulate(50.0)
        return recorded(recorder)

    assert len(assert_same(script)) > 10


def test_several_spikes_at_once() -> None:
    def script(names: Names) -> Any:
        recorder, _pre, post = network(names, "static")
        many = {"spike_times": [5.0, 9.0], "spike_multiplicities": [3, 1]}
        parrot = nest.Create("parrot_neuron")
        nest.Connect(nest.Create("spike_generator", params=many), parrot)
        nest.Connect(parrot, post, syn_spec={"synapse_model": "recorded"})
        recorder.senders = parrot
        nest.Simulate(20.0)
        return recorded(recorder)

    assert len(assert_same(script)) == 12


def test_only_a_weight_recorder_records() -> None:
    def script(names: Names) -> Any:
        model, nodes = names["static"], nest.Create(names["neuron"], 2)
        recorders = nest.Create("weight_recorder", 2)
        spec = {"synapse_model": model, "weight_recorder": recorders[0]}
        return raised(
            lambda: nest.SetDefaults(model, {"weight_recorder": nodes[0]}),
            lambda: nest.SetDefaults(model, {"weight_recorder": recorders}),
            lambda: nest.SetDefaults(model, {"weight_recorder": 3}),
            lambda: nest.Connect(nodes, nodes, syn_spec=spec),
        ), len(nest.GetDefaults(model)["weight_recorder"])

    errors, left = assert_same(script)
    assert all(errors)
    assert left == 0


def test_an_empty_collection_ends_recording() -> None:
    """It is the default, which `SetDefaults` takes back as it came from `GetDefaults`."""
    recorder = nest.Create("weight_recorder")
    nest.SetDefaults(STATIC, {"weight_recorder": recorder})
    nest.SetDefaults(STATIC, {"weight_recorder": nest.NodeCollection([])})
    assert len(nest.GetDefaults(STATIC)["weight_recorder"]) == 0
    nest.Connect(drive(1), nest.Create("iaf_psc_exp"), syn_spec={"synapse_model": STATIC})
    nest.Simulate(50.0)
    assert recorder.n_events == 0


def test_synapses_that_do_not_pass_on_a_spike_are_not_recorded() -> None:
    """A handler that emits every other time: its weights are those of the spikes that pass."""
    reset()
    recorder = nest.Create("weight_recorder")
    nest.jit.define(SOMETIMES)
    nest.SetDefaults("every_other_synapse", {"weight_recorder": recorder})
    parrot, neuron = nest.Create("parrot_neuron"), nest.Create("iaf_psc_exp_neuron", 2)
    times = {"spike_times": [5.0, 10.0, 15.0, 20.0, 25.0]}
    nest.Connect(nest.Create("spike_generator", params=times), parrot, syn_spec={"delay": 1.0})
    nest.Connect(parrot, neuron, syn_spec={"synapse_model": "every_other_synapse", "weight": [[2.0], [3.0]]})
    nest.Simulate(40.0)
    found = [(time, weight) for time, _sender, _target, weight, _port in recorded(recorder)]
    assert found == [(6.0, 2.0), (6.0, 3.0), (16.0, 2.0), (16.0, 3.0), (26.0, 2.0), (26.0, 3.0)]


@pytest.mark.parametrize("neuron", ["iaf_psc_exp_neuron", "iaf_psc_exp", "parrot_neuron"])
def test_all_events_of_a_spike_are_recorded(neuron: str) -> None:
    reset()
    recorder = nest.Create("weight_recorder")
    nest.jit.define(SEVERAL)
    nest.SetDefaults("echoing_synapse", {"weight_recorder": recorder})
    parrot, nodes = nest.Create("parrot_neuron"), nest.Create(neuron, 2)
    generator = nest.Create("spike_generator", params={"spike_times": [5.0, 10.0]})
    nest.Connect(generator, parrot, syn_spec={"delay": 1.0})
    spec = {"synapse_model": "echoing_synapse", "weight": [[8.0], [-4.0]], "echoes": [[2], [1]]}
    nest.Connect(parrot, nodes, syn_spec=spec)
    nest.Simulate(20.0)
    first = nodes[0].global_id
    found = [(t, target - first, w) for t, _sender, target, w, _port in recorded(recorder)]
    expected = [(6.0, 0, w) for w in (8.0, 4.0, 2.0)] + [(11.0, 0, w) for w in (2.0, 1.0, 0.5)]
    expected += [(6.0, 1, w) for w in (-4.0, -2.0)] + [(11.0, 1, w) for w in (-2.0, -1.0)]
    assert sorted(found) == sorted(expected)
