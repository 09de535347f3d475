"""Connections that are made between two simulations: what a neuron's past means to them.

As with NEST's neurons a past begins when the first plastic synapse is connected to the neuron, and belongs to
the neuron: a connection that comes later finds the postsynaptic trace as it is, whoever keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    BUILT_IN,
    NEURON,
    STDP,
    assert_same_weights,
    generators,
    index_of,
    nest,
    parrots,
    record_spikes,
    reset,
    trains,
    weights,
)

FORCE = 20000.0


@pytest.fixture(autouse=True)
def delays_and_moving() -> Iterator[None]:
    nest.set(min_delay=1.0, max_delay=6.0)  # NEST takes no others after the first simulation
    yield
    nest.jit.configure(NEURON, move=True)


class Sides:
    """A population of ours and one of NEST's; early sources, and late ones, silent until 205 ms."""

    def __init__(self, threads: int, move: bool) -> None:
        reset(threads=threads)
        nest.set(min_delay=1.0, max_delay=6.0)
        nest.jit.configure(NEURON, move=move)
        self.early = parrots(trains(2, 60.0, 600.0))
        self.late = parrots([[time + 205.0 for time in row] for row in trains(3, 80.0, 390.0, seed=8)])
        force = generators(trains(3, 60.0, 600.0, seed=4))
        self.sides = []
        for model, synapse in ((NEURON, STDP), (BUILT_IN[NEURON], "stdp_synapse")):
            refractory = {"refr_T" if model == NEURON else "t_ref": 0.1}
            post = nest.Create(model, 3, params=refractory)
            nest.Connect(force, post, "one_to_one", {"weight": FORCE, "delay": 1.0})
            self.sides.append((post, synapse))

    def connect(self, sources: Any, some: slice, **spec: Any) -> None:
        for post, synapse in self.sides:
            nest.Connect(sources, post[some], syn_spec={"synapse_model": synapse, "weight": 40.0, **spec})

    def assert_same(self) -> None:
        made = [nodes for nodes in (self.early, self.late) if nest.GetConnections(nodes)]
        for sources in made:
            ours, theirs = (by_delay(sources, post, synapse) for post, synapse in self.sides)
            assert_same_weights(ours, theirs, 1e-10)
        assert len(theirs) >= 3
        assert 40.0 not in theirs.values()


def by_delay(sources: Any, post: Any, synapse: str) -> dict[tuple[int, int, float], float]:
    """Return weights by source, target and delay: the order of multapses is not NEST's."""
    found = nest.GetConnections(sources, post, synapse).get(["source", "target", "delay", "weight"])
    columns = found["source"], index_of(post, found["target"]), found["delay"]
    keys = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
    return dict(zip(keys, found["weight"], strict=True))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("move", [True, False])
@pytest.mark.parametrize("before", ["none", "all", "another neuron"])
def test_the_past_is_the_neurons(before: str, move: bool, threads: int) -> None:
    sides = Sides(threads, move)
    if before != "none":
        sides.connect(sides.early, slice(0, 3) if before == "all" else slice(0, 1), delay=2.0)
    nest.Simulate(205.0)
    for delay in (1.0, 5.0):
        sides.connect(sides.late, slice(0, 3), delay=delay)
    if before == "all":
        nest.GetConnections(sides.late)  # NEST sorts connections before it shows them
    nest.Simulate(150.0)
    sides.connect(sides.late[:1], slice(1, 2), delay=3.0)
    nest.Simulate(245.0)
    sides.assert_same()


@pytest.mark.parametrize("threads", [1, 2])
def test_connections_that_turn_out_to_differ(threads: int) -> None:
    """From then on connections keep the trace: the others, and those that come later, do not notice."""
    sides = Sides(threads, True)
    sides.connect(sides.early, slice(0, 3), delay=2.0, weight=5e-4, Wmax=1e-3)  # no spike depends on them
    nest.Simulate(100.0)
    odd = nest.GetConnections(sides.early[0], sides.sides[0][0][0], STDP)
    odd.tau_tr_post = 7.0
    nest.Simulate(105.0)
    sides.connect(sides.late, slice(0, 3), delay=2.0)
    nest.Simulate(395.0)
    ours, theirs = (weights(sides.late, post, synapse) for post, synapse in sides.sides)
    assert_same_weights(ours, theirs, 1e-10)
    early, builtin = (weights(sides.early, post, synapse) for post, synapse in sides.sides)
    assert abs(early.pop((0, 0, 0)) - builtin.pop((0, 0, 0))) > 1e-8
    assert_same_weights(early, builtin, 1e-10)


def trace_of(recorder: Any, tau: float, until: float) -> float:
    """Return what a trace is at a time that each of a neuron's spikes has increased by 1."""
    before = recorder.events["times"][recorder.events["times"] < until + 1e-6]
    return float(np.exp((before - until) / tau).sum())


@pytest.mark.parametrize("move", [True, False])
def test_what_is_given_counts(move: bool) -> None:
    """A trace that is given is not replaced by the neuron's; a time constant of its own counts."""
    sides = Sides(1, move)
    post, synapse = sides.sides[0]
    recorder = record_spikes(post[0])
    sides.connect(sides.early, slice(0, 3))
    nest.Simulate(205.0)
    spec = {"synapse_model": synapse, "weight": 40.0}
    nest.Connect(sides.late[:1], post[:1], syn_spec={**spec, "post_trace": 3.0})
    nest.Connect(sides.late[1:2], post[:1], syn_spec={**spec, "tau_tr_post": 7.0, "delay": 2.0})
    nest.Connect(sides.late[2:], post[:1], syn_spec=spec)
    found = nest.GetConnections(sides.late, post[:1], synapse)
    nest.Simulate(0.1)
    expected = [3.0, trace_of(recorder, 7.0, 203.0), trace_of(recorder, 20.0, 204.0)]
    assert min(expected) > 0.5
    assert found.get("post_trace") == pytest.approx(expected, rel=1e-12)


# --- synapse models that are new to a neuron ----------------------------------------------------------

TRIPLET = {
    "A2_plus": ("Aplus", 0.05),
    "A3_plus": ("Aplus_triplet", 0.2),
    "A2_minus": ("Aminus", 0.3),
    "A3_minus": ("Aminus_triplet", 0.1),
    "tau_x": ("tau_plus_triplet", 101.0),
    "tau_plus": ("tau_plus", 16.8),
    "tau_minus": ("", 20.0),  # what NEST's neurons have
    "tau_y": ("", 110.0),
}
INHIBITORY = {"eta": ("eta", 0.5), "alpha": ("alpha", 1.1)}
RULES = {
    "stdp": (STDP, "stdp_synapse", {}),
    "triplet": ("stdp_triplet_synapse_nestml", "stdp_triplet_synapse", TRIPLET),
    "inhibitory": ("vogels_sprekeler_synapse_nestml", "vogels_sprekeler_synapse", INHIBITORY),
}
"""Models of ours and of NEST's, with the names and values of their parameters."""


def copied(rule: str, number: int, **ours: float) -> tuple[str, str]:
    """Copy a rule under a name of its own, on both sides."""
    model, reference, parameters = RULES[rule]
    mine = {name: value for name, (_, value) in parameters.items()}
    theirs = {name: value for name, value in parameters.values() if name}
    names = f"{rule}_{number}", f"{rule}_{number}_reference"
    nest.CopyModel(model, names[0], {**mine, "Wmax": 60.0, **ours})
    nest.CopyModel(reference, names[1], {**theirs, "Wmax": 60.0})
    return names


def populations(model: str, count: int, until: float = 600.0, **params: float) -> list[Any]:
    """Return neurons of ours (or of NEST's) and of NEST's that spike at the same times."""
    force = generators(trains(count, 60.0, until, seed=4))
    made = []
    for name in (model, "iaf_psc_exp"):
        refractory = {"refr_T" if name == NEURON else "t_ref": 0.1}
        made.append(nest.Create(name, count, params={**refractory, **(params if name != NEURON else {})}))
        nest.Connect(force, made[-1], "one_to_one", {"weight": FORCE, "delay": 1.0})
    return made


def connect_both(sources: Any, sides: list[Any], models: tuple[str, str], **spec: Any) -> None:
    for post, model in zip(sides, models, strict=True):
        nest.Connect(sources, post, syn_spec={"synapse_model": model, "weight": 40.0, **spec})


def assert_equal(sources: Any, sides: list[Any], models: tuple[str, str]) -> None:
    ours, theirs = (by_delay(sources, post, model) for post, model in zip(sides, models, strict=True))
    assert len(theirs) >= 3
    assert 40.0 not in theirs.values()
    assert_same_weights(ours, theirs, 1e-10)


def late_parrots(start: float, until: float) -> Any:
    return parrots([[time + start for time in row] for row in trains(3, 80.0, until - start - 5.0, seed=8)])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("sorted_early", [True, False])
@pytest.mark.parametrize("moving", ["moved", "not moved", "target of NEST's"])
def test_a_rule_that_is_new_finds_the_neurons_past(moving: str, sorted_early: bool, threads: int) -> None:
    reset(threads=threads)
    nest.set(min_delay=1.0, max_delay=6.0)
    nest.jit.configure(NEURON, move=moving == "moved")
    early, late = parrots(trains(2, 60.0, 600.0)), late_parrots(205.0, 600.0)
    sides = populations("iaf_psc_exp" if "NEST" in moving else NEURON, 3)
    connect_both(early, [side[:2] for side in sides], (STDP, "stdp_synapse"), delay=2.0)
    nest.Simulate(205.0)
    made = [copied(rule, 1) for rule in RULES]
    for models in made:
        for delay in (1.0, 5.0):
            connect_both(late, sides, models, delay=delay)
    if sorted_early:
        nest.GetConnections(late)
    nest.Simulate(150.0)
    made.append(copied("stdp", 2))
    connect_both(late[:1], sides, made[-1], delay=3.0)
    connect_both(late[:1], sides, made[0], delay=4.0)
    nest.Simulate(245.0)
    assert_equal(early, sides, (STDP, "stdp_synapse"))
    for models in made:
        assert_equal(late, sides, models)


@pytest.mark.parametrize("model", [NEURON, "iaf_psc_exp"])
def test_the_same_trace_is_taken_over_whole(model: str) -> None:
    """It has a longer past than the spikes that are remembered, and so has that of NEST's neurons."""
    duration = 1200.0
    sides = []
    force = generators(trains(1, 400.0, 2 * duration))
    for name in (model, "iaf_psc_exp"):
        params = {"refr_T": 0.1} if name == NEURON else {"t_ref": 0.1, "tau_minus": 1000.0}
        sides.append(nest.Create(name, params=params))
        nest.Connect(force, sides[-1], syn_spec={"weight": FORCE})
    pre = parrots([[400.0, 800.0]]), parrots([[duration + 10.0, duration + 50.0, duration + 100.0]] * 3)
    nest.CopyModel(STDP, "slow", {"tau_tr_post": 1000.0})
    weak = {"lambda": 1e-4}
    connect_both(pre[0], sides, ("slow", "stdp_synapse"), **weak)
    nest.Simulate(duration)
    models = copied("stdp", 1, tau_tr_post=1000.0)
    connect_both(pre[1], sides, models, **weak)
    nest.Simulate(103.0)
    assert_equal(pre[1], sides, models)
    assert 1.0 < nest.GetConnections(pre[1][0], sides[0], models[0]).weight < 39.0


@pytest.mark.parametrize("model", [NEURON, "iaf_psc_exp"])
def test_the_past_of_another_trace_is_that_of_the_last_spikes(model: str) -> None:
    """Some hundreds of them: memory does not grow with time."""
    post = nest.Create(model, params={"refr_T" if model == NEURON else "t_ref": 0.1})
    nest.Connect(generators(trains(1, 400.0, 3000.0)), post, syn_spec={"weight": FORCE})
    recorder = record_spikes(post)
    relay, silent = parrots([[time + 0.5 for time in range(50, 3000, 50)]]), parrots([[]])
    nest.Connect(relay, post, syn_spec={"synapse_model": STDP})
    nest.Simulate(2000.0)
    for number, tau in enumerate((2.0, 1e7)):
        nest.CopyModel(STDP, f"other_{number}", {"tau_tr_post": tau})
        nest.Connect(silent, post, syn_spec={"synapse_model": f"other_{number}", "delay": 3.0})
    nest.Simulate(0.1)
    fast, slow = (nest.GetConnections(silent, post, f"other_{n}").post_trace for n in range(2))
    assert fast == pytest.approx(trace_of(recorder, 2.0, 1997.0), rel=1e-12)
    assert recorder.n_events > 600
    assert 190.0 < slow < 400.0


@pytest.mark.parametrize("pause", [0.0, 60.0])
@pytest.mark.parametrize("model", [NEURON, "iaf_psc_exp"])
def test_a_trace_is_that_of_all_spikes_so_far(model: str, pause: float) -> None:
    """With the time constant of NEST's neurons and others, also if no spike is on its way to a synapse."""
    post, _ = populations(model, 1, until=205.0)
    recorder, silent = record_spikes(post), parrots([[]])
    nest.Connect(parrots(trains(1, 60.0, 300.0)), post, syn_spec={"synapse_model": STDP})
    nest.Simulate(205.0 + pause)
    now = nest.biological_time
    cases = [(tau, delay) for tau in (20.0, 35.0, 250.0) for delay in (1.0, 6.0)]
    for number, (tau, delay) in enumerate(cases):
        nest.CopyModel(STDP, f"copy_{number}", {"tau_tr_post": tau})
        nest.Connect(silent, post, syn_spec={"synapse_model": f"copy_{number}", "delay": delay})
    nest.Simulate(0.1)
    found = [nest.GetConnections(silent, post, f"copy_{number}").post_trace for number in range(len(cases))]
    expected = [trace_of(recorder, tau, now - delay) for tau, delay in cases]
    assert min(expected) > 0.01
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_past_that_begins_with_a_rule_of_nests() -> None:
    """NEST's neurons have archived for that one; what they have not forgotten counts."""
    late = late_parrots(205.0, 500.0)
    sides = populations("iaf_psc_exp", 3)
    for side in sides:
        nest.Connect(parrots(trains(2, 60.0, 600.0)), side, syn_spec={"synapse_model": "stdp_synapse"})
    nest.Simulate(205.0)
    connect_both(late, sides, (STDP, "stdp_synapse"), delay=4.0)
    nest.Simulate(295.0)
    assert_equal(late, sides, (STDP, "stdp_synapse"))


@pytest.mark.parametrize(("move", "before"), [(True, "none"), (False, "none"), (True, "another neuron")])
def test_a_past_of_our_neurons_that_begins_with_a_rule_of_nests(move: bool, before: str) -> None:
    """Ours find all of it: spikes that are long gone, and those that are still on their way."""
    sides = Sides(2, move)
    if before == "another neuron":
        nest.Connect(sides.early, nest.Create(NEURON, 2), syn_spec={"synapse_model": STDP})
    for post, _ in sides.sides:
        post[1].tau_minus = 20.0  # what archives is there before the past begins
    nest.Simulate(50.0)
    for post, _ in sides.sides:
        nest.Connect(sides.early, post, syn_spec={"synapse_model": "stdp_synapse"})
    nest.Simulate(155.0)
    for delay in (1.0, 6.0):
        sides.connect(sides.late, slice(0, 3), delay=delay)
    nest.Simulate(150.0)
    sides.connect(sides.late[:1], slice(1, 2), delay=3.0)
    nest.Simulate(245.0)
    ours, theirs = (by_delay(sides.late, post, synapse) for post, synapse in sides.sides)
    assert len(theirs) == 19
    assert_same_weights(ours, theirs, 1e-10)


@pytest.mark.parametrize("rule", ["stdp_synapse", "stdp_triplet_synapse", "vogels_sprekeler_synapse"])
def test_rules_of_nests_find_the_past_of_our_neurons(rule: str) -> None:
    """It began with a rule of ours. Calcium has nothing to do with it: it is archived from now on."""
    late = late_parrots(205.0, 500.0)
    sides = populations(NEURON, 3)
    connect_both(parrots(trains(2, 60.0, 600.0)), sides, (STDP, "stdp_synapse"), delay=2.0)
    nest.Simulate(205.0)
    more = {"eta": 0.5, "Wmax": 60.0} if "vogels" in rule else {}
    connect_both(late, sides, (rule, rule), delay=4.0, **more)
    assert sides[0].Ca == (0.0, 0.0, 0.0)
    nest.Simulate(295.0)
    assert_equal(late, sides, (rule, rule))


def test_what_a_user_sets_is_not_taken_over() -> None:
    post = nest.Create(NEURON, params={"refr_T": 0.1})
    nest.Connect(generators(trains(1, 60.0, 300.0)), post, syn_spec={"weight": FORCE})
    recorder, silent = record_spikes(post), parrots([[]])
    nest.Connect(silent, post, syn_spec={"synapse_model": STDP})
    nest.Simulate(100.0)
    post.set({f"post_trace__for_{STDP}": 50.0})
    nest.Simulate(20.0)
    for name, given in (("late", {}), ("given", {"post_trace": 2.0})):
        nest.CopyModel(STDP, name)
        nest.Connect(silent, post, syn_spec={"synapse_model": name, "delay": 2.0, **given})
    nest.Simulate(0.1)
    assert post.get(f"post_trace__for_{STDP}") > 10.0
    late, given = (nest.GetConnections(silent, post, name).post_trace for name in ("late", "given"))
    assert late == pytest.approx(trace_of(recorder, 20.0, 118.0), rel=1e-12)
    assert 0.1 < given <= 2.0
