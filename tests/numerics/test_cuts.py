"""The last bit of a neuron depends neither on slices and runs, nor on threads, nor on its neighbours.

Kernels have instances of the same step: for one step and for several ones, for few lanes, and for slices
without input. All must give the same numbers for every neuron of the library.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import nestml_jit
from tests.numerics.network import generators, nest, reset, spikes, trains

LIBRARY = sorted(path.stem for path in (Path(nestml_jit.__path__[0]) / "models").glob("*_neuron.nestml"))
WEIGHTS = {
    "aeif_psc": 2e4,
    "aeif_cond": 400.0,
    "cond": 80.0,
    "hh_psc": 3000.0,
    "mat2_psc": 1500.0,
    "psc_delta": 6.0,
    "psc": 500.0,
    "": 6.0,
}
"""Of spikes, by what a model's name contains: in nS, pA or mV. The first one counts."""

QUIET = {"hh_moto_5ht_neuron", "iaf_chxk_2008_neuron", "izhikevich_psc_alpha_neuron", "terub_stn_neuron"}
"""Models that this input hardly brings to spike: what they compute below threshold is compared."""

NEURONS = 75  # a full tile, and one with two SIMD batches
DURATION = 30.0  # ms
ARRIVALS = trains(6, 150.0, 25.0, grid=0.1)
RAGGED = (0.1, 1.4, 7.3, 0.2, 2.9, 3.1, 15.0)
CASES: list[tuple[int, float, Sequence[float], int]] = [
    (NEURONS, 0.1, (DURATION,), 1),
    (NEURONS, 0.1, RAGGED, 2),
    (NEURONS, 1.5, RAGGED, 4),
    (3, 1.5, (DURATION,), 1),
    (3, 0.1, (DURATION,), 1),
]
"""Numbers of neurons, smallest delays and durations of runs in ms, and numbers of threads."""


def simulated(
    model: str, size: int, min_delay: float, pieces: Sequence[float], threads: int
) -> tuple[dict[str, np.ndarray], list[tuple[float, int]]]:
    """Return all variables of the neurons at the end, and their spikes."""
    reset(threads=threads)
    nest.set(min_delay=min_delay, max_delay=1.5)
    neurons = nest.Create(model, size)
    if model == "ignore_and_fire_neuron":
        neurons.firing_rate = np.linspace(50.0, 200.0, NEURONS)[:size]
    receptors = sorted((neurons[0].get().get("receptor_types") or {"": 0}).values())
    largest = next(weight for kind, weight in WEIGHTS.items() if kind in model)
    weights = largest * np.random.default_rng(2).uniform(0.2, 1.0, (len(ARRIVALS), NEURONS, 1))
    for index, source in enumerate(generators(ARRIVALS)):
        receptor = receptors[index % len(receptors)]
        syn_spec = {"weight": weights[index, :size], "delay": 1.5, "receptor_type": receptor}
        nest.Connect(source, neurons, syn_spec=syn_spec)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder, syn_spec={"delay": 1.5})
    with nest.RunManager():
        for piece in pieces:
            nest.Run(piece)
    shown = neurons[0].get()
    values = {name: np.array(neurons.get(name)) for name in shown["recordables"] if name in shown}
    return values, spikes(recorder, neurons)


@pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")
@pytest.mark.parametrize("model", LIBRARY)
def test_numbers_do_not_depend_on_how_a_simulation_is_cut(model: str) -> None:
    expected, expected_spikes = simulated(model, NEURONS, 1.5, (DURATION,), 1)
    assert model in QUIET or len(expected_spikes) > NEURONS / 3
    assert max(len(np.unique(values)) for values in expected.values()) > NEURONS / 3
    for case in CASES:
        values, found = simulated(model, *case)
        assert found == [spike for spike in expected_spikes if spike[1] < case[0]], case
        for name, value in values.items():
            assert np.array_equal(value, expected[name][: case[0]]), (name, case)
