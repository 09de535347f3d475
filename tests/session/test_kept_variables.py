"""What neurons keep for the connections of a synapse model can be set before there are any: `X__for_S`."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from tests.numerics.network import NEURON, STDP, generators, nest, parrots, reset

TRACE, TAU = f"post_trace__for_{STDP}", f"tau_tr_post__for_{STDP}"


def weights_of(neurons: Any) -> list[float]:
    """Connect, simulate some pairs of spikes, and return the weights."""
    pre = parrots([[5.0, 15.0]])
    for neuron in neurons:
        nest.Connect(pre, neuron, syn_spec={"synapse_model": STDP, "weight": 20.0})
    nest.Connect(generators([[3.0, 9.0]]), neurons, syn_spec={"weight": 9000.0})
    nest.Simulate(30.0)
    return list(nest.GetConnections(target=neurons, synapse_model=STDP).weight)


@functools.cache
def set_after(names: tuple[str, ...]) -> list[float]:
    """Return the weights if values of these names are set when the connections are there."""
    reset()
    neurons = nest.Create(NEURON, 3)
    pre = parrots([[5.0, 15.0]])
    for neuron in neurons:
        nest.Connect(pre, neuron, syn_spec={"synapse_model": STDP, "weight": 20.0})
    neurons.set({name: VALUES[name] for name in names})
    nest.Connect(generators([[3.0, 9.0]]), neurons, syn_spec={"weight": 9000.0})
    nest.Simulate(30.0)
    return list(nest.GetConnections(target=neurons, synapse_model=STDP).weight)


VALUES = {TRACE: 0.7, TAU: 4.0}


def created(values: dict[str, Any]) -> Any:
    return nest.Create(NEURON, 3, params=values)


def set_one_by_one(values: dict[str, Any]) -> Any:
    neurons = nest.Create(NEURON, 3)
    for neuron in neurons:
        neuron.set(values)
    return neurons


def set_as_attributes(values: dict[str, Any]) -> Any:
    neurons = nest.Create(NEURON, 3)
    for name, value in values.items():
        setattr(neurons, name, value)
    return neurons


def set_as_lists(values: dict[str, Any]) -> Any:
    neurons = nest.Create(NEURON, 3)
    neurons.set({name: [value] * 3 for name, value in values.items()})
    return neurons


def default(values: dict[str, Any]) -> Any:
    nest.SetDefaults(NEURON, values)
    return nest.Create(NEURON, 3)


def copied(values: dict[str, Any]) -> Any:
    nest.CopyModel(NEURON, "kept_neuron", {**values, "tau_m": 10.0})
    return nest.Create("kept_neuron", 3)


@pytest.mark.parametrize("make", [created, set_one_by_one, set_as_attributes, set_as_lists, default, copied])
def test_values_wait_for_the_connections(make: Any) -> None:
    wanted = set_after(tuple(VALUES))
    assert len(set(wanted)) == 1
    plain = set_after(())
    assert wanted != plain
    reset()
    neurons = make(VALUES)
    assert (neurons.get(TRACE), neurons.get(TAU)) == ((0.7,) * 3, (4.0,) * 3)
    nest.Simulate(1.0)  # without any connection
    assert neurons.get(TAU) == (4.0,) * 3
    reset()
    assert weights_of(make(VALUES)) == wanted


@pytest.mark.parametrize("connected", [False, True])
def test_copies_of_models_take_over_what_defaults_have(connected: bool) -> None:
    reset()
    if connected:
        nest.Connect(parrots([[5.0]]), nest.Create(NEURON), syn_spec={"synapse_model": STDP})
    usual = nest.GetDefaults(STDP, "tau_tr_post")
    nest.SetDefaults(NEURON, {TRACE: 0.7})
    nest.CopyModel(NEURON, "kept_plain")
    nest.CopyModel(NEURON, "kept_once", {TAU: 4.0})
    nest.CopyModel("kept_once", "kept_twice", {TRACE: 0.9, "I_e": 3.0})
    made = [nest.Create(name) for name in (NEURON, "kept_plain", "kept_once", "kept_twice")]
    pre = parrots([[5.0]])
    for neurons in made:
        nest.Connect(pre, neurons, syn_spec={"synapse_model": STDP})
    assert [neurons.get(TRACE) for neurons in made] == [0.7, 0.7, 0.7, 0.9]
    assert [neurons.get(TAU) for neurons in made] == [usual, usual, 4.0, 4.0]


def test_values_may_differ_and_others_follow_the_synapse() -> None:
    reset()
    neurons = nest.Create(NEURON, 4)
    neurons[1].set({TAU: 4.0})
    nest.SetDefaults(STDP, {"tau_tr_post": 9.0})
    pre = parrots([[5.0]])
    nest.Connect(pre, neurons, syn_spec={"synapse_model": STDP})
    assert neurons.get(TAU) == (9.0, 4.0, 9.0, 9.0)
    nest.Simulate(5.0)
    assert neurons.get(TAU) == (9.0, 4.0, 9.0, 9.0)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (f"pre_trace__for_{STDP}", f"keeps no 'pre_trace' for connections of '{STDP}': it keeps"),
        ("post_trace__for_no_such_synapse", "it keeps nothing for such a model"),
        ("post_trace__for_stdp_synapse", "it keeps nothing for such a model"),
        (f"post_trace__for_{NEURON}", "it keeps nothing for such a model"),
    ],
)
def test_what_no_synapse_gives_is_refused(name: str, reason: str) -> None:
    reset()
    neurons = nest.Create(NEURON, 2)
    for act in (
        lambda: nest.Create(NEURON, params={name: 1.0}),
        lambda: neurons.set({name: 1.0, "tau_m": 3.0}),
        lambda: nest.SetDefaults(NEURON, {name: 1.0}),
        lambda: nest.CopyModel(NEURON, "never_neuron", {name: 1.0}),
    ):
        with pytest.raises(nest.NESTErrors.UnaccessedDictionaryEntry, match=reason):
            act()
    assert "never_neuron" not in nest.node_models
    assert neurons.tau_m == (nest.GetDefaults(NEURON, "tau_m"),) * 2
    assert nest.GetDefaults(NEURON, "tau_m") != 3.0
