import numpy as np
import pytest

from tests.codegen.harness import Block, models

RANDOM = """
model random_neuron:
    state:
        u real = 0
        n real = 0
        p integer = 0
        q integer = 0
        twice real = 0
        k integer = 0
    update:
        u = random_uniform(2, 3)
        n = random_normal(5, 2)
        p = random_poisson(3.5)
        q = random_poisson(50)
        twice = random_uniform(0, 1) - random_uniform(0, 1)
        k = 0
        while random_uniform(0, 1) < 0.5:
            k += 1
"""


def drawn(block, steps):
    values = {name: [] for name in ("u", "n", "p", "q", "twice", "k")}
    for _ in range(steps):
        block.run(1)
        for name, found in values.items():
            found.append(block[name].copy())
    return {name: np.array(found) for name, found in values.items()}


def test_distributions():
    found = drawn(Block(models(RANDOM)[0], lanes=128), 300)
    count = found["u"].size
    for name, mean, variance in [
        ("u", 3.5, 9 / 12),
        ("n", 5, 4),
        ("p", 3.5, 3.5),
        ("q", 50, 50),
        ("twice", 0, 1 / 6),
        ("k", 1, 2),
    ]:
        assert found[name].mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / count))
        assert found[name].var() == pytest.approx(variance, rel=0.06)
    assert 2 <= found["u"].min() <= found["u"].max() < 5
    assert np.abs(np.corrcoef(found["u"].ravel(), found["n"].ravel())[0, 1]) < 0.02


def test_draws_depend_on_the_node_and_the_step_only():
    one, two = Block(models(RANDOM)[0], lanes=100), Block(models(RANDOM)[0], lanes=100)
    two.node_id[:] = two.node_id[::-1].copy()
    a, b = drawn(one, 20), drawn(two, 20)
    padded = one.padded
    for name in a:
        for lane in range(padded - 100, 100):
            assert np.array_equal(a[name][:, lane], b[name][:, padded - 1 - lane])
    three = Block(models(RANDOM)[0], lanes=100)
    three.run(20, slice_=5)
    assert np.array_equal(three["n"], a["n"][-1])


def test_effects_in_update_run_where_their_condition_holds():
    text = """
model clock_neuron:
    state:
        n integer = k
        fired integer = 0
        mean real = 0
    parameters:
        k integer = 3
    output:
        spike
    update:
        jump integer = 1
        if n <= 0:
            n = k
            again integer = 2
            fired += again
            emit_spike()
            jump = 0
        n -= jump
        if n == 1:
            mean += random_uniform(0, 2)
            print("x")
        mean += 10 * jump
"""
    block = Block(models(text)[0], lanes=70, parameters={"k": np.arange(128) % 5 + 1})
    block.run(24)
    times = {lane: [step for step, other in block.spikes if other == lane] for lane in range(5)}
    assert times[0] == list(range(2, 25, 2))
    assert times[4] == [6, 12, 18, 24]
    assert block["fired"][4] == 8
    assert 200 < block["mean"][4] < 208
    assert sum(lane == 4 for lane, _, _ in block.messages) == 4


def test_messages():
    text = """
model talking_neuron:
    state:
        V_m mV = -70 mV
        n integer = 3
    input:
        spikes <- spike
    onReceive(spikes):
        println("V is {V_m}, 100%, \\"{n}\\" {unknown}")
        warning("n = " + n)
        info("t={t}")
        print("x")
"""
    block = Block(models(text)[0])
    block.add(2, 0, 1, 1.0)
    block.add(2, 1, 1, 1.0)
    block.run(3)
    assert block.messages == [
        (1, 0, 'V is -70 mV, 100%, "3" {unknown}\n'),
        (1, 2, "n = 3"),
        (1, 1, "t=0.2 ms"),
        (1, 0, "x"),
    ]
