import math

import pytest

from nestml_jit import codegen
from nestml_jit.dsl import load
from nestml_jit.errors import NestmlErrors
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.codegen.harness import Block, models

VECTORS = """
model vectors_neuron:
    state:
        v[3] real = 1
        n[size] integer = 2
        total real = 0
        where integer = 1
        x real = 1
    equations:
        x' = -x * v[0] / tau[1]
    parameters:
        size integer = 2
        tau[2] ms = 5 ms
        w[3] real = 0.5
    input:
        spikes[2] <- spike
    output:
        spike
    update:
        v = v * 2 + w
        v[1] += 1
        i integer = 0
        total = 0
        for i in 0 ... 3 step 1:
            total += v[i] * (i + 1)
        local[3] real = v
        local[where] = 100
        v[where + 1] = local[where] + local[0]
        where = 1 - where
        n = n + 1
        integrate_odes()
    onReceive(spikes):
        v[0] += spikes[0] * 1 s + 10 * spikes[1] * 1 s
"""


def test_elements_are_variables():
    model = models(VECTORS)[0]
    card = codegen.describe(model)
    names = [variable.name for variable in card.variables]
    assert names[:6] == ["size", "tau[0]", "tau[1]", "w[0]", "w[1]", "w[2]"]
    assert "v[2]" in names
    assert "n[1]" in names
    assert [(r.number, r.name, r.positive) for r in card.receptors] == [
        (1, "SPIKES_0", 0),
        (2, "SPIKES_1", 1),
    ]
    block = Block(model)
    block.add(1, 0, 0, 1.0)
    block.add(1, 1, 0, 2.0)
    block.run(1)
    assert block["total"][0] == 2.5 + 2 * 3.5 + 3 * 2.5
    assert [block[f"v[{k}]"][0] for k in range(3)] == [2.5 + 21, 3.5, 102.5]
    assert [block[f"n[{k}]"][0] for k in range(2)] == [3, 3]
    assert block["where"][0] == 0
    assert block["x"][0] == pytest.approx(math.exp(-0.1 * 2.5 / 5), rel=1e-6)
    block.run(1)
    assert block["v[1]"][0] == 200.0
    assert block["v[0]"][1] == 2 * 2.5 + 0.5


def test_vectors_in_equations_and_kernels():
    text = """
model more_vectors_neuron:
    state:
        a[2] real = 3
        x real = 1
        y real = 0
    equations:
        kernel K = exp(-t / tau[0])
        x' = -x / tau[1]
        y' = -y / tau[1] + convolve(K, spikes[1]) / tau[0] * a[1]
    parameters:
        tau[2] ms = 4 ms
    input:
        spikes[2] <- spike
    update:
        integrate_odes()
"""
    block = Block(models(text)[0])
    block.add(1, 1, 0, 1.0)
    block.run(11)
    assert block["x"][0] == pytest.approx(math.exp(-1.1 / 4))
    assert block["K__X__spikes_1"][0] == pytest.approx(math.exp(-1 / 4))
    assert block["y"][0] == pytest.approx(3 * 1 / 4 * math.exp(-1 / 4))


def test_index_that_is_known_to_be_wrong():
    text = "model wrong_neuron:\n    state:\n        v[2] real = 0\n    update:\n        v[2] = 1\n"
    with pytest.raises(NestmlErrors):
        codegen.describe(models(text)[0])


INDEXED = """
model indexed_neuron:
    state:
        v[n] real = 1
        w real = 0
        y real = 0.5
    parameters:
        n integer = 3
        k integer = 1
    equations:
        v' = -v / (20 ms)
        w' = -w / (10 ms) + v[n - 1] / (1 ms)
        y' = -y * chosen / (5 ms)
        inline chosen real = v[k]
        recordable inline seen real = v[k] + w
    input:
        spikes[n] <- spike
    output:
        spike
    update:
        integrate_odes()
        v[k + 1] += 0.3 * chosen
    onReceive(spikes):
        w += v[n - 1] * spikes[k] * 1 s
    onCondition(v[n - 1] > 2):
        v[n - 1] = 0
        w += 1
        emit_spike()
"""


def test_elements_are_found_by_computed_indices_everywhere():
    model = load(INDEXED)[0]
    block = Block(model, h=0.125)
    oracle = ReferenceNeuron(model, resolution=0.125)
    for step in range(1, 60):
        spikes = {f"spikes[{step % 3}]": 0.1 * step} if step % 4 == 0 else {}
        for position in range(3):
            weight = spikes.get(f"spikes[{position}]", 0.0)
            block.add(step, position, 0, weight)
            if weight and block.card.receptors[0].count_positive >= 0:
                block.add(step, block.card.receptors[position].count_positive, 0, 1.0)
        oracle.step(spikes)
        block.run(1)
        assert block["w"][0] == pytest.approx(oracle["w"], rel=1e-5)
        assert block["y"][0] == pytest.approx(oracle["y"], rel=1e-5)
        assert [block[f"v[{position}]"][0] for position in range(3)] == pytest.approx(oracle["v"], rel=1e-9)
    assert len(oracle.spikes) > 3
    assert [step for step, lane in block.spikes if lane == 0] == [round(t / 0.125) for t in oracle.spikes]
