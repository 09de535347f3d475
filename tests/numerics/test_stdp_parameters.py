"""What NEST's `stdp_synapse` cannot do: compared with a plain-Python reference, connection by connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    ALPHA,
    NEURON,
    STDP,
    assert_same_weights,
    generators,
    nest,
    record,
    record_spikes,
    reset,
    spikes,
    times,
    trace,
    trains,
    weights,
)
from tests.numerics.reference import stdp, trace_at

PRE, POST = 5, 4
TRACE = f"post_trace__for_{STDP}"
TAU = f"tau_tr_post__for_{STDP}"


class Network:
    """Neurons that spike at known times on both sides; the plastic weights hardly matter for them."""

    def __init__(self, duration: float = 400.0, model: str = NEURON, grid: float = 1.0) -> None:
        self.pre = nest.Create("parrot_neuron", PRE)
        self.post = nest.Create(model, POST, params={"refr_T": 0.5})
        sources = generators(trains(PRE, 60.0, duration, seed=11, grid=grid))
        nest.Connect(sources, self.pre, "one_to_one", {"delay": 1.0})
        self.force(trains(POST, 60.0, duration, seed=12, grid=grid))
        self.recorders = [record_spikes(self.pre), record_spikes(self.post)]

    def force(self, spike_times: Any) -> None:
        spec = {"synapse_model": "static_synapse", "weight": 20000.0, "delay": 1.0}
        nest.Connect(generators(spike_times), self.post, "one_to_one", spec)

    def plastic(self, spec: Mapping[str, Any], synapse: str = STDP) -> None:
        nest.Connect(self.pre, self.post, "all_to_all", {"synapse_model": synapse, **spec})

    def spike_times(self) -> tuple[list[list[float]], list[list[float]]]:
        """Return the spike times of each neuron of both sides."""
        sides = []
        for recorder, nodes in zip(self.recorders, (self.pre, self.post), strict=True):
            found = spikes(recorder, nodes)
            sides.append([[time for time, index in found if index == i] for i in range(len(nodes))])
        return sides[0], sides[1]

    def check(self, spec: Mapping[str, Any], synapse: str = STDP, **per_neuron: Any) -> None:
        """Compare with the reference; `per_neuron` holds arguments that each neuron has its own of."""
        pre, post = self.spike_times()
        assert min(map(len, post)) > 8
        given = {"weight": 1.0, "delay": 1.0, **spec}
        expected = {}
        for i in range(POST):
            own = {name: values[i] for name, values in per_neuron.items()}
            for j in range(PRE):
                row = {k: v[i][j] if isinstance(v, np.ndarray) else v for k, v in given.items()}
                expected[j, i, 0] = stdp(pre=pre[j], post=post[i], **row, **own)
        found = weights(self.pre, self.post, synapse)
        assert len({round(value, 9) for value in found.values()}) > PRE
        assert_same_weights(found, expected)


def spread(low: float, high: float) -> np.ndarray:
    values = np.linspace(low, high, PRE * POST)
    return np.random.default_rng(1).permutation(values).reshape(POST, PRE)


ARRAYS = {
    "weight": spread(10.0, 60.0),
    "delay": spread(1.0, 6.0).round(),
    "lambda": spread(0.001, 0.1),
    "alpha": spread(0.5, 1.5),
    "tau_tr_pre": spread(5.0, 50.0),
    "tau_tr_post": spread(5.0, 50.0),
    "Wmax": spread(70.0, 150.0),
    "mu_plus": spread(0.0, 1.5),
    "mu_minus": spread(0.0, 1.5),
}


@pytest.mark.parametrize("name", [*ARRAYS, "all"])
def test_a_value_for_every_connection(name: str) -> None:
    arrays = ARRAYS if name == "all" else {name: ARRAYS[name]}
    spec = {"weight": 40.0, "delay": 1.0, "lambda": 0.05, **arrays}
    network = Network()
    network.plastic(spec)
    nest.Simulate(400.0)
    network.check(spec)


@pytest.mark.parametrize("name", ["lambda", "tau_tr_post", "tau_tr_pre", "Wmax"])
def test_a_value_set_on_connections(name: str) -> None:
    """Setting one afterwards is the same as giving an array."""
    network = Network()
    network.plastic({"weight": 40.0, "lambda": 0.05})
    values = np.full((POST, PRE), nest.GetDefaults(STDP, name) if name != "lambda" else 0.05)
    values[2, 3] *= 0.5
    nest.GetConnections(network.pre[3], network.post[2], STDP).set({name: float(values[2, 3])})
    nest.Simulate(400.0)
    network.check({"weight": 40.0, "lambda": 0.05, name: values})


@pytest.mark.parametrize("name", ["tau_tr_post", "tau_tr_pre", "lambda"])
def test_a_value_set_on_all_connections(name: str) -> None:
    network = Network()
    network.plastic({"weight": 40.0, "lambda": 0.05})
    value = {"tau_tr_post": 7.0, "tau_tr_pre": 8.0, "lambda": 0.02}[name]
    nest.GetConnections(network.pre, network.post, STDP).set({name: value})
    nest.Simulate(400.0)
    network.check({"weight": 40.0, "lambda": 0.05, name: value})


@pytest.mark.parametrize("threads", [1, 2])
def test_spikes_that_meet_where_the_trace_stays_in_the_synapse(threads: int) -> None:
    """A trace that is not moved must leave the spike of this very moment out, as a moved one does."""
    reset(1.0, threads)
    network = Network()
    spec = {"weight": 40.0, "lambda": 0.05, "tau_tr_post": ARRAYS["tau_tr_post"], "delay": 2.0}
    network.plastic(spec)
    nest.Simulate(400.0)
    pre, post = network.spike_times()
    assert sum(time + 2.0 in sent for row in post for time in row for sent in pre) > 10
    network.check(spec)


@pytest.mark.parametrize("threads", [1, 2])
def test_several_copies_onto_one_population(threads: int) -> None:
    reset(threads=threads)
    copies = {
        STDP: {},
        "slow": {"tau_tr_post": 60.0, "tau_tr_pre": 40.0, "lambda": 0.03},
        "steep": {"mu_plus": 0.5, "Wmax": 80.0, "lambda": 0.05, "weight": 30.0, "delay": 2.0},
        "uneven": {"lambda": 0.02, "tau_tr_post": 10.0},
    }
    network = Network()
    for name, defaults in copies.items():
        if name != STDP:
            nest.CopyModel(STDP, name, defaults)
    own = {"uneven": {"tau_tr_post": ARRAYS["tau_tr_post"], "weight": 50.0}}
    for name in copies:
        network.plastic(own.get(name, {}), name)
    nest.Simulate(400.0)
    for name, defaults in copies.items():
        network.check({**defaults, **own.get(name, {})}, name)
    columns = {f"post_trace__for_{name}" for name in copies} - {"post_trace__for_uneven"}
    assert columns <= set(network.post[0].get())


def test_two_neuron_models() -> None:
    networks = [Network(model=model) for model in (NEURON, ALPHA)]
    spec = {"weight": 40.0, "lambda": 0.05, "tau_tr_post": 30.0}
    for network in networks:
        network.plastic(spec)
    nest.Simulate(400.0)
    networks[0].check(spec)
    networks[1].check(spec)


@pytest.mark.parametrize("spec", [{"delay": 1.0}, {"delay": ARRAYS["delay"], "lambda": ARRAYS["lambda"]}])
def test_moving_a_variable_to_the_neuron_is_not_visible(spec: Mapping[str, Any]) -> None:
    found, kernels = [], set()
    try:
        for move in (True, False):
            reset(1.0)
            network = Network()
            nest.jit.configure(NEURON, move=move)
            network.plastic({"weight": 40.0, "lambda": 0.05, **spec})
            nest.Simulate(250.0)
            nest.Simulate(150.0)
            network.check({"weight": 40.0, "lambda": 0.05, **spec})
            found.append(weights(network.pre, network.post, STDP))
            kernels.add(nest.jit.report().kernels[NEURON])
    finally:
        nest.jit.configure(NEURON, move=True)
    assert_same_weights(*found, 1e-13)
    assert len(kernels) == 2


# --- moved variables ---------------------------------------------------------------------------------


def test_a_moved_trace_is_right_at_every_ms() -> None:
    network = Network()
    network.plastic({"weight": 40.0, "delay": 3.0, "tau_tr_post": 12.0})
    assert TRACE in network.post[0].get("recordables")
    assert network.post.get(TAU) == (12.0,) * POST
    fine, coarse = record(network.post, [TRACE, "V_m"], 0.1), record(network.post, [TRACE], 1.0)
    nest.Simulate(200.0)
    nest.Simulate(200.0)
    _pre, post = network.spike_times()
    for meter in (fine, coarse):
        found = trace(meter, network.post, TRACE)
        expected = [[trace_at(t, row, 12.0, inclusive=True) for row in post] for t in times(meter)]
        assert np.abs(found - expected).max() <= 1e-12
        assert found.max() > 1.0
    # Reading a trace, or looking at it, does not disturb it.
    now = [trace_at(400.0, row, 12.0, inclusive=True) for row in post]
    assert np.abs(np.array(network.post.get(TRACE)) - now).max() <= 1e-12


def test_watching_a_trace_changes_nothing() -> None:
    results = []
    for watched in (False, True):
        reset()
        network = Network()
        network.plastic({"weight": 40.0, "delay": 3.0})
        if watched:
            record(network.post, [TRACE], 0.1)
        for _ in range(8):
            nest.Simulate(50.0)
            if watched:
                network.post.get()
        results.append(weights(network.pre, network.post, STDP))
    assert results[0] == results[1]


def test_a_moved_trace_can_be_set() -> None:
    network = Network()
    network.plastic({"weight": 40.0, "delay": 1.0, "lambda": 0.05})
    start = [0.0, 1.0, 2.5, 5.0]
    network.post.set({TRACE: start})
    assert network.post.get(TRACE) == tuple(start)
    meter = record(network.post, [TRACE], 1.0)
    nest.Simulate(400.0)
    _pre, post = network.spike_times()
    expected = [
        [trace_at(t, row, 20.0, inclusive=True, start=s) for row, s in zip(post, start, strict=True)]
        for t in times(meter)
    ]
    assert np.abs(trace(meter, network.post, TRACE) - expected).max() <= 1e-12
    network.check({"weight": 40.0, "lambda": 0.05}, start=start)


def test_a_time_constant_of_some_neurons() -> None:
    network = Network()
    network.plastic({"weight": 40.0, "lambda": 0.05})
    network.post[1].set({TAU: 5.0})
    network.post[3].set({TAU: 80.0})
    meter = record(network.post, [TRACE], 1.0)
    nest.Simulate(400.0)
    taus = [20.0, 5.0, 20.0, 80.0]
    assert network.post.get(TAU) == tuple(taus)
    _pre, post = network.spike_times()
    expected = [
        [trace_at(t, row, tau, inclusive=True) for row, tau in zip(post, taus, strict=True)]
        for t in times(meter)
    ]
    assert np.abs(trace(meter, network.post, TRACE) - expected).max() <= 1e-12
    network.check({"weight": 40.0, "lambda": 0.05}, tau_tr_post=taus)


def test_a_time_constant_is_changed_between_two_simulations() -> None:
    """From its last spike on a trace decays with the new time constant, as in a synapse between events."""
    network = Network()
    network.plastic({"weight": 40.0, "lambda": 0.05})
    nest.Simulate(200.0)
    network.post.set({TAU: 50.0})
    meter = record(network.post, [TRACE], 1.0)
    nest.Simulate(200.0)
    _pre, post = network.spike_times()
    for column, row in enumerate(post):
        last = max(time for time in row if time <= 200.0)
        start = trace_at(last, row, 20.0, inclusive=True)
        late = [time - last for time in row if time > 200.0]
        expected = [trace_at(t - last, late, 50.0, inclusive=True, start=start) for t in times(meter)]
        assert np.abs(trace(meter, network.post, TRACE)[:, column] - expected).max() <= 1e-12
