"""A neuron does the same in a block of any size: padding is computed only up to whole SIMD batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nestml_jit as nest

STEPS = 400
SIZES = (1, 2, 7, 8, 9, 17, 33, 63, 64, 65)
MODELS = {
    "iaf_psc_exp_neuron": (370.0, 420.0),  # groups of lanes go through several steps
    "mat2_psc_exp_neuron": (400.0, 600.0),  # several groups, with a variable that jumps
    "iaf_cond_exp_neuron": (250.0, 350.0),  # numeric, wide batches
    "hh_psc_alpha_neuron": (600.0, 800.0),  # numeric, half as wide
    "izhikevich_neuron": (5.0, 15.0),
}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Start from a kernel without nodes."""
    nest.ResetKernel()
    yield
    nest.ResetKernel()


def simulated(model: str, currents: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[list[float]]]:
    """Return the potential of each neuron in each step, shape (neurons, steps), and its spikes' times."""
    nest.ResetKernel()
    nest.resolution = 0.1
    neurons = nest.Create(model, len(currents), {"I_e": currents})
    multimeter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 0.1})
    recorder = nest.Create("spike_recorder")
    nest.Connect(multimeter, neurons)
    nest.Connect(neurons, recorder)
    nest.Simulate(0.1 * (STEPS + 20))
    return potentials(multimeter, neurons), spikes(recorder, neurons)


def potentials(multimeter: Any, neurons: Any) -> NDArray[np.float64]:
    events = multimeter.events
    order = np.lexsort((events["times"], events["senders"]))
    return np.asarray(events["V_m"][order].reshape(len(neurons), -1)[:, :STEPS])


def spikes(recorder: Any, neurons: Any) -> list[list[float]]:
    events = recorder.events
    return [events["times"][events["senders"] == number].tolist() for number in neurons.tolist()]


@pytest.mark.parametrize("model", MODELS)
def test_neurons_do_the_same_in_blocks_of_any_size(model: str) -> None:
    currents = np.linspace(*MODELS[model], max(SIZES))
    expected, expected_spikes = simulated(model, currents)
    assert sum(map(len, expected_spikes)) > len(currents) / 2
    assert len(np.unique(expected[:, -1])) > len(currents) / 2
    for size in SIZES[:-1]:
        found, found_spikes = simulated(model, currents[:size])
        assert np.array_equal(found, expected[:size]), size
        assert found_spikes == expected_spikes[:size], size
