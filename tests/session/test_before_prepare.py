"""Neurons and connections that are made after a simulation, and read or written before the next one begins.

What a kernel uses is sized when NEST prepares nodes. Whoever looks before that must change nothing, and find
old neurons as they were, and new ones as they were made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import ALPHA, NEURON, STATIC, STDP, generators, nest, parrots, reset, trains

DENDRITIC = ("iaf_psc_exp_dend_neuron", "stdp_dendritic_synapse")
PAIRS = {
    "static": (NEURON, STATIC),
    "stdp": (NEURON, STDP),
    "triplet": (NEURON, "stdp_triplet_synapse_nestml"),
    "vogels_sprekeler": (NEURON, "vogels_sprekeler_synapse_nestml"),
    "dendritic": DENDRITIC,
}
SIZES = ((2, 1), (10, 1), (63, 1), (63, 2), (64, 1), (65, 70))


class Network:
    """Neurons that have spiked, and new ones of the same model that no simulation has seen."""

    def __init__(self, pair: str, old: int, new: int, threads: int = 1) -> None:
        reset(threads=threads)
        self.model, self.synapse = PAIRS[pair]
        self.receptor = next(iter(nest.GetDefaults(self.model).get("receptor_types", {"": 0}).values()))
        self.spec = {"synapse_model": self.synapse, "delay": 1.5, "receptor_type": self.receptor}
        self.pre = parrots(trains(2, 80.0, 60.0))
        self.old = self._neurons(old)
        nest.Simulate(40.0)
        self.new = self._neurons(new)
        self.moved = [name for name in self.new[0].get() if name.endswith(f"__for_{self.synapse}")]
        self.fresh = nest.GetDefaults(self.model, self.moved) if self.moved else ()

    def _neurons(self, count: int) -> Any:
        neurons = nest.Create(self.model, count)
        force = generators(trains(count, 60.0, 90.0, seed=4))
        nest.Connect(force, neurons, "one_to_one", {"weight": 4000.0, "receptor_type": self.receptor})
        nest.Connect(self.pre, neurons, syn_spec={**self.spec, "weight": 40.0})
        return neurons

    def shown(self) -> list[dict[str, Any]]:
        """Return all numbers that neurons and connections show."""
        connections = nest.GetConnections(self.pre, synapse_model=self.synapse)
        order = np.lexsort((connections.get("target"), connections.get("source")))
        rows = [self.old.get(), self.new.get(), connections.get()]
        rows[2] = {name: np.array(values)[order].tolist() for name, values in rows[2].items()}
        return [
            {
                name: values
                for name, values in row.items()
                if np.asarray(values).dtype.kind in "ifb" and name not in ("port", "sizeof")
            }
            for row in rows
        ]


def read_columns(network: Network) -> None:
    for neurons in (network.old, network.new):
        columns = nest.jit.columns(neurons)
        for name in columns:
            assert np.isfinite(columns[name][...]).all(), name


def write_columns(network: Network) -> None:
    for neurons in (network.old, network.new):
        columns = nest.jit.columns(neurons)
        columns["V_m"] = columns["V_m"][...]


def view_columns(network: Network) -> None:
    for _part, values in nest.jit.columns(network.old)["V_m"].views():
        assert np.isfinite(values).all()


def copy_models(network: Network) -> None:
    nest.CopyModel(network.model, "copied_neuron", {"C_m": 200.0})
    nest.CopyModel(network.synapse, "copied_synapse")


def set_defaults(network: Network) -> None:
    nest.SetDefaults(network.model, nest.GetDefaults(network.model, ["C_m"]) and {"C_m": 123.0})


def disconnect(network: Network) -> None:
    other = nest.Create("parrot_neuron")
    nest.Connect(other, network.new, syn_spec=network.spec)
    nest.Disconnect(nest.GetConnections(other))


CALLS: dict[str, Callable[[Network], object]] = {
    "get": lambda network: network.old.get(),
    "get of one": lambda network: network.old[0].get("V_m"),
    "get of new": lambda network: network.new.get(),
    "set": lambda network: network.old.set(V_m=list(np.atleast_1d(network.old.V_m))),
    "set of one": lambda network: network.old[0].set(V_m=network.old[0].V_m),
    "set of new": lambda network: network.new[0].set(V_m=network.new[0].V_m),
    "GetNodes": lambda network: nest.GetNodes({"V_m": -70.0}),
    "GetConnections": lambda network: nest.GetConnections().get(),
    "columns": read_columns,
    "columns set": write_columns,
    "views": view_columns,
    "CopyModel": copy_models,
    "SetDefaults": set_defaults,
    "GetDefaults": lambda network: nest.GetDefaults(network.model),
    "Disconnect": disconnect,
    "Create": lambda network: nest.Create(network.model, 70),
    "Create of another model": lambda network: nest.Create(ALPHA, 2),
    "kernel setting": lambda network: nest.set(rng_seed=1, local_num_threads=1, print_time=False),
}


@pytest.mark.parametrize(("pair", "sizes"), [(pair, size) for pair in PAIRS for size in SIZES])
def test_looking_at_neurons_that_no_kernel_knows_changes_nothing(pair: str, sizes: tuple[int, int]) -> None:
    undisturbed = Network(pair, *sizes)
    before = undisturbed.shown()
    nest.Simulate(30.0)
    after = undisturbed.shown()
    assert all(np.isfinite(values).all() for row in after for values in row.values())
    full = pair == "stdp" or sizes in ((2, 1), (10, 1))
    for name, call in CALLS.items():
        if not full and name not in ("get", "columns", "Disconnect"):
            continue
        network = Network(pair, *sizes)
        call(network)
        if network.moved:
            assert np.array_equal(np.transpose([network.new.get(key) for key in network.moved]).ravel(),
                                  list(network.fresh) * sizes[1]), name  # fmt: skip
        assert network.shown() == before, name
        nest.Simulate(30.0)
        assert network.shown() == after, name


@pytest.mark.parametrize("sizes", [(2, 1), (63, 2)])
def test_meters_may_come_before_neurons_are_prepared(sizes: tuple[int, int]) -> None:
    for pair in ("static", "stdp"):
        network = Network(pair, *sizes)
        recorded = ["V_m", *(name for name in network.moved if name in network.new.recordables[0])]
        meter = nest.Create("multimeter", params={"record_from": recorded, "interval": 1.0})
        nest.Connect(meter, network.old)
        nest.Connect(meter, network.new)
        nest.Simulate(10.0)
        events = meter.events
        assert len(events["times"]) == 9 * sum(sizes)
        assert all(np.isfinite(values).all() for values in events.values())


def test_moved_states_of_new_neurons_stay_as_they_are_set() -> None:
    found = []
    for looks in (False, True):
        network = Network("stdp", 10, 2)
        network.new[1].set(dict.fromkeys(network.moved, 0.75))
        if looks:
            network.old.get()
            network.new[1].set({"V_m": -66.0})
            nest.jit.columns(network.old)["V_m"] = -66.0
            assert network.new[1].get(network.moved[0]) == 0.75
        else:
            network.new[1].V_m = -66.0
            network.old.V_m = -66.0
        nest.Simulate(30.0)
        found.append(network.shown())
    assert found[0] == found[1]


def test_values_are_right_after_a_simulation_that_could_not_begin() -> None:
    network = Network("stdp", 10, 2)
    before = network.shown()
    nest.Connect(network.pre, network.old, syn_spec={"synapse_model": "stdp_triplet_synapse_nestml"})
    with pytest.raises(nest.NESTErrors.KernelException):
        nest.Run(10.0)  # a kernel is attached, and NEST was not prepared
    network.new[0].set(dict.fromkeys(network.moved, 0.5))
    now = network.shown()
    for row, earlier in zip(now, before, strict=True):
        for name, values in earlier.items():
            if row is not now[1] or name not in network.moved:
                assert row[name] == pytest.approx(values, rel=1e-14), name
    nest.Simulate(30.0)
    assert all(np.isfinite(values).all() for row in network.shown() for values in row.values())
