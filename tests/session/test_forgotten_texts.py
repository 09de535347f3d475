"""Texts that models make while they are simulated take no more memory than those that somebody has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.numerics.network import nest, reset

MODELS = """
model gabbling_neuron:
    state:
        n integer = 0
        word string = "a"
        last string = ""
        same boolean = true
    parameters:
        kept string = "kept"
        number integer = 0
    internals:
        both string = kept + "!"
    input:
        spikes <- spike
    output:
        spike
    update:
        n += 1
        here string = "neuron " + number + " in step " + n + ": "
        i integer = 0
        for i in 0 ... 3 step 1:
            here = here + i
        last = here
        if n % 50 == 0:
            word = both + n
        same = same and both == twice(kept)
    function twice(s string) string:
        return s + "!"

model gabbling_synapse:
    state:
        w real = 1
        n integer = 0
        word string = ""
    parameters:
        number integer = 0
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        n += 1
        here string = "connection " + number + " at spike " + n
        if n % 10 == 1:
            word = here
        emit_spike(w)
"""


def resident() -> float:
    """Return the MB of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="tells the memory on Linux only")
@pytest.mark.parametrize("threads", [1, 2])
def test_memory_is_bounded(threads: int) -> None:
    """Some 2.5 million texts, of 150 bytes or more each, are made; those in columns stay what they are."""
    reset(threads=threads)
    nest.jit.define(MODELS)
    neurons = nest.Create("gabbling_neuron", 300)
    neurons.number = list(range(300))
    neurons[7].set(kept="other", last="neuron 7 in step 3: 012")
    targets = nest.Create("iaf_psc_exp", 30) + neurons[:30]
    source = nest.Create("parrot_neuron")
    train = nest.Create("spike_generator", params={"spike_times": [0.1 * step for step in range(1, 1500)]})
    nest.Connect(train, source)
    nest.Connect(source, targets, syn_spec={"synapse_model": "gabbling_synapse", "delay": 0.5})
    connections = nest.GetConnections(source)
    connections.number = connections.target
    nest.Simulate(1.0)
    before = resident()
    nest.Simulate(149.0)
    assert resident() - before < 30.0
    assert neurons.last == tuple(f"neuron {number} in step 1500: 012" for number in range(300))
    assert neurons.word == tuple("other!1500" if number == 7 else "kept!1500" for number in range(300))
    assert all(neurons.same)
    spikes = connections.get("n")
    assert min(spikes) > 1400
    assert list(connections.word) == [
        f"connection {target} at spike {(n - 1) // 10 * 10 + 1}"
        for target, n in zip(connections.target, spikes, strict=True)
    ]
