"""Random numbers that a step draws for all lanes at once: the generator, distributions, and independence."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy import stats

from tests.codegen.harness import Block, models
from tests.generators.drawing import philox

NOISY = """
model noisy_neuron:
    state:
        a real = 0
        b real = 0
        c real = 0
        hits integer = 0
        rare real = 0
        alone real = 0
    update:
        a = random_normal(0, 1)
        b = random_normal(3, 2)
        c = random_uniform(-1, 4)
        if random_uniform(0, 1) < 0.25:
            hits += 1
        if c < 0:
            rare = random_normal(0, 1)
        alone = random_normal(0, 1)
"""
NAMES = ("a", "b", "c", "hits", "rare", "alone")
LANES, STEPS = 150, 400
CERTAIN = 1e-4
"""Probability of an error of each test of a distribution; seeds are fixed."""


def block(lanes: int = LANES) -> Block:
    return Block(models(NOISY)[0], lanes=lanes)


def drawn(noisy: Block, steps: int = STEPS) -> dict[str, np.ndarray]:
    """Return the values after each step: one row per step, one column per lane."""
    values = {name: [] for name in NAMES}
    for _ in range(steps):
        noisy.run(1)
        for name, found in values.items():
            found.append(noisy[name].copy())
    return {name: np.array(found) for name, found in values.items()}


@functools.cache
def sample() -> dict[str, np.ndarray]:
    return drawn(block())


def unit(words: list[int]) -> tuple[float, float]:
    """Return two numbers from 0 to 1 of four words."""
    first, second = ((upper << 32 | lower) >> 11 for upper, lower in (words[:2], words[2:]))
    return first * 2.0**-53, second * 2.0**-53


def test_numbers_are_those_of_philox_for_the_call_the_step_and_the_node() -> None:
    """The host's generator is compared with the numbers that Philox's authors published."""
    step, node, seed = 2**33 + 7, 2**34 + 5, 0xFEDCBA9876543210
    noisy = block(3)
    noisy.step, noisy.block.seed, noisy.node_id[1] = step, seed, node
    noisy.run(1)
    high = step >> 32 ^ (node >> 32 & 0xFFFF) << 16

    def words(call: int) -> list[int]:
        return philox(
            (0x80000000 + call, step & 0xFFFFFFFF, node & 0xFFFFFFFF, high), (seed & 0xFFFFFFFF, seed >> 32)
        )

    first, second = unit(words(0))
    radius, angle = np.sqrt(-2 * np.log1p(-first)), 2 * np.pi * second
    assert noisy["a"][1] == pytest.approx(radius * np.cos(angle), abs=1e-14)
    assert noisy["b"][1] == pytest.approx(3 + 2 * radius * np.sin(angle), abs=1e-14)
    assert noisy["c"][1] == -1 + 4 * unit(words(1))[0]
    assert noisy["hits"][1] == (unit(words(1))[1] < 0.25)


def test_distributions() -> None:
    found = sample()
    for name, distribution in (
        ("a", stats.norm()),
        ("b", stats.norm(3, 2)),
        ("alone", stats.norm()),
        ("c", stats.uniform(-1, 4)),
    ):
        values = found[name].ravel()
        assert stats.kstest(values, distribution.cdf).pvalue > CERTAIN, name
        mean, variance, kurtosis = distribution.stats("mvk")
        standard = (values - mean) / np.sqrt(variance)
        assert abs(standard.mean()) < 4 / np.sqrt(values.size), name
        assert abs(standard.var() - 1) < 4 * np.sqrt((kurtosis + 2) / values.size), name
        assert abs(stats.skew(standard)) < 4 * np.sqrt(6 / values.size), name
    assert found["c"].min() >= -1
    assert found["c"].max() < 3
    hits = found["hits"][-1].sum()
    assert abs(hits - LANES * STEPS / 4) < 4 * np.sqrt(LANES * STEPS * 3 / 16)


def test_numbers_of_nodes_steps_and_calls_are_independent() -> None:
    a, b, c, alone = (sample()[name] for name in ("a", "b", "c", "alone"))
    pairs = {
        "calls of a pair": (a, b),
        "squares of a pair": (a**2, (b - 3) ** 2),
        "calls": (a, alone),
        "functions": (a, c),
        "steps": (a[1:], a[:-1]),
        "neighbours": (a[:, 1:], a[:, :-1]),
        "tiles": (c[:, 64:128], c[:, :64]),
    }
    for what, (one, other) in pairs.items():
        assert abs(stats.spearmanr(one.ravel(), other.ravel()).statistic) < 4 / np.sqrt(one.size), what
    rows = np.corrcoef(a.T)[np.triu_indices(LANES, 1)] * np.sqrt(STEPS)
    assert stats.kstest(rows, "norm").pvalue > CERTAIN


def test_what_is_drawn_under_a_condition_is_drawn_where_it_holds() -> None:
    found = sample()
    changes = np.diff(found["rare"], axis=0) != 0
    assert np.array_equal(changes, found["c"][1:] < 0)
    assert stats.kstest(found["rare"][1:][changes], "norm").pvalue > CERTAIN


def test_numbers_depend_on_the_node_and_the_step_only() -> None:
    expected = sample()
    few = drawn(block(3), 20)
    long = block()
    long.run(20, slice_=7)
    elsewhere = block()
    elsewhere.node_id[:] = np.roll(elsewhere.node_id, 37)
    shifted = drawn(elsewhere, 20)
    for name in NAMES:
        assert np.array_equal(few[name], expected[name][:20, :3]), name
        assert np.array_equal(long[name], expected[name][19]), name
        assert np.array_equal(shifted[name][:, 37:LANES], expected[name][:20, : LANES - 37]), name
