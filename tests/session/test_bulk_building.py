"""Connections written in bulk: the networks that NEST's builders make with NEST's own synapses, bit for bit.

Both sides connect the same neurons of ours. NEST's builders make NEST's own synapses one by one; ours draw
the same random numbers in the same order and write columns. `test_static_synapses.py` compares NEST's static
synapse with itself, in columns.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import NEURON, STATIC, STDP, nest, reset
from tests.session.sides import rows

OTHER = "iaf_psc_alpha_neuron"
PAIRS = {"static": ("static_synapse", STATIC), "plastic": ("stdp_synapse", STDP)}
SHAPES: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "all": lambda nodes, _more: (nodes, nodes),
    "projection": lambda nodes, more: (nodes, more),
    "slices": lambda nodes, _more: (nodes[::2], nodes[::2]),
    "shifted": lambda nodes, _more: (nodes[:-1], nodes[1:]),
    "unions": lambda nodes, more: (nodes[:3] + more[2:], nodes[1:4] + more[2:]),
}
DRAWS = ["none", "scalar", "array", "random", "computed"]


@pytest.fixture(autouse=True)
def nests_own() -> Iterator[None]:
    """Leave NEST's static synapse to NEST: it is what ours is compared with."""
    nest.jit.static_synapses = "nest"
    yield
    nest.jit.static_synapses = "columns"


@dataclass(frozen=True)
class Network:
    """What Connect is asked for."""

    rule: str
    shape: str
    size: int
    degree: int
    weight: str
    delay: str
    autapses: bool
    multapses: bool
    kind: str
    threads: int
    seed: int

    @classmethod
    def drawn(cls, rule: str, seed: int) -> Network:
        """Draw all but the rule."""
        draw = random.Random(f"{rule} {seed}")
        return cls(
            rule=rule,
            shape=draw.choice(list(SHAPES)),
            size=draw.randrange(8, 40),
            degree=draw.randrange(1, 4),
            weight=draw.choice(DRAWS),
            delay=draw.choice(DRAWS),
            autapses=draw.random() < 0.5,
            multapses=draw.random() < 0.5,
            kind=draw.choice(list(PAIRS)),
            threads=draw.choice([1, 2, 4]),
            seed=draw.randrange(1, 2**31),
        )

    def specification(self) -> dict[str, Any]:
        """Return the rule with its options."""
        degree = {"fixed_indegree": "indegree", "fixed_outdegree": "outdegree"}.get(self.rule)
        own: dict[str, Any] = {degree: self.degree} if degree else {}
        own |= {"N": 20 * self.degree} if self.rule == "fixed_total_number" else {}
        own |= {"p": 0.1 * self.degree} if self.rule == "pairwise_bernoulli" else {}
        own |= {} if self.rule == "fixed_total_number" else {"allow_multapses": self.multapses}
        return {"rule": self.rule, "allow_autapses": self.autapses, **own}

    def array(self, sources: int, targets: int) -> Any:
        """Return numbers for each connection, 0, 1, ...; None if the rule takes no arrays."""
        shapes = {
            "one_to_one": (targets,),
            "all_to_all": (targets, sources),
            "fixed_indegree": (targets, self.degree),
            "fixed_outdegree": (sources, self.degree),
        }
        shape = shapes.get(self.rule)
        return np.arange(float(np.prod(shape))).reshape(shape) if shape else None

    def synapse(self, model: str, sources: int, targets: int) -> dict[str, Any]:
        """Return the specification of synapses of a model."""
        array = self.array(sources, targets)
        drawn = nest.random
        values = {
            "none": None,
            "scalar": 1.5,
            "array": None if array is None else 1.0 + 0.1 * (array % 30),
            "random": drawn.uniform(1.0, 3.0),
            "computed": nest.math.min(1.0 + 0.5 * drawn.exponential(1.0), 5.0),
        }
        given = {"weight": values[self.weight], "delay": values[self.delay]}
        return {"synapse_model": model, **{name: value for name, value in given.items() if value is not None}}


def build(network: Network, model: str) -> Any:
    """Build a network; return what users see of it before and after a simulation, and what is drawn next."""
    reset(threads=network.threads, seed=network.seed)
    nodes, more = nest.Create(NEURON, network.size), nest.Create(NEURON, network.size)
    sources, targets = SHAPES[network.shape](nodes, more)
    synapse = network.synapse(model, len(sources), len(targets))
    nest.Connect(sources, targets, network.specification(), synapse)
    found = [all_rows(model)]
    nest.Simulate(1.0)
    found.append(all_rows(model))
    again = {"synapse_model": model, "delay": nest.min_delay, "weight": nest.random.uniform(1.0, 2.0)}
    nest.Connect(nodes, nodes, {"rule": "fixed_indegree", "indegree": 2}, again)
    return [*found, all_rows(model), nest.num_connections, nest.min_delay, nest.max_delay]


def all_rows(model: str) -> list[tuple[Any, ...]]:
    """Return source, target, weight and delay of all connections, sorted, without rounding."""
    found = nest.GetConnections(synapse_model=model)
    if len(found) == 0:
        return []
    values = found.get(["source", "target", "weight", "delay"])
    return sorted(zip(*(np.atleast_1d(column).tolist() for column in values.values()), strict=True))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "rule",
    [
        "one_to_one",
        "all_to_all",
        "fixed_indegree",
        "fixed_outdegree",
        "fixed_total_number",
        "pairwise_bernoulli",
    ],
)
def test_random_networks(rule: str, seed: int) -> None:
    network = Network.drawn(rule, seed)
    theirs, ours = (build(network, model) for model in PAIRS[network.kind])
    assert ours == theirs, network
    assert len(ours[0]) > 0


def same(script: Callable[[str], Any], threads: int = 2) -> Any:
    """Run a script with NEST's static synapse and with ours; return what both gave."""
    results = []
    for model in PAIRS["static"]:
        reset(threads=threads, seed=3)
        results.append(script(model))
    assert results[1] == results[0]
    return results[1]


def test_more_connections_than_are_written_at_once() -> None:
    def script(model: str) -> Any:
        nodes = nest.Create(NEURON, 90)
        synapse = {
            "synapse_model": model,
            "weight": nest.random.normal(),
            "delay": nest.random.uniform(0.5, 400.0),
        }
        nest.Connect(nodes, nodes, {"rule": "fixed_indegree", "indegree": 50}, synapse)
        nest.Connect(nodes, nodes, {"rule": "fixed_outdegree", "outdegree": 50}, {"synapse_model": model})
        return all_rows(model)

    assert len(same(script)) == 9000


def test_degrees_and_probabilities_that_depend_on_positions() -> None:
    def script(model: str) -> Any:
        layer = nest.Create(NEURON, positions=nest.spatial.grid([6, 6]))
        x = nest.spatial.target_pos.x
        synapse = {"synapse_model": model, "weight": 1.0 + nest.random.uniform()}
        nest.Connect(
            layer, layer, {"rule": "pairwise_bernoulli", "p": 0.2 + 0.3 * nest.random.uniform()}, synapse
        )
        drawn = nest.random.uniform_int(4)
        nest.Connect(layer, layer, {"rule": "fixed_indegree", "indegree": drawn}, synapse)
        nest.Connect(layer, layer, {"rule": "fixed_outdegree", "outdegree": drawn}, synapse)
        spatial = {"rule": "pairwise_bernoulli", "p": nest.math.exp(-nest.spatial.distance)}
        nest.Connect(layer, layer, spatial, {"synapse_model": model, "weight": 2.0 + x})
        return all_rows(model)

    assert len(same(script)) > 100


def test_several_models_of_neurons() -> None:
    def script(model: str) -> Any:
        ours = nest.Create(NEURON, 7) + nest.Create(OTHER, 7)
        mixed = ours + nest.Create("iaf_psc_alpha", 5)
        synapse = {
            "synapse_model": model,
            "weight": nest.random.uniform(),
            "delay": nest.random.uniform(1.0, 2.0),
        }
        for sources, targets in ((ours[:7], ours), (ours, ours[:7]), (mixed, ours), (ours[:7], mixed)):
            nest.Connect(sources, targets, {"rule": "fixed_total_number", "N": 40}, synapse)
            nest.Connect(sources, targets, {"rule": "pairwise_bernoulli", "p": 0.3}, synapse)
        return all_rows(model)

    assert len(same(script)) > 200


def test_labels_and_receptors() -> None:
    def script(model: str) -> Any:
        nodes = nest.Create(NEURON, 6)
        model += "_lbl"
        spec = {"synapse_model": model, "synapse_label": 5, "weight": nest.random.uniform()}
        nest.Connect(nodes, nodes, {"rule": "fixed_indegree", "indegree": 3}, spec)
        nest.Connect(nodes, nodes, {"rule": "fixed_indegree", "indegree": 2}, {**spec, "synapse_label": 6})
        return [rows(nest.GetConnections(synapse_label=label)) for label in (5, 6)]

    assert [len(found) for found in same(script)] == [18, 12]


@pytest.mark.parametrize("wrong", [{"delay": "drawn"}, {"receptor_type": 7}, {"delay": -1.0}])
def test_an_error_leaves_what_was_connected_before_it(wrong: dict[str, Any]) -> None:
    def script(model: str) -> Any:
        nodes = nest.Create(NEURON, 8)
        drawn = nest.random.uniform(-0.2, 4.0)  # some are shorter than a step
        given = {"delay": drawn} if wrong == {"delay": "drawn"} else wrong
        with pytest.raises(nest.NESTError) as raised:
            nest.Connect(
                nodes, nodes, {"rule": "fixed_indegree", "indegree": 3}, {"synapse_model": model, **given}
            )
        left = all_rows(model)
        nest.Connect(nodes, nodes, "all_to_all", {"synapse_model": model, "weight": nest.random.uniform()})
        return type(raised.value).__name__, left, all_rows(model), nest.num_connections

    _error, left, _all, number = same(script)
    assert number == len(left) + 64


def test_rules_survive_a_reset() -> None:
    def script(model: str) -> Any:
        found = []
        for _ in range(2):
            reset(threads=2, seed=5)
            nodes = nest.Create(NEURON, 20)
            nest.Connect(nodes, nodes, {"rule": "fixed_indegree", "indegree": 4}, {"synapse_model": model})
            found.append(all_rows(model))
        return found

    first, second = same(script)
    assert first == second
