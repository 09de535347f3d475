"""Variables that equations read with a delay, against recursions in plain Python and the oracle."""

import numpy as np
import pytest

from nestml_jit import codegen
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.codegen.harness import Block, models
from tests.codegen.rule_outcomes import DELAYS as DELAYS_OF_CONNECTIONS
from tests.codegen.rule_outcomes import H, compare, rule_of

MIXED = """
model delayed_neuron:
    state:
        x real = 1
        y real = 0
        z real = 1
        v[2] real = 1
    equations:
        recordable inline old real = 3 * x(t - d)
        x' = -x(t - d) / tau + spikes * 1 s / 1 ms
        y' = -y / tau + x(t - d) / tau + x(t - 2 * d) / tau
        z' = -z**3 / tau + old / tau - z(t - 0.3 ms) / tau
        v' = -v / tau - v(t - d) / tau
    parameters:
        tau ms = 10 ms
        d ms = 1.5 ms
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
"""
LANES = 20
DELAYS = [0.1 * lane for lane in range(LANES)]
DELAYS[3:6] = [0.21, 0.251, 0.34]  # rounded to the nearest step, as all delays are


def run(steps):
    block = Block(models(MIXED)[0], lanes=LANES, parameters={"d": np.array([*DELAYS, *[0.0] * 44])})
    for step in range(1, steps + 1):
        if step % 7 == 0:
            for lane in range(LANES):
                block.add(step, 0, lane, 0.5)
        block.run(1)
    return block


def oracle_with(delay, steps):
    oracle = ReferenceNeuron(models(MIXED)[0], {"d": delay})
    for step in range(1, steps + 1):
        oracle.step({"spikes": 0.5} if step % 7 == 0 else {})
    return oracle


def test_analytic_numeric_and_mixed_equations_with_spikes():
    block = run(50)
    for lane, delay in enumerate(DELAYS):
        oracle = oracle_with(delay, 50)
        assert block["x"][lane] == pytest.approx(oracle["x"], rel=1e-12)
        assert block["y"][lane] == pytest.approx(oracle["y"], rel=1e-12)
        assert block["z"][lane] == pytest.approx(oracle["z"], rel=1e-5)
        assert [block["v[0]"][lane], block["v[1]"][lane]] == pytest.approx(oracle["v"], rel=1e-12)
    methods = {solver.variable: solver.method for solver in block.fusion.solvers}
    assert methods["x"] == methods["y"] == methods["v[1]"] == "exact propagator"
    assert methods["z"] == "Runge-Kutta-Fehlberg 4(5)"


def test_the_past_is_that_of_the_beginning_of_the_step_and_zero_before_the_simulation():
    block = run(60)
    for lane, delay in enumerate(DELAYS):
        back = int(np.floor(delay / 0.1 + 0.5))
        x = [1.0]
        for step in range(1, 61):
            old = x[step - 1 - back] if step - 1 >= back else 0.0
            x.append(x[-1] - 0.1 / 10 * old + (500.0 if step % 7 == 0 else 0.0))
        assert block["x"][lane] == pytest.approx(x[-1], rel=1e-12)


def test_delays_only_count_where_they_are_read():
    block = run(1)
    assert block.fusion.past == ("x", "z", "v[0]", "v[1]")
    assert [item.variable for item in block.fusion.delays] == ["x", "x", "z", "v[0]", "v[1]"]


SYNAPSE = """
    state:
        w real = 1
        x real = 1
        y real = 0
        z real = 1
        v[2] real = 1.
        n integer = 3
        trace real = 0
        u real = 0
    parameters:
        tau ms = 10 ms
        d ms = 1.5 ms
        delay ms = 1 ms @nest::delay
    internals:
        half ms = d / 2 + resolution()
    equations:
        kernel K = exp(-t / tau)
        recordable inline old real = 3 * x(t - d)
        x' = -x(t - half) / tau + n(t - d) / tau + convolve(K, pre_spikes) * 1 s / tau + 0.3 * mod_spikes
        y' = -y / tau + x(t - 2 * d) / tau
        z' = -z / (1 + z**2) / tau + old / tau - z(t - 0.3 ms) / tau
        v' = -v / tau - v(t - d) / tau
        trace' = -trace / tau
        u' = -u / tau + trace(t - delay) / tau
    input:
        pre_spikes <- spike
        post_spikes <- spike
        mod_spikes <- spike
    output:
        spike
    function twice(a real) real:
        return 2 * a
    update:
        integrate_odes()
        w += 0.001 * x * timestep() / 1 ms
    onReceive(post_spikes):
        n += 1
        trace += 1
        w += 0.1 * old + trace
    onReceive(mod_spikes):
        w += 0.001 * twice(old)
    onReceive(pre_spikes):
        n -= 2
        v[0] += 0.1
        emit_spike(w + x + 10 * y + z + old + v[0] + v[1] + u)
"""


def test_connections_keep_a_past_of_their_own():
    given = {"d": np.array([0.125, 0.5, 1.5, 2.9]), "delay": H * np.array(DELAYS_OF_CONNECTIONS)}
    run = compare(rule_of(SYNAPSE), given, tolerance=1e-6, variants=[(True, 0), (False, 17)])
    past = codegen.describe(rule_of(SYNAPSE)).past
    assert [item.variable for item in past] == ["x", "x", "n", "x", "z", "v[0]", "v[1]", "trace"]
    assert not run.card.moved  # the trace's past is the connection's
