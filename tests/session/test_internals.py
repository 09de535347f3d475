"""What `get` shows of internals is what kernels compute with, before a simulation and after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nestml_jit as nest
from nestml_jit import dsl
from nestml_jit.oracle.values import Values

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

MODEL = """
model internals_neuron:
    state:
        x real = 1
        {states}
    parameters:
        a real = 2
        n integer = 3
        size integer = 3
        g[size] real = 4
    internals:
        power_ real = pow(a, 3.5) + a ** -1
        bits integer = (n << 3 | 1) ^ ~n
        loop real = summed(a)
        recursive integer = factorial(n)
        element real = g[n - 2]
        name string = "n is " + n
        truth boolean = a > 1 and n < 7
        chosen real = element + loop + (truth ? 1 : 0)
        h real = resolution() / 1 ms
        count integer = steps(3 ms)
        ends real = ln(0 * a) + min(a, 1 / 0)
        chained real = chosen * power_
        fixed[3] real = 2 * a
        sized[size] real = g * 3
    update:
        x += 0
        {update}
    function summed(q real) real:
        s real = 0
        k integer = 0
        for k in 0 ... 4 step 1:
            s += q * k
        return s
    function factorial(m integer) integer:
        if m <= 1:
            return 1
        return m * factorial(m - 1)
"""
SCALARS = "power_ bits loop recursive element truth chosen h count ends chained".split()


KINDS = {"bits": "integer", "recursive": "integer", "count": "integer", "truth": "boolean"}


def written() -> str:
    """Return the model; what the kernel has of an internal `i` is its state `i_k`."""
    states, update = [], []
    for name in SCALARS:
        kind = KINDS.get(name, "real")
        states.append(f"{name}_k {kind} = {'false' if kind == 'boolean' else '0'}")
        update.append(f"{name}_k = {name}")
    for name in ("fixed", "sized"):
        states += [f"{name}_k{index} real = 0" for index in range(3)]
        update += [f"{name}_k{index} = {name}[{index}]" for index in range(3)]
    return MODEL.format(states="\n        ".join(states), update="\n        ".join(update))


def check(neurons: nest.NodeCollection, given: dict[str, object], is_simulated: bool) -> None:
    expected = Values(dsl.load(written())[0], given, nest.resolution)
    for shown in (neuron.get() for neuron in neurons):
        assert shown["name"] == expected["name"]
        for name in SCALARS:
            assert shown[name] == pytest.approx(expected[name], rel=1e-14), name
            assert not is_simulated or shown[f"{name}_k"] == pytest.approx(shown[name], rel=1e-14), name
        for name in ("fixed", "sized"):
            assert list(shown[name]) == pytest.approx(expected[name]), name
            used = [shown[f"{name}_k{index}"] for index in range(3)]
            assert not is_simulated or used == pytest.approx(list(shown[name])), name


def test_internals_of_every_kind_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "internals_neuron.nestml"
    file.write_text(written())
    nest.jit.load(file)
    neurons = nest.Create("internals_neuron", 2)
    check(neurons, {}, False)
    nest.Simulate(0.2)
    check(neurons, {}, True)
    neurons.set(a=0.5, n=2)
    check(neurons, {"a": 0.5, "n": 2}, False)
    nest.Simulate(0.2)
    check(neurons, {"a": 0.5, "n": 2}, True)


def test_internals_that_read_states_are_those_of_each_neuron(tmp_path: Path) -> None:
    """As in NESTML, they are computed when a simulation begins."""
    file = tmp_path / "reading_neuron.nestml"
    text = "model reading_neuron:\n    state:\n        x real = 1\n        y real = 0\n    parameters:\n"
    text += "        a real = 2\n    internals:\n        i real = x + a\n        j real = 2 * i\n"
    file.write_text(text + "    update:\n        x += 1\n        y = j\n")
    nest.jit.load(file)
    neurons = nest.Create("reading_neuron", 70, params={"x": np.arange(70.0)})
    for begun in (0.0, 3.0):
        assert neurons.j == pytest.approx(2 * (np.arange(70.0) + begun + 2))
        nest.Simulate(0.3)
        assert neurons.y == pytest.approx(2 * (np.arange(70.0) + begun + 2))
    neurons[7].x = 100.0
    nest.Simulate(0.1)
    assert neurons[7].y == 204.0
    assert neurons[8].y == 2 * (8 + 6 + 2)
