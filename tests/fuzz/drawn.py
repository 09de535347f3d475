"""Neurons with kernels, delayed variables and several ports, which `tests.drawn_neurons` puts together.

Solutions of equations agree within the solvers' errors, so that a spike may come a step earlier or later:
where the potential was that close to the threshold, nothing that follows can be compared.
"""

from __future__ import annotations

import random
from typing import Any

from nestml_jit.oracle.reference import ReferenceNeuron
from tests.codegen.harness import Block
from tests.codegen.test_drawn_neurons import channels, value
from tests.codegen.test_oracle import _counted

H = 0.125
STEPS = 160
CLOSE = 1e-3
"""How close to the threshold a potential is that may or may not have crossed it."""

RELATIVE, ABSOLUTE = 1e-3, 1e-4


def compare(model: Any) -> None:
    """Simulate a neuron in both ways; an AssertionError says where they part."""
    block = Block(model, lanes=2, h=H)
    oracle = ReferenceNeuron(model, resolution=H, substeps=6)
    labels, currents = channels(model)
    counted = _counted(block)
    draw = random.Random(model.name)
    states = [item.name for item in block.card.variables if item.kind == "state" and "__X__" not in item.name]
    for step in range(1, STEPS + 1):
        arrived = {label: draw.choice([0.25, 0.5, 1.0]) for label in labels if draw.random() < 0.05}
        values = {name: draw.uniform(-20, 20) for name in currents}
        for channel, label in enumerate([*labels, *currents]):
            block.add(step, channel, 0, {**arrived, **values}.get(label, 0.0))
        for place, label in enumerate(counted):
            block.add(step, len(labels) + len(currents) + place, 0, float(label in arrived))
        before = len(oracle.spikes), len(block.spikes)
        oracle.step(arrived, values)
        block.run(1)
        assert not block.failures, f"step {step}: {block.failures[0]}"
        spiked = len(oracle.spikes) > before[0]
        if spiked != any(lane == 0 for _, lane in block.spikes[before[1] :]):
            other = block["v_m"][0] if spiked else oracle["v_m"]
            assert abs(float(other) - float(oracle["theta"])) < CLOSE, f"step {step}: spikes differ"
            return
        for name in states:
            found, expected = float(block[name][0]), value(oracle, name)
            error = abs(found - expected)
            assert error <= ABSOLUTE + RELATIVE * abs(expected), (
                f"step {step}: {name} is {found!r}, expected {expected!r}"
            )
