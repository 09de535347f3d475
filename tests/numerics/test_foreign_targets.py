"""Plastic synapses from NESTML onto NEST's own neurons, and what such targets refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    ALPHA,
    NEURON,
    STATIC,
    STDP,
    assert_same_weights,
    nest,
    parrots,
    record,
    record_spikes,
    reset,
    spikes,
    trace,
    trains,
    weights,
)

DEPRESSING = """
model depressing_synapse:
    state:
        left real = 1
        t_last ms = 0 ms
    parameters:
        w real = 1
        U real = 0.5 [[U > 0 and U <= 1]]
        tau_rec ms = 50 ms [[tau_rec > 0 ms]]
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        left = 1 - (1 - left) * exp(-(t - t_last) / tau_rec)
        emit_spike(w * left)
        left -= U * left
        t_last = t
"""
"""Short-term depression: no postsynaptic side."""

TWICE = """
model alternating_synapse:
    state:
        w real = 1
        sign real = 1
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(post_spikes):
        w += 1
    onReceive(pre_spikes):
        if sign > 0:
            emit_spike(w)
            emit_spike(2 * w)
        else:
            emit_spike(-w)
        sign = -sign
"""
"""Emits two events, then one of the other sign."""


def pair_of(first: tuple[str, str], second: tuple[str, str], spec: dict[str, Any], pre: Any) -> list[Any]:
    """Return two populations that get the same input by their synapse models, each with its recorder."""
    result = []
    for model, synapse in (first, second):
        nodes = nest.Create(model, 4, params={"I_e": 380.0})
        nodes.C_m = [230.0, 240.0, 250.0, 260.0]
        nest.Connect(pre, nodes, "all_to_all", {"synapse_model": synapse, **spec})
        result.append((nodes, synapse, record_spikes(nodes), record(nodes)))
    return result


def assert_alike(watched: list[Any], pre: Any, name: str = "weight", least: int = 50) -> None:
    (ours, model, recorder, meter), (theirs, other, their_recorder, their_meter) = watched
    expected = spikes(their_recorder, theirs)
    assert len(expected) >= least
    assert spikes(recorder, ours) == expected
    assert np.abs(trace(meter, ours) - trace(their_meter, theirs)).max() <= 1e-9
    found, wanted = weights(pre, ours, model, name), weights(pre, theirs, other, name)
    assert len(set(wanted.values())) > 1
    assert_same_weights(found, wanted)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("resolution", "delay"), [(0.1, 1.0), (0.1, 5.0), (1.0, 10.0), (0.1, 0.1)])
@pytest.mark.parametrize("model", ["iaf_psc_alpha", "iaf_psc_exp"])
def test_stdp_is_that_of_nest(model: str, resolution: float, delay: float, threads: int) -> None:
    reset(resolution, threads)
    pre = parrots(trains(15, 60.0, 800.0))
    spec = {"weight": 40.0, "delay": delay, "lambda": 0.05}
    watched = pair_of((model, STDP), (model, "stdp_synapse"), spec, pre)
    nest.Simulate(300.0)
    nest.Simulate(500.0)
    assert_alike(watched, pre)


def test_spikes_that_meet_at_the_synapse() -> None:
    """Dense trains on a coarse grid: coincidences, and several spikes of a parrot in one step."""
    reset(1.0)
    pre = parrots(trains(6, 300.0, 500.0, seed=4))
    noise = parrots([sorted(row + row) for row in trains(3, 200.0, 500.0, seed=5)])
    delays = np.tile([1.0, 2.0, 3.0, 5.0, 7.0, 10.0], (3, 1))
    post = [nest.Create("parrot_neuron", 3) for _ in range(2)]
    for nodes, synapse in zip(post, (STDP, "stdp_synapse"), strict=True):
        nest.Connect(noise, nodes, "one_to_one", {"delay": 1.0})
        spec = {"synapse_model": synapse, "weight": 30.0, "delay": delays, "lambda": 0.02}
        nest.Connect(pre, nodes, "all_to_all", {**spec, "receptor_type": 1})
    nest.Simulate(500.0)
    ours, theirs = (
        weights(pre, nodes, synapse) for nodes, synapse in zip(post, (STDP, "stdp_synapse"), strict=True)
    )
    assert len(set(theirs.values())) > 10
    assert_same_weights(ours, theirs)


def test_multapses_of_different_delays() -> None:
    """A neuron that a spike reaches several times gets each event by itself."""
    pre = parrots(trains(5, 80.0, 500.0))
    populations = [nest.Create("iaf_psc_alpha", 3, params={"I_e": 380.0}) for _ in range(2)]
    watched = []
    for nodes, synapse in zip(populations, (STDP, "stdp_synapse"), strict=True):
        for delay in (1.0, 4.0, 1.0, 2.5):
            spec = {"synapse_model": synapse, "weight": 30.0 + delay, "delay": delay, "lambda": 0.05}
            nest.Connect(pre, nodes, "all_to_all", spec)
        watched.append((nodes, synapse, record_spikes(nodes), record(nodes)))
    nest.Simulate(500.0)
    (ours, _, recorder, meter), (theirs, _, their_recorder, their_meter) = watched
    assert len(spikes(their_recorder, theirs)) > 30
    assert spikes(recorder, ours) == spikes(their_recorder, theirs)
    assert np.abs(trace(meter, ours) - trace(their_meter, theirs)).max() <= 1e-9


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("text", [DEPRESSING, TWICE], ids=["no postsynaptic side", "several events"])
def test_a_rule_acts_on_nests_neuron_as_on_ours(text: str, threads: int) -> None:
    reset(threads=threads)
    (model,) = nest.jit.define(text)
    pre = parrots(trains(8, 60.0, 500.0))
    spec = {"w": 12.0, "delay": 1.5}
    name = "left" if "left" in text else "w"
    if name == "left":
        spec["U"] = [[0.2, 0.5, 0.8, 0.3] * 2] * 4
    watched = pair_of(("iaf_psc_exp", model), (NEURON, model), spec, pre)
    nest.Simulate(500.0)
    assert_alike(watched, pre, name, least=30)


def test_one_model_on_neurons_of_ours_and_of_nest_and_later_connections() -> None:
    pre = parrots(trains(10, 60.0, 900.0))
    ours, theirs = nest.Create(ALPHA, 3), nest.Create("iaf_psc_alpha", 3)
    both = ours + theirs
    both.I_e = 385.0
    spec = {"synapse_model": STDP, "weight": 30.0, "delay": 1.5, "lambda": 0.05, "tau_tr_post": 3.0}
    nest.Connect(pre[:5], theirs, syn_spec=spec)
    silent = {"synapse_model": "stdp_synapse", "weight": 0.0, "lambda": 0.0}  # reads the archive as well
    nest.Connect(pre[:5], theirs, syn_spec=silent)
    nest.Connect(pre[:5], ours, syn_spec=spec)
    nest.Simulate(200.0)
    both.I_e = -100.0  # what nobody of NEST's neurons keeps for later connections is forgotten
    nest.Simulate(120.0)
    both.I_e = 385.0
    nest.Connect(pre[5:], both, syn_spec={**spec, "alpha": 1.3})
    assert nest.GetConnections(pre[5:], both, STDP).alpha == [1.3] * 30
    nest.Simulate(300.0)
    nest.GetConnections(pre[0], both, STDP).weight = 10.0
    nest.Simulate(300.0)
    found = weights(pre, both, STDP)
    assert len(set(found.values())) == 10
    for (source, target, number), value in found.items():
        assert value == pytest.approx(found[source, target % 3, number], rel=1e-10)


def test_parameters_and_copies() -> None:
    nest.CopyModel(STDP, "fast_stdp", {"lambda": 0.1, "tau_tr_pre": 5.0})
    nest.CopyModel("stdp_synapse", "fast_reference", {"lambda": 0.1, "tau_plus": 5.0})
    pre = parrots(trains(10, 60.0, 500.0))
    spec = {"weight": 35.0, "delay": 2.0, "mu_plus": 0.4, "mu_minus": 0.7}
    watched = pair_of(("iaf_cond_exp", "fast_stdp"), ("iaf_cond_exp", "fast_reference"), spec, pre)
    nest.Simulate(500.0)
    assert_alike(watched, pre, least=0)


# --- what is refused ---------------------------------------------------------------------------------


def test_targets_without_an_archive_are_refused() -> None:
    neuron, recorder = nest.Create(NEURON), nest.Create("spike_recorder")
    with pytest.raises(nest.NESTErrors.IllegalConnection, match="depends on the target's spikes"):
        nest.Connect(neuron, recorder, syn_spec={"synapse_model": STDP})
    transmitter = nest.Create("volume_transmitter")
    with pytest.raises(nest.NESTErrors.IllegalConnection, match="volume_transmitter"):
        nest.Connect(neuron, transmitter, syn_spec={"synapse_model": STDP})
    assert nest.num_connections == 0
    nest.Simulate(1.0)


def test_a_recorder_takes_what_a_rule_without_postsynaptic_side_sends() -> None:
    (model,) = nest.jit.define(DEPRESSING)
    neuron, recorder = nest.Create(NEURON, params={"I_e": 500.0}), nest.Create("spike_recorder")
    expected = record_spikes(neuron)
    nest.Connect(neuron, recorder, syn_spec={"synapse_model": model, "w": 2.0})
    nest.Simulate(100.0)
    assert spikes(recorder, neuron) == spikes(expected, neuron)
    assert recorder.n_events > 5
    assert nest.GetConnections(neuron, recorder, model).left < 1.0


@pytest.mark.parametrize("device", ["poisson_generator", "spike_generator", "dc_generator", "multimeter"])
def test_devices_are_no_source_of_a_plastic_synapse(device: str) -> None:
    """Their events do not come at the times at which neurons' spikes do."""
    source = nest.Create(device)
    for model in (NEURON, "iaf_psc_alpha"):
        target = nest.Create(model)
        with pytest.raises(nest.NESTErrors.IllegalConnection, match="parrot_neuron"):
            nest.Connect(source, target, syn_spec={"synapse_model": STDP})
    assert nest.num_connections == 0


def test_static_synapses_still_reach_everything() -> None:
    neuron = nest.Create(NEURON, params={"I_e": 500.0})
    transmitter, relay = nest.Create("volume_transmitter"), nest.Create("parrot_neuron")
    for target in (transmitter, relay):
        nest.Connect(neuron, target, syn_spec={"synapse_model": STATIC})
    recorder = record_spikes(relay)
    nest.Simulate(50.0)
    assert recorder.n_events > 2
