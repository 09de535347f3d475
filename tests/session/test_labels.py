"""Labels of connections, under the names that NEST's own synapse models have for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.numerics.network import NEURON, STATIC, STDP, nest, reset
from tests.session.sides import Names, all_rows, assert_same, raised, rows


def labelled(names: Names, kind: str) -> tuple[Any, str]:
    """Connect neurons with two labels, and without any."""
    nodes, model = nest.Create(names["neuron"], 4), names[kind] + "_lbl"
    nest.Connect(nodes, nodes, syn_spec={"synapse_model": model, "synapse_label": 3})
    nest.Connect(nodes[:2], nodes, syn_spec={"synapse_model": model, "synapse_label": 4, "weight": 2.0})
    nest.Connect(nodes[:1], nodes, syn_spec={"synapse_model": model})
    nest.Connect(nodes[:1], nodes, syn_spec={"synapse_model": names[kind]})
    return nodes, model


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", ["static", "plastic"])
def test_connections_by_their_labels(kind: str, threads: int) -> None:
    def script(names: Names) -> Any:
        nodes, model = labelled(names, kind)
        found = []
        for label in (None, 3, 4, 5):
            found.append(rows(nest.GetConnections(synapse_label=label)))
            found.append(rows(nest.GetConnections(nodes[:3], nodes[1:], model, label)))
        found.append(all_rows(model, "synapse_label"))
        nest.GetConnections(synapse_label=4).synapse_label = 9
        nest.Simulate(3.0)
        found += [rows(nest.GetConnections(synapse_label=label)) for label in (3, 4, 9)]
        return found

    found = assert_same(script, threads)
    assert [len(item) for item in found] == [32, 18, 16, 9, 8, 6, 0, 0, 28, 16, 0, 8]


def test_labels_of_defaults_and_copies() -> None:
    def script(names: Names) -> Any:
        nodes, model = nest.Create(names["neuron"], 3), names["plastic"] + "_lbl"
        default = nest.GetDefaults(model)["synapse_label"]
        nest.SetDefaults(model, {"synapse_label": 12})
        nest.CopyModel(model, "copy", {"synapse_label": 13})
        for name in (model, "copy"):
            nest.Connect(nodes, nodes, "one_to_one", {"synapse_model": name})
        nest.Simulate(2.0)
        counts = [len(nest.GetConnections(synapse_label=label)) for label in (12, 13)]
        return default, counts, "synapse_label" in nest.GetDefaults(names["plastic"])

    assert assert_same(script) == (-1, [3, 3], False)


def test_labels_stay_with_their_connections() -> None:
    """Whatever changes the order of connections takes their labels along."""

    def script(names: Names) -> Any:
        nodes, model = nest.Create(names["neuron"], 5), names["plastic"] + "_lbl"
        for label, (source, target) in enumerate([(4, 1), (0, 3), (2, 2), (4, 0), (0, 0), (1, 4)]):
            spec = {"synapse_model": model, "synapse_label": label, "weight": float(label)}
            nest.Connect(nodes[source], nodes[target], syn_spec=spec)
        found = [all_rows(model, "synapse_label")]
        nest.Disconnect(nest.GetConnections(synapse_label=2))
        nest.Simulate(2.0)
        nest.Connect(nodes, nodes[:1], syn_spec={"synapse_model": model, "synapse_label": 20})
        found.append(all_rows(model, "synapse_label"))
        return found

    assert [len(item) for item in assert_same(script)] == [6, 10]


def test_bad_labels() -> None:
    def script(names: Names) -> Any:
        nodes, model = labelled(names, "static")
        connect = [
            {"synapse_model": names["static"], "synapse_label": 3},
            {"synapse_model": model, "synapse_label": -3},
            {"synapse_model": model, "synapse_label": "x"},
        ]
        connections = nest.GetConnections(synapse_label=3)
        errors = raised(
            *(lambda spec=spec: nest.Connect(nodes, nodes, syn_spec=spec) for spec in connect),
            lambda: connections.set(synapse_label=-1),
            lambda: nest.SetDefaults(model, {"synapse_label": -1}),
            lambda: nest.GetDefaults(names["neuron"] + "_lbl"),
            lambda: nest.GetDefaults("no_such_synapse_lbl"),
        )
        return errors, all_rows(model, "synapse_label")

    errors, _rows = assert_same(script)
    assert all(errors)


def test_labels_of_plastic_connections_change_nothing_else() -> None:
    """The variant has a kernel of its own: its weights are those of the model without labels."""
    results = []
    for name in (STDP, f"{STDP}_lbl", f"{STDP}_hpc"):
        reset()
        nodes = nest.Create(NEURON, 5, {"I_e": 600.0})
        nodes.C_m = [200.0, 220.0, 240.0, 260.0, 280.0]
        nest.Connect(nodes, nodes, syn_spec={"synapse_model": name, "weight": 5.0})
        nest.Simulate(150.0)
        results.append(all_rows(name))
    assert len({weight for _source, _target, weight, _delay in results[0]}) > 10
    assert results[1:] == results[:1] * 2


def test_variants_survive_a_reset() -> None:
    for _ in range(2):
        nodes = nest.Create(NEURON, 2)
        nest.Connect(nodes, nodes, syn_spec={"synapse_model": f"{STATIC}_lbl", "synapse_label": 1})
        assert len(nest.GetConnections(synapse_label=1)) == 4
        nest.ResetKernel()
