"""Random numbers in synapses depend on the seed, the connection and the time, not on threads or slices."""

from __future__ import annotations

import numpy as np
import pytest

from tests.numerics.network import nest, parrots, reset, trains

TARGETS = 7


def weights(threads: int, seed: int = 5, pieces: int = 1) -> np.ndarray:
    """Weights of all events, sorted by sender, target, time and weight; each pair is connected twice."""
    reset()
    nest.set(local_num_threads=threads, rng_seed=seed)
    drive = nest.Create("spike_generator", params={"spike_times": np.arange(2.0, 40.0, 3.0)})
    sources = nest.Create("parrot_neuron", 3)
    targets = nest.Create("iaf_psc_exp_neuron", TARGETS)
    recorder = nest.Create("weight_recorder")
    nest.CopyModel("noisy_synapse", "recorded_synapse", {"weight_recorder": recorder})
    nest.Connect(drive, sources)
    for _ in range(2):
        nest.Connect(sources, targets, syn_spec={"synapse_model": "recorded_synapse", "weight": 1.0})
    for _ in range(pieces):
        nest.Simulate(60.0 / pieces)
    events = recorder.events
    rows = np.array([events[name] for name in ("senders", "targets", "times", "weights")]).T
    return rows[np.lexsort(rows.T[::-1])]


def test_threads_and_pieces_do_not_matter() -> None:
    expected = weights(1)
    assert len(expected) == 2 * 3 * TARGETS * 13
    assert len(np.unique(expected[:, 3])) == len(expected)
    assert weights(2) == pytest.approx(expected)
    assert weights(1, pieces=3) == pytest.approx(expected)


def test_seeds_matter() -> None:
    one, two = weights(1)[:, 3], weights(1, seed=6)[:, 3]
    assert not np.isin(one, two).any()
    assert one.mean() == pytest.approx(1.0, abs=4 * one.std() / np.sqrt(len(one)))


DRAWING = """
model drawing_synapse:
    state:
        w real = 1
        by_mod real = 0
        by_post real = 0
    input:
        pre_spikes <- spike
        post_spikes <- spike
        mod_spikes <- spike
    output:
        spike
    onReceive(mod_spikes):
        by_mod += random_normal(0, 1)
    onReceive(post_spikes):
        by_post += random_uniform(0, 1) + random_poisson(2.)
    onReceive(pre_spikes):
        w = by_mod + 100 * by_post
        emit_spike(w)
"""


def drawn(threads: int, pieces: int = 1) -> np.ndarray:
    """Return what connections have drawn at spikes of all kinds, a row per connection."""
    reset(threads=threads, seed=5)
    nest.jit.define(DRAWING)
    transmitter = nest.Create("volume_transmitter")
    nest.Connect(parrots(trains(2, 60.0, 60.0, seed=9)), transmitter)
    nest.SetDefaults("drawing_synapse", {"volume_transmitter": transmitter})
    pre = parrots(trains(3, 80.0, 60.0))
    post = nest.Create("iaf_psc_exp_neuron", TARGETS, params={"I_e": 900.0})
    nest.Connect(pre, post, syn_spec={"synapse_model": "drawing_synapse", "delay": 2.0})
    for _ in range(pieces):
        nest.Simulate(60.0 / pieces)
    found = nest.GetConnections(pre, post)
    columns = found.get(["source", "target", "by_mod", "by_post", "w"])
    rows = np.array([columns[name] for name in ("source", "target", "by_mod", "by_post", "w")]).T
    return rows[np.lexsort(rows[:, 1::-1].T)]


def test_draws_at_spikes_of_all_kinds() -> None:
    expected = drawn(1)
    assert len(np.unique(expected[:, 2])) == len(np.unique(expected[:, 3])) == 3 * TARGETS
    assert drawn(2) == pytest.approx(expected)
    assert drawn(4, pieces=6) == pytest.approx(expected)
