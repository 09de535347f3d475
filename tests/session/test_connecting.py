"""Connecting, finding and removing connections: as with NEST's own synapse models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.numerics.network import NEURON, STDP, nest, reset
from tests.session.sides import Names, all_rows, assert_same, raised, rows
from tests.session.texts import MIXED

RULES: dict[str, dict[str, Any]] = {
    "one_to_one": {},
    "all_to_all": {"allow_autapses": False},
    "fixed_indegree": {"indegree": 4},
    "fixed_outdegree": {"outdegree": 4, "allow_multapses": False},
    "fixed_total_number": {"N": 37},
    "pairwise_bernoulli": {"p": 0.4},
    "pairwise_poisson": {"pairwise_avg_num_conns": 1.5},
    "symmetric_pairwise_bernoulli": {"p": 0.4, "allow_autapses": False, "make_symmetric": True},
}
KINDS = ["static", "plastic"]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES)
def test_rules(rule: str, kind: str, threads: int) -> None:
    random = "symmetric" not in rule

    def script(names: Names) -> Any:
        nodes, model = nest.Create(names["neuron"], 10), names[kind]
        weight = nest.random.uniform(1.0, 2.0) if random else 1.5
        delay = nest.random.uniform(1.0, 3.0) if random else 2.0
        spec = {"synapse_model": model, "weight": weight, "delay": delay}
        nest.Connect(nodes, nodes, {"rule": rule, **RULES[rule]}, spec)
        made = all_rows(model)
        counts = nest.num_connections, nest.GetDefaults(model)["num_connections"]
        nest.Simulate(3.0)
        return made, all_rows(model), counts, nest.min_delay, nest.max_delay

    made, simulated, counts, *_delays = assert_same(script, threads)
    assert len(made) >= 10
    assert simulated == made
    assert counts == (len(made), len(made))


@pytest.mark.parametrize("kind", KINDS)
def test_arrays(kind: str) -> None:
    def script(names: Names) -> Any:
        nodes, model = nest.Create(names["neuron"], 4), names[kind]
        per_source = {"synapse_model": model, "weight": [1.0, 2.0, 3.0, 4.0], "delay": [1.0, 2.0, 3.0, 1.5]}
        nest.Connect([1, 2, 3, 1], [2, 2, 4, 1], "one_to_one", per_source)
        matrix = np.arange(8.0).reshape(2, 4) + 1.0
        spec = {"synapse_model": model, "weight": matrix, "delay": matrix}
        nest.Connect(nodes, nodes[:2], "all_to_all", spec)
        fixed = {"rule": "fixed_indegree", "indegree": 2}
        nest.Connect(nodes, nodes[:2], fixed, {"synapse_model": model, "weight": matrix[:, :2]})
        return all_rows(model)

    assert len(assert_same(script)) == 16


def test_any_parameter_for_each_connection() -> None:
    def script(names: Names) -> Any:
        nodes, model, tau = nest.Create(names["neuron"], 3), names["plastic"], names["tau"]
        given = {"lambda": [0.1, 0.2, 0.3], tau: [10.0, 20.0, 30.0], "weight": [1.0, 2.0, 3.0]}
        nest.Connect(nodes, nodes, "one_to_one", {"synapse_model": model, **given})
        drawn = {"lambda": nest.random.uniform(0.0, 1.0), "Wmax": nest.random.uniform(50.0, 60.0)}
        nest.Connect(nodes, nodes, "all_to_all", {"synapse_model": model, **drawn})
        return all_rows(model, "lambda", tau, "Wmax")

    assert len({row[4] for row in assert_same(script)}) == 12


@pytest.mark.parametrize("threads", [1, 2])
def test_filters(threads: int) -> None:
    def script(names: Names) -> Any:
        pre, post = nest.Create(names["neuron"], 5), nest.Create(names["neuron"], 4)
        device = nest.Create("poisson_generator", 2)
        nest.Connect(pre, post, syn_spec={"synapse_model": names["plastic"]})
        nest.Connect(post, pre, syn_spec={"synapse_model": names["static"]})
        nest.Connect(device, pre, syn_spec={"synapse_model": names["static"]})
        nest.Connect(post, nest.Create("spike_recorder"), syn_spec={"synapse_model": names["static"]})
        ends = [
            {},
            {"source": pre},
            {"target": post},
            {"source": pre[1:3], "target": post[2]},
            {"source": post[::2], "target": pre[::3]},
            {"source": device, "target": pre},
            {"source": pre, "target": pre},
        ]
        models = (None, names["plastic"], names["static"], "static_synapse_hom_w")
        filters = [{**end, "synapse_model": model} for end in ends for model in models]
        return [rows(nest.GetConnections(**filter_)) for filter_ in filters]

    found = assert_same(script, threads)
    assert [len(item) for item in found[::4]] == [54, 20, 20, 2, 4, 10, 0]
    assert all(len(found[i]) == len(found[i + 1]) + len(found[i + 2]) for i in range(0, 28, 4))


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_disconnect(kind: str, compressed: bool) -> None:
    def script(names: Names) -> Any:
        nest.use_compressed_spikes = compressed
        nodes, spec = nest.Create(names["neuron"], 6, {"I_e": 600.0}), {"synapse_model": names[kind]}
        nest.Connect(nodes, nodes, "all_to_all", spec)
        found = []

        def note() -> None:
            found.append((all_rows(names[kind]), nest.num_connections))

        nest.Disconnect(nodes[:3], nodes[3:], conn_spec="one_to_one", syn_spec=spec)
        note()
        nest.Simulate(20.0)
        nest.Disconnect(nodes[:2], nodes[:2], conn_spec="all_to_all", syn_spec=spec)
        nest.Disconnect(nest.GetConnections(nodes[4], nodes))
        note()
        nest.Simulate(20.0)
        found.append(raised(lambda: nest.Disconnect(nodes[4], nodes[0], syn_spec=spec)))
        nest.Connect(nodes[4], nodes[0], "one_to_one", spec)
        nest.Simulate(20.0)
        note()
        nest.Disconnect(nest.GetConnections())
        nest.Simulate(1.0)
        note()
        return found, np.round(nodes.V_m, 9).tolist()

    found, _potentials = assert_same(script, threads=2)
    assert [count for _rows, count in (*found[:2], *found[3:])] == [33, 23, 24, 0]
    assert all(found[2])


def test_multapses_and_autapses() -> None:
    def script(names: Names) -> Any:
        nodes = nest.Create(names["neuron"], 2)
        nodes.I_e = [600.0, 700.0]
        for number in range(1, 4):
            spec = {"synapse_model": names["plastic"], "weight": float(number), "delay": float(number)}
            nest.Connect(nodes, nodes, "all_to_all", spec)
        nest.Simulate(100.0)
        return all_rows(names["plastic"])

    assert len({weight for _source, _target, weight, _delay in assert_same(script)}) > 3


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_spatial(kind: str, threads: int) -> None:
    def script(names: Names) -> Any:
        grid = nest.spatial.grid([6, 6], extent=[1.0, 1.0], edge_wrap=True)
        free = nest.spatial.free(nest.random.uniform(-0.5, 0.5), num_dimensions=2)
        pre = nest.Create(names["neuron"], positions=grid)
        post = nest.Create(names["neuron"], n=30, positions=free)
        near = {"mask": {"circular": {"radius": 0.4}}}
        decay = nest.spatial_distributions.exponential(nest.spatial.distance, beta=0.2)
        spec = {"synapse_model": names[kind], "weight": nest.spatial.distance * 2.0}
        by_distance = {**spec, "delay": nest.spatial.distance + 1.0}
        nest.Connect(pre, post, {"rule": "pairwise_bernoulli", "p": decay, **near}, by_distance)
        nest.Connect(pre, post, {"rule": "fixed_indegree", "indegree": 3, **near}, spec)
        return all_rows(names[kind])

    assert len(assert_same(script, threads)) > 150


@pytest.mark.parametrize("pool", ["random", "block"])
def test_third_factor_rules(pool: str) -> None:
    def script(names: Names) -> Any:
        pre, post, third = (nest.Create(names["neuron"], count) for count in (6, 6, 3))
        rule = {"rule": "third_factor_bernoulli_with_pool", "p": 0.7, "pool_size": 1, "pool_type": pool}
        specs = {
            "primary": {"synapse_model": names["plastic"], "weight": 2.0},
            "third_in": {"synapse_model": names["static"], "weight": nest.random.uniform(1.0, 2.0)},
            "third_out": {"synapse_model": names["plastic"], "weight": 4.0, "delay": 2.0},
        }
        primary = {"rule": "pairwise_bernoulli", "p": 0.5}
        nest.TripartiteConnect(pre, post, third, primary, rule, syn_specs=specs)
        made = all_rows(names["plastic"]), all_rows(names["static"])
        nest.Simulate(3.0)
        return made

    assert all(len(item) >= 6 for item in assert_same(script, threads=2))


def test_delays() -> None:
    def script(names: Names) -> Any:
        nodes, model = nest.Create(names["neuron"], 3), names["plastic"]

        def connect(delay: float, **more: Any) -> list[str]:
            spec = {"synapse_model": model, "delay": delay, **more}
            return raised(lambda: nest.Connect(nodes, nodes, "one_to_one", spec))

        found = [connect(delay) for delay in (0.0, -1.0, 0.04, 3.0, 7.0)]
        extrema = [(nest.min_delay, nest.max_delay)]
        nest.Simulate(1.0)
        found += [connect(delay) for delay in (2.0, 8.0, 5.0)]
        connections = nest.GetConnections(nodes[0], nodes)
        found.append(raised(*(lambda d=delay: connections.set(delay=d) for delay in (9.0, 0.5, 4.0))))
        return found, extrema, all_rows(model)

    assert assert_same(script)[1] == [(3.0, 7.0)]


def test_delays_outside_of_what_users_fixed() -> None:
    def script(names: Names) -> Any:
        nest.set(min_delay=1.0, max_delay=5.0)
        nodes, model = nest.Create(names["neuron"], 3), names["static"]
        specs = [{"synapse_model": model, "delay": delay} for delay in (0.5, 6.0, 2.0)]
        errors = raised(
            *(lambda spec=spec: nest.Connect(nodes, nodes, "one_to_one", spec) for spec in specs),
            lambda: nest.SetDefaults(model, {"delay": 9.0}),
            lambda: nest.SetDefaults(model, {"delay": 3.0}),
        )
        return errors, nest.GetDefaults(model)["delay"], all_rows(model)

    assert assert_same(script)[1] == 3.0


def test_what_is_wrong_connects_nothing() -> None:
    def script(names: Names) -> Any:
        nodes, model = nest.Create(names["neuron"], 3), names["plastic"]
        wrong: list[dict[str, Any]] = [
            {"nonsense": 1.0},
            {"weight": "a"},
            {"weight": [1.0, 2.0]},
            {"receptor_type": 3},
            {"lambda": "x"},
            {"delay": "x"},
        ]
        specs = [{"synapse_model": model, **spec} for spec in wrong]
        errors = raised(*(lambda spec=spec: nest.Connect(nodes, nodes, "one_to_one", spec) for spec in specs))
        return errors, nest.num_connections

    errors, count = assert_same(script)
    assert all(errors)
    assert count == 0


def growing(names: Names, kind: str, curve: dict[str, Any]) -> Any:
    """Create neurons whose connections structural plasticity makes and removes."""
    nest.structural_plasticity_update_interval = 10.0
    nest.CopyModel(names[kind], "growing", {"weight": 3.0, "delay": 1.0})
    elements = {"pre_synaptic_element": "axon", "post_synaptic_element": "dendrite"}
    nest.structural_plasticity_synapses = {"syn": {"synapse_model": "growing", **elements}}
    params = {"synaptic_elements": {name: dict(curve) for name in ("axon", "dendrite")}, "I_e": 500.0}
    nodes = nest.Create(names["neuron"], 10, params)
    if curve["growth_rate"] < 0:
        nest.Connect(nodes, nodes, "all_to_all", {"synapse_model": "growing", **elements})
    nest.EnableStructuralPlasticity()
    return nodes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("grow", [True, False])
def test_structural_plasticity(kind: str, grow: bool) -> None:
    """Which connections are removed depends on their order, which is not NEST's; how many does not.

    Plastic weights are NEST's although connections come while the neurons spike.
    """
    up = {"growth_curve": "gaussian", "growth_rate": 0.05, "continuous": False, "eta": 0.0, "eps": 0.02}
    down = {"growth_curve": "linear", "growth_rate": -0.02, "continuous": False, "eps": 0.02, "z": 10.0}

    def script(names: Names) -> Any:
        nodes = growing(names, kind, up if grow else down)
        found = []
        for _ in range(8):
            nest.Simulate(50.0)
            made = [(source, target) for source, target, *_more in all_rows("growing")]
            degrees = [sorted(np.bincount(column, minlength=11).tolist()) for column in np.transpose(made)]
            elements = [item[name]["z_connected"] for item in nodes.synaptic_elements for name in item]
            found.append((nest.num_connections, degrees if made else [], elements))
        return found, all_rows("growing") if grow else []

    found, made = assert_same(script)
    counts = [count for count, _degrees, _elements in found]
    assert not grow or kind == "static" or len({weight for _, _, weight, _ in made}) > 5
    assert (counts[-1] > counts[0]) == grow
    assert max(counts) >= 20


def test_targets_of_several_kinds_and_sources_far_apart() -> None:
    """One connector for neurons of two models and devices, with several delays, connected in any order."""

    def script(names: Names) -> Any:
        model = names["static"]
        nodes = (
            nest.Create(names["neuron"], 3)
            + nest.Create("iaf_psc_alpha", 2)
            + nest.Create("parrot_neuron", 2)
        )
        nest.Create(names["neuron"], 1000)
        far = nest.Create("parrot_neuron", 2)
        generators = nest.Create("spike_generator", 2, [{"spike_times": [1.0, 4.0]}, {"spike_times": [2.0]}])
        nest.Connect(generators, far, "one_to_one")
        for number, source in enumerate([far[1], nodes[6], far[0], nodes[5]]):
            order = np.random.default_rng(number).permutation(7)
            for index in order.tolist():
                spec = {"synapse_model": model, "weight": 10.0 * number + index, "delay": 1.0 + index % 3}
                nest.Connect(source, nodes[index], syn_spec=spec)
        nest.Simulate(12.0)
        potentials = np.round(nodes[:5].V_m, 9).tolist()
        return rows(nest.GetConnections(target=nodes, synapse_model=model)), potentials

    found, potentials = assert_same(script)
    assert len(found) == 28
    assert len(set(potentials)) == 5


def test_sizes_of_connections_are_what_they_take() -> None:
    """A variable takes memory when connections differ in it."""
    nodes = nest.Create(NEURON, 3)
    nest.Connect(nodes, nodes, syn_spec={"synapse_model": STDP, "weight": 5.0})
    sizes = [nest.GetConnections()[0].sizeof]
    nest.GetConnections()[0].weight = 6.0
    sizes.append(nest.GetConnections()[0].sizeof)
    nest.GetConnections()[1].delay = 2.0
    sizes.append(nest.GetConnections()[0].sizeof)
    nest.GetConnections()[0].set({"lambda": 0.2})
    sizes.append(nest.GetConnections()[0].sizeof)
    assert sizes == [4, 12, 12, 20]
    reset()


def test_integers_and_vectors_of_connections() -> None:
    nest.jit.define(MIXED)
    pre, post = nest.Create("parrot_neuron", 3), nest.Create(NEURON, 2)
    nest.Connect(nest.Create("spike_generator", params={"spike_times": [1.0, 3.0, 5.0]}), pre)
    model = "mixed_synapse"
    for steps in ([[1, 2, 3], [4, 5, 6]], nest.random.uniform_int(5)):
        nest.Connect(pre, post, "all_to_all", {"synapse_model": model, "stride": steps})
    connections = nest.GetConnections(synapse_model=model)
    steps = connections.stride
    assert {type(step) for step in steps} == {int}
    connections[3].gains = [2.0, 3.0, 4.0]
    nest.Simulate(10.0)
    assert connections.count == [3 * step for step in steps]
    assert [list(connections[index].gains) for index in (2, 3)] == [[1.5] * 3, [2.0, 3.0, 4.0]]
