"""When connections of generators are read: only if something has changed that is sent along them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.generators.arrivals import fused_connections, generator, neurons, seen, to, watch
from tests.numerics.network import nest, reset

ALWAYS = 4e5
"""A rate in Hz of 40 spikes in each step of 0.1 ms: a step without any is one in 10^17."""


def readings() -> int:
    return int(nest._session.host.device_readings)


def network() -> tuple[Any, Any]:
    """Return neurons and a generator in a network that is prepared by a first run."""
    targets, device = neurons(5), generator(ALWAYS)
    nest.Connect(device, targets, syn_spec=to(delay=0.5))
    nest.Connect(targets, targets, syn_spec=to(delay=0.3))
    nest.Connect(nest.Create("dc_generator", params={"amplitude": 1.0}), targets)
    nest.Connect(nest.Create("noise_generator", params={"std": 1.0}), targets)
    nest.Simulate(1.0)
    return targets, device


@pytest.mark.parametrize("prepared", [False, True])
def test_nothing_has_changed(prepared: bool) -> None:
    """Parameters of generators and of neurons are no reason either."""
    targets, device = network()
    if prepared:
        nest.Prepare()
    before = readings()
    for number in range(5):
        (nest.Run if prepared else nest.Simulate)(0.7)
        device.set(rate=ALWAYS / (number + 1), stop=100.0 + number)
        targets.first = 0.0
        nest.GetConnections(device).get("weight")
    if prepared:
        nest.Cleanup()
    assert readings() == before
    assert fused_connections() == 15


CHANGES: dict[str, Callable[[Any, Any], object]] = {
    "weight": lambda targets, device: nest.GetConnections(device).set(weight=2.0),
    "delay": lambda targets, device: nest.GetConnections(device).set(delay=0.3),
    "one weight": lambda targets, device: nest.SetDefaults("static_synapse_hom_w", {"weight": 2.0}),
    "a target": lambda targets, device: nest.Connect(device, targets[:1], syn_spec=to()),
    "another target": lambda targets, device: nest.Connect(device, nest.Create("parrot_neuron")),
    "a generator": lambda targets, device: nest.Connect(generator(3.0), targets, syn_spec=to()),
    "neurons": lambda targets, device: neurons(2),
    "seed": lambda targets, device: nest.set(rng_seed=4),
}


@pytest.mark.parametrize("change", CHANGES)
def test_something_has_changed(change: str) -> None:
    targets, device = network()
    before = readings()
    CHANGES[change](targets, device)
    nest.Simulate(1.0)
    assert readings() == before + 1
    nest.Simulate(1.0)
    assert readings() == before + 1


def test_one_weight_of_all_connections() -> None:
    targets, device = neurons(3), generator(ALWAYS)
    spec = to(delay=0.1, model="static_synapse_hom_w")
    spec.pop("weight")
    nest.Connect(device, targets, syn_spec=spec)
    meter = watch(targets)
    nest.Simulate(2.0)
    nest.SetDefaults("static_synapse_hom_w", {"weight": 1000.0})
    nest.Simulate(2.0)
    arrived = seen(meter, targets)
    assert np.all((arrived[2:20] > 0.0) & (arrived[2:20] < 1000.0))
    assert np.all(arrived[22:] >= 1000.0)


def test_other_targets_that_are_connected_later() -> None:
    _, device = network()
    relay, recorder = nest.Create("parrot_neuron"), nest.Create("spike_recorder")
    nest.Connect(relay, recorder)
    nest.Simulate(1.0)
    nest.Connect(device, relay)
    nest.Simulate(5.0)
    assert recorder.n_events > 300
    assert fused_connections() == 15


def test_rates_that_no_table_can_be_made_for() -> None:
    """Such a generator stays with NEST, until its rate is moderate again."""
    targets, device = network()
    meter = watch(targets)
    device.rate = 1e12
    nest.Simulate(1.0)
    assert fused_connections() == 10
    device.rate = ALWAYS
    nest.Simulate(1.0)
    assert fused_connections() == 15
    arrived = seen(meter, targets)
    assert np.all(arrived[6:10] > 9e7)
    assert np.all((arrived[16:] > 0.0) & (arrived[16:] < 1000.0))


@pytest.mark.parametrize("devices", ["fused", "nest"])
def test_a_new_kernel_after_a_run(devices: str) -> None:
    """What was read of the last one is forgotten with it, with its nodes."""
    for threads in (1, 2, 1):
        reset(threads=threads)
        nest.jit.devices = devices
        network()
    nest.ResetKernel()
    nest.Simulate(1.0)
    assert fused_connections() == 0
