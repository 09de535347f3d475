"""Philox and Poisson numbers: known answers, and scipy's distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from tests.generators.drawing import UNDECIDED, philox, philox_of_targets, poisson_counts

MEANS = [1e-7, 0.003, 0.8, 1.0, 4.5, 63.0, 3000.0, 1e6]


@pytest.mark.parametrize(
    ("counter", "key", "drawn"),
    [
        ((0, 0, 0, 0), (0, 0), [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ((2**32 - 1,) * 4, (2**32 - 1,) * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_known_answers(counter: tuple[int, int, int, int], key: tuple[int, int], drawn: list[int]) -> None:
    """Those that the authors of Philox published with their library, Random123 (kat_vectors)."""
    assert philox(counter, key) == drawn


def test_targets_side_by_side() -> None:
    """What is drawn for many targets at once is what is drawn for each."""
    random = np.random.default_rng(4)
    targets = random.integers(1, 2**40, 48, dtype=np.uint64)
    block, number, key = 2**63 + 12345, 7, (2**32 - 2, 99)
    words = philox_of_targets(targets, block, number, key)
    for i, target in enumerate(targets.tolist()):
        low, high = target % 2**32, target >> 32
        counter = (block % 2**32, block >> 32, low, high << 16 | number)
        assert words[:, i].tolist() == philox(counter, key)


@pytest.mark.parametrize("mean", MEANS)
def test_counts_are_quantiles(mean: float) -> None:
    """A uniform number u stands for the smallest n whose cumulative probability is above u."""
    uniform = np.random.default_rng(2).integers(0, 2**64, 4000, dtype=np.uint64)
    exact, _ = poisson_counts(mean, uniform)
    u = uniform.astype(float) / 2.0**64
    assert np.all(poisson.cdf(exact, mean) >= u - 1e-9)
    assert np.all(poisson.cdf(exact.astype(float) - 1.0, mean) <= u + 1e-9)


@pytest.mark.parametrize("mean", MEANS)
def test_tails(mean: float) -> None:
    """Numbers near the ends: small probabilities have small relative errors."""
    least, most = poisson_counts(mean, np.array([0, 2**64 - 1] * 8, np.uint64))[0][:2].tolist()
    assert poisson.sf(most, mean) < 2.0**-60
    assert least == 0 or poisson.cdf(least - 1, mean) < 2.0**-56
    tail = 2.0 ** -np.arange(4.0, 52.0)
    uniform = np.array([2**64 - int(p * 2.0**64) for p in tail], np.uint64)
    exact, _ = poisson_counts(mean, uniform)
    assert np.all(poisson.sf(exact, mean) <= tail * (1 + 1e-6))
    assert np.all((exact == 0) | (poisson.sf(exact - 1.0, mean) >= tail * (1 - 1e-6)))


@pytest.mark.parametrize("mean", MEANS)
def test_most_counts_need_16_bits(mean: float) -> None:
    uniform = np.random.default_rng(3).integers(0, 2**64, 20000, dtype=np.uint64)
    exact, by_bits = poisson_counts(mean, uniform)
    decided = by_bits != UNDECIDED
    assert decided.mean() > (0.97 if mean < 1e5 else 0.8)
    assert np.array_equal(exact[decided], by_bits[decided])
