"""Slices of one step: NEST visits one neuron of each block, and nobody notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    ALPHA,
    BUILT_IN,
    NEURON,
    STATIC,
    ids,
    nest,
    record,
    record_spikes,
    reset,
)

STEP = 0.1
Names = Mapping[str, str]
OURS = {name: name for name in BUILT_IN}

THREADS = pytest.mark.parametrize("threads", [1, 2, 4])


@pytest.fixture(autouse=True)
def kernel() -> Any:
    reset()
    yield
    reset()


def network(names: Names, threads: int, synapse: str | None = None) -> tuple[Any, Any, Any]:
    """Make two populations with relays between them, connected with delays from one step on."""
    reset(threads=threads)
    if synapse == "copy":
        nest.CopyModel("static_synapse_hpc", synapse)
    rng = np.random.default_rng(5)
    first = nest.Create(names[NEURON], 90)
    relays = nest.Create("parrot_neuron", 3)
    second = nest.Create(names[ALPHA], 70)
    neurons = first + second
    neurons.I_e = rng.uniform(300.0, 700.0, len(neurons))
    for sources, targets in ((first, second), (second, first), (relays, first)):
        pre, post = (rng.choice(ids(nodes), 400) for nodes in (sources, targets))
        delays = rng.integers(1, 16, 400) * STEP
        model = synapse or names[STATIC]
        for chosen in (delays == delays.min(), delays != delays.min()):
            syn_spec = {
                "synapse_model": model,
                "delay": delays[chosen],
                "weight": rng.normal(0, 60, chosen.sum()),
            }
            nest.Connect(pre[chosen], post[chosen], "one_to_one", syn_spec)
    nest.Connect(first[:3], relays, "one_to_one", {"delay": STEP})
    return neurons, record_spikes(neurons), record(neurons[::7])


def by_sender(device: Any, name: str) -> np.ndarray:
    """Return what a device has recorded as rows of sender, time and value: those of a sender in its order."""
    events = device.events
    order = np.argsort(events["senders"], kind="stable")
    return np.array([events[key][order] for key in ("senders", "times", name)])


def outcome(names: Names, threads: int, course: Callable[[Any], None], **more: Any) -> tuple[np.ndarray, ...]:
    neurons, recorder, meter = network(names, threads, **more)
    course(neurons)
    assert nest.min_delay == STEP
    return by_sender(recorder, "times"), by_sender(meter, "V_m"), np.array(neurons.V_m)


def assert_same(threads: int, course: Callable[[Any], None], **more: Any) -> None:
    ours, theirs = (outcome(names, threads, course, **more) for names in (OURS, BUILT_IN))
    assert np.array_equal(ours[0], theirs[0])
    assert ours[0].shape[1] > 300
    for mine, other in zip(ours[1:], theirs[1:], strict=True):
        assert mine.shape == other.shape
        assert np.abs(mine - other).max() < 1e-9


@THREADS
def test_spikes_potentials_and_order_are_nests(threads: int) -> None:
    assert_same(threads, lambda neurons: nest.Simulate(60.0))


@THREADS
def test_neurons_are_frozen_and_let_go_between_runs(threads: int) -> None:
    """Those that lead their blocks, then all of a block, and then a single one goes on."""

    def course(neurons: Any) -> None:
        frozen = [slice(0, 9), slice(0, 90), slice(1, 160), slice(1, 30), slice(0, 0)]
        with nest.RunManager():
            for chosen in frozen:
                neurons.frozen = [index in range(*chosen.indices(160)) for index in range(160)]
                nest.Run(13.0)
                nest.Run(0.1)

    assert_same(threads, course)


def test_neurons_that_are_made_between_runs_begin_with_the_next_preparation() -> None:
    def course(neurons: Any) -> None:
        nest.Simulate(20.0)
        nest.Create(neurons[0].model, 30, params={"I_e": 600.0})
        nest.Create("parrot_neuron", 2)
        nest.Connect(neurons[:30], neurons[-30:], "one_to_one", {"weight": 80.0, "delay": STEP})
        nest.Simulate(20.0)
        nest.Simulate(20.0)

    assert_same(2, course)


@pytest.mark.parametrize("synapse", ["static_synapse_hpc", "copy"])
def test_synapses_that_name_targets_by_their_places_find_them(synapse: str) -> None:
    def course(neurons: Any) -> None:
        nest.Simulate(60.0)

    results = []
    for names in (OURS, BUILT_IN):
        results.append(outcome(names, 2, course, synapse=synapse))
    assert np.array_equal(results[0][0], results[1][0])
    assert results[0][0].shape[1] > 300


def seen(neurons: Any) -> tuple[Any, ...]:
    """Return what NEST finds by going through its nodes, and by looking for single ones."""
    return (
        nest.GetNodes().tolist(),
        nest.GetNodes(properties={"frozen": False}).tolist(),
        neurons.model,
        nest.num_connections,
        [neurons[index].get("frozen") for index in (0, 89, 90, 159)],
    )


@THREADS
def test_all_nodes_are_there_between_runs_and_after_errors(threads: int) -> None:
    neurons, _recorder, _meter = network(OURS, threads)
    neurons[1].frozen = True
    expected = seen(neurons)
    nest.Prepare()
    assert seen(neurons) == expected
    nest.Run(2.0)
    assert seen(neurons) == expected
    nest.update_time_limit = 1e-12  # seconds
    with pytest.raises(nest.NESTError):
        nest.Run(2.0)
    assert seen(neurons) == expected


@THREADS
def test_all_neurons_are_asked_for_their_calcium_afterwards(threads: int) -> None:
    """NEST brings synaptic elements up to date after each simulation, also where none are grown."""
    found = []
    for names in (OURS, BUILT_IN):
        neurons, _recorder, _meter = network(names, threads)
        neurons.set({"tau_Ca": 50.0, "beta_Ca": 0.1})
        nest.Simulate(30.0)
        nest.Simulate(7.3)
        found.append(np.array(neurons.Ca))
    assert np.abs(found[0] - found[1]).max() < 1e-12
    assert np.count_nonzero(found[0]) > 100
