"""Neuron models that are drawn at random: kernels against the interpreter, which shares no code with them."""

import random
import warnings

import numpy as np
import pytest

from nestml_jit.dsl import load
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.codegen.harness import Block
from tests.codegen.test_oracle import _counted
from tests.drawn_neurons import DrawnNeuron

H = 0.125
STEPS = 240


def channels(model):
    """Return the labels of input channels in the order of the ring: elements of vectors have their own."""
    spiking = [port for port in model.inputs if port.signal == "spike"]
    labels = [
        label
        for port in spiking
        for label in ([f"{port.name}[0]", f"{port.name}[1]"] if port.name == "several" else [port.name])
    ]
    return labels, [port.name for port in model.inputs if port.signal != "spike"]


@pytest.mark.parametrize("number", range(8))
def test_kernels_agree_with_the_interpreter(number):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (model,) = load(DrawnNeuron(number, noisy=False).text())
    block = Block(model, lanes=2, h=H)
    oracle = ReferenceNeuron(model, resolution=H, substeps=8)
    labels, currents = channels(model)
    counted = _counted(block)
    draw = random.Random(number)
    for step in range(1, STEPS + 1):
        arrived = {label: draw.choice([0.25, 0.5, 1.0]) for label in labels if draw.random() < 0.03}
        values = {name: draw.uniform(-20, 20) for name in currents}
        for channel, label in enumerate([*labels, *currents]):
            block.add(step, channel, 0, {**arrived, **values}.get(label, 0.0))
        for place, label in enumerate(counted):
            block.add(step, len(labels) + len(currents) + place, 0, float(label in arrived))
        oracle.step(arrived, values)
        block.run(1)
        for variable in block.card.variables:
            if variable.kind == "state" and "__X__" not in variable.name:
                expected = value(oracle, variable.name)
                assert block[variable.name][0] == pytest.approx(expected, rel=1e-4, abs=1e-5), (
                    step,
                    variable.name,
                )
    assert not block.failures
    ours = [step for step, lane in block.spikes if lane == 0]
    assert np.array_equal(ours, np.rint(np.array(oracle.spikes) / H))
    assert len(ours) > 1


SPIKES_IN_NONLINEAR_EQUATIONS = """
model bare_neuron:
    state:
        y real = 0.5
        z real = 0
    equations:
        kernel K = delta(t)
        y' = -y**3 / (20 ms) + 2 * spikes
        z' = (y - z * abs(z)) / (4 ms) + 3 * convolve(K, spikes)
    input:
        spikes <- spike
    update:
        if t < 2.9 ms or t > 4.1 ms:
            integrate_odes()
        else:
            integrate_odes(y)
"""


def test_spikes_in_equations_that_are_not_linear():
    """Those that come while a variable is not integrated are lost."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (model,) = load(SPIKES_IN_NONLINEAR_EQUATIONS)
    block, oracle = Block(model, lanes=2, h=H), ReferenceNeuron(model, resolution=H, substeps=32)
    for step in range(1, 60):
        weight = 0.05 * step if step in (3, 10, 25, 30, 50) else 0.0
        block.add(step, 0, 0, weight)
        oracle.step({"spikes": weight} if weight else {})
        before = block["z"][0]
        block.run(1)
        for name in "yz":
            assert block[name][0] == pytest.approx(float(oracle[name]), abs=2e-5), (step, name)
        if weight:
            assert (block["z"][0] - before > weight) == (step not in (25, 30))


def value(oracle, name):
    """Return a state of the interpreter under the name that kernels have for it."""
    base, _, index = name.partition("[")
    plain = base.removesuffix("__d")
    found = oracle[plain + "'"] if plain != base else oracle[base]
    return float(found[int(index[:-1])] if index else found)
