"""Variables of whole populations as arrays: reading, setting, looking without copying."""

from __future__ import annotations

import gc
import time
from typing import Any

import numpy as np
import pytest

import nestml_jit as nest

MODEL = "iaf_psc_exp_neuron"


def setup(threads: int = 1, size: int = 150) -> tuple[Any, Any]:
    nest.ResetKernel()
    nest.local_num_threads = threads
    neurons = nest.Create(MODEL, size)
    return neurons, nest.jit.columns(neurons)


@pytest.mark.parametrize("threads", [1, 3])
def test_reading_and_setting(threads: int) -> None:
    neurons, columns = setup(threads)
    values = np.linspace(-70.0, -56.0, len(neurons))
    columns["V_m"] = values
    columns["tau_m"] = 12.0
    columns["C_m"][10:20] = 300.0
    assert np.array_equal(neurons.V_m, values)
    assert set(neurons.tau_m) == {12.0}
    assert [item == 300.0 for item in neurons.C_m] == [10 <= i < 20 for i in range(len(neurons))]
    assert np.array_equal(columns["V_m"][...], values)
    assert np.array_equal(np.asarray(columns["V_m"]), values)
    assert columns["V_m"][3] == values[3]
    assert columns["tau_m"].unit == "ms"
    assert columns["unit_psc"][0] == 1.0
    for part in (slice(100, 150), slice(0, 150, 7), slice(3, 4)):
        assert np.array_equal(nest.jit.columns(neurons[part])["V_m"][...], values[part])


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_set_counts_in_a_simulation(threads: int) -> None:
    """Propagators follow parameters, also those that were set between simulations."""
    traces = []
    for use_columns in (True, False):
        neurons, columns = setup(threads)
        current, tau = np.linspace(0.0, 300.0, 150), np.linspace(5.0, 20.0, 150)
        for factor in (1.0, 2.0):
            if use_columns:
                columns["I_e"], columns["tau_m"] = factor * current, factor * tau
            else:
                neurons.I_e, neurons.tau_m = factor * current, factor * tau
            nest.Simulate(10.0)
        traces.append(np.array(neurons.V_m))
    assert np.ptp(traces[0]) > 1.0
    assert np.array_equal(*traces)


def test_all_or_nothing() -> None:
    neurons, columns = setup()
    values = np.full(150, 7.0)
    values[149] = -1.0
    for wrong in (values, -1.0):
        with pytest.raises(nest.NESTErrors.BadProperty, match="tau_m > 0"):
            columns["tau_m"] = wrong
    assert set(neurons.tau_m) == {10.0}
    with pytest.raises(nest.NESTErrors.BadProperty, match="cannot be set"):
        columns["unit_psc"] = 2.0
    with pytest.raises(ValueError, match="150 values are needed"):
        columns["tau_m"] = np.ones(3)


def test_guards_that_read_other_variables() -> None:
    nest.ResetKernel()
    neurons = nest.Create("iaf_psc_exp_htum_neuron", 2)
    neurons[0].t_ref_tot = 5.0
    with pytest.raises(nest.NESTErrors.BadProperty, match="t_ref_tot >= t_ref_abs"):
        nest.jit.columns(neurons)["t_ref_abs"] = 4.0  # that is fine for the first one
    assert list(neurons.t_ref_abs) == [2.0, 2.0]
    neurons[1].t_ref_tot = 4.0
    nest.jit.columns(neurons)["t_ref_abs"] = 4.0
    assert list(neurons.t_ref_abs) == [4.0, 4.0]


@pytest.mark.parametrize("threads", [1, 2])
def test_views_follow_the_neurons(threads: int) -> None:
    neurons, columns = setup(threads)
    columns["I_e"] = np.linspace(0.0, 300.0, 150)
    views = columns["V_m"].views()
    assert len(views) == threads
    more = nest.Create(MODEL, 100)
    for _ in range(2):
        nest.Simulate(5.0)
        for part, values in views:
            assert np.array_equal(values, columns["V_m"][part])
            assert not values.flags.writeable
    assert np.ptp(columns["V_m"][...]) > 1.0
    everybody = nest.jit.columns(neurons + more)["V_m"]
    assert sum(len(everybody[part]) for part, _ in everybody.views()) == 250
    for part, values in everybody.views():
        assert np.array_equal(values, everybody[part])
    assert np.shares_memory(everybody.views()[0][1], views[0][1])


def test_views_of_parameters_that_are_set() -> None:
    neurons, columns = setup()
    [(part, values)] = columns["tau_m"].views()
    nest.Simulate(1.0)
    columns["tau_m"] = 20.0
    assert part == slice(0, 150, 1)
    assert set(values) == {20.0}
    columns["V_m"] = -60.0
    nest.Simulate(1.0)
    assert neurons.V_m[0] == pytest.approx(-70.0 + 10.0 * np.exp(-1.0 / 20.0), abs=1e-12)


def test_after_a_reset() -> None:
    """Views keep their memory; columns say what happened."""
    _, columns = setup()
    columns["V_m"] = -60.0
    [(_, values)] = columns["V_m"].views()
    nest.ResetKernel()
    nest.Create(MODEL, 150)
    column = columns["V_m"]
    with pytest.raises(nest.NESTErrors.KernelException, match="reset"):
        column[...]
    with pytest.raises(nest.NESTErrors.KernelException, match="reset"):
        column[0] = 1.0
    with pytest.raises(nest.NESTErrors.KernelException, match="reset"):
        column.views()
    del columns, column
    gc.collect()
    assert set(values) == {-60.0}


def test_other_nodes_are_refused() -> None:
    nest.ResetKernel()
    ours, other = nest.Create(MODEL), nest.Create("iaf_psc_alpha_neuron")
    with pytest.raises(nest.NESTErrors.KernelException, match="several models"):
        nest.jit.columns(ours + other)
    with pytest.raises(nest.NESTErrors.KernelException, match="no neuron of a NESTML model"):
        nest.jit.columns(nest.Create("iaf_psc_exp"))
    with pytest.raises(KeyError):
        nest.jit.columns(ours)["nothing"]


VECTORS = """
model vector_synapse:
    state:
        m[3] real = 1
        n integer = 2
    parameters:
        w real = 1
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        m[1] += 1
        n += 1
        emit_spike(w)
"""


def test_connections_in_the_order_of_the_collection() -> None:
    neurons, _ = setup(threads=2, size=3)
    (model,) = nest.jit.define(VECTORS)
    source = nest.Create("parrot_neuron", 2)
    nest.Connect(nest.Create("spike_generator", params={"spike_times": [1.0]}), source)
    weights = np.arange(6.0).reshape(3, 2)
    nest.Connect(source, neurons, syn_spec={"synapse_model": model, "weight": weights, "delay": 2.0})
    nest.Simulate(4.0)
    found = nest.GetConnections(source, neurons)[::-1]
    for at in (None, "now"):
        columns = nest.jit.columns(found, at=at)
        assert columns["w"].tolist() == found.w
        assert columns["weight"].tolist() == found.w
        assert columns["delay"].tolist() == [2.0] * 6
        assert columns["m"].tolist() == [[1.0, 2.0, 1.0]] * 6
        assert columns["n"].tolist() == [3] * 6
        assert columns["n"].dtype == np.int64
    assert nest.jit.columns(found[:1])["m"].shape == (1, 3)
    for column in columns.values():
        with pytest.raises(ValueError, match="read-only"):
            column[...] = 7  # which would set nothing


def test_connections_that_have_no_columns() -> None:
    neurons, _ = setup(size=2)
    nest.Connect(neurons, neurons, syn_spec={"synapse_model": "static_synapse_nestml"})
    with pytest.raises(ValueError, match="then"):
        nest.jit.columns(nest.GetConnections(), at="then")
    with pytest.raises(TypeError, match="at"):
        nest.jit.columns(neurons, at="now")
    with pytest.raises(nest.NESTErrors.KernelException, match="none"):
        nest.jit.columns(nest.SynapseCollection(None))
    nest.Connect(neurons, neurons)
    with pytest.raises(nest.NESTErrors.KernelException, match="static_synapse, static_synapse_nestml"):
        nest.jit.columns(nest.GetConnections())
    with pytest.raises(nest.NESTErrors.KernelException, match="not of static_synapse"):
        nest.jit.columns(nest.GetConnections(synapse_model="static_synapse"))


def test_a_hundred_thousand_values_take_milliseconds() -> None:
    """A bound that `set()`, at a microsecond and more per neuron, is far above."""
    _, columns = setup(size=100_000)
    values = np.linspace(-70.0, -56.0, 100_000)
    taken = []
    for _ in range(3):
        begin = time.process_time()
        columns["V_m"] = values
        taken.append(time.process_time() - begin)
    assert min(taken) < 0.02
