"""Currents that blocks take from NEST's generators: the same, to the last bit, as by NEST's own events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.generators.arrivals import (
    FIRST,
    SECOND,
    fused_connections,
    neurons,
    seen,
    to,
    watch_currents,
)
from tests.numerics.network import NEURON, STATIC, nest, record, reset, trace

DC: dict[str, Any] = {"amplitude": 0.1}
AC = {"amplitude": 7.3, "offset": 0.3, "frequency": 71.0, "phase": 31.0}
STEPS = {"amplitude_times": [0.4, 1.1, 5.0, 9.5, 14.2], "amplitude_values": [0.7, -1.3, 0.1, 2.9, 1e-3]}

KINDS = {"dc_generator": DC, "ac_generator": AC, "step_current_generator": STEPS}


def current(weight: Any = 1.0, delay: Any = 1.0, port: int = FIRST, model: str = "static_synapse") -> dict:
    return to(weight, delay, port, model)


def of_both(arrivals: Callable[[], Any], connections: int, threads: int = 1) -> Any:
    """Return what has arrived, after comparing it with what arrives by NEST's own events."""
    found = []
    for devices in ("fused", "nest"):
        reset(threads=threads)
        nest.jit.devices = devices
        found.append([np.asarray(part) for part in arrivals()])
        assert fused_connections() == (connections if devices == "fused" else 0)
    for ours, theirs in zip(*found, strict=True):
        assert np.array_equal(ours, theirs)
        assert np.any(ours)
    return found[0]


def currents(meter: Any, nodes: Any) -> list[np.ndarray]:
    return [seen(meter, nodes, "first"), seen(meter, nodes, "second")]


# --- when, and how much ----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", KINDS)
@pytest.mark.parametrize(
    ("times", "delay"),
    [
        ({}, 0.7),
        ({"start": 3.0}, 0.1),
        ({"start": 2.0, "stop": 9.0, "origin": 4.3}, 2.5),
        ({"start": 3.1, "stop": 3.3}, 0.7),
    ],
)
def test_when_it_is_on(model: str, times: dict[str, float], delay: float) -> None:
    def arrivals() -> Any:
        targets = neurons(3)
        device = nest.Create(model, params=KINDS[model] | times)
        nest.Connect(device, targets, syn_spec=current(delay=delay))
        nest.Connect(targets, targets, syn_spec=to(delay=0.7))
        meter = watch_currents(targets)
        for duration in (1.3, 2.0, 9.4, 6.1):
            nest.Simulate(duration)
        return [seen(meter, targets, "first")]

    of_both(arrivals, 3)


def test_each_connection_has_its_weight_delay_and_port() -> None:
    """Many to many, several connections to a target, two ports: sums of many terms, each of them rounded."""
    random = np.random.default_rng(4)

    def arrivals() -> Any:
        nonlocal random
        random = np.random.default_rng(4)
        targets = neurons(90)
        for number in range(9):
            model = list(KINDS)[number % 3]
            device = nest.Create(model, params=KINDS[model])
            for port in (FIRST, SECOND, FIRST):
                weight, delay = random.normal(size=(90, 1)), 0.1 * random.integers(1, 25, (90, 1))
                nest.Connect(device, targets, "all_to_all", current(weight, delay, port))
        meter = watch_currents(targets)
        nest.Simulate(30.0)
        return currents(meter, targets)

    of_both(arrivals, 9 * 3 * 90)


def test_uniform_weights_and_some_of_the_neurons() -> None:
    def arrivals() -> Any:
        targets = neurons(200)
        device = nest.Create("ac_generator", params=AC)
        nest.Connect(device, targets[10:150], syn_spec=current(0.3, 1.5))
        nest.Connect(device, targets[::3], syn_spec=current(-0.7, 1.5, SECOND))
        meter = watch_currents(targets)
        nest.Simulate(20.0)
        return currents(meter, targets)

    of_both(arrivals, 140 + 67)


# --- runs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prepared", [False, True])
def test_what_is_set_between_runs(prepared: bool) -> None:
    """Amplitudes, times, weights, delays and connections; what is on its way stays."""

    def arrivals() -> Any:
        targets = neurons(5)
        devices = [nest.Create(model, params=params) for model, params in KINDS.items()]
        for device in devices:
            nest.Connect(device, targets, syn_spec=current(2.0, 1.2))
        nest.Connect(targets, targets, syn_spec=to(delay=0.3))
        meter = watch_currents(targets)
        changes: list[Callable[[], object]] = [
            lambda: None,
            lambda: devices[0].set(amplitude=3.0),
            lambda: devices[1].set(frequency=13.0, offset=2.0),
            lambda: devices[2].set(amplitude_times=[11.0, 11.5], amplitude_values=[5.0, 6.0]),
            lambda: devices[0].set(frozen=True),
            lambda: setattr(nest.GetConnections(devices[1]), "weight", [1.0, 2.0, 3.0, -4.0, 0.1]),
            lambda: setattr(nest.GetConnections(devices[2]), "weight", 0.3),
        ]
        if not prepared:
            changes += [
                lambda: setattr(nest.GetConnections(devices[2]), "delay", 0.4),
                lambda: nest.Connect(devices[0], targets[:2], syn_spec=current(9.0, 0.5, SECOND)),
                lambda: devices[0].set(frozen=False),
            ]
        if prepared:
            nest.Prepare()
        for change in changes:
            change()
            (nest.Run if prepared else nest.Simulate)(2.5)
        if prepared:
            nest.Cleanup()
        return [seen(meter, targets, "first")]

    of_both(arrivals, 15 if prepared else 17)


def test_dividing_a_simulation_changes_nothing() -> None:
    """Except for NEST's own sine, which begins anew in each `Simulate`, but for rounding."""

    def arrivals(durations: list[float]) -> np.ndarray:
        reset()
        targets = neurons(3)
        for model in ("dc_generator", "step_current_generator"):
            nest.Connect(nest.Create(model, params=KINDS[model]), targets, syn_spec=current(0.7, 1.1))
        meter = watch_currents(targets)
        for duration in durations:
            nest.Simulate(duration)
        return seen(meter, targets, "first")

    assert np.array_equal(arrivals([17.0]), arrivals([0.7, 3.2, 0.1, 0.1, 8.4, 4.5]))


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_do_not_matter(threads: int) -> None:
    def arrivals() -> Any:
        targets = neurons(70)
        for model, params in KINDS.items():
            nest.Connect(nest.Create(model, params=params), targets, syn_spec=current(0.7, 1.1))
        meter = watch_currents(targets)
        nest.Simulate(20.0)
        return [seen(meter, targets, "first")]

    assert np.array_equal(of_both(arrivals, 210, threads), of_both(arrivals, 210))


# --- who else is connected -----------------------------------------------------------------------------


@pytest.mark.parametrize("model", KINDS)
def test_recorded_currents(model: str) -> None:
    def arrivals() -> Any:
        targets, device = neurons(3), nest.Create(model, params=KINDS[model] | {"start": 2.0, "stop": 15.0})
        nest.Connect(device, targets, syn_spec=current(0.1))
        meter = nest.Create("multimeter", params={"record_from": ["I"], "interval": 0.1})
        nest.Connect(meter, device)
        nest.Simulate(20.0)
        return [meter.events["I"]]

    of_both(arrivals, 3)


@pytest.mark.parametrize("synapse", ["static_synapse", "static_synapse_hom_w", STATIC])
@pytest.mark.parametrize("recorded", [False, True])
def test_other_targets(synapse: str, recorded: bool) -> None:
    """NEST's neurons among the targets get what they got, through any model; so does a weight_recorder."""

    def arrivals() -> Any:
        model = synapse
        if recorded:
            recorder = nest.Create("weight_recorder")
            nest.CopyModel(synapse, "recorded_synapse", {"weight_recorder": recorder})
            model = "recorded_synapse"
        targets, others = neurons(5), nest.Create("iaf_psc_exp", 3)
        device = nest.Create("ac_generator", params={**AC, "amplitude": 300.0})
        spec = current(model=model)
        if "hom_w" in synapse:
            spec.pop("weight")
        nest.Connect(device, targets[:2], syn_spec=spec)
        nest.Connect(device, others, syn_spec=spec | {"receptor_type": 0})
        nest.Connect(device, targets[2:], syn_spec=spec)
        meter, potentials = watch_currents(targets), record(others)
        nest.Simulate(20.0)
        shown = nest.GetConnections(device)
        assert len(shown) == 8
        weights = recorder.events["weights"] if recorded else []
        return [seen(meter, targets, "first"), trace(potentials, others), [*weights, 1.0]]

    of_both(arrivals, 5)


def test_neurons_of_the_library() -> None:
    """Potentials are those of NEST's model, and to the last bit those with NEST's events."""

    def potentials(model: str = NEURON) -> Any:
        cells = nest.Create(model, 70, {"V_m": np.linspace(-70.0, -60.0, 70)})
        for kind, params, weight in zip(KINDS, KINDS.values(), (4000.0, 70.0, 90.0), strict=True):
            nest.Connect(nest.Create(kind, params=params), cells, syn_spec={"weight": weight, "delay": 0.5})
        nest.Connect(cells, cells, {"rule": "fixed_indegree", "indegree": 3}, {"weight": 50.0, "delay": 0.5})
        meter = record(cells)
        nest.Simulate(60.0)
        return [trace(meter, cells)]

    ours = of_both(potentials, 210)[0]
    reset()
    theirs = potentials("iaf_psc_exp")[0]
    assert np.abs(ours - theirs).max() < 1e-9
    assert (ours == -70.0).any()  # after spikes


def test_disconnect_is_refused_as_ever() -> None:
    targets, device = neurons(2), nest.Create("dc_generator", params=DC)
    nest.Connect(device, targets, syn_spec=current())
    nest.Simulate(2.0)
    with pytest.raises(nest.NESTError):
        nest.Disconnect(device, targets, conn_spec="all_to_all")
    meter = watch_currents(targets)
    nest.Simulate(2.0)
    assert np.all(seen(meter, targets, "first")[1:] == 0.1)
