"""What a user settles about a synapse model takes the place of what is inferred."""

from __future__ import annotations

import pytest

from nestml_jit.errors import NestmlErrors
from nestml_jit.options import OptionError
from tests.numerics.network import nest

UNCLEAR = """model unclear_synapse:
    state:
        size real = 1.5
        trace real = 0
        length ms = 1 ms
    parameters:
        gain real = 2
    input:
        a <- spike
        b <- spike
        c <- spike
        level real <- continuous
    output:
        spike
    onReceive(b):
        trace += 1
    onReceive(c):
        size += 100
    onReceive(a):
        size += gain * trace
        emit_spike(size * gain)
"""


def made(text: str = UNCLEAR) -> str:
    return str(nest.jit.define(text)[0])


def test_ports_that_cannot_be_told_apart_are_an_error_only_without_configuration() -> None:
    name = made()
    neuron = nest.Create("iaf_psc_exp_neuron")
    with pytest.raises(NestmlErrors, match="which one receives the postsynaptic spikes") as refused:
        nest.Connect(neuron, neuron, syn_spec={"synapse_model": name})
    assert 'nest.jit.configure("unclear_synapse", ports={"b": "post", "c": "modulatory"})' in str(
        refused.value
    )
    nest.ResetKernel()
    nest.jit.configure(name, ports={"b": "post", "c": "modulatory", "level": "V_m"}, weight="size")
    neuron = nest.Create("iaf_psc_exp_neuron")
    nest.SetDefaults(name, {"volume_transmitter": nest.Create("volume_transmitter")})
    nest.Connect(neuron, neuron, syn_spec={"synapse_model": name, "weight": 3.0})
    assert nest.GetConnections().size == 3.0


def test_delay_may_be_a_variable_of_the_model() -> None:
    name = made(
        UNCLEAR.replace("unclear", "slow")
        .replace("        c <- spike\n", "")
        .replace("    onReceive(c):\n        size += 100\n", "")
        .replace("        level real <- continuous\n", "")
    )
    nest.jit.configure(name, delay="length", weight="size")
    neuron = nest.Create("iaf_psc_exp_neuron")
    nest.Connect(neuron, neuron, syn_spec={"synapse_model": name, "delay": 2.5})
    assert nest.GetConnections().get(["delay", "length", "weight"]) == {
        "delay": 2.5,
        "length": 2.5,
        "weight": 1.5,
    }
    with pytest.raises(nest.NESTErrors.KernelException, match="in use"):
        nest.jit.configure(name, delay="")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ports": {"d": "post"}}, "no port 'd'"),
        ({"ports": {"b": "behind"}}, "its role is one of pre, post, modulatory"),
        ({"weight": "sizes"}, "no variable 'sizes'; did you mean 'size'"),
        ({"weight": "size", "solver": "rk4"}, "options of a synapse model"),
    ],
)
def test_what_is_wrong_is_said(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        nest.jit.configure(made(UNCLEAR.replace("unclear", "wrong")), **options)


def test_neurons_have_no_ports_to_configure() -> None:
    with pytest.raises(OptionError, match="is a neuron model"):
        nest.jit.configure("iaf_psc_exp_neuron", weight="V_m")


def test_what_holds_already_may_be_said_again() -> None:
    """Of neurons and synapses in use, all options, also those that were inferred."""
    synapse = made(UNCLEAR.replace("unclear", "settled"))
    said = {"ports": {"b": "post", "c": "modulatory", "level": "V_m"}, "weight": "size", "delay": "length"}
    nest.jit.configure(synapse, **said)
    neuron = nest.Create("iaf_psc_exp_neuron")
    gap = nest.Create("hh_psc_alpha_gap_neuron")
    nest.SetDefaults(synapse, {"volume_transmitter": nest.Create("volume_transmitter")})
    nest.Connect(neuron, neuron, syn_spec={"synapse_model": synapse})
    nest.Connect(neuron, neuron, syn_spec={"synapse_model": "stdp_synapse_nestml"})
    nest.Simulate(1.0)
    for name, value in said.items():
        nest.jit.configure(synapse, **{name: value})
    nest.jit.configure(synapse, **said)
    nest.jit.configure("stdp_synapse_nestml", weight="w")
    nest.jit.configure("stdp_synapse_nestml", ports={"pre_spikes": "pre", "post_spikes": "post"})
    nest.jit.configure("iaf_psc_exp_neuron", solver="auto", move=True, gap_junctions={})
    said_of_gaps = {"gap_current_port": "I_gap", "membrane_potential_variable": "V_m"}
    nest.jit.configure("hh_psc_alpha_gap_neuron", gap_junctions=said_of_gaps)
    nest.jit.configure("hh_psc_alpha_gap_neuron", gap_junctions=said_of_gaps)
    nest.Simulate(1.0)
    for change in ({"weight": "trace"}, {"ports": {"b": "modulatory", "c": "post"}}, {"delay": ""}):
        with pytest.raises(nest.NESTErrors.KernelException, match="in use"):
            nest.jit.configure(synapse, **change)
    with pytest.raises(nest.NESTErrors.KernelException, match="in use"):
        nest.jit.configure(synapse, ports={"b": "post", "c": "modulatory", "level": "I_syn_exc"})
    assert gap.V_m < 0
