"""What users do with a poisson_generator whose targets are neurons from NESTML."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nestml_jit.options import OptionError
from tests.generators.arrivals import HANDLED, MODEL, fused_connections, generator, neurons, seen, to, watch
from tests.numerics.network import NEURON, STATIC, ids, nest, record, record_spikes, reset, spikes, trace

ALWAYS = 4e5
"""A rate in Hz of 40 spikes in each step of 0.1 ms: a step without any is one in 10^17."""


def close(found: Any, mean: float, draws: int) -> bool:
    """Whether a mean of Poisson numbers is what is expected, within five standard deviations."""
    return bool(abs(np.mean(found) - mean) < 5.0 * np.sqrt(mean / draws))


# --- when it is active -------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [0.1, 0.7, 2.5])
@pytest.mark.parametrize(
    "times",
    [
        {"start": 3.0},
        {"start": 3.1, "stop": 3.2},
        {"start": 2.0, "stop": 9.0, "origin": 4.3},
        {"stop": 0.1},
        {"start": 7.0, "stop": 7.0},
    ],
)
def test_first_and_last_arrival(times: dict[str, float], delay: float) -> None:
    """Spikes arrive in the same steps as those of NEST's own generator."""

    def steps(devices: str) -> list[int]:
        reset()
        nest.jit.devices = devices
        targets = neurons(3)
        nest.Connect(generator(ALWAYS, **times), targets, syn_spec=to(delay=delay))
        others = neurons(2)
        nest.Connect(targets, others, syn_spec=to(delay=0.7))
        meter = watch(targets)
        for duration in (1.3, 2.0, 9.4, 6.1):
            nest.Simulate(duration)
        arrived = seen(meter, targets) > 0.0
        assert np.array_equal(arrived.any(axis=1), arrived.all(axis=1))
        return np.flatnonzero(arrived[:, 0]).tolist()

    assert steps("fused") == steps("nest")


def test_start_and_stop_may_be_set_later() -> None:
    def steps(devices: str) -> list[int]:
        reset()
        nest.jit.devices = devices
        targets, device = neurons(2), generator(ALWAYS)
        nest.Connect(device, targets, syn_spec=to(delay=0.4))
        meter = watch(targets)
        nest.Simulate(3.0)
        device.stop = 4.0
        nest.Simulate(3.0)
        device.set(origin=6.0, start=1.0, stop=1.5)
        nest.Simulate(3.0)
        device.set(start=0.0, stop=50.0, rate=0.0)
        nest.Simulate(2.0)
        device.rate = ALWAYS
        nest.Simulate(1.0)
        return np.flatnonzero(seen(meter, targets)[:, 0] > 0.0).tolist()

    assert steps("fused") == steps("nest")


def test_frozen_generator_is_silent() -> None:
    targets, device = neurons(2), generator(ALWAYS)
    nest.Connect(device, targets, syn_spec=to(delay=0.1))
    meter = watch(targets)
    nest.Simulate(2.0)
    device.frozen = True
    nest.Simulate(2.0)
    device.frozen = False
    nest.Simulate(2.0)
    arrived = seen(meter, targets)[:, 0] > 0.0
    assert np.flatnonzero(~arrived).tolist() == [0, 1, *range(21, 41)]  # the first step is before the start


# --- runs ---------------------------------------------------------------------------------------------


def in_runs(durations: list[float], prepared: bool = False) -> np.ndarray:
    reset()
    targets = neurons(70)
    nest.Connect(generator(9000.0), targets, syn_spec=to(delay=1.5))
    meter = watch(targets)
    if prepared:
        nest.Prepare()
    for duration in durations:
        (nest.Run if prepared else nest.Simulate)(duration)
    if prepared:
        nest.Cleanup()
    return seen(meter, targets)[:110]


@pytest.mark.parametrize("prepared", [False, True])
def test_dividing_a_simulation_changes_nothing(prepared: bool) -> None:
    whole, parts = in_runs([12.0]), in_runs([0.7, 3.2, 0.1, 0.1, 4.4, 3.5], prepared)
    assert np.array_equal(whole, parts)


def test_a_changed_rate_counts_from_the_next_run_on() -> None:
    targets, device = neurons(200), generator(2000.0)
    nest.Connect(device, targets, syn_spec=to(delay=0.1))
    meter = watch(targets)
    for rate in (2000.0, 30000.0, 0.0, 500.0):
        device.rate = rate
        nest.Simulate(20.0)
    arrived = seen(meter, targets)
    for k, mean in enumerate((0.2, 3.0, 0.0, 0.05)):
        part = arrived[200 * k + 2 : 200 * k + 200]
        assert close(part, mean, part.size) if mean else not part.any()


def test_a_rate_that_is_changed_while_prepared() -> None:
    targets, device = neurons(100), generator(20000.0)
    nest.Connect(device, targets, syn_spec=to(delay=0.1))
    meter = watch(targets)
    with nest.RunManager():
        nest.Run(10.0)
        device.rate = 60000.0
        nest.Run(10.0)
    arrived = seen(meter, targets)
    assert close(arrived[2:100], 2.0, 9800)
    assert close(arrived[102:], 6.0, 9800)


def test_weights_and_delays_may_be_set_between_runs() -> None:
    """What is on its way keeps the weight and the delay that it was sent with."""
    targets = neurons(4)
    nest.Connect(generator(ALWAYS), targets, syn_spec=to(weight=1.0, delay=1.0))
    nest.Connect(targets, targets, syn_spec=to(delay=0.5))  # min_delay stays, max_delay is 1 ms
    meter = watch(targets)
    nest.Simulate(2.0)
    connections = nest.GetConnections(target=targets, source=nest.NodeCollection([5]))
    assert len(connections) == 4
    connections.weight = [1.0, 1000.0, 1e6, -1.0]
    nest.Simulate(2.0)
    connections.delay = 0.5
    nest.Simulate(2.0)
    arrived, inhibited = seen(meter, targets), seen(meter, targets, "inhibited")
    assert np.all(arrived[29, 1:] < 100.0)
    assert np.all(arrived[31:, 1] >= 1000.0)
    assert np.all(arrived[31:, 2] >= 1e6)
    assert not arrived[31:, 3].any()
    assert np.all(inhibited[31:, 3] > 0.0)
    both = slice(45, 50)  # steps in which spikes with the old delay and with the new one arrive
    assert close(arrived[both, 0], 80.0, 5)
    assert close(arrived[51:, 0], 40.0, 8)


def test_connections_may_be_added() -> None:
    first, device = neurons(2), generator(ALWAYS)
    nest.Connect(device, first, syn_spec=to())
    nest.Simulate(2.0)
    second = neurons(3)
    nest.Connect(device, second, syn_spec=to())
    meters = [watch(first), watch(second)]
    nest.Simulate(3.0)
    assert np.all(seen(meters[0], first)[5:] > 0.0)
    arrived = seen(meters[1], second) > 0.0
    assert not arrived[:10].any()
    assert arrived[11:].all()


@pytest.mark.parametrize("devices", ["fused", "nest"])
def test_disconnect_is_refused_as_ever(devices: str) -> None:
    """NEST has no way to remove a connection of a device; all goes on afterwards."""
    nest.jit.devices = devices
    targets, device = neurons(2), generator(ALWAYS)
    nest.Connect(device, targets, syn_spec=to())
    nest.Simulate(2.0)
    with pytest.raises(nest.NESTError):
        nest.Disconnect(device, targets, conn_spec="all_to_all")
    meter = watch(targets)
    nest.Simulate(2.0)
    assert np.all(seen(meter, targets)[1:] > 0.0)


# --- connections ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    ["static_synapse", "static_synapse_lbl", "static_synapse_hom_w", "static_synapse_hom_w_lbl", STATIC],
)
def test_models_of_connections(model: str) -> None:
    targets, device = neurons(100), generator(40000.0)
    spec = to(weight=3.0, delay=0.4, model=model)
    if "hom_w" in model:
        nest.SetDefaults(model, {"weight": spec.pop("weight")})
    nest.Connect(device, targets, syn_spec=spec)
    meter = watch(targets)
    nest.Simulate(20.0)
    arrived = seen(meter, targets)
    assert not arrived[:5].any()
    assert close(arrived[5:] / 3.0, 4.0, arrived[5:].size)
    assert np.array_equal(arrived % 3.0, np.zeros_like(arrived))
    shown = nest.GetConnections(device)
    assert len(shown) == 100
    assert set(shown.get("synapse_model")) == {model}


def test_connections_without_receptors() -> None:
    """Synapses in compact form take receptor 0 only; numbers of spikes do not depend on the synapse model."""

    def voltages(model: str) -> np.ndarray:
        reset()
        cells = nest.Create(NEURON, 70)
        nest.Connect(generator(9000.0), cells, syn_spec={"synapse_model": model, "weight": 20.0})
        nest.Simulate(30.0)
        return np.array(cells.V_m)

    assert np.array_equal(voltages("static_synapse_hpc"), voltages("static_synapse"))
    assert voltages("static_synapse").std() > 0.0


def test_weights_and_delays_of_each_connection() -> None:
    """Each connection has its own; several to a target are independent, and add up."""
    count = 90
    random = np.random.default_rng(5)
    targets, device = neurons(count), generator(ALWAYS)
    delays = [random.integers(1, 30, count) for _ in range(3)]
    weights = [random.uniform(-4.0, 8.0, count) for _ in range(3)]
    for delay, weight in zip(delays, weights, strict=True):
        spec = {"weight": weight[:, None], "delay": 0.1 * delay[:, None].astype(float), "receptor_type": 1}
        nest.Connect(device, targets, "all_to_all", spec)
    meter = watch(targets)
    nest.Simulate(30.0)
    arrived, inhibited = seen(meter, targets), seen(meter, targets, "inhibited")
    steps = np.arange(len(arrived))[:, None]
    for sign, found in ((1.0, arrived), (-1.0, inhibited)):
        parts = [
            np.maximum(sign * weight, 0.0) * (steps > delay)
            for delay, weight in zip(delays, weights, strict=True)
        ]
        expected, variance = 40.0 * sum(parts), 40.0 * sum(part**2 for part in parts)
        assert np.array_equal(found > 0.0, np.asarray(expected) > 0.0)
        assert np.all(np.abs(found - expected) <= 7.0 * np.sqrt(variance))
        z = (found - expected).sum(axis=0) / np.sqrt(np.maximum(np.sum(variance, axis=0), 1e-9))
        assert np.abs(z).max() < 5.0


def test_several_connections_to_a_target_are_independent() -> None:
    targets, device = neurons(64), generator(50000.0)
    for weight in (1.0, 1024.0):
        nest.Connect(device, targets, syn_spec=to(weight=weight))
    meter = watch(targets)
    nest.Simulate(50.0)
    low, high = seen(meter, targets)[11:] % 1024.0, seen(meter, targets)[11:] // 1024.0
    assert close(low, 5.0, low.size)
    assert close(high, 5.0, high.size)
    assert abs(np.corrcoef(low.ravel(), high.ravel())[0, 1]) < 5.0 / np.sqrt(low.size)


def test_handlers_see_events_as_from_nest() -> None:
    """Spikes that arrive at once are one event, with their number times the weight."""

    def handled(devices: str) -> tuple[np.ndarray, np.ndarray]:
        reset()
        nest.jit.devices = devices
        targets = neurons(300)
        nest.Connect(generator(5000.0), targets, syn_spec=to(weight=-3.0, receptor=HANDLED))
        nest.Simulate(101.0)
        return np.array(targets.events), np.array(targets.weight_sum) / -3.0

    steps = 1000
    for devices in ("fused", "nest"):
        events, spikes_ = handled(devices)
        chance = 1.0 - np.exp(-0.5)
        assert abs(events.mean() / steps - chance) < 5.0 * np.sqrt(chance * (1 - chance) / steps / 300)
        assert close(spikes_ / steps, 0.5, 300 * steps)


def test_weights_that_are_not_finite_send_nothing_with_no_spike() -> None:
    targets = neurons(3)
    nest.Connect(generator(1e-6), targets, syn_spec={"weight": [[np.inf], [1.0], [2.0]], "receptor_type": 1})
    meter = watch(targets)
    nest.Simulate(5.0)
    assert not seen(meter, targets).any()


# --- who else is connected --------------------------------------------------------------------------


def test_other_targets_get_theirs_from_nest() -> None:
    """A generator of neurons of both kinds, a parrot and a recorder sends to each of them."""
    targets, device = neurons(50), generator(30000.0)
    foreign = nest.Create(
        "iaf_psc_delta", 50, {"V_th": 1e9, "tau_m": 1e9, "C_m": 1.0, "E_L": 0.0, "V_m": 0.0}
    )
    relay, recorder = nest.Create("parrot_neuron", 20), nest.Create("spike_recorder")
    nest.Connect(device, targets[:25], syn_spec=to())
    nest.Connect(device, foreign)
    nest.Connect(device, relay)
    nest.Connect(device, targets[25:], syn_spec=to())
    nest.Connect(device, recorder)
    heard = nest.Create("spike_recorder")
    nest.Connect(relay, heard)
    meter = watch(targets)
    nest.Simulate(51.0)
    assert close(seen(meter, targets)[11:], 3.0, 50 * 499)
    assert close(np.array(foreign.V_m) / 500.0, 3.0, 50 * 500)
    assert close(len(heard.events["times"]) / 20 / 490.0, 3.0, 20 * 490)
    assert close(len(recorder.events["times"]) / 500.0, 3.0, 500)
    assert len(nest.GetConnections(device)) == 121


@pytest.mark.parametrize("synapse", [STATIC, "recorded_synapse"])
def test_other_targets_of_models_that_do_more(synapse: str) -> None:
    """NESTML synapses, and those of a weight_recorder, which hears of no device."""
    weights = nest.Create("weight_recorder")
    nest.CopyModel("static_synapse", "recorded_synapse", {"weight_recorder": weights})
    targets, device = neurons(60), generator(30000.0)
    relay, heard = nest.Create("parrot_neuron", 20), nest.Create("spike_recorder")
    nest.Connect(device, targets[:25], syn_spec=to(model=synapse))
    nest.Connect(device, relay, syn_spec={"synapse_model": synapse})
    nest.Connect(device, targets[25:], syn_spec=to(model=synapse))
    nest.Connect(relay, heard)
    meter = watch(targets)
    nest.Simulate(51.0)
    assert fused_connections() == 60
    assert close(seen(meter, targets)[11:], 3.0, 60 * 499)
    assert close(len(heard.events["times"]) / 20 / 490.0, 3.0, 20 * 490)
    assert weights.n_events == 0


def test_many_to_many() -> None:
    """Several generators, each to several populations."""
    populations = [neurons(70), nest.Create(NEURON, 10), neurons(5)]
    devices = [generator(rate) for rate in (1000.0, 7000.0, 0.0)]
    for device in devices:
        for population in (populations[0], populations[2]):
            nest.Connect(device, population, syn_spec=to())
        nest.Connect(device, populations[1], syn_spec={"weight": 60.0})
    meters = [watch(populations[0]), watch(populations[2])]
    excited = nest.Create("spike_recorder")
    nest.Connect(populations[1], excited)
    nest.Simulate(61.0)
    for meter, population in zip(meters, (populations[0], populations[2]), strict=True):
        arrived = seen(meter, population)[11:]
        assert close(arrived, 0.8, arrived.size)
    assert len(excited.events["times"]) > 0


# --- networks ------------------------------------------------------------------------------------------


def network(threads: int = 1, devices: str = "fused", model: str = NEURON, synapse: str = STATIC) -> Any:
    reset(threads=threads)
    nest.jit.devices = devices
    cells = nest.Create(model, 130, {"V_m": -65.0})
    noise = generator(9000.0)
    weight = {"weight": 32.0, "delay": 1.5}
    nest.Connect(noise, cells, syn_spec=weight)
    pre, post = np.random.default_rng(8).integers(1, 131, (2, 1500))  # the same for any number of threads
    spec = {"synapse_model": synapse, "weight": np.full(1500, -50.3), "delay": np.full(1500, 1.5)}
    nest.Connect(pre + ids(cells)[0] - 1, post + ids(cells)[0] - 1, "one_to_one", spec)
    recorder, meter = record_spikes(cells), record(cells[::7])
    nest.Simulate(150.0)
    return spikes(recorder, cells), trace(meter, cells[::7])


def test_networks_do_not_depend_on_threads() -> None:
    """To the last bit: neurons sum what they get in an order that is always the same."""
    expected = network()
    assert len(expected[0]) > 300
    for threads in (2, 4):
        found = network(threads)
        assert found[0] == expected[0]
        assert np.array_equal(found[1], expected[1])


def test_nests_own_streams() -> None:
    """With `devices = "nest"` our neurons get the very spikes that NEST's built-in model gets."""
    ours, theirs = network(devices="nest"), network(model="iaf_psc_exp", synapse="static_synapse")
    assert len(ours[0]) > 300
    assert ours[0] == theirs[0]


def test_firing_rate_is_that_with_nests_streams() -> None:
    rates = [len(network(devices=devices)[0]) for devices in ("fused", "nest")]
    assert abs(rates[0] - rates[1]) < 0.1 * sum(rates) / 2.0


def test_the_setting_is_checked() -> None:
    assert nest.jit.devices == "fused"
    with pytest.raises(OptionError, match='"fused" or "nest"'):
        nest.jit.devices = "ours"
    assert nest.jit.devices == "fused"
    assert MODEL in nest.node_models or ids(neurons(1)).size == 1
