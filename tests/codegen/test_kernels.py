"""Kernels as functions of time: what solves a linear equation is recognised, however it is written."""

from __future__ import annotations

import pytest

from nestml_jit.codegen import CannotGenerate
from nestml_jit.codegen.plan.describe import describe
from nestml_jit.dsl import load
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.codegen.harness import Block

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

KERNELS = """
exp(-t/tau)
t/tau * exp(-t/tau)
e/tau * t * exp(-t/tau)
(t/tau)**2 * exp(-t/tau)
(t/tau)**3 * exp(-t/tau)
cos(t/tau)
cos(t/tau)**2
sin(t/tau)**2
sin(t/tau)**3
sin(t/tau) * cos(t/tau)
sin(t/tau) * cos(t/eta)
cos(t/tau) * sin(t/eta) * exp(-t/eta)
cos(t/tau) * cos(t/eta)
sin(t/tau) * sin(t/eta)
t/tau * sin(t/eta)**2
cosh(t/tau)
sinh(t/tau) - cosh(t/eta)
exp(-t/tau) * cosh(t/eta)
cosh(t/tau)**2
1 / exp(t/tau)
exp(-t/tau)**2
exp(-t/tau)**0.5
exp(-t/tau)**-1
pow(exp(-t/tau), 2)
exp(-t/tau) / exp(t/eta)
sin(t/tau) / exp(t/eta)
1 - exp(-t/tau)
expm1(-t/tau)
3
t/tau
(t/tau)**2 + 1
exp(-t/tau) - exp(-t/eta)
(exp(-t/tau) - exp(-t/eta))**2
2**(-t/tau)
e**(-t/tau)
sin(t/tau + 1)
cos(1 - t/tau) * exp(-(t - 1 ms)/tau)
exp(-t/tau) * (1 - t/tau)
-(+exp(-t/tau)) / (1 + tau / 1 ms)
sin(t/tau)**2 + cos(t/tau)**2
""".strip().splitlines()
PULSES = """
delta(t)
2.5 * delta(t)
exp(-t/tau) + delta(t)
3 * (delta(t) - exp(-t/tau)) / 2
delta(t) * exp(-t/tau) * 2 + t/tau * exp(-t/tau)
cos(t/tau) * (1 + delta(t))
""".strip().splitlines()
TEXT = """
model kernel_neuron:
    state:
        {states}
    parameters:
        tau ms = 3 ms
        eta ms = 5 ms
    equations:
        {equations}
    input:
        spikes <- spike
    update:
        integrate_odes()
        {update}
"""


def written(kernels: list[str], equations: list[str], states: list[str], update: list[str]) -> str:
    lines = [f"kernel K{index} = {text}" for index, text in enumerate(kernels)] + equations
    parts = {"states": states, "equations": lines, "update": update}
    return TEXT.format(**{name: "\n        ".join(found) for name, found in parts.items()})


def compare(text: str, names: list[str]) -> None:
    model = load(text)[0]
    block, oracle = Block(model, lanes=1, h=0.125), ReferenceNeuron(model, resolution=0.125)
    for step in range(1, 14):
        weight = 1.0 + 0.1 * step if step in (1, 4, 5) else 0.0
        block.add(step, 0, 0, weight)
        block.run(1)
        oracle.step({"spikes": weight} if weight else {})
        for name in names:
            expected = oracle[name]
            assert block[name][0] == pytest.approx(expected, rel=1e-9, abs=1e-12), (name, step)


def test_functions_of_time() -> None:
    names = [f"y{index}" for index in range(len(KERNELS))]
    equations = [f"inline k{index} real = convolve(K{index}, spikes)" for index in range(len(KERNELS))]
    update = [f"{name} = k{index}" for index, name in enumerate(names)]
    compare(written(KERNELS, equations, [f"{name} real = 0" for name in names], update), names)


def test_pulses_beside_functions_of_time() -> None:
    names = [f"x{index}" for index in range(len(PULSES))]
    equations = [
        f"x{index}' = -x{index} / tau + convolve(K{index}, spikes) / 1 ms" for index in range(len(PULSES))
    ]
    equations += ["recordable inline seen real = convolve(K0, spikes) + convolve(K2, spikes)"]
    states = [f"{name} real = 0" for name in names] + ["z real = 0"]
    text = written(PULSES, equations, states, ["z = seen"])
    compare(text, [*names, "z"])
    shown = [item.name for item in describe(load(text)[0]).variables if item.kind == "convolution"]
    expected = [("K2", 1), ("K3", 1), ("K4", 2), ("K5", 2)]
    assert shown == [f"{k}__X__spikes{primes}" for k, n in expected for primes in ("", "__d")[:n]]


@pytest.mark.parametrize("kernel", ["tanh(t/tau)", "exp(-t**2 / tau**2)", "1 / (1 + t/tau)", "ln(1 + t/tau)"])
def test_what_solves_no_linear_equation_is_refused(kernel: str) -> None:
    equations = ["x' = -x / tau + convolve(K0, spikes) / 1 ms"]
    with pytest.raises(CannotGenerate, match="sum of products") as caught:
        describe(load(written([kernel], equations, ["x real = 0"], ["x += 0"]))[0])
    assert caught.value.diagnostics[0].code == "E0703"
