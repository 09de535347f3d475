"""Noise that is drawn in the place of NEST's noise_generator: distribution, changes, what is recorded.

Seeds are fixed. Of the results that a correct generator may give, one in a million (`ERROR`) fails a test.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare, kstest, norm

from tests.generators.arrivals import FIRST, SECOND, fused_connections, neurons, seen, to, watch_currents
from tests.generators.drawing import normal_numbers
from tests.numerics.network import nest, record, reset, trace

ERROR = 1e-6
TARGETS, STEPS = 70, 1000


def noise(**params: float) -> Any:
    return nest.Create("noise_generator", params={"std": 1.0, "dt": 0.1, **params})


def current(weight: Any = 1.0, delay: Any = 1.0, port: int = FIRST) -> dict:
    return to(weight, delay, port)


@functools.cache
def arrivals(seed: int = 1, threads: int = 1, devices: str = "fused", parts: int = 1, **params: float) -> Any:
    """Return what arrives from a generator without delay: [step, target]."""
    reset(0.1, threads, seed)
    nest.jit.devices = devices
    targets = neurons(TARGETS)
    nest.Connect(noise(**params), targets, syn_spec=current())
    meter = watch_currents(targets)
    for _ in range(parts):
        nest.Simulate((STEPS * 0.1 + 2.0) / parts)
    assert fused_connections() == (TARGETS if devices == "fused" else 0)
    return seen(meter, targets, "first")[10 : STEPS + 10]


def z_limit(tests: int) -> float:
    """Return what of so many normal numbers none exceeds but with the probability `ERROR`."""
    return float(norm.isf(ERROR / (2 * tests)))


# --- the distribution ------------------------------------------------------------------------------------


def test_numbers_of_words() -> None:
    """All angles and lengths: the numbers are those of the formula of Box and Muller, up to reflections."""
    random = np.random.default_rng(1)
    radius = np.concatenate(
        [random.integers(0, 2**32, 4080, np.uint32), np.array([0, 1, 2**32 - 1] * 5 + [2**31], np.uint32)]
    )
    angle = random.integers(0, 2**32, len(radius), np.uint32)
    first, second = normal_numbers(radius, angle)
    u = (radius.astype(np.longdouble) + 0.5) * 2.0**-32
    length = np.sqrt(-2.0 * np.log(u)).astype(float)
    assert np.abs(np.hypot(first, second) / length - 1.0).max() < 1e-12
    turns = angle.astype(float) * 2.0**-32
    quarter = np.floor(4.0 * turns)
    from_middle = ((4.0 * turns - quarter) - 0.5 + 2.0**-31) * np.pi / 2.0
    found = np.arctan2(second, first)
    expected = np.where(quarter % 2, np.pi / 2.0 - from_middle, from_middle) + np.where(
        quarter >= 2, np.pi, 0.0
    )
    assert np.abs(np.exp(1j * found) - np.exp(1j * expected)).max() < 1e-12


def test_moments() -> None:
    drawn = arrivals().ravel()
    size = drawn.size
    assert abs(drawn.mean()) < z_limit(4) / np.sqrt(size)
    for power, variance in ((2, 2.0), (3, 15.0), (4, 96.0)):
        expected = 0.0 if power == 3 else power - 1.0
        assert abs((drawn**power).mean() - expected) < z_limit(4) * np.sqrt(variance / size)


def test_distribution() -> None:
    """Chi-square of 200 cells with the same probability, and Kolmogorov and Smirnov's test."""
    drawn = arrivals().ravel()
    cells = np.bincount(np.floor(norm.cdf(drawn) * 200).astype(int), minlength=200)
    assert chisquare(cells).pvalue > ERROR
    assert kstest(drawn, "norm").pvalue > ERROR


def correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the correlation of each column with each, in units of its standard deviation."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    scale = np.sqrt((a**2).sum(axis=0))[:, None] * np.sqrt((b**2).sum(axis=0))[None, :]
    return np.asarray(a.T @ b / scale * np.sqrt(len(a)))


@pytest.mark.parametrize("power", [1, 2])
def test_targets_and_steps_are_independent(power: int) -> None:
    """Numbers, and their squares: two numbers of a pair have a common length."""
    drawn = arrivals() ** power
    found = correlations(drawn, drawn)[np.triu_indices(TARGETS, 1)]
    assert np.abs(found).max() < z_limit(found.size)
    for lag in range(1, 10):
        pairs = np.corrcoef(drawn[lag:].ravel(), drawn[:-lag].ravel())[0, 1]
        assert abs(pairs) < z_limit(9) / np.sqrt(drawn[lag:].size)


def test_seeds_and_generators_are_independent() -> None:
    other = arrivals(2)
    assert abs(np.corrcoef(arrivals().ravel(), other.ravel())[0, 1]) < z_limit(2) / np.sqrt(other.size)
    reset()
    targets = neurons(TARGETS)
    for port in (FIRST, SECOND):
        nest.Connect(noise(), targets, syn_spec=current(port=port))
    meter = watch_currents(targets)
    nest.Simulate(50.0)
    first, second = (seen(meter, targets, name)[10:].ravel() for name in ("first", "second"))
    assert abs(np.corrcoef(first, second)[0, 1]) < z_limit(2) / np.sqrt(first.size)


def test_several_connections_to_a_target_are_independent() -> None:
    targets, device = neurons(60), noise(mean=3.0)
    for port, weight in ((FIRST, 1.0), (SECOND, -2.0)):
        nest.Connect(device, targets, syn_spec=current(weight, port=port))
    meter = watch_currents(targets)
    nest.Simulate(60.0)
    first, second = (seen(meter, targets, name)[10:].ravel() for name in ("first", "second"))
    limit = z_limit(3) / np.sqrt(first.size)
    assert abs(first.mean() - 3.0) < limit
    assert abs(second.mean() + 6.0) < 2.0 * limit
    assert abs(np.corrcoef(first, second)[0, 1]) < limit


# --- what it does not depend on ---------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_do_not_matter(threads: int) -> None:
    assert np.array_equal(arrivals(threads=threads), arrivals())


@pytest.mark.parametrize("params", [{}, {"dt": 1.3, "std_mod": 0.8, "frequency": 37.0}])
def test_dividing_a_simulation_changes_nothing(params: dict[str, float]) -> None:
    assert np.array_equal(arrivals(parts=30, **params), arrivals(**params))


def test_recording_changes_nothing() -> None:
    reset()
    targets, device = neurons(TARGETS), noise(dt=0.7)
    nest.Connect(device, targets, syn_spec=current())
    meter, meter_of_device = (
        watch_currents(targets),
        nest.Create("multimeter", params={"record_from": ["I"], "interval": 0.1}),
    )
    nest.Connect(meter_of_device, device)
    nest.Simulate(STEPS * 0.1 + 2.0)
    assert np.array_equal(seen(meter, targets, "first")[10 : STEPS + 10], arrivals(dt=0.7))


# --- as NEST's ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [0.1, 0.7])
@pytest.mark.parametrize("times", [{}, {"start": 3.0}, {"start": 2.0, "stop": 9.0, "origin": 4.3}])
def test_when_it_is_on_and_changes(times: dict[str, float], delay: float) -> None:
    """In the same steps as NEST's, also if it is switched on again, or if `dt` and the mean are set."""

    def steps(devices: str) -> list[list[int]]:
        reset()
        nest.jit.devices = devices
        targets, device = neurons(3), noise(dt=1.1, mean=50.0, **times)
        nest.Connect(device, targets, syn_spec=current(delay=delay))
        nest.Connect(targets, targets, syn_spec=to(delay=0.7))
        meter = watch_currents(targets)
        changes: list[dict[str, float]] = [
            {},
            {},
            {"dt": 0.4},
            {"mean": 90.0},
            {"start": 16.0, "stop": 19.0},
            {},
        ]
        for change in changes:
            device.set(change)
            nest.Simulate(3.5)
        found = seen(meter, targets, "first")
        assert np.array_equal((found > 0.0).any(axis=1), (found > 0.0).all(axis=1))
        jumps = np.flatnonzero(np.diff(found[:, 0]))
        assert np.array_equal(jumps, np.flatnonzero(np.diff(found[:, 2])))
        return [
            np.flatnonzero(found[:, 0] > 0.0).tolist(),
            np.flatnonzero(found[:, 0] > 70.0).tolist(),
            jumps.tolist(),
        ]

    assert steps("fused") == steps("nest")


def test_modulated_deviation() -> None:
    """The variance at a time is std^2 + std_mod^2 sin(omega t + phase), as documented by NEST."""
    params = {"std": 3.0, "std_mod": 2.5, "frequency": 200.0, "phase": 60.0, "mean": 1.0}
    steps = np.arange(10, STEPS + 10)
    time = (steps - 9) * 0.1  # the step that a current was sent in has ended
    expected = 9.0 + 6.25 * np.sin(2e-3 * np.pi * 200.0 * time + np.pi / 3.0)
    for devices in ("fused", "nest"):
        drawn = arrivals(devices=devices, **params) - 1.0
        squares = (drawn**2).sum(axis=1) / expected
        assert np.abs(squares.mean() - TARGETS) < z_limit(1) * np.sqrt(2.0 * TARGETS / STEPS)
        folded = (drawn**2).sum(axis=1).reshape(-1, 50).mean(axis=0) / TARGETS  # by phase
        assert np.abs(folded / expected[:50] - 1.0).max() < z_limit(50) * np.sqrt(
            2.0 / TARGETS / (STEPS / 50)
        )


def test_recorded_current_is_the_mean_of_all_targets() -> None:
    targets, device = neurons(7), noise(dt=0.3, mean=20.0, start=2.0, stop=15.0)
    nest.Connect(device, targets, syn_spec=current(delay=0.1))
    other = nest.Create(
        "iaf_psc_delta", params={"tau_m": 1e9, "C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "V_th": 1e9}
    )
    nest.Connect(device, other, syn_spec={"delay": 0.1})
    meter, recorder = (
        watch_currents(targets),
        nest.Create("multimeter", params={"record_from": ["I"], "interval": 0.1}),
    )
    nest.Connect(recorder, device)
    potentials = record(other)
    for duration in (5.0, 0.1, 0.1, 7.0, 7.8):
        nest.Simulate(duration)
    shown = recorder.events["I"]
    arrived = seen(meter, targets, "first")
    potential = trace(potentials, other)[:, 0]
    of_other = np.diff(potential, prepend=0.0) / 0.1
    means = (arrived.sum(axis=1) + of_other) / 8.0  # two steps after the one in which they were sent
    assert np.count_nonzero(shown) == 130
    assert np.allclose(means[2:], shown[: len(means) - 2], atol=1e-6)


def test_a_current_lasts_over_what_is_set_or_connected() -> None:
    """Until its time is over. When others are connected NEST draws anew for all targets of their thread."""

    def arrived(devices: str, threads: int = 1) -> np.ndarray:
        reset(threads=threads)
        nest.jit.devices = devices
        targets, device = neurons(4), noise(dt=5.0)
        nest.Connect(device, targets[:3], syn_spec=current())
        nest.Connect(targets, targets, syn_spec=to(delay=0.5))
        meter = watch_currents(targets)
        nest.Simulate(12.0)
        nest.GetConnections(device).delay = 0.5
        nest.Simulate(4.7)
        nest.jit.devices = "nest" if devices == "fused" else "fused"
        nest.Simulate(1.0)
        nest.jit.devices = devices
        nest.Simulate(2.0)
        nest.Connect(device, targets[3:], syn_spec=current(delay=0.5))
        nest.Simulate(8.0)
        return seen(meter, targets, "first")

    def jumps(currents: np.ndarray) -> list[int]:
        return np.flatnonzero(np.diff(currents)).tolist()

    ours, theirs = arrived("fused"), arrived("nest")
    assert jumps(ours[:200, 0]) == jumps(theirs[:200, 0])
    assert jumps(ours[200:, 0]) == [5, 55]  # every 5 ms
    assert jumps(ours[200:, 3]) == [2, 5, 55]  # from when it is connected
    assert np.flatnonzero(ours[:, 3])[0] == np.flatnonzero(theirs[:, 3])[0]
    assert np.array_equal(arrived("fused", threads=2), ours)


def test_other_targets_get_theirs() -> None:
    """NEST's neurons among the targets of a generator that is taken over, through any model."""
    for model in ("static_synapse", "static_synapse_nestml"):
        reset()
        targets, device = neurons(5), noise(std=300.0)
        others = nest.Create(
            "iaf_psc_delta", 50, {"tau_m": 1e9, "C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "V_th": 1e9}
        )
        nest.Connect(device, targets[:2], syn_spec=current() | {"synapse_model": model})
        nest.Connect(device, others, syn_spec={"synapse_model": model, "weight": 2.0})
        nest.Connect(device, targets[2:], syn_spec=current() | {"synapse_model": model})
        meter, potentials = watch_currents(targets), record(others)
        nest.Simulate(101.0)
        assert np.all(seen(meter, targets, "first")[11:] != 0.0)
        steps = np.diff(trace(potentials, others), axis=0)[11:] / 0.1 / 600.0
        assert abs(steps.mean()) < z_limit(4) / np.sqrt(steps.size)
        assert abs(steps.var() - 1.0) < z_limit(4) * np.sqrt(2.0 / steps.size)
        assert len(nest.GetConnections(device)) == 55
