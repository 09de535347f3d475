"""NEST's static synapse onto our neurons, in columns and in NEST's own connector: users see no difference.

Both sides run the same script, with `nest.jit.static_synapses` as the only difference. What users see is
compared without rounding and in NEST's order, which is that of each thread.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from nestml_jit.options import OptionError
from tests.numerics.network import ALPHA, NEURON, nest, reset
from tests.session.sides import raised
from tests.session.test_ports import SIZED

RULES = [
    {"rule": "all_to_all"},
    {"rule": "fixed_indegree", "indegree": 7},
    {"rule": "fixed_outdegree", "outdegree": 5, "allow_multapses": False},
    {"rule": "fixed_total_number", "N": 200},
    {"rule": "pairwise_bernoulli", "p": 0.2, "allow_autapses": False},
]


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    nest.jit.devices = "nest"  # the same spikes for NEST's neurons and for ours
    yield
    nest.jit.devices = "fused"
    nest.jit.static_synapses = "columns"


def seen(connections: Any) -> list[tuple[Any, ...]]:
    """Return all that connections show, those of each thread in their order."""
    if len(connections) == 0:
        return []
    found = connections.get()
    columns = [np.atleast_1d(np.asarray(values, dtype=object)).tolist() for values in found.values()]
    rows = list(zip(*columns, strict=True))
    threads = np.atleast_1d(found["target_thread"])
    return [tuple(found), *(rows[i] for i in np.argsort(threads, kind="stable"))]


def stored(model: str = "static_synapse") -> int:
    """Return how many connections of a model are in columns."""
    return nest._session.host.static_connections(model)


def both(script: Callable[[], Any], threads: int = 1, compressed: bool = True) -> Any:
    """Run a script on both sides; return what both gave."""
    results, in_columns = [], []
    for side in ("nest", "columns"):
        reset(threads=threads, seed=7)
        nest.use_compressed_spikes = compressed
        nest.jit.static_synapses = side
        results.append(script())
        in_columns.append(stored())
    theirs, ours = results
    assert ours == theirs
    assert in_columns[0] == 0
    assert in_columns[1] > 0
    return ours


def drive(nodes: Any, rate: float = 3000.0, weight: float = 80.0) -> Any:
    """Let neurons spike."""
    nest.Connect(nest.Create("poisson_generator", params={"rate": rate}), nodes, syn_spec={"weight": weight})
    return nodes


def synapse(draw: random.Random) -> dict[str, Any]:
    """Draw a specification of synapses."""
    weight = draw.choice([None, 20.0, -20.0, nest.random.normal(0.0, 40.0)])
    delay = draw.choice([None, 1.5, nest.random.uniform(1.0, 6.0)])
    given = {"weight": weight, "delay": delay}
    return {
        "synapse_model": draw.choice(["static_synapse", "copy"]),
        **{name: value for name, value in given.items() if value is not None},
    }


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("seed", range(2))
def test_random_networks(seed: int, threads: int, compressed: bool) -> None:
    def script() -> Any:
        draw = random.Random(seed)
        nest.CopyModel("static_synapse", "copy", {"weight": 30.0, "delay": 1.3})
        ours, alphas, theirs = (drive(nest.Create(model, 20)) for model in (NEURON, ALPHA, "iaf_psc_exp"))
        relays = drive(nest.Create("parrot_neuron", 10), 300.0, 1.0)
        targets = [ours, alphas, theirs, ours + alphas, ours + theirs, alphas + ours[::2]]
        nest.Connect(ours, ours)
        for number in range(9):
            sources = draw.choice([*targets, relays])
            nest.Connect(sources, draw.choice(targets), draw.choice(RULES), synapse(draw))
            if number == 4:
                nest.Simulate(10.0)
                last = {"weight": nest.random.uniform(), "delay": nest.max_delay}
                nest.Connect(theirs, ours, RULES[1], last)
        spikes = nest.Create("spike_recorder")
        meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 1.0})
        nest.Connect(ours + alphas + theirs, spikes)
        nest.Connect(meter, ours + alphas)
        nest.Simulate(40.0)
        chosen = nest.GetConnections(target=ours[3:4])
        chosen[1::2].set({"weight": 1.5, "delay": 2.0})
        nest.Simulate(20.0)
        return [
            seen(nest.GetConnections()),
            seen(nest.GetConnections(ours[2:5], synapse_model="copy")),
            [dict(nest.GetDefaults(model)) for model in ("static_synapse", "copy")],
            {name: values.tolist() for name, values in meter.events.items()},
            {name: values.tolist() for name, values in spikes.events.items()},
            nest.num_connections,
        ]

    found = both(script, threads, compressed)
    assert len(found[-2]["times"]) > 100


def test_connections_of_nests_neurons_are_taken_over() -> None:
    def script() -> Any:
        theirs, ours = drive(nest.Create("iaf_psc_exp", 9)), nest.Create(NEURON, 9)
        nest.Connect(theirs, theirs, RULES[1], {"weight": nest.random.uniform(1.0, 300.0)})
        nest.Simulate(5.0)
        assert stored() == 0
        nest.Connect(theirs, ours, syn_spec={"weight": 50.0})
        nest.Connect(ours, theirs, syn_spec={"weight": 50.0, "delay": 1.0})
        nest.Simulate(40.0)
        return seen(nest.GetConnections()), theirs.V_m, ours.V_m

    both(script, threads=2)


@pytest.mark.parametrize("compressed", [True, False])
def test_disconnecting(compressed: bool) -> None:
    def script() -> Any:
        nodes, others = drive(nest.Create(NEURON, 8)), nest.Create("iaf_psc_exp", 8)
        nest.Connect(nodes, nodes + others, RULES[0], {"weight": nest.random.uniform(1.0, 90.0)})
        nest.Connect(nodes, nodes, RULES[1])
        found = []
        for begin in (0, 3):
            nest.Disconnect(nodes[begin:3], nodes[begin:3]) if begin == 0 else None
            nest.GetConnections(nodes[begin : begin + 2], nodes[4:]).disconnect()
            found += [seen(nest.GetConnections()), nest.num_connections]
            nest.Simulate(20.0)
            found += [seen(nest.GetConnections()), nodes.V_m, others.V_m]
        missing = raised(lambda: nest.Disconnect(nodes[0], nodes[0]))
        nest.Connect(nodes, nodes, "one_to_one")
        return [*found, missing, seen(nest.GetConnections())]

    both(script, 2, compressed)


def test_structural_plasticity() -> None:
    def script() -> Any:
        nest.CopyModel("static_synapse", "growing", {"weight": 10.0, "delay": 1.0})
        nest.structural_plasticity_update_interval = 10.0
        ends = {"pre_synaptic_element": "out", "post_synaptic_element": "in"}
        nest.structural_plasticity_synapses = {"one": {"synapse_model": "growing", **ends}}
        curve = {"growth_curve": "linear", "growth_rate": 0.02, "eps": 5.0, "z": 3.0}
        nodes = drive(
            nest.Create(
                NEURON, 10, {"synaptic_elements": {"out": {**curve}, "in": {**curve}}, "beta_Ca": 0.01}
            )
        )
        nest.Connect(nodes, nodes, "one_to_one")
        nest.EnableStructuralPlasticity()
        nest.Simulate(100.0)
        return seen(nest.GetConnections()), nodes.V_m

    connections, _voltages = both(script)
    assert len(connections) > 20


@pytest.mark.parametrize("threads", [1, 2])
def test_weight_recorder(threads: int) -> None:
    def script() -> Any:
        recorder = nest.Create("weight_recorder")
        nest.CopyModel("static_synapse", "recorded", {"weight_recorder": recorder})
        nodes, others = drive(nest.Create(NEURON, 5)), nest.Create("iaf_psc_exp", 5)
        nest.Connect(nodes, nodes)
        spec = {"synapse_model": "recorded", "weight": nest.random.normal(0.0, 30.0)}
        nest.Connect(nodes, nodes + others, RULES[0], spec)
        nest.Simulate(50.0)
        return {name: values.tolist() for name, values in recorder.events.items()}, others.V_m

    events, _voltages = both(script, threads)
    assert len(events["times"]) > 50


def test_errors() -> None:
    def script() -> Any:
        nodes = nest.Create(NEURON, 6)
        nest.Connect(nodes, nodes, RULES[1], {"weight": nest.random.uniform()})
        found = nest.GetConnections()
        texts = []
        for attempt in (
            lambda: found.set({"delay": 0.0}),
            lambda: found.set({"wrong": 1.0}),
            lambda: found[0].set({"weight": "heavy"}),
            lambda: nest.Connect(nodes, nodes, syn_spec={"receptor_type": 9}),
            lambda: nest.Connect(nodes, nodes, syn_spec={"delay": -1.0}),
            lambda: nest.Connect(nodes, nodes, syn_spec={"delay": nest.random.uniform(-0.5, 2.0)}),
            lambda: nest.Connect(nodes, nodes, syn_spec={"tau": 1.0}),
            lambda: nest.SetDefaults("static_synapse", {"delay": 0.0}),
            lambda: nest.GetConnections(synapse_model="static"),
        ):
            with pytest.raises(nest.NESTError) as error:
                attempt()
            texts.append(str(error.value))
        return texts, seen(nest.GetConnections()), nest.min_delay, nest.max_delay

    both(script)


def test_more_connections_than_are_written_at_once() -> None:
    def script() -> Any:
        nodes = nest.Create(NEURON, 60)
        drawn = {"weight": nest.random.normal(), "delay": nest.random.uniform(0.5, 2000.0)}
        nest.Connect(nodes, nodes, {"rule": "fixed_indegree", "indegree": 50}, drawn)
        nest.Connect(nodes, nodes, {"rule": "fixed_outdegree", "outdegree": 50})
        return seen(nest.GetConnections())

    assert len(both(script, threads=2)) == 6001


def test_receptors_that_neurons_number_in_their_own_ways() -> None:
    def script() -> Any:
        (name,) = nest.jit.define(SIZED)
        nodes = nest.Create(name, 3, [{"n": n, "m": m} for n, m in ((2, 1), (1, 2), (4, 3))])
        relays = drive(nest.Create("parrot_neuron", 4), 300.0, 1.0)
        for receptor in (1, 2, 3, 4):
            weights = {"weight": nest.random.normal(0.0, 2.0), "receptor_type": receptor}
            nest.Connect(relays, nodes, syn_spec=weights)
        nest.Simulate(50.0)
        shown = [
            np.atleast_1d(node.get(name)).tolist() for node in nodes for name in ("v", "seen", "balance")
        ]
        return seen(nest.GetConnections()), shown

    both(script)


def test_labels() -> None:
    def script() -> Any:
        nodes = nest.Create(NEURON, 6)
        nest.Connect(nodes, nodes)
        nest.Connect(nodes, nodes, syn_spec={"synapse_model": "static_synapse_lbl", "synapse_label": 3})
        return [seen(nest.GetConnections(synapse_label=label)) for label in (3, -1)]

    both(script)


def test_settings_of_the_kernel() -> None:
    def script() -> Any:
        found = []
        for threads in (2, 1):
            nest.SetDefaults("static_synapse", {"weight": 3.0})
            nodes = nest.Create(NEURON, 4)
            nest.Connect(nodes, nodes)
            found.append(seen(nest.GetConnections()))
            reset(threads=threads)
            found.append(nest.GetDefaults("static_synapse", "weight"))
        nest.Connect(*(nest.Create(NEURON, 4) for _ in range(2)))
        return found

    both(script)


def test_who_stores_connections_is_one_of_two() -> None:
    assert nest.jit.static_synapses == "columns"
    with pytest.raises(OptionError, match="columns"):
        nest.jit.static_synapses = "rows"
