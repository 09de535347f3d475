"""Vectors of continuous ports of synapses read the elements of a vector of the neuron, against the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nestml_jit import dsl
from nestml_jit.errors import NestmlErrors
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from tests.numerics.network import generators, nest, parrots, reset

H = 0.1
TARGET = """
model branched_neuron:
    state:
        branch[3] mV = -60 mV
        soma mV = -65 mV
    input:
        spikes <- spike
        forced <- spike
    output:
        spike
    onReceive(forced):
        emit_spike()
    update:
        branch[0] = -60 mV + 10 mV * sin(t / 7 ms)
        branch[1] = -60 mV + 20 mV * sin(t / 5 ms)
        branch[2] = -60 mV + 30 mV * sin(t / 3 ms)
"""

RULE = """
model {name}_synapse:
    state:
        w real = 1
        at_pre, at_post, chosen, passed real = 0
    parameters:
        which integer = 1
    input:
        pre_spikes <- spike
        post_spikes <- spike
        branch[3] mV <- continuous
    output:
        spike
    onReceive(post_spikes):
        at_post += branch[2] / 1 mV
    onReceive(pre_spikes):
        at_pre += (branch[0] + 2 * branch[1]) / 1 mV
        chosen += branch[which] / 1 mV
        emit_spike(w)
{update}
"""
IN_EVERY_STEP = """
    update:
        passed += branch[1] / 1 mV * timestep() / 1 ms
"""
RULES = {"events": "", "steps": IN_EVERY_STEP}
PRE, POST = [2.0, 8.0, 20.0, 31.0, 50.0], [4.0, 15.0, 29.0, 45.0, 47.0]
DELAYS = (1.0, 2.5)


def branches(number: int) -> Any:
    amplitude, tau = ((10.0, 7.0), (20.0, 5.0), (30.0, 3.0))[number]
    return lambda step: -60.0 + amplitude * np.sin(step * H / tau)


def expected(name: str, delay: float, which: int) -> Any:
    (model,) = dsl.load(RULE.format(name=name, update=RULES[name]))
    ports = {f"branch[{k}]": branches(k) for k in range(3)}
    synapse = ReferenceSynapse(model, {"which": which}, resolution=H, delay=delay, continuous=ports)
    pre, post = ([round((t + 1.0) / H) for t in times] for times in (PRE, POST))
    synapse.run(pre, post)
    return synapse.variables


@pytest.mark.parametrize("threads", [1, 2])
def test_vectors_of_ports_read_vectors(threads: int) -> None:
    reset(H, threads)
    nest.jit.define(TARGET)
    pre, post = parrots([PRE]), nest.Create("branched_neuron", 2)
    nest.Connect(generators([POST]), post, syn_spec={"receptor_type": 2, "delay": 1.0})
    for name, update in RULES.items():
        (model,) = nest.jit.define(RULE.format(name=name, update=update))
        for delay in DELAYS:
            for which in (0, 2):
                spec = {"synapse_model": model, "delay": delay, "which": which, "receptor_type": 1}
                nest.Connect(pre, post, syn_spec=spec)
    nest.Simulate(60.0)
    for name in RULES:
        found = nest.GetConnections(pre, post, f"{name}_synapse")
        assert len(found) == 8
        for connection in found:
            values = connection.get()
            for variable, value in expected(name, values["delay"], values["which"]).items():
                assert values[variable] == pytest.approx(value, rel=1e-9), (name, variable)


def test_what_has_no_such_vector_is_refused() -> None:
    nest.jit.define(TARGET)
    text = RULE.format(name="wrong", update="")
    (model,) = nest.jit.define(text.replace("branch[3]", "branch[4]").replace("wrong", "longer"))
    post = nest.Create("branched_neuron")
    with pytest.raises(nest.NESTErrors.IllegalConnection, match="branch"):
        nest.Connect(post, post, syn_spec={"synapse_model": model, "receptor_type": 1})
    with pytest.raises(NestmlErrors, match="no vectors of ports for spikes"):
        nest.jit.define(text.replace("post_spikes <- spike", "post_spikes[2] <- spike"))
