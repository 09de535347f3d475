"""Kernels against the interpreter, which shares no code with the generator."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from nestml_jit.dsl import load
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.codegen.compiling import PACKAGE
from tests.codegen.harness import Block
from tests.numerics.channels import CELLS

FOUND = sorted((PACKAGE / "models").glob("*_neuron.nestml"))
FOUND += sorted((Path(sys.prefix) / "models").glob("neurons/*.nestml"))
STEPS = 80
FEWER_STEPS = {
    "terub_gpe_neuron": 30,  # its synaptic current then feeds itself without limit
    "hh_psc_alpha_gap_neuron": 36,  # has spiked once, after many small steps of the interpreter
}
H = 0.125
SUBSTEPS = {
    "terub_stn_neuron": 16,
    "terub_gpe_neuron": 16,
    "hh_cond_exp_traub_neuron": 16,
    "hh_psc_alpha_gap_neuron": 48,
}
RANDOM = {"hh_cond_exp_destexhe_neuron"}

CHANNELS = {f"{name}_neuron" for name in ("hill_tononi", *CELLS)}
"""Models of ours that take long here, and are compared with scipy or NEST elsewhere."""


def cases():
    """Yield the models but those whose spikes are drawn; those that are compared elsewhere, too, are slow."""
    for path in (item for item in FOUND if not item.stem.startswith("gif_")):
        slow = path.parent == PACKAGE / "models" and path.stem in CHANNELS
        name = f"{path.parent.name}/{path.stem}"
        yield pytest.param(path, id=name, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize("path", list(cases()))
def test_library_models_agree_with_the_interpreter(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = load(path.read_text(), str(path))[0]
    block = Block(model, lanes=2, h=H)
    oracle = ReferenceNeuron(model, resolution=H, substeps=SUBSTEPS.get(path.stem, 4))
    rng = np.random.default_rng(1)
    channels = {port.name: i for i, port in enumerate(_ports(model))}
    counted_ports = _counted(block)
    for step in range(1, FEWER_STEPS.get(path.stem, STEPS) + 1):
        spikes, currents = {}, {}
        for port in _ports(model):
            value = float(rng.integers(1, 30))
            if port.signal == "spike" and rng.random() < 0.2:
                spikes[port.name] = value
            elif port.signal != "spike":
                currents[port.name] = 10 * value
        for name, value in (spikes | currents).items():
            block.add(step, channels[name], 0, value)
        for counted, name in enumerate(counted_ports):
            if name in spikes:
                block.add(step, len(channels) + counted, 0, 1.0)
        oracle.step(spikes, currents)
        block.run(1)
    ours = [step for step, lane in block.spikes if lane == 0]
    assert ours == [round(time / H) for time in oracle.spikes]
    if path.stem in RANDOM:
        return
    for variable in block.card.variables:
        if variable.kind == "state":
            key = variable.name.split("__d")[0] + "'" * variable.name.count("__d")
            expected = float(oracle[key]) if key in oracle.variables else float(oracle[variable.name])
            assert block[variable.name][0] == pytest.approx(expected, rel=1e-3, abs=2e-5), variable.name
    assert not block.failures


def _ports(model):
    spike = [port for port in model.inputs if port.signal == "spike"]
    return spike + [port for port in model.inputs if port.signal != "spike"]


def _counted(block):
    from nestml_jit.codegen.model.normal import normalise
    from nestml_jit.codegen.plan.ports import counted_ports

    return counted_ports(normalise(block.neuron))


TIMERS = """
model timing_neuron:
    state:
        left ms = 0 ms
        slow real = 3
        several[2] real = 7
        beside real = 1
        count integer = 0
    parameters:
        dead ms = 1.5 ms
        rate real = 0.5
    equations:
        left' = -1
        slow' = -rate / 1 ms
        several' = -rate / 1 ms
        beside' = -beside * abs(beside) / 10 ms
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
        count += 1
    onCondition(left <= 0 ms):
        left = dead
        emit_spike()
"""


@pytest.mark.parametrize("resolution", [0.01, 0.05, 0.1, 0.2, 0.25, 0.3])
def test_timers_end_in_the_step_that_decimal_numbers_name(resolution):
    """Beside equations that need a numerical solver, too; accumulated errors would gain or lose steps."""
    dead = round(15 * resolution, 6)
    given = {"dead": dead, "left": dead, "rate": 0.3}
    (model,) = load(TIMERS)
    block = Block(model, lanes=2, h=resolution, parameters=given)
    oracle = ReferenceNeuron(model, given, resolution=resolution, substeps=3)
    for _ in range(100):
        oracle.step()
        block.run(1)
        for name in ("left", "slow"):
            assert block[name][0] == oracle[name]
        assert [block[f"several[{i}]"][0] for i in range(2)] == oracle["several"]
    expected = list(range(15, 101, 15))
    assert [step for step, lane in block.spikes if lane == 0] == expected
    assert [round(time / resolution) for time in oracle.spikes] == expected
