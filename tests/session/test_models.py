"""Generic operations of NEST on our models: defaults, copies, connections, layouts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    ALPHA,
    NEURON,
    STATIC,
    STDP,
    nest,
    parrots,
    record_spikes,
    reset,
    spikes,
    trains,
    weights,
)

READ_ONLY = {
    *"available capacity instantiations element_type elementsize frozen global_id local model".split(),
    *"model_id node_uses_wfr recordables thread thread_local_id type_id vp".split(),
    *"receptor_types I_stim unit_psc".split(),
    *"has_delay num_connections requires_symmetric sizeof synapse_model synapse_modelid".split(),
}


def settable(model: str) -> dict[str, Any]:
    return {key: value for key, value in nest.GetDefaults(model).items() if key not in READ_ONLY}


@pytest.mark.parametrize("model", [NEURON, ALPHA, STATIC, STDP])
def test_defaults_make_a_round_trip(model: str) -> None:
    before = settable(model)
    assert len(before) >= 3
    nest.SetDefaults(model, before)
    assert settable(model) == before
    for key, value in before.items():
        if isinstance(value, (dict, nest.NodeCollection)):
            continue
        # Still a valid value, of the same type.
        other = value + 1 if isinstance(value, int) else round(value * 1.25 + 0.5, 6)
        other = round(other, 1) if key in ("d", "delay") else other  # delays are whole steps
        if key == "receptor_type":
            continue
        same = {"w", "weight"} if key in ("w", "weight") else {key}
        nest.SetDefaults(model, {key: other})
        after = settable(model)
        assert type(after[key]) is type(value)
        assert after[key] == other
        follows = {"V_m"} if key == "E_L" else set()
        changed = {name for name in before if after[name] != before[name]}
        assert same <= changed <= same | follows
        nest.SetDefaults(model, {name: before[name] for name in sorted(changed)})
        assert settable(model) == before


def test_defaults_are_those_of_new_nodes_and_connections() -> None:
    old = nest.Create(NEURON)
    nest.SetDefaults(NEURON, {"tau_m": 17.0, "E_L": -62.0})
    new = nest.Create(NEURON)
    assert (old.tau_m, old.E_L, old.V_m) == (10.0, -70.0, -70.0)
    assert (new.tau_m, new.E_L, new.V_m) == (17.0, -62.0, -62.0)
    nest.SetDefaults(NEURON, {"V_m": -66.0})
    assert nest.Create(NEURON, params={"E_L": -50.0}).V_m == -66.0
    nest.Connect(old, new, syn_spec=STDP)
    nest.SetDefaults(STDP, {"lambda": 0.2, "weight": 7.0, "delay": 2.0})
    nest.Connect(new, old, syn_spec=STDP)
    names = ["lambda", "w", "weight", "delay"]
    first, second = nest.GetConnections(old, new), nest.GetConnections(new, old)
    assert first.get(names) == {"lambda": 0.01, "w": 1.0, "weight": 1.0, "delay": 1.0}
    assert second.get(names) == {"lambda": 0.2, "w": 7.0, "weight": 7.0, "delay": 2.0}


def test_copies_of_a_neuron_model() -> None:
    nest.CopyModel(NEURON, "fast", {"tau_m": 5.0, "E_L": -60.0})
    nest.CopyModel("fast", "faster", {"tau_m": 2.0})
    assert nest.GetDefaults(NEURON, "tau_m") == 10.0
    assert nest.GetDefaults("faster", ["tau_m", "E_L", "V_m"]) == [2.0, -60.0, -60.0]
    populations = [nest.Create(model, 3, params={"I_e": 500.0}) for model in ("fast", "faster", NEURON)]
    assert [p[0].model for p in populations] == ["fast", "faster", NEURON]
    relay = parrots(trains(5, 40.0, 200.0))
    for population in populations:
        nest.Connect(relay, population, syn_spec={"synapse_model": STDP, "weight": 20.0})
    theirs = nest.Create("iaf_psc_exp", 3, params={"I_e": 500.0, "tau_m": 2.0, "E_L": -60.0, "V_m": -60.0})
    nest.Connect(relay, theirs, syn_spec={"synapse_model": "stdp_synapse", "weight": 20.0})
    recorders = [record_spikes(p) for p in (*populations, theirs)]
    nest.Simulate(200.0)
    found = [spikes(r, p) for r, p in zip(recorders, (*populations, theirs), strict=True)]
    assert found[1] == found[3]
    assert len({len(row) for row in found[:3]}) == 3
    assert {"fast", "faster", NEURON} <= set(nest.jit.report().fusions)


def test_copies_of_a_synapse_model() -> None:
    nest.CopyModel(STATIC, "strong", {"weight": 100.0, "delay": 2.0})
    nest.CopyModel("strong", "inverse", {"w": -100.0})
    pre, post = nest.Create("parrot_neuron", 2), nest.Create(NEURON, 2)
    for model in ("strong", "inverse"):
        nest.Connect(pre, post, syn_spec=model)
        found = nest.GetConnections(synapse_model=model).get(["weight", "delay", "synapse_model"])
        assert found["weight"] == [100.0 if model == "strong" else -100.0] * 4
        assert found["delay"] == [2.0] * 4
        assert found["synapse_model"] == [model] * 4
        assert nest.GetDefaults(model, "num_connections") == 4
    assert {"strong", "inverse", STATIC} <= set(nest.synapse_models)


def test_filters_of_get_connections() -> None:
    pre, post, other = nest.Create("parrot_neuron", 3), nest.Create(NEURON, 4), nest.Create(ALPHA, 2)
    nest.Connect(pre, post + other, syn_spec=STATIC)
    nest.Connect(pre, post, syn_spec=STDP)
    nest.Connect(pre, post)
    nest.Connect(post, post, "one_to_one", STDP)
    for _ in range(2):
        assert len(nest.GetConnections()) == 18 + 12 + 12 + 4
        assert len(nest.GetConnections(synapse_model=STATIC)) == 18
        assert len(nest.GetConnections(synapse_model=STDP)) == 16
        assert len(nest.GetConnections(source=pre, synapse_model=STDP)) == 12
        assert len(nest.GetConnections(source=post)) == 4
        assert len(nest.GetConnections(target=other)) == 6
        one = nest.GetConnections(pre[1], post[2])
        assert sorted(one.synapse_model) == ["static_synapse", STATIC, STDP]
        assert set(one.source) == {pre[1].global_id}
        assert set(one.target) == {post[2].global_id}
        nest.Simulate(5.0)


@pytest.mark.parametrize("synapse", [STATIC, STDP])
def test_every_variable_of_connections_is_read_and_set(synapse: str) -> None:
    pre, post = nest.Create("parrot_neuron", 3), nest.Create(NEURON, 4)
    nest.Connect(pre, post, syn_spec={"synapse_model": synapse, "delay": 2.0})
    nest.Connect(pre[0], post[0], syn_spec={"synapse_model": "static_synapse", "delay": 5.0})
    names = [name for name in settable(synapse) if name not in ("receptor_type", "weight_recorder")]
    assert names
    for moment in range(2):
        connections = nest.GetConnections(pre, post, synapse)
        for name in names:
            before = connections.get(name)
            values = [round(before[0] + 0.5 + 0.5 * index, 6) for index in range(12)]
            if name == "delay":
                values = [1.0 + 0.2 * index for index in range(12)] if moment == 0 else [1.0, 2.0] * 6
            connections.set({name: values})
            assert connections.get(name) == pytest.approx(values, abs=1e-12), name
            connections.set({name: before[0]})
            assert connections.get(name) == [before[0]] * 12
            connections[5].set({name: values[1]})
            expected = [*before[:5], values[1], *before[6:]]
            assert connections.get(name) == pytest.approx(expected, abs=1e-12)
            connections[5].set({name: before[5]})
        nest.Simulate(20.0)


def test_weight_has_two_names() -> None:
    pre, post = nest.Create("parrot_neuron"), nest.Create(NEURON)
    nest.Connect(pre, post, syn_spec={"synapse_model": STDP, "w": 3.0})
    connection = nest.GetConnections(pre)
    assert connection.get(["w", "weight"]) == {"w": 3.0, "weight": 3.0}
    connection.weight = 4.0
    assert connection.w == 4.0
    with pytest.raises(nest.NESTErrors.BadProperty, match="give one of them"):
        connection.set({"w": 1.0, "weight": 2.0})
    assert connection.w == 4.0


def test_a_changed_delay_takes_effect() -> None:
    source = nest.Create("spike_generator", params={"spike_times": [10.0, 40.0]})
    relay, target = nest.Create("parrot_neuron"), nest.Create("parrot_neuron")
    nest.Connect(source, relay)
    nest.Connect(relay, target, syn_spec={"synapse_model": STATIC, "delay": 3.0})
    nest.Connect(relay, nest.Create(NEURON), syn_spec={"synapse_model": STATIC, "delay": 1.0})
    recorder = record_spikes(target)
    nest.Simulate(30.0)
    nest.GetConnections(relay, target).delay = 2.0
    nest.Simulate(30.0)
    assert recorder.events["times"].tolist() == [14.0, 43.0]


def test_parameters_of_nests_random_module_and_lists() -> None:
    neurons = nest.Create(
        NEURON, 100, params={"V_m": nest.random.uniform(-70.0, -55.0), "tau_m": [5.0] * 100}
    )
    values = neurons.V_m
    assert len(set(values)) == 100
    assert -70.0 <= min(values) <= max(values) <= -55.0
    neurons.tau_m = nest.random.uniform(5.0, 20.0)
    assert len(set(neurons.tau_m)) == 100
    neurons.C_m = np.linspace(100.0, 300.0, 100).tolist()
    assert neurons[99].C_m == 300.0
    assert neurons[::10].C_m == neurons.C_m[::10]
    assert neurons.get(["C_m", "tau_m"], output="json").startswith("{")
    assert neurons[3].get()["C_m"] == neurons.C_m[3]


def test_random_initial_values_do_not_depend_on_the_number_of_threads() -> None:
    drawn = []
    for model, threads in ((NEURON, 1), ("iaf_psc_exp", 1), (NEURON, 2)):
        reset(threads=threads)
        drawn.append(nest.Create(model, 20, params={"V_m": nest.random.uniform(-70.0, -55.0)}).V_m)
    assert drawn[0] == drawn[1]
    assert len(set(drawn[2])) == 20


def test_nodes_with_positions() -> None:
    grid = nest.spatial.grid([4, 4], extent=[4.0, 4.0])
    layer = nest.Create(NEURON, positions=grid, params={"I_e": 500.0})
    other = nest.Create("iaf_psc_exp", positions=grid)
    assert len(layer) == 16
    assert nest.GetPosition(layer) == nest.GetPosition(other)
    mask = {"circular": {"radius": 1.1}}
    rule = {"rule": "pairwise_bernoulli", "p": 1.0, "mask": mask}
    spec = {"synapse_model": STDP, "weight": nest.spatial.distance * 10.0 + 1.0, "delay": 1.5}
    nest.Connect(layer, layer, rule, spec)
    nest.Connect(layer, other, rule, {"synapse_model": STATIC, "weight": 10.0})
    connections = nest.GetConnections(layer, layer)
    assert len(connections) == 16 + 2 * 24
    assert sorted(set(np.round(connections.weight, 9))) == [1.0, 11.0]
    before = weights(layer, layer, STDP)
    recorder = record_spikes(layer)
    nest.Simulate(100.0)
    assert len(spikes(recorder, layer)) > 16
    assert weights(layer, layer, STDP) != before
    assert nest.FindNearestElement(layer, [0.5, 0.5])[0].model == NEURON


def test_ways_to_connect() -> None:
    """Wherever a synapse model's name may be written, ours may."""
    pre, post = nest.Create("parrot_neuron", 4), nest.Create(NEURON, 4)
    nest.Connect(pre, post, "one_to_one", STDP)
    nest.Connect(pre, post, "one_to_one", {"synapse_model": STATIC, "weight": 2.0})
    both = nest.CollocatedSynapses({"synapse_model": STATIC, "weight": 3.0}, {"synapse_model": STDP})
    nest.Connect(pre, post, {"rule": "fixed_total_number", "N": 5}, both)
    ones = np.ones(4)
    arrays = {"synapse_model": STDP, "weight": 4.0 * ones, "delay": ones, "lambda": 0.1 * ones}
    nest.Connect(np.array(pre.tolist()), np.array(post.tolist()), "one_to_one", arrays)
    nest.TripartiteConnect(
        pre,
        post,
        nest.Create(NEURON, 2),
        {"rule": "pairwise_bernoulli", "p": 1.0},
        {"rule": "third_factor_bernoulli_with_pool", "p": 1.0, "pool_size": 1, "pool_type": "random"},
        {
            "primary": {"synapse_model": STDP},
            "third_in": {"synapse_model": STATIC},
            "third_out": {"synapse_model": STDP},
        },
    )
    assert len(nest.GetConnections(synapse_model=STDP)) == 4 + 5 + 4 + 16 + 16
    assert len(nest.GetConnections(synapse_model=STATIC)) == 4 + 5 + 16
    nest.Simulate(5.0)
    assert nest.jit.report().fusions == {NEURON: (STATIC, STDP)}


def test_structural_plasticity_makes_our_synapses() -> None:
    for synapse in ("static_synapse", STATIC, STDP):
        reset()
        nest.structural_plasticity_update_interval = 10.0
        nest.CopyModel(synapse, "growing")
        nest.SetDefaults("growing", {"weight": 1.0, "delay": 1.0})
        nest.structural_plasticity_synapses = {
            "one": {
                "synapse_model": "growing",
                "post_synaptic_element": "Den",
                "pre_synaptic_element": "Axon",
            }
        }
        curve = {"growth_curve": "linear", "z": 3.0, "growth_rate": 0.01, "eps": 5.0, "continuous": False}
        neurons = nest.Create(NEURON, 10, params={"I_e": 380.0})
        neurons.synaptic_elements = {"Den": curve, "Axon": curve}
        nest.EnableStructuralPlasticity()
        nest.Simulate(300.0)
        assert nest.GetDefaults("growing", "num_connections") >= 10, synapse
