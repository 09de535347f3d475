"""State is kept when kernels are exchanged between two simulations, and forgotten with the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    ALPHA,
    NEURON,
    STATIC,
    STDP,
    assert_same_weights,
    generators,
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
from tests.session.sides import Names, assert_same, raised
from tests.session.texts import counting

TRACE = f"post_trace__for_{STDP}"


class Network:
    """Plastic input from neurons that spike at known times; the neurons spike before 250 and after 400 ms."""

    def __init__(self, threads: int = 1) -> None:
        reset(threads=threads)
        self.pre = parrots(trains(6, 60.0, 600.0))
        self.late = parrots([[time + 420.0 for time in row] for row in trains(3, 60.0, 180.0, seed=8)])
        self.post = nest.Create(NEURON, 4, params={"refr_T": 1.0})
        self.post.tau_m = [8.0, 9.0, 10.0, 11.0]
        driving = [[t for t in row if not 250.0 < t < 400.0] for row in trains(4, 50.0, 600.0, seed=4)]
        nest.Connect(generators(driving), self.post, "one_to_one", {"weight": 4000.0, "delay": 1.0})
        spec = {"synapse_model": STDP, "weight": 40.0, "delay": 1.5, "lambda": 0.05, "tau_tr_post": 5.0}
        nest.Connect(self.pre, self.post, syn_spec=spec)
        self.recorder, self.meter = record_spikes(self.post), record(self.post, ["V_m", "I_syn_exc", TRACE])

    def connect_late(self, synapse: str, weight: float = 40.0) -> None:
        nest.Connect(
            self.late, self.post, syn_spec={"synapse_model": synapse, "weight": weight, "delay": 1.0}
        )

    def assert_like(self, expected: tuple[Any, ...]) -> None:
        found_spikes, found, found_weights = self.result()
        their_spikes, theirs, their_weights = expected
        assert len(their_spikes) > 40
        assert found_spikes == their_spikes
        for name, values in theirs.items():
            assert np.abs(found[name] - values).max() <= 1e-12 * max(1.0, np.abs(values).max()), name
        assert_same_weights(found_weights, their_weights, 1e-13)

    def result(self) -> tuple[Any, ...]:
        recorded = {name: trace(self.meter, self.post, name) for name in ("V_m", "I_syn_exc", TRACE)}
        return spikes(self.recorder, self.post), recorded, weights(self.pre, self.post, STDP)


def define_other() -> str:
    return nest.jit.define(counting("counting_synapse"))[0]


def copy_of_stdp() -> str:
    nest.CopyModel(STDP, "stdp_copy", {"tau_tr_post": 5.0, "lambda": 0.05})
    return "stdp_copy"


def more_of_the_same() -> str:
    nest.SetDefaults(STDP, {"tau_tr_post": 5.0, "lambda": 0.05})
    return STDP


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("other", [define_other, copy_of_stdp, more_of_the_same])
def test_another_plastic_synapse_between_two_simulations(other: Callable[[], str], threads: int) -> None:
    """Connected after 390 ms, from sources that are silent until then, it might have been there always."""
    whole = Network(threads)
    name = other()
    whole.connect_late(name)
    nest.Simulate(600.0)
    expected, expected_late = whole.result(), weights(whole.late, whole.post, name)

    divided = Network(threads)
    nest.Simulate(390.0)
    before = (divided.post.get(), weights(divided.pre, divided.post, STDP))
    name = other()
    divided.connect_late(name)
    after = (divided.post.get(), weights(divided.pre, divided.post, STDP))
    assert after[1] == before[1]
    new = {f"post_trace__for_{name}", f"tau_{'tr_' if name == 'stdp_copy' else ''}post__for_{name}"}
    assert set(after[0]) - set(before[0]) == (new if name != STDP else set())
    assert all(
        after[0][key] == before[0][key] for key in before[0] if key not in ("recordables", "thread_local_id")
    )
    nest.Simulate(210.0)
    divided.assert_like(expected)
    late = weights(divided.late, divided.post, name)
    assert any(value != 40.0 for value in late.values())
    assert_same_weights(late, expected_late)
    assert nest.jit.report().fusions[NEURON] == tuple(sorted({STDP, name}))


@pytest.mark.parametrize(
    "disturb",
    [
        lambda network: network.connect_late(STATIC, 0.0),
        lambda network: network.connect_late("bernoulli_synapse", 0.0),
        lambda network: nest.Create(NEURON, 200),
        lambda network: nest.Create(ALPHA, 2),
        lambda network: nest.GetConnections(network.pre, network.post, STDP).get(),
        lambda network: nest.GetConnections(network.pre, network.post, STDP).set({"mu_plus": 1.0}),
        lambda network: nest.SetDefaults(STDP, {"lambda": 0.5, "tau_tr_post": 3.0}),
        lambda network: nest.SetDefaults(NEURON, {"tau_m": 3.0}),
        lambda network: network.post.set(network.post[0].get(["C_m", "V_th", "refr_T"])),
        lambda network: None,
    ],
    ids=[
        "static synapse", "NEST's synapse", "neurons", "other neurons", "get", "set to the same",
        "defaults of the synapse", "defaults of the neuron", "set of the neuron", "nothing",
    ],
)  # fmt: skip
def test_what_does_not_disturb_a_simulation(disturb: Callable[[Network], Any]) -> None:
    whole = Network()
    nest.Simulate(600.0)
    expected = whole.result()
    divided = Network()
    nest.Simulate(215.3)
    disturb(divided)
    nest.Simulate(384.7)
    divided.assert_like(expected)


@pytest.mark.parametrize(
    "name",
    [
        "tau_tr_post",
        "tau_tr_pre",
        "lambda",
        "Wmax",
        "mu_plus",
        "pre_trace",
        "delay",
        "w",
    ],
)
def test_one_connection_gets_a_value_of_its_own_later(name: str) -> None:
    """All others go on as before, also where a trace leaves the neuron for the synapses."""
    whole = Network()
    nest.Simulate(600.0)
    _spikes, _recorded, expected = whole.result()
    divided = Network()
    nest.Simulate(205.0)
    connection = nest.GetConnections(divided.pre[2], divided.post[1], STDP)
    connection.set({name: round(connection.get(name) * 0.5 + 0.25, 6)})
    nest.Simulate(395.0)
    found = weights(divided.pre, divided.post, STDP)
    assert found[2, 1, 0] != pytest.approx(expected[2, 1, 0], rel=1e-9)
    assert_same_weights(*(elsewhere(values) for values in (found, expected)), 1e-12)


def elsewhere(values: dict[tuple[int, int, int], float]) -> dict[tuple[int, int, int], float]:
    """Leave out the neuron whose input is another one."""
    return {key: value for key, value in values.items() if key[1] != 1}


def test_time_constants_become_unequal_and_equal_again() -> None:
    whole = Network()
    nest.Simulate(600.0)
    _spikes, _recorded, expected = whole.result()
    divided = Network()
    nest.Simulate(100.0)
    connection = nest.GetConnections(divided.pre[2], divided.post[1], STDP)
    connection.tau_tr_post = 6.0
    nest.Simulate(100.0)
    connection.tau_tr_post = 5.0
    nest.Simulate(400.0)
    found = weights(divided.pre, divided.post, STDP)
    assert_same_weights(*(elsewhere(values) for values in (found, expected)), 1e-12)


@pytest.mark.parametrize("threads", [1, 2])
def test_reset_kernel_in_between(threads: int) -> None:
    results = []
    for _ in range(2):
        network = Network(threads)
        nest.SetDefaults(NEURON, {"tau_m": 5.0})
        nest.CopyModel(STDP, "mine")
        nest.Simulate(300.0)
        results.append(network.result())
    reset()
    assert nest.GetDefaults(NEURON, "tau_m") == 10.0
    assert "mine" not in nest.synapse_models
    assert results[0][0] == results[1][0]
    assert results[0][2] == results[1][2]


def test_reset_kernel_after_an_unfinished_start() -> None:
    nest.Create(NEURON, 3)
    nest.ResetKernel()
    neurons = nest.Create(NEURON, 2)
    assert neurons.tolist() == [1, 2]
    nest.Prepare()
    nest.Run(5.0)
    nest.Cleanup()
    nest.ResetKernel()
    assert nest.network_size == 0
    nest.Simulate(5.0)


def test_parameters_that_are_set_between_two_runs() -> None:
    neurons = nest.Create("iaf_psc_exp") + nest.Create(NEURON)
    nest.Prepare()
    for current in (0.0, 100.0, 250.0):
        neurons.I_e = current
        nest.Run(5.0)
        assert neurons[1].V_m == pytest.approx(neurons[0].V_m, rel=1e-12)
    nest.Cleanup()
    assert neurons[1].V_m > -69.0


def test_the_number_of_threads_changes_after_models_were_used() -> None:
    nest.GetDefaults(NEURON)
    nest.GetDefaults(STDP)
    nest.local_num_threads = 2
    assert nest.GetDefaults(NEURON, "tau_m") == 10.0
    neurons = nest.Create(NEURON, 4, params={"I_e": 500.0})
    recorder = record_spikes(neurons)
    nest.Simulate(100.0)
    assert set(neurons.get("vp")) == {0, 1}
    assert {index for _time, index in spikes(recorder, neurons)} == {0, 1, 2, 3}


def test_the_resolution_changes_after_models_were_used() -> None:
    nest.GetDefaults(NEURON)
    nest.resolution = 0.5
    neuron, other = (
        nest.Create(NEURON, params={"I_e": 500.0}),
        nest.Create("iaf_psc_exp", params={"I_e": 500.0}),
    )
    meters = record(neuron), record(other)
    nest.Simulate(100.0)
    assert np.abs(trace(meters[0], neuron) - trace(meters[1], other)).max() <= 1e-9


READING_THE_RESOLUTION = """
model clocked_neuron:
    state:
        k integer = steps(3 ms)
        left ms = 2 * width
    parameters:
        width ms = 2 * resolution()
    internals:
        h ms = resolution()
    input:
        spikes <- spike
    output:
        spike
    update:
        left -= resolution()
        width_seen ms = width
        if left < 0.01 ms:
            emit_spike()
            left += width_seen
"""
WITH_A_WINDOW = """
model windowed_synapse:
    state:
        w real = window / 1 ms
    parameters:
        window ms = 3 * resolution()
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        emit_spike(w)
"""


@pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")
def test_defaults_that_read_the_resolution_follow_it() -> None:
    (neuron,), (synapse,) = nest.jit.define(READING_THE_RESOLUTION), nest.jit.define(WITH_A_WINDOW)
    assert nest.GetDefaults(neuron, "width") == 0.2
    assert nest.GetDefaults(synapse, "window") == pytest.approx(0.3)
    nest.resolution = 0.5
    nest.CopyModel(neuron, "copied")
    nest.CopyModel(synapse, "copied_synapse")
    for name in (neuron, "copied"):
        made = nest.Create(name)
        assert made.get(["width", "left", "k", "h"]) == {"width": 1.0, "left": 2.0, "k": 6, "h": 0.5}
        recorder = record_spikes(made)
        nest.Simulate(5.0)
        start = nest.biological_time - 5.0
        assert (recorder.events["times"] - start).tolist() == [2.0, 3.0, 4.0, 5.0]
    for name in (synapse, "copied_synapse"):
        nest.Connect(made, made, syn_spec={"synapse_model": name})
        assert nest.GetConnections(synapse_model=name).get(["window", "w"]) == {"window": 1.5, "w": 1.5}


@pytest.mark.parametrize("change", ["defaults", "copy", "node", "simulation"])
def test_the_resolution_can_be_changed_when_nest_allows_it(change: str) -> None:
    """Under the same conditions, with the same error, and with the same values afterwards."""

    def script(names: Names) -> Any:
        model, synapse = names["neuron"], names["plastic"]
        if change == "defaults":
            nest.SetDefaults(model, {"tau_m": 7.0})
            nest.SetDefaults(synapse, {"delay": 1.7})
        elif change == "copy":
            nest.CopyModel(model, "mine", {"C_m": 200.0})
        elif change == "node":
            nest.Create(model)
        else:
            nest.Simulate(1.0)
        found = raised(lambda: setattr(nest, "resolution", 0.5), lambda: nest.set(resolution=0.2))
        delay = round(nest.GetDefaults(synapse, "delay"), 9)
        return found, nest.resolution, nest.GetDefaults(model, "tau_m"), delay

    errors, resolution, _tau, _delay = assert_same(script)
    assert (resolution == 0.1) is all(errors)


def test_spikes_that_are_not_compressed() -> None:
    results = []
    for compressed in (True, False):
        reset(threads=2)
        nest.use_compressed_spikes = compressed
        nest.keep_source_table = True
        neurons = nest.Create(NEURON, 10, params={"I_e": 380.0})
        neurons.C_m = np.linspace(200.0, 300.0, 10).tolist()
        for synapse in (STATIC, STDP):
            nest.Connect(neurons, neurons, syn_spec={"synapse_model": synapse, "weight": 20.0, "delay": 1.2})
        recorder = record_spikes(neurons)
        nest.Simulate(200.0)
        results.append((spikes(recorder, neurons), weights(neurons, neurons, STDP)))
    assert len(results[0][0]) > 50
    assert results[0] == results[1]


def test_disconnect() -> None:
    """What is left behaves as if the rest had never been there."""

    def run(whole: bool) -> tuple[Any, ...]:
        reset()
        pre, post = parrots(trains(6, 60.0, 300.0)), nest.Create(NEURON, 3, params={"I_e": 400.0})
        rows = [(j, i) for j in range(6) for i in range(3) if whole or (j + i) % 2]
        for j, i in rows:
            for synapse in (STATIC, STDP):
                spec = {"synapse_model": synapse, "weight": 10.0 + j, "delay": 1.0 + i}
                nest.Connect(pre[j], post[i], "one_to_one", spec)
        if whole:
            for j in range(6):
                for i in range(3):
                    if (j + i) % 2 == 0:
                        nest.Disconnect(pre[j], post[i], syn_spec={"synapse_model": STATIC})
                        nest.Disconnect(nest.GetConnections(pre[j], post[i], STDP))
        assert len(nest.GetConnections(pre, post)) == 18
        recorder = record_spikes(post)
        nest.Simulate(300.0)
        return spikes(recorder, post), weights(pre, post, STDP), weights(pre, post, STATIC)

    expected = run(False)
    assert len(expected[0]) > 10
    assert run(True) == expected


def test_disconnect_between_two_simulations() -> None:
    network = Network()
    nest.Simulate(100.0)
    before = weights(network.pre, network.post, STDP)
    nest.Disconnect(nest.GetConnections(network.pre[:2], network.post, STDP))
    after = weights(network.pre, network.post, STDP)
    assert after == {key: value for key, value in before.items() if key[0] >= 2}
    nest.Simulate(100.0)
    found = weights(network.pre, network.post, STDP)
    assert found.keys() == after.keys()
    assert found != after
