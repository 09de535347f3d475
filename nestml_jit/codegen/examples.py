"""Models that the examples in docstrings of passes are about, and ways to print what passes make."""

from __future__ import annotations

from nestml_jit.codegen.model.dump import equations, statements
from nestml_jit.dsl import load
from nestml_jit.dsl.print_expression import expression_text
from nestml_jit.dsl.tree import Model

__all__ = ["COUNTER", "CURRENT", "PAIRS", "equations", "expression_text", "model", "statements"]

COUNTER = """
model counter:
    state:
        x real = 0
        n integer = 0
        v[2] real = 1
    parameters:
        i integer = 1
    input:
        spikes <- spike
    output:
        spike
    update:
        if n > 3:
            x real = 2 * n
            println("{x}")
        tell(n)
        v = v + 1
        v[i] = 4
    function tell(value integer) void:
        println("{value}")
        return
    onReceive(spikes):
        x += spikes
        emit_spike()
"""

CURRENT = """
model current:
    state:
        V_m mV = 0 mV
    parameters:
        tau_m ms = 10 ms
        tau_syn ms = 2 ms
        C_m pF = 250 pF
    equations:
        kernel alpha = e / tau_syn * t * exp(-t / tau_syn)
        inline I_syn pA = convolve(alpha, spikes) * pA
        V_m' = -V_m / tau_m + I_syn / C_m
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
    onCondition(V_m > 15 mV):
        V_m = 0 mV
        emit_spike()
"""

PAIRS = """
model pairs:
    state:
        w real = 1
        pre_trace real = 0
        post_trace real = 0
    parameters:
        tau_pre ms = 20 ms
        tau_post ms = 30 ms
    equations:
        pre_trace' = -pre_trace / tau_pre
        post_trace' = -post_trace / tau_post
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike(weight real)
    onReceive(post_spikes):
        post_trace += 1
        w += 0.1 * pre_trace
    onReceive(pre_spikes):
        pre_trace += 1
        w -= 0.1 * post_trace
        emit_spike(w)
    update:
        integrate_odes()
"""


def model(text: str) -> Model:
    """Return the lowered model of a text."""
    (found,) = load(text)
    return found
