"""NESTML's options of code generation do what they say, and are an error where they cannot."""

from __future__ import annotations

from typing import Any

import pytest

from nestml_jit.options import OptionError
from tests.numerics.network import generators, nest, parrots
from tests.session.texts import relaxing

RAMP = """model ramp_neuron:
    state:
        x real = 0
    equations:
        x' = 1 / (1 ms)
    input:
        spikes <- spike
    output:
        spike
    onReceive(spikes):
        emit_spike()
    update:
        integrate_odes()
"""
"""Its `x` is the time in ms; it sends on what it gets."""

NOTING = """model noting_synapse:
    state:
        w real = 1.
        seen real = -1.
    parameters:
        d ms = 1 ms
    input:
        in_1 <- spike
        in_2 <- spike
        third real <- continuous
    output:
        spike
    onReceive(in_2):
        seen = third
    onReceive(in_1):
        emit_spike(w)
"""
"""Notes the third factor at postsynaptic spikes."""

ON_TIME = {"weight_variable": {"noting_synapse": "w"}, "delay_variable": {"noting_synapse": "d"}}


@pytest.mark.parametrize(("method", "when"), [("continuous_time_buffer", 2.0), ("post_spike_based", 0.0)])
@pytest.mark.parametrize("pre", [[9.0], [30.0]])
def test_values_of_third_factors(pynestml: Any, method: str, when: float, pre: list[float]) -> None:
    """A postsynaptic spike comes with the neuron's value from when it arrives, or from when it was fired."""
    module, neuron, synapse = pynestml.generate_code_for(
        RAMP,
        NOTING,
        post_ports=["in_2", ["third", "x"]],
        codegen_opts={**ON_TIME, "continuous_state_buffering_method": method},
    )
    nest.Install(module)
    post, other = nest.Create(neuron, 2)
    nest.Connect(generators([[4.0]]), post)
    nest.Connect(parrots([pre]), post, syn_spec={"synapse_model": synapse, "d": 2.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(post, recorder)
    nest.Simulate(40.0)
    (connection,) = nest.GetConnections(synapse_model=synapse)
    assert connection.get("delay") == connection.get("d") == 2.0
    assert connection.get("seen") == pytest.approx(recorder.get("events")["times"][0] + when)
    assert other.get("x") == pytest.approx(40.0)


def test_what_cannot_be(pynestml: Any) -> None:
    for said, text in (
        ({"weight_variable": {"noting_synapse": "v"}}, "has no variable 'v'"),
        ({"continuous_state_buffering_method": "none"}, "known are continuous_time_buffer"),
        ({"templates": {"path": "/mine"}}, "leave the option out"),
        ({"gap_junctions": {"enable": True, "gap_current_port": "gap"}}, "has no continuous port 'gap'"),
    ):
        with pytest.raises(OptionError, match=text):
            pynestml.generate_code_for(RAMP, NOTING, post_ports=["in_2", ["third", "x"]], codegen_opts=said)


def test_synapse_models_need_no_name_of_that_kind(pynestml: Any) -> None:
    text = NOTING.replace("emit_spike(w)", "emit_spike()").replace("noting_synapse", "passing_on")
    module, _neuron, synapse = pynestml.generate_code_for(
        RAMP, text, post_ports=["in_2", ["third", "x"]], codegen_opts={"solver": "numeric"}
    )
    nest.Install(module)
    assert synapse in (nest.GetDefaults(synapse)["synapse_model"], *nest.synapse_models)


def test_solvers(pynestml: Any) -> None:
    module, neuron = pynestml.generate_code_for(
        relaxing("by_euler_neuron").replace("-x / tau", "-x * x / tau"),
        codegen_opts={"numeric_solver": "forward-Euler"},
    )
    nest.Install(module)
    node = nest.Create(neuron, params={"x": 1.0, "tau": 10.0})
    nest.Simulate(0.1)
    assert node.get("x") == 1.0 - 0.1 / 10.0
