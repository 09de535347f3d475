"""Poisson input that blocks generate: its distribution, and its independence of everything else.

Seeds are fixed. Of the results that a correct generator may give, one in a million (`ERROR`) fails a test.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy.stats import chisquare, norm, poisson

from tests.generators.arrivals import generator, neurons, seen, to, watch
from tests.numerics.network import nest, reset

ERROR = 1e-6
MEANS = (0.002, 0.08, 0.8, 5.0, 60.0, 2000.0)
"""Spikes per target and step."""

TARGETS, STEPS = 70, 1000
H = 0.1


@functools.cache
def counts(seed: int = 1, devices: str = "fused", threads: int = 1) -> np.ndarray:
    """Return the counts of generators with all the means: [mean, step, target]."""
    reset(H, threads, seed)
    nest.jit.devices = devices
    meters = []
    for mean in MEANS:
        targets = neurons(TARGETS)
        nest.Connect(generator(mean / H * 1000.0), targets, syn_spec=to())
        meters.append((watch(targets), targets))
    nest.Simulate(STEPS * H + 2.0)
    return np.array([seen(*meter)[11 : STEPS + 11] for meter in meters])


def z_limit(tests: int) -> float:
    """Return what of so many normal numbers none exceeds but with the probability `ERROR`."""
    return float(norm.isf(ERROR / (2 * tests)))


@pytest.mark.parametrize("mean", MEANS)
def test_mean_and_variance(mean: float) -> None:
    drawn = counts()[MEANS.index(mean)]
    deviations = (drawn - mean).ravel()
    size = deviations.size
    assert abs(deviations.mean()) < z_limit(1) * np.sqrt(mean / size)
    spread = np.sqrt((mean + 2.0 * mean**2) / size)  # of the mean square, by the Poisson's fourth moment
    assert abs((deviations**2).mean() - mean) < z_limit(1) * spread


@pytest.mark.parametrize("mean", MEANS)
def test_distribution(mean: float) -> None:
    """Chi-square over cells that are expected at least 20 times."""
    drawn = counts()[MEANS.index(mean)].ravel()
    values = np.arange(drawn.max() + 2)
    first = next(int(n) for n in values if drawn.size * poisson.cdf(n, mean) >= 20.0)
    last = max(first + 1, *(int(n) for n in values if drawn.size * poisson.sf(n - 1, mean) >= 20.0))
    cells = np.clip(drawn, first, last).astype(int) - first
    inner = poisson.pmf(np.arange(first + 1, last), mean)
    expected = np.array([poisson.cdf(first, mean), *inner, poisson.sf(last - 1, mean)]) * drawn.size
    assert chisquare(np.bincount(cells, minlength=len(expected)), expected).pvalue > ERROR


def correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the correlation of each column with each, in units of its standard deviation."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    scale = np.sqrt((a**2).sum(axis=0))[:, None] * np.sqrt((b**2).sum(axis=0))[None, :]
    return np.asarray(a.T @ b / scale * np.sqrt(len(a)))


@pytest.mark.parametrize("mean", [0.8, 5.0, 60.0])
def test_targets_are_independent(mean: float) -> None:
    drawn = counts()[MEANS.index(mean)]
    found = correlations(drawn, drawn)[np.triu_indices(TARGETS, 1)]
    assert np.abs(found).max() < z_limit(found.size)
    assert abs(np.square(found).mean() - 1.0) < z_limit(1) * np.sqrt(2.0 / found.size)


@pytest.mark.parametrize("mean", [0.8, 5.0, 60.0])
def test_steps_are_independent(mean: float) -> None:
    """Also those whose numbers are parts of the same words, up to eight steps, and neighbours of these."""
    drawn = counts()[MEANS.index(mean)]
    for lag in range(1, 18):
        pairs = np.corrcoef(drawn[lag:].ravel(), drawn[:-lag].ravel())[0, 1]
        assert abs(pairs) < z_limit(17) / np.sqrt(drawn[lag:].size)


def test_generators_are_independent() -> None:
    drawn = counts()
    for a in range(1, len(MEANS)):
        for b in range(a):
            together = np.corrcoef(drawn[a].ravel(), drawn[b].ravel())[0, 1]
            assert abs(together) < z_limit(15) / np.sqrt(drawn[a].size)


def test_seeds_are_independent() -> None:
    first, second = counts(1), counts(2)
    for one, other in zip(first[1:], second[1:], strict=True):
        together = np.corrcoef(one.ravel(), other.ravel())[0, 1]
        assert abs(together) < z_limit(5) / np.sqrt(one.size)


def test_the_same_seed_gives_the_same() -> None:
    again = counts.__wrapped__(1)
    assert np.array_equal(again, counts(1))


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_do_not_matter(threads: int) -> None:
    """Nodes and devices have the same IDs in each run, so that all counts are the same."""
    assert np.array_equal(counts(threads=threads), counts())


def test_variance_is_that_of_nests_generator() -> None:
    ours, theirs = counts(), counts(devices="nest")
    for mean, a, b in zip(MEANS, ours, theirs, strict=True):
        assert abs(a.mean() - b.mean()) < z_limit(6) * np.sqrt(2.0 * mean / a.size)
        assert abs(a.var() - b.var()) < z_limit(6) * np.sqrt(2.0 * (mean + 2.0 * mean**2) / a.size)
