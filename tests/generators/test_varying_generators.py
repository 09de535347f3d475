"""Generators with a rate that changes: the rates are those that NEST's own generators have, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.generators.arrivals import neurons, seen, to, watch
from tests.numerics.network import nest, reset

TARGETS = 300
ALWAYS = 4e5
"""A rate in Hz of 40 spikes in each step of 0.1 ms: a step without any is one in 10^17."""


def means(devices: str, model: str, changes: list[dict[str, Any]], **defaults: Any) -> np.ndarray:
    """Return the mean number of spikes at each step, in runs of 15 ms; each begins with a change."""
    reset()
    nest.jit.devices = devices
    targets, device = neurons(TARGETS), nest.Create(model, params=defaults)
    nest.Connect(device, targets, syn_spec=to(delay=0.7))
    meter = watch(targets)
    for change in changes:
        device.set(change)
        nest.Simulate(15.0)
    return seen(meter, targets).mean(axis=1)


def assert_alike(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Compare means of as many Poisson numbers, within six standard deviations."""
    assert ours.shape == theirs.shape
    assert np.all(np.abs(ours - theirs) <= 6.0 * np.sqrt((ours + theirs + 1.0) / TARGETS))


def test_jumping_rate() -> None:
    """Rates jump at their times; new ones follow the last old one, which is silent with a rate of 0."""
    changes = [
        {"rate_times": [1.0, 1.1, 5.0, 9.5], "rate_values": [ALWAYS, 3 * ALWAYS, 0.0, ALWAYS]},
        {"stop": 25.0},
        {"stop": 60.0, "rate_times": [40.0, 44.0], "rate_values": [2 * ALWAYS, 0.0]},
    ]
    ours, theirs = (
        means(devices, "inhomogeneous_poisson_generator", changes) for devices in ("fused", "nest")
    )
    assert_alike(ours, theirs)
    assert np.array_equal(ours == 0.0, theirs == 0.0)
    assert np.count_nonzero(ours) not in (0, len(ours))


def test_rate_that_changes_in_each_step() -> None:
    times = np.round(np.arange(1, 140) * 0.1, 1)
    values = np.random.default_rng(2).uniform(0.1, 3.0, len(times)) * ALWAYS
    changes = [{"rate_times": times.tolist(), "rate_values": values.tolist()}]
    arrived = means("fused", "inhomogeneous_poisson_generator", changes)
    expected = values * 1e-4
    found = arrived[7 : 7 + len(times)]  # the step that ends at 0.1 ms has the first rate
    assert np.all(np.abs(found[1:] - expected[1:]) < 6.0 * np.sqrt(expected[1:] / TARGETS))


@pytest.mark.parametrize("amplitude", [0.5 * ALWAYS, 3.0 * ALWAYS])
def test_sinusoidal_rate(amplitude: float) -> None:
    """Also one that is negative for a while."""
    changes: list[dict[str, Any]] = [
        {"rate": ALWAYS, "amplitude": amplitude, "frequency": 83.0, "phase": 40.0, "start": 2.0},
        {"frequency": 20.0, "rate": 2.0 * ALWAYS},
    ]
    ours, theirs = (means(devices, "sinusoidal_poisson_generator", changes) for devices in ("fused", "nest"))
    assert_alike(ours, theirs)


def test_one_train_for_all_targets() -> None:
    """NEST sends the same spikes to all targets of such a generator, and goes on to do so."""
    reset()
    nest.SetDefaults("sinusoidal_poisson_generator", {"individual_spike_trains": False})
    targets, device = neurons(5), nest.Create("sinusoidal_poisson_generator", params={"rate": 20000.0})
    nest.Connect(device, targets, syn_spec=to())
    meter = watch(targets)
    nest.Simulate(20.0)
    arrived = seen(meter, targets)
    assert arrived.any()
    assert np.array_equal(arrived, np.repeat(arrived[:, :1], 5, axis=1))


def test_a_recorded_rate_is_there_as_ever() -> None:
    def recorded(devices: str) -> np.ndarray:
        reset()
        nest.jit.devices = devices
        params = {"rate": 900.0, "amplitude": 300.0, "frequency": 40.0}
        device, targets = nest.Create("sinusoidal_poisson_generator", params=params), neurons(3)
        nest.Connect(device, targets, syn_spec=to())
        meter = nest.Create("multimeter", params={"record_from": ["rate"], "interval": 0.1})
        nest.Connect(meter, device)
        nest.Simulate(20.0)
        return np.asarray(meter.events["rate"])

    assert np.array_equal(recorded("fused"), recorded("nest"))


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_do_not_matter(threads: int) -> None:
    """Tables of different sizes, which suit the number of targets on a thread, give the same counts."""

    def counts(number: int) -> np.ndarray:
        reset(threads=number)
        params = {"rate": 30000.0, "amplitude": 20000.0, "frequency": 60.0}
        device, targets = nest.Create("sinusoidal_poisson_generator", params=params), neurons(100)
        nest.Connect(device, targets, syn_spec=to())
        meter = watch(targets)
        nest.Simulate(30.0)
        return seen(meter, targets)

    assert np.array_equal(counts(threads), counts(1))
