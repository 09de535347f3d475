import math

import numpy as np
import pytest

from tests.codegen.harness import Block, Run, facts_for, library, models

POST = """
model echo_neuron:
    state:
        x real = 0
    input:
        spikes <- spike
        forced <- spike
    output:
        spike
    onReceive(spikes):
        x += spikes * 1 s
    onReceive(forced):
        emit_spike()
"""
PARAMETERS = {
    "lambda": 0.02,
    "alpha": 1.1,
    "tau_tr_pre": 17.0,
    "tau_tr_post__for_stdp_synapse": 31.0,
    "tau_tr_post": 31.0,
    "mu_plus": 1.0,
    "mu_minus": 1.0,
    "Wmin": 0.0,
    "Wmax": 100.0,
}


def network(move=True, heterogeneous=("w",), moved=(), constants=(), synapse=None, lanes=4, h=0.1):
    neuron = models(POST)[0]
    rule = synapse or library("stdp_synapse")
    facts = facts_for([rule], heterogeneous, constants, move, moved)
    parameters = {"tau_tr_post__for_stdp_synapse": 31.0}
    return Block(neuron, [rule], facts, lanes=lanes, h=h, parameters=parameters)


def trains(seed, steps, lanes, rate=0.02):
    rng = np.random.default_rng(seed)
    pre = np.flatnonzero(rng.random(steps) < rate) + 1
    post = [np.flatnonzero(rng.random(steps) < rate) + 1 for _ in range(lanes)]
    return pre, post


def simulate(block, run, pre, post, steps, advance=()):
    """Feed trains of spikes; deliver a spike after the step in which it happens, as a host does."""
    for lane, train in enumerate(post):
        for step in train:
            if step <= steps:
                block.ring_plan.setdefault(step, []).append(lane)
    weights = []
    for step in range(1, steps + 1):
        for lane in block.ring_plan.get(step, ()):
            block.add(step, 1, lane, 1.0)
            block.add(step, 2, lane, 1.0)
        block.run(1)
        if step in pre:
            run.spike(step)
            weights.append(run["w"].copy())
        elif step in advance:
            run.advance(step)
    return np.array(weights)


def reference(pre, post, delays, steps, w0, p, h=0.1):
    """Pair-based rule of NEST's stdp_synapse, event by event."""
    weights = []
    state = [[w, 0.0] for w in w0]  # weight, presynaptic trace at the last spike
    last = 0
    for t in pre:
        for i, d in enumerate(delays):
            w, x = state[i]
            for s in post[i]:
                if last - d < s <= t - d and s <= steps:
                    trace = x * math.exp(-((s + d - last) * h) / p["tau_tr_pre"])
                    grown = w / 100 + p["lambda"] * (1 - w / 100) ** p["mu_plus"] * trace
                    w = min(grown, 1.0) * 100
            y = sum(math.exp(-((t - d - s) * h) / p["tau_tr_post"]) for s in post[i] if s < t - d)
            w = max(0.0, 100 * (w / 100 - p["alpha"] * p["lambda"] * (w / 100) ** p["mu_minus"] * y))
            state[i] = [w, x * math.exp(-((t - last) * h) / p["tau_tr_pre"]) + 1]
        last = t
        weights.append([w for w, _ in state])
    return np.array(weights)


@pytest.fixture(autouse=True)
def _plan(monkeypatch):
    monkeypatch.setattr(Block, "ring_plan", {}, raising=False)


@pytest.mark.parametrize("move", [True, False])
@pytest.mark.parametrize("exponents", [(1.0, 1.0), (0.0, 0.0), (0.4, 2.0)])
@pytest.mark.parametrize("folded", [True, False])
def test_stdp_is_the_pair_rule(move, exponents, folded):
    steps = 4000
    p = {**PARAMETERS, "mu_plus": exponents[0], "mu_minus": exponents[1]}
    constants = (("mu_minus", exponents[1]), ("mu_plus", exponents[0])) if folded else ()
    block = network(move, constants=constants)
    delays = [10, 15, 1, 32]
    run = Run(block, 0, range(4), delays, {**p, "w": [50.0, 20.0, 80.0, 99.0]})
    pre, post = trains(1, steps, 4)
    post[1] = np.union1d(post[1], pre - 15)[2:]  # many coincidences at the synapse
    weights = simulate(block, run, set(pre), post, steps)
    expected = reference(pre, post, delays, steps, [50.0, 20.0, 80.0, 99.0], p)
    assert weights == pytest.approx(expected, rel=1e-11)
    assert (("synapse", "mu_plus") in run.card.scalars) != folded


def test_where_variables_live():
    moved = network(True).fusion
    kept = network(False).fusion
    assert [(c.name, c.mode) for c in moved.deliveries[0].columns] == [
        ("w", "connection"),
        ("pre_trace", "source"),
    ]
    assert moved.history == ("post_trace__for_stdp_synapse",)
    assert [(c.name, c.mode) for c in kept.deliveries[0].columns] == [
        ("w", "connection"),
        ("post_trace", "connection"),
        ("pre_trace", "source"),
    ]
    assert kept.deliveries[0].late_states == ("post_trace",)  # for connections that are made later
    assert kept.history == moved.history
    assert kept.deliveries[0].uses_history


def test_parameters_set_per_connection_take_effect():
    steps = 3000
    block = network(heterogeneous=("w", "tau_tr_pre", "tau_tr_post", "lambda"))
    values = {
        **PARAMETERS,
        "w": 50.0,
        "tau_tr_pre": [5.0, 17.0, 40.0, 17.0],
        "tau_tr_post": [31.0, 31.0, 10.0, 60.0],
        "lambda": [0.02, 0.01, 0.02, 0.005],
    }
    run = Run(block, 0, range(4), [10] * 4, values)
    pre, post = trains(5, steps, 4)
    weights = simulate(block, run, set(pre), post, steps)
    for i in range(4):
        p = {name: np.broadcast_to(value, 4)[i] for name, value in values.items()}
        expected = reference(pre, [post[i]], [10], steps, [50.0], p)
        assert weights[:, i] == pytest.approx(expected[:, 0], rel=1e-11)


def test_moved_parameter_that_differs_between_neurons():
    column = "tau_tr_post__for_stdp_synapse"
    steps = 2000
    block = network(moved=(column,))
    taus = [31.0, 10.0, 60.0, 5.0]
    block.columns[column][:4] = taus
    block._history()
    block._block()
    assert block.fusion.history == ("post_trace__for_stdp_synapse", column)
    run = Run(block, 0, range(4), [10] * 4, {**PARAMETERS, "w": 50.0})
    pre, post = trains(7, steps, 4)
    weights = simulate(block, run, set(pre), post, steps)
    for i in range(4):
        p = {**PARAMETERS, "tau_tr_post": taus[i]}
        assert weights[:, i] == pytest.approx(
            reference(pre, [post[i]], [10], steps, [50.0], p)[:, 0], rel=1e-11
        )


@pytest.mark.parametrize("move", [True, False])
def test_processing_postsynaptic_spikes_early_changes_nothing(move):
    steps = 3000
    pre, post = trains(11, steps, 4, rate=0.01)
    results = []
    for advance in (set(), {s + 50 for s in pre} | {s + 51 for s in pre}):
        Block.ring_plan = {}
        block = network(move)
        run = Run(block, 0, range(4), [10, 15, 1, 32], {**PARAMETERS, "w": 50.0})
        results.append(simulate(block, run, set(pre), post, steps, advance))
    assert results[0] == pytest.approx(results[1], rel=1e-12)


def test_recall_shows_the_moved_trace_now():
    block = network()
    post = [[5, 20], [], [7], []]
    run = Run(block, 0, range(4), [10] * 4, {**PARAMETERS, "w": 50.0})
    simulate(block, run, set(), post, 30)
    block.recall()
    expected = [sum(math.exp(-(30 - s) * 0.1 / 31.0) for s in train) for train in post]
    assert block["post_trace__for_stdp_synapse"] == pytest.approx(expected, rel=1e-13)


def test_multiplicity_runs_the_handler_again():
    one, two = network(), network()
    runs = [Run(block, 0, range(4), [10] * 4, {**PARAMETERS, "w": 50.0}) for block in (one, two)]
    for block, run in zip((one, two), runs, strict=True):
        simulate(block, run, set(), [[5], [6], [7], [8]], 30)
    runs[0].spike(30)
    runs[0].t_last = runs[0].t_done = 30
    runs[0].spike(30)
    runs[1].spike(30, multiplicity=2)
    assert np.array_equal(runs[0]["w"], runs[1]["w"])
    assert runs[1]["pre_trace"][0] == 2.0
    assert np.allclose(one.ring, two.ring)


def test_static_weights_reach_the_right_channel_lane_and_slot():
    block = Block(library("iaf_psc_exp_neuron"), [library("static_synapse")], lanes=3)
    run = Run(block, 0, [0, 1, 2, 0], [1, 2, 3, 3], {"w": [1.0, -2.0, 3.0, 4.0]}, channel=(0, 1, -1.0))
    run.spike(5, multiplicity=3)
    expected = np.zeros_like(block.ring)
    for lane, delay, w in zip([0, 1, 2, 0], [1, 2, 3, 3], [1.0, -2.0, 3.0, 4.0], strict=True):
        expected[int(w < 0), block.slot(5 + delay - 1), lane] += 3 * abs(w)
    assert np.array_equal(block.ring, expected)
    assert list(run.emitted) == [1.0, -2.0, 3.0, 4.0]


def test_weight_of_static_synapses_that_are_all_alike_is_a_scalar():
    rule = library("static_synapse")
    block = Block(library("iaf_psc_exp_neuron"), [rule], facts_for([rule], heterogeneous=()))
    assert block.fusion.deliveries[0].scalars == (("synapse", "w"),)
    assert block.fusion.deliveries[0].columns == ()
    run = Run(block, 0, [0, 1, 2], [1, 2, 3], {}, scalars={"w": 7.0})
    run.spike(5)
    assert block.ring.sum() == 21.0


SOURCES = """
model sources_synapse:
    state:
        w real = 1
        x real = 1
        u real = 0.2
        count integer = 0
    parameters:
        U real = 0.2
        tau_rec ms = 100 ms
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        release real = u * x
        w += 0.001 * x
        x -= release
        u += U * (1 - u)
        if count > 2:
            x += 0.1
        count += 1
        emit_spike(release * w)
"""


@pytest.mark.parametrize("heterogeneous", [("w",), ("w", "U"), ("u", "w")])
def test_states_of_the_source_are_kept_once_and_versions_are_respected(heterogeneous):
    rule = models(SOURCES)[0]
    neuron = library("iaf_psc_exp_neuron")
    block = Block(neuron, [rule], facts_for([rule], heterogeneous))
    modes = {c.name: c.mode for c in block.fusion.deliveries[0].columns}
    assert modes["count"] == "source"
    assert modes["x"] == ("source" if heterogeneous == ("w",) else "connection")
    values = {"w": [1.0, 2.0], "x": 1.0, "u": 0.2, "U": 0.2, "tau_rec": 100.0}
    run = Run(block, 0, [0, 1], [1, 1], values)
    w, x, u = np.array([1.0, 2.0]), 1.0, 0.2
    for count, step in enumerate((3, 9, 20, 21, 40)):
        run.spike(step)
        release = u * x
        w = w + 0.001 * x
        x -= release
        u += 0.2 * (1 - u)
        x += 0.1 * (count > 2)
        assert run.emitted == pytest.approx(release * w, rel=1e-13)
    assert run["count"][0] == 5
