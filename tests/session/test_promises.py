"""Where a variable of a synapse is kept must not be visible; what NEST's plasticity needs is there."""

from __future__ import annotations

import pytest

from tests.numerics.network import (
    NEURON,
    STDP,
    generators,
    nest,
    parrots,
    record,
    record_spikes,
    spikes,
    trains,
    weights,
)
from tests.numerics.reference import stdp, trace_at

TRACE, TAU = f"post_trace__for_{STDP}", f"tau_tr_post__for_{STDP}"


def plastic_pair() -> tuple[object, object, object]:
    """Return a connection between neurons that spike at given times, and a recorder of both."""
    pre, post = parrots(trains(1, 80.0, 300.0)), nest.Create(NEURON)
    nest.Connect(generators(trains(1, 80.0, 300.0, seed=4)), post, syn_spec={"weight": 20000.0, "delay": 1.0})
    nest.Connect(pre, post, syn_spec={"synapse_model": STDP, "weight": 40.0, "lambda": 0.05})
    return pre, post, record_spikes(pre + post)


def test_a_moved_state_is_read_from_the_connection() -> None:
    """Where a variable is kept must not be visible."""
    pre, post, recorder = plastic_pair()
    nest.Simulate(300.0)
    times = [time for time, index in spikes(recorder, pre + post) if index == 1]
    last = max(time for time, index in spikes(recorder, pre + post) if index == 0)
    expected = trace_at(last - 1.0, times, 20.0, inclusive=True)
    assert nest.GetConnections(pre, post, STDP).post_trace == pytest.approx(expected, rel=1e-9)


def test_a_moved_state_is_set_on_all_connections() -> None:
    pre, post, recorder = plastic_pair()
    nest.GetConnections(pre, post, STDP).post_trace = 3.0
    nest.Simulate(300.0)
    found = spikes(recorder, pre + post)
    sides = [[time for time, index in found if index == side] for side in (0, 1)]
    expected = stdp(40.0, 1.0, *sides, start=3.0, **{"lambda": 0.05})
    assert weights(pre, post, STDP)[0, 0, 0] == pytest.approx(expected, rel=1e-10)


def test_a_trace_that_connections_keep_cannot_be_read_from_the_neuron() -> None:
    """Its value would be that of none of them."""
    pre, post, _recorder = plastic_pair()
    assert TRACE in post.get()
    nest.Connect(pre, nest.Create(NEURON), syn_spec={"synapse_model": STDP, "tau_tr_post": 5.0})
    assert TRACE not in post.get()
    with pytest.raises(nest.NESTErrors.IllegalConnection, match=TRACE):
        record(post, [TRACE])
    with pytest.raises(nest.NESTErrors.UnaccessedDictionaryEntry):
        post.set({TAU: 30.0})


def test_guards_of_moved_parameters() -> None:
    _pre, post, _recorder = plastic_pair()
    with pytest.raises(nest.NESTErrors.BadProperty, match="tau_tr_post > 0 ms"):
        post.set({TAU: -1.0})


def test_parameters_of_nests_plasticity_are_given_as_a_list() -> None:
    neurons = nest.Create(NEURON, 3)
    neurons.tau_minus = [15.0, 20.0, 25.0]
    assert neurons.tau_minus == (15.0, 20.0, 25.0)


def test_parameters_of_nests_plasticity_have_defaults() -> None:
    nest.SetDefaults(NEURON, {"tau_minus": 15.0})
    assert nest.Create(NEURON).tau_minus == 15.0
