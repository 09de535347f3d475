"""Names are only names: none of a user's means anything to sympy, C++, or the code that we generate."""

from __future__ import annotations

import warnings

import pytest

from nestml_jit import dsl
from nestml_jit.dsl.tree import Model
from nestml_jit.oracle.reference import ReferenceNeuron

NAMES = """
    E I S N O Q C Symbol Add Function gamma zeta beta oo zoo nan re im diff sqrt sum lambda None True_ self
    def class double int long float auto register template this virtual new delete namespace operator private
    union volatile alignas constexpr nullptr std xor bitand compl and_eq asm unix linux signed restrict
    NAN INFINITY M_PI EPS NULL EOF errno assert stdin uint32_t y0 y1 j0 jn log signal time index exp_ pow_
    now then before lane lanes tile tiles block column columns host emit ring slot key value target delay
    v_x c_x k_x s_x m_x a_x b_x q_x first last steps_ d h i j n x__d __x _X NjTile NjBlock nj_decay table_0
    a b c f g p q r s u w z
""".split()  # fmt: skip


def load(text: str) -> Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dsl.load(text)[0]


def neuron() -> Model:
    """Return a model of states, parameters and locals with these names, solved exactly and numerically."""
    half = len(NAMES) // 2
    states, parameters = NAMES[:half], NAMES[half:]
    lines = ["model a_neuron:", "    state:"]
    lines += [f"        {name} real = {index + 1}" for index, name in enumerate(states)]
    lines += ["        total_ real = 0", "    parameters:"]
    lines += [f"        {name} real = {index + 1}" for index, name in enumerate(parameters)]
    lines += ["    equations:"]
    for name, rate in zip(states, parameters, strict=False):
        bend = f" * {name}" if len(name) % 2 else ""
        lines.append(f"        {name}' = -{name}{bend} * {rate} / 1e4 ms")
    lines += ["    update:", "        integrate_odes()", f"        total_ = {' + '.join(parameters)}"]
    lines += [f"        {name} += while_(1, {rate})" for name, rate in zip(states, parameters, strict=False)]
    lines += ["    function while_(class real, double real) real:", "        auto real = class * double"]
    return load("\n".join([*lines, "        return auto", ""]))


def test_a_neuron_with_names_that_mean_something_elsewhere() -> None:
    from tests.codegen.harness import Block

    model = neuron()
    block, oracle = Block(model, lanes=1, h=0.125), ReferenceNeuron(model, resolution=0.125)
    block.run(2)
    for _ in range(2):
        oracle.step()
    for name in (item.name for item in model.state):
        assert block[name][0] == pytest.approx(oracle[name], rel=1e-7), name


def test_a_synapse_with_names_that_mean_something_elsewhere() -> None:
    from nestml_jit.oracle.reference_synapse import ReferenceSynapse
    from tests.codegen.harness import Block, Run, facts_for, models
    from tests.codegen.test_delivery import POST

    half = len(NAMES) // 2
    lines = ["model a_synapse:", "    state:", "        weight real = 1"]
    lines += [f"        {name} real = 1" for name in NAMES[:half]]
    lines += ["    parameters:", *(f"        {name} real = {k + 1}" for k, name in enumerate(NAMES[half:]))]
    lines += ["    equations:", *(f"        {name}' = -{name} / 10 ms" for name in NAMES[:half:3])]
    lines += ["    input:", "        pre_spikes <- spike", "        post_spikes <- spike"]
    lines += ["    output:", "        spike", "    onReceive(post_spikes):"]
    lines += [f"        {name} += 1" for name in NAMES[:half:2]]
    lines += [f"        weight += {' + '.join(NAMES[:half])}", "    onReceive(pre_spikes):"]
    lines += [f"        {name} += {NAMES[half + k]}" for k, name in enumerate(NAMES[1:half:2])]
    lines += [f"        weight += {' + '.join(NAMES[:half])}", "        emit_spike(weight)"]
    model = load("\n".join([*lines, "    update:", "        integrate_odes()", ""]))
    oracle = ReferenceSynapse(model, delay=0.5)
    emitted = oracle.run([20, 40], [7, 15, 30])

    block = Block(models(POST)[0], [model], facts_for([model], heterogeneous=("weight",)), lanes=1, h=0.1)
    values = {item.name: 1.0 for item in model.state}
    values |= {name: k + 1.0 for k, name in enumerate(NAMES[half:])}
    values["delay"] = 0.5  # this one is the delay of the connection
    for moved in block.fusion.moved:
        values[moved.column] = block.columns[moved.column][0] if moved.kind == "state" else moved.default
    run = Run(block, 0, [0], [5], values)
    weights = []
    for step in range(1, 41):
        if step in (7, 15, 30):
            block.add(step, 1, 0, 1.0)
            block.add(step, 2, 0, 1.0)
        block.run(1)
        if step in (20, 40):
            run.spike(step)
            weights.append(run["weight"][0])
    assert weights == pytest.approx([weight for _, weight in emitted], rel=1e-10)
