"""Vectors in equations: each element is integrated."""

from __future__ import annotations

import math

import pytest

import nestml_jit as nest

MODEL = """
model decaying_vector_neuron:
    state:
        v[3] real = 1.
    parameters:
        tau ms = 10 ms
    equations:
        v' = -v / tau
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes({arguments})
"""


@pytest.mark.parametrize("arguments", ["", "v"])
def test_every_element_decays(arguments):
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    (name,) = nest.jit.define(MODEL.format(arguments=arguments))
    node = nest.Create(name, params={"v[1]": 2.0})
    nest.Simulate(5.0)
    expected = [math.exp(-0.5) * start for start in (1.0, 2.0, 1.0)]
    assert [node.get(f"v[{index}]") for index in range(3)] == pytest.approx(expected, rel=1e-12)
