"""Small models for tests."""

from __future__ import annotations

RELAXING = """model {name}:
    state:
        x real = {start}
    parameters:
        tau ms = {tau} ms [[tau > 0 ms]]
    equations:
        x' = -x / tau
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes(x)
    onReceive(spikes):
        x += spikes * 1 s
    onCondition(x > 10):
        x = 0
        emit_spike()
"""
"""A leaky integrator; `name`, `start` and `tau` are to be given."""

COUNTING = """model {name}:
    state:
        w real = 1 [[w >= 0]]
        post_trace real = 0
    parameters:
        tau_post ms = 4 ms [[tau_post > 0 ms]]
        gain real = 0.5
    equations:
        post_trace' = -post_trace / tau_post
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(post_spikes):
        post_trace += 1
    onReceive(pre_spikes):
        w += gain * post_trace
        emit_spike(w)
    update:
        integrate_odes()
"""
"""A synapse that grows with the postsynaptic trace at each presynaptic spike."""


def relaxing(name: str, start: float = 0.0, tau: float = 10.0) -> str:
    return RELAXING.format(name=name, start=start, tau=tau)


def counting(name: str) -> str:
    return COUNTING.format(name=name)


SOMETIMES = """model every_other_synapse:
    state:
        w real = 1
        count integer = 0
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        count += 1
        if count % 2 == 1:
            emit_spike(w)
"""
"""A synapse that lets every other spike pass."""


MIXED = """model mixed_synapse:
    state:
        w real = 1
        count integer = 0
    parameters:
        stride integer = 3
        gains [3] real = 1.5
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        count += stride
        emit_spike(w * gains[1])
"""
"""A synapse that counts in integers and has a vector."""

SEVERAL = """model echoing_synapse:
    state:
        w real = 1
    parameters:
        echoes integer = 2
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        i integer = 0
        emit_spike(w)
        for i in 0 ... echoes step 1:
            w = w / 2
            emit_spike(w)
"""
"""A synapse that passes a spike on several times, ever weaker."""
