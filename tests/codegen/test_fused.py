"""Steps that are made one after another within a group of lanes, with effects afterwards."""

import ctypes as ct
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tests.codegen.compiling import PACKAGE, compile_library
from tests.codegen.harness import Block, facts_for, library, models

LANES = 150
CASES = {
    "iaf_psc_exp_neuron": {"I_e": np.linspace(300.0, 900.0, 192)},
    "mat2_psc_exp_neuron": {"I_e": np.linspace(300.0, 1500.0, 192), "E_L": -70.0},
    "izhikevich_neuron": {"I_e": np.linspace(0.0, 60.0, 192)},
}


def block_of(name, parameters=None):
    facts = replace(facts_for(()), solver="forward_euler") if name == "izhikevich_neuron" else None
    return Block(library(name), facts=facts, lanes=LANES, parameters=parameters or CASES[name])


def excite(block, steps):
    rng = np.random.default_rng(3)
    for step in range(1, steps + 1):
        for lane in rng.choice(LANES, 20, replace=False):
            block.add(step, 0, int(lane), float(rng.uniform(1.0, 9.0)))


@pytest.mark.parametrize("name", CASES)
def test_the_length_of_slices_does_not_matter(name):
    blocks = [block_of(name) for _ in range(3)]
    for block, slice_ in zip(blocks, (1, 7, 40), strict=True):
        for _ in range(5):
            excite(block, 40) if block.step == 0 else None
            block.run(80, slice_)
        assert not block.ring.any()
    assert "template <bool inactive, bool few> static void advance(" in blocks[0].source
    assert "template <bool inactive> static void advance_once(" in blocks[0].source
    for block in blocks[1:]:
        assert sorted(block.spikes) == sorted(blocks[0].spikes)
        for column, values in block.columns.items():
            assert np.array_equal(values[:LANES], blocks[0].columns[column][:LANES]), column
    assert len(blocks[0].spikes) > 100
    assert {lane for _, lane in blocks[0].spikes} <= set(range(LANES))


@pytest.mark.parametrize("name", CASES)
def test_a_slice_without_input_is_one_with_zeros(name):
    active, inactive = block_of(name), block_of(name)
    flags = np.ones(inactive.card.channels, dtype=np.uint8)
    inactive.block.inactive = flags.ctypes.data
    for block in (active, inactive):
        block.run(300, 15)
    assert inactive.spikes == active.spikes
    assert len(inactive.spikes) > 50
    for column, values in inactive.columns.items():
        assert np.array_equal(values, active.columns[column]), column


def test_spikes_of_a_tile_are_reported_in_order_of_time():
    block = block_of("iaf_psc_exp_neuron")
    block.run(800, 40)
    tile = [(step, lane) for step, lane in block.spikes if lane < 64]
    assert tile == sorted(tile)
    assert len(set(tile)) == len(tile) > 50


HANDLERS = """
model handlers_neuron:
    state:
        x real = 0
        low real = 0
        high real = 0
        spikes integer = 0
    equations:
        x' = 1 / (1 ms)
    input:
        arriving <- spike
    output:
        spike
    update:
        integrate_odes()
        if x > 5:
            x -= 5
            high += 1
            emit_spike()
        elif x > 4.85:
            low += 1
            if low > 2:
                emit_spike()
        else:
            low -= 0.125
    onCondition(high > 1):
        high = 0
        spikes += 1
        emit_spike()
"""


def test_light_statements_around_spikes_are_made_in_their_lanes_only():
    neuron = models(HANDLERS)[0]
    start = np.arange(192) * 0.03125
    block = Block(neuron, lanes=LANES, h=0.125, parameters={"x": start})
    block.run(200, 16)
    expected = [follow(value, lane) for lane, value in enumerate(start[:LANES])]
    assert sorted(block.spikes) == sorted(spike for _, spikes in expected for spike in spikes)
    for index, name in enumerate(("x", "low", "high", "spikes")):
        assert np.array_equal(block[name], [state[index] for state, _ in expected]), name


def follow(x, lane):
    """What `handlers_neuron` does in 200 steps of 0.125 ms, in plain Python."""
    low = high = count = 0.0
    spikes = []
    for step in range(1, 201):
        x += 0.125
        if x > 5:
            x -= 5
            high += 1
            spikes.append((step, lane))
        elif x > 4.85:
            low += 1
            spikes += [(step, lane)] * (low > 2)
        else:
            low -= 0.125
        if high > 1:
            high = 0
            count += 1
            spikes.append((step, lane))
    return (x, low, high, count), spikes


def test_timers_take_decimal_numbers_if_they_are_near_one():
    header = (PACKAGE / "codegen" / "cpp" / "support" / "arithmetic.h").read_text()
    source = f"""#include <cmath>
#include <cstdint>
#pragma GCC diagnostic ignored "-Wunused-function"
{header}
extern "C" double count_of(double x, double change) {{ return nj_count(x, change); }}
"""
    count = compile_library(source).count_of
    count.restype, count.argtypes = ct.c_double, (ct.c_double, ct.c_double)
    rng = np.random.default_rng(1)
    for _ in range(3000):
        places = 10 ** int(rng.integers(3, 10))
        x, change = (Fraction(int(n), places) for n in rng.integers(-(10**9), 10**9, 2))
        assert count(float(x), float(change)) == float(x + change)
    for x in rng.uniform(-100.0, 100.0, 1000):
        assert count(x, 0.1) == x + 0.1
    assert np.isnan(count(np.nan, 0.1))
    assert count(np.inf, 0.1) == np.inf
