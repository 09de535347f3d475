"""What spikes add to equations: delta kernels and bare ports, with factors that change during a step.

A spike that arrives at the end of a step adds its weight, times a factor as it is just then: a state that the
step has integrated, however that is done. So a step with a spike differs from the same step without one by
the weight times the factor after the latter, whichever solver is chosen.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from nestml_jit.card import Facts
from nestml_jit.codegen import CannotGenerate
from nestml_jit.codegen.model.equations import TOLERANCES
from nestml_jit.dsl import load
from nestml_jit.dsl.tree import Model
from nestml_jit.oracle.reference import ReferenceNeuron
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from nestml_jit.solvers import METHODS
from tests.codegen.harness import Block, Run, facts_for, models
from tests.codegen.test_delivery import POST

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

FACTORS = {
    "exact": ("s", lambda v: v["s"]),
    "numeric": ("n", lambda v: v["n"]),
    "itself": ("(E - {self})", lambda v: 3.0 - v["{self}"]),
    "held": ("g", lambda v: v["g"]),
    "inline": ("both", lambda v: v["s"] + v["n"]),
    "function": ("twice(s)", lambda v: 2 * v["s"]),
    "loop": ("summed(n)", lambda v: 3 * v["n"] + v["s"]),
    "second": ("y'", lambda v: v["y__d"]),
    "convolved": ("convolve(K, other)", lambda v: v["K__X__other"]),
    "another": ("V_exact", lambda v: v["V_exact"]),
    "choice": ("(s > n ? s : n)", lambda v: np.maximum(v["s"], v["n"])),
    "plain": ("E", lambda v: 3.0),
}  # fmt: skip
DECAYS = {"V": "-{0} / 10 ms", "U": "-{0} * {0} / 10 ms"}


def written(update: str) -> Model:
    """Return a model of one exact and one numeric variable for each factor, with a delta kernel or a port."""
    state = ["s real = 2", "n real = 1.5", "g real = 0.7", "y real = 1", "y' 1/ms = 0.5 / 1 ms"]
    equations = ["kernel D = delta(t)", "kernel K = exp(-t / 4 ms)", "inline both real = s + n"]
    equations += ["s' = -s / 5 ms", "n' = -n * n / 7 ms", "y'' = -y / 9 ms**2 - y' / 4 ms"]
    for index, (name, (factor, _value)) in enumerate(FACTORS.items()):
        for kind, decay in DECAYS.items():
            variable = f"{kind}_{name}"
            state.append(f"{variable} real = 1")
            spikes = "convolve(D, spikes)" if index % 2 else "spikes"
            own = factor.replace("{self}", variable)
            equations.append(f"{variable}' = {decay.format(variable)} + {own} * {spikes}")
    text = "model jump_neuron:\n    state:\n        " + "\n        ".join(state)
    text += "\n    parameters:\n        E real = 3\n        c real = 1"
    text += "\n    equations:\n        " + "\n        ".join(equations)
    text += "\n    input:\n        spikes <- spike\n        other <- spike\n    update:\n" + update
    text += "    function twice(x real) real:\n        return 2 * x\n    function summed(x real) real:\n"
    text += "        total real = s\n        k integer = 0\n        for k in 0 ... 3 step 1:\n"
    return load(text + "            total += x\n        return total\n")[0]


PLAIN = "        g += 0.1\n        integrate_odes()\n"
BRANCHES = "        g += 0.1\n        if c > 0:\n            integrate_odes()\n        else:\n"
BRANCHES += "            integrate_odes(V_exact, V_another, s)\n"


def stepped(model: Model, solver: str, weights: list[float]) -> dict[str, np.ndarray]:
    """Return what all variables are after some steps, at the end of the last of which a spike arrives."""
    block = Block(model, facts=Facts(solver=solver), lanes=2, h=0.125, parameters={"c": [1.0, 0.0] * 32})
    for step, weight in enumerate(weights, start=1):
        for lane in range(2):
            block.add(step, 0, lane, weight)
            block.add(step, 1, lane, 0.5)
        block.run(1)
    return {name: np.array(block[name]) for name in block.columns}


@pytest.mark.parametrize("solver", METHODS)
def test_a_factor_is_that_of_the_end_of_the_step(solver: str) -> None:
    model = written(BRANCHES if solver == "rkf45" else PLAIN)
    silent, spiking = stepped(model, solver, [1.0, 0.0]), stepped(model, solver, [1.0, 1.25])
    for name, (_factor, value) in FACTORS.items():
        for kind in DECAYS:
            variable = f"{kind}_{name}"
            before = {**silent, "{self}": silent[variable]}
            # convolutions take their spikes up after that; those of the last step are in the column
            before["K__X__other"] = before["K__X__other"] - 0.5
            lanes = slice(0, 1 if solver == "rkf45" and variable not in ("V_exact", "V_another") else 2)
            jump = (spiking[variable] - silent[variable])[lanes]
            assert jump == pytest.approx((1.25 * value(before) + 0 * silent["s"])[lanes], rel=1e-12), variable


def test_kernel_and_oracle_agree() -> None:
    model = written(PLAIN)
    block, oracle = Block(model, lanes=1, h=0.125), ReferenceNeuron(model, resolution=0.125)
    for step in range(1, 6):
        weights = {"spikes": 0.5 + 0.1 * step, "other": 0.25 * step}
        for channel, weight in enumerate(weights.values()):
            block.add(step, channel, 0, weight)
        block.run(1)
        oracle.step(weights)
        for name in FACTORS:
            for kind in DECAYS:
                expected = oracle[f"{kind}_{name}"]
                assert block[f"{kind}_{name}"][0] == pytest.approx(expected, rel=1e-6), name


def test_in_closed_form() -> None:
    text = "model m:\n    state:\n        V real = 1\n        s real = 2\n    equations:\n"
    text += "        V' = -V / 10 ms + s * spikes\n        s' = -s / 5 ms\n"
    model = load(text + "    input:\n        spikes <- spike\n    update:\n        integrate_odes()\n")[0]
    block = Block(model, lanes=1, h=0.1)
    block.add(1, 0, 0, 1.5)
    block.run(1)
    assert block["V"][0] == pytest.approx(math.exp(-0.01) + 1.5 * 2 * math.exp(-0.02), rel=1e-14)


def test_a_product_of_ports_is_refused() -> None:
    text = (
        "model m:\n    state:\n        V real = 1\n    equations:\n        V' = -V / 10 ms + p * q * 1 ms\n"
    )
    model = load(
        text + "    input:\n        p <- spike\n        q <- spike\n    update:\n        integrate_odes()\n"
    )
    with pytest.raises(CannotGenerate, match="linear"):
        Block(model[0], lanes=1)


SYNAPSE = """
model jump_synapse:
    state:
        w real = 1
        s real = 2
        n real = 1.5
        g real = 0.7
        {states}
    parameters:
        E real = 3
    equations:
        kernel D = delta(t)
        kernel K = exp(-t / 4 ms)
        inline both real = s + n
        s' = -s / 5 ms
        n' = -n * n / 7 ms
        {equations}
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        w = {shown}
        g += 0.25
        emit_spike(w)
    onReceive(post_spikes):
        n += 0.5
    update:
        integrate_odes()
    function twice(x real) real:
        return 2 * x
    function summed(x real) real:
        total real = s
        k integer = 0
        for k in 0 ... 3 step 1:
            total += x
        return total
"""


def synapse() -> Model:
    states, equations = [], []
    for index, (name, (factor, _value)) in enumerate(FACTORS.items()):
        if name == "second":
            continue
        for kind, decay in DECAYS.items():
            variable = f"{kind}_{name}"
            port = ("pre_spikes", "post_spikes")[(index + (kind == "V")) % 2]
            spikes = f"convolve(D, {port})" if index % 3 else port
            own = factor.replace("{self}", variable).replace("other", "pre_spikes")
            states.append(f"{variable} real = 1")
            equations.append(f"{variable}' = {decay.format(variable)} + {own} * {spikes}")
    names = [line.split()[0] for line in states]
    shown = " + ".join(f"{0.01 * (k + 1):.2f} * {name}" for k, name in enumerate(names))
    text = SYNAPSE.format(
        states="\n        ".join(states), equations="\n        ".join(equations), shown=shown
    )
    return load(text)[0]


def test_synapses_agree_with_the_oracle() -> None:
    model = synapse()
    pre, post = [5, 17, 18, 30], [3, 12, 25]
    emitted = ReferenceSynapse(model, delay=0.5).run(pre, post)
    block = Block(models(POST)[0], [model], facts_for([model], heterogeneous=("w",)), lanes=1, h=0.1)
    values = {item.name: float(item.value.value) for item in model.state} | {
        "E": 3.0,
        **dict.fromkeys(TOLERANCES, 1e-9),
    }
    for moved in block.fusion.moved:
        values[moved.column] = block.columns[moved.column][0] if moved.kind == "state" else moved.default
    run = Run(block, 0, [0], [5], values)
    weights = []
    for step in range(1, 31):
        if step in post:
            block.add(step, 1, 0, 1.0)
            block.add(step, 2, 0, 1.0)
        block.run(1)
        if step in pre:
            run.spike(step)
            weights.append(run["w"][0])
    assert weights == pytest.approx([weight for _, weight in emitted], rel=1e-6)
