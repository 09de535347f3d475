"""Statements, functions, parts of systems of equations, and kernels of all kinds, against the interpreter."""

import numpy as np
import pytest

from nestml_jit.codegen.model.names import shown
from nestml_jit.codegen.model.normal import normalise
from nestml_jit.codegen.plan.ports import channels
from nestml_jit.dsl import load
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.codegen.harness import Block

H = 0.125
STEPS = 100

LOOPS = """
model loops_neuron:
    state:
        s real = 0
        c integer = 0
        k integer = 0
    input:
        spikes <- spike
    output:
        spike
    update:
        i integer = 0
        j integer = 0
        x real = 0.
        s = 0
        for i in 5 ... -5 step -2:
            for j in 0 ... i step 1:
                s += i * 10 + j
        for x in 0.1 ... 1.0 step 0.25:
            s += x
        k = 0
        while k < 10 and s < 1000:
            k += 3
            if k == 6:
                k += 1
            c += k % 4
        for k in 0 ... 4 step 1:
            s += 0.5
        if c % 5 == 0:
            for i in 0 ... 3 step 1:
                emit_spike()
    onReceive(spikes):
        emit_spike()
        emit_spike()
    onCondition(c > 300):
        c = 1
        emit_spike()
"""
FUNCTIONS = """
model functions_neuron:
    state:
        s real = 1
        n integer = 0
        a integer = 5
        b integer = 3
        r integer = 0
        q real = 0
        flag boolean = false
    input:
        spikes <- spike
    output:
        spike
    update:
        n = fibonacci(7) + factorial(4) // 7
        s = mix(s, 0.3) + (even(n + a) ? 1 : -1)
        r = (a & b) + (a | b) * 2 + (a ^ b) * 4 + (a << 2) + (a >> 1) + ~b
        q = a / b + 7 // 2 + (-7) // 2 + a % 3
        q -= 2**-1 + -3**2
        a = (a * 7 + 3) % 101
        b //= 2
        b += 9
        flag = a > 3 and b < 100 and not even(a) or flag != true
        q += flag ? (a > 50 ? 1 : 2) : 3
        q /= 2
        q += timestep() / 1 ms + resolution() / 2 ms + steps(1 ms)
    function fibonacci(k integer) integer:
        if k < 2:
            return k
        return fibonacci(k - 1) + fibonacci(k - 2)
    function factorial(k integer) integer:
        result integer = 1
        i integer = 0
        for i in 1 ... k + 1 step 1:
            result *= i
        return result
    function even(k integer) boolean:
        return k % 2 == 0
    function mix(x real, w real) real:
        if x > 3:
            return 0.1
        elif x < -3:
            return -0.2
        c real = x * w
        return c + 1
    onReceive(spikes):
        s += mix(s, spikes * 1 s)
"""
PARTS = """
model parts_neuron:
    state:
        x real = 1
        x' 1/ms = 0.1 / 1 ms
        y real = 1
        z real = 2
        z' 1/ms = 0 / 1 ms
        w real = 0.5
        V real = 0
    parameters:
        tau ms = 10 ms
    equations:
        x'' = -x / (9 ms**2) - 0.2 * x' / (1 ms)
        y' = -y**2 / (5 ms) + x / (1 ms)
        z'' = -sin(z) / (4 ms**2) + 0.01 * y / (1 ms**2)
        V' = -V / tau + w / tau + spikes
        w' = (0.1 - w) / tau
    input:
        spikes <- spike
    output:
        spike
    update:
        if y > 1.5:
            integrate_odes(x, z)
        elif V > 0.4:
            integrate_odes(w, z)
        else:
            integrate_odes(y, z, V)
        V -= 0.002
        y -= 0.01
    onReceive(spikes):
        y += 0.3 * spikes * 1 s
"""
KERNELS = """
model kernels_neuron:
    state:
        g real = 0
        g' 1/ms = e / tau
        h real = 1
        k real = 0
        v real = 0
        u real = 0
    parameters:
        tau ms = 2 ms
    equations:
        kernel g'' = -2 / tau * g' - g / tau**2
        kernel h' = -h / tau + k / (1 ms),
               k' = -k / (3 ms)
        kernel D = delta(t)
        kernel B = exp(-t / tau) - exp(-t / (1 ms))
        inline drive real = convolve(g, first) + convolve(h, second)
        v' = -v / (10 ms) + drive / (1 ms) + 2 * convolve(D, second) + convolve(B, first) / (2 ms)
        u' = (-u**3 + v + convolve(B, second)) / (5 ms)
    input:
        first <- spike
        second <- spike
    output:
        spike
    update:
        integrate_odes()
"""
MODELS = {"loops": LOOPS, "functions": FUNCTIONS, "parts": PARTS, "kernels": KERNELS}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")
def test_kernel_and_interpreter_agree(name: str) -> None:
    model = load(MODELS[name])[0]
    block, oracle = Block(model, lanes=2, h=H), ReferenceNeuron(model, resolution=H)
    normal = normalise(block.neuron)
    rows = channels(normal)
    random = np.random.default_rng(2)
    for step in range(1, STEPS):
        spikes = {port: random.normal() for port in normal.ports if random.random() < 0.2}
        for port, weight in spikes.items():
            block.add(step, rows[port], 0, weight)
            if f"count({port})" in rows:
                block.add(step, rows[f"count({port})"], 0, 1.0)
        oracle.step(spikes)
        block.run(1)
        for variable in normal.of_kind("state"):
            expected = float(oracle[variable.name])
            assert block[shown(variable.name)][0] == pytest.approx(expected, rel=1e-5, abs=1e-7), (
                variable.name
            )
    assert [step for step, lane in block.spikes if lane == 0] == [round(time / H) for time in oracle.spikes]
    assert len(oracle.spikes) > 50 or "emit_spike" not in MODELS[name]
