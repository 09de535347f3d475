"""NEST's synapses and devices with NESTML neurons: as with NEST's own neurons, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nestml_jit
from nestml_jit.errors import NestmlErrors
from tests.numerics.network import (
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

READING = """
model third_factor_synapse:
    state:
        w real = 1
    input:
        pre_spikes <- spike
        calcium real <- continuous
    output:
        spike
    onReceive(pre_spikes):
        w += calcium
        emit_spike(w)
"""

WORKING = (
    "static_synapse static_synapse_hpc static_synapse_lbl static_synapse_hom_w cont_delay_synapse "
    "bernoulli_synapse stdp_synapse stdp_synapse_hpc stdp_synapse_lbl stdp_synapse_hom "
    "stdp_triplet_synapse stdp_pl_synapse_hom stdp_nn_symm_synapse stdp_nn_restr_synapse "
    "stdp_nn_pre_centered_synapse stdp_facetshw_synapse_hom tsodyks_synapse tsodyks_synapse_hom "
    "tsodyks2_synapse ht_synapse vogels_sprekeler_synapse jonke_synapse"
).split()

REFUSED = (
    "clopath_synapse urbanczik_synapse eprop_synapse gap_junction rate_connection_instantaneous "
    "rate_connection_delayed diffusion_connection sic_connection"
).split()


@pytest.mark.parametrize("threads", [1, 2])
def test_nests_synapses_onto_our_neurons(threads: int) -> None:
    """One population per synapse model, of our neurons and of NEST's: the same spikes and weights."""
    reset(threads=threads)
    pre = parrots(trains(8, 50.0, 300.0))
    pairs = [[connected(pre, neuron, model) for neuron in (NEURON, "iaf_psc_exp")] for model in WORKING]
    nest.Simulate(150.0)
    nest.Simulate(150.0)
    changed = 0
    for model, ((ours, recorder), (theirs, other)) in zip(WORKING, pairs, strict=True):
        expected = spikes(other, theirs)
        assert len(expected) > 10, model
        assert spikes(recorder, ours) == expected, model
        if model == "static_synapse_hom_w":
            continue  # connections have nothing of their own
        name = "x" if model == "tsodyks_synapse_hom" else "weight"
        wanted = weights(pre, theirs, model, name)
        assert_same_weights(weights(pre, ours, model, name), wanted)
        changed += len(set(wanted.values())) > 1
    assert changed >= 10


def connected(pre: Any, neuron: str, model: str) -> tuple[Any, Any]:
    nodes = nest.Create(neuron, 2, params={"I_e": 380.0})
    common = model in ("static_synapse_hom_w", "tsodyks_synapse_hom")
    weight = {} if common else {"weight": 60.0}
    nest.Connect(pre, nodes, syn_spec={"synapse_model": model, **weight})
    return nodes, record_spikes(nodes)


@pytest.mark.parametrize("model", REFUSED)
def test_what_cannot_work_is_refused(model: str) -> None:
    pre, post = nest.Create("iaf_psc_exp"), nest.Create(NEURON)
    rule: Any = "one_to_one"
    for source, target in ((pre, post), (post, pre), (post, post)):
        if model == "gap_junction":
            rule = {"rule": "one_to_one", "make_symmetric": True}
        with pytest.raises(nest.NESTError) as raised:
            nest.Connect(source, target, rule, {"synapse_model": model})
        assert len(str(raised.value)) > 20
    assert nest.num_connections == 0
    nest.Simulate(1.0)


@pytest.mark.parametrize("synapse", [STDP, STATIC])
@pytest.mark.parametrize("source", ["sinusoidal_gamma_generator", "lin_rate_ipn", "ginzburg_neuron"])
def test_sources_that_send_no_spikes_that_a_synapse_understands(source: str, synapse: str) -> None:
    pre, post = nest.Create(source), nest.Create(NEURON)
    if source == "sinusoidal_gamma_generator" and synapse == STATIC:
        nest.Connect(pre, post, syn_spec={"synapse_model": synapse})
        assert nest.num_connections == 1
        return
    with pytest.raises(nest.NESTError):
        nest.Connect(pre, post, syn_spec={"synapse_model": synapse})
    assert nest.num_connections == 0


def test_a_target_without_the_variable_is_refused_with_what_to_write() -> None:
    (model,) = nest.jit.define(READING)
    pre, post = nest.Create("parrot_neuron"), nest.Create(NEURON)
    for _ in range(2):
        with pytest.raises(nest.NESTErrors.IllegalConnection, match="calcium"):
            nest.Connect(pre, post, syn_spec={"synapse_model": model})
    assert nest.num_connections == 0
    nest.jit.configure(model, ports={"calcium": "V_m"})
    nest.Connect(pre, post, syn_spec={"synapse_model": model})
    nest.Simulate(1.0)
    with pytest.raises(nest.NESTErrors.KernelException, match="in use"):
        nest.jit.configure(model, ports={"calcium": "I_syn_exc"})


@pytest.mark.parametrize("other", [NEURON, "hh_psc_alpha_gap"])
def test_gap_junctions_are_refused_with_the_reason(other: str) -> None:
    ours, others = nest.Create(NEURON), nest.Create(other)
    for pair in ((ours, others), (others, ours)):
        rule = {"rule": "one_to_one", "make_symmetric": True}
        with pytest.raises(nest.NESTErrors.IllegalConnection, match=f"{NEURON}.*no gap junctions.*_gap"):
            nest.Connect(*pair, rule, {"synapse_model": "gap_junction"})
    assert nest.GetConnections(target=ours).get() == {}
    nest.Simulate(1.0)


def test_errors_of_the_generator_name_the_file_and_show_the_line() -> None:
    pre, post = nest.Create("parrot_neuron"), nest.Create(NEURON)
    with pytest.raises(nest.NESTErrors.IllegalConnection) as caught:
        nest.Connect(pre, post, syn_spec={"synapse_model": "stdp_dendritic_synapse"})
    file = Path(nestml_jit.__path__[0]) / "models" / "stdp_dendritic_synapse.nestml"
    lines = file.read_text(encoding="utf-8").splitlines()
    row = next(row for row, line in enumerate(lines, 1) if "I_dend pA <- continuous" in line)
    assert f"{file}:{row}:" in str(caught.value)
    assert f"| {lines[row - 1]}" in str(caught.value)


def test_parrots_between_our_neurons() -> None:
    """Plastic synapses onto parrots that pass our neurons' spikes on, and from them onto our neurons."""
    ours = nest.Create(NEURON, 3, params={"I_e": 450.0})
    ours.C_m = [220.0, 250.0, 280.0]
    relay, last = nest.Create("parrot_neuron", 3), nest.Create(NEURON, 3)
    nest.Connect(ours, relay, "one_to_one", {"synapse_model": STDP, "delay": 2.0})
    nest.Connect(relay, last, "one_to_one", {"synapse_model": STDP, "weight": 90.0, "delay": 1.0})
    reference = nest.Create("iaf_psc_exp", 3)
    nest.Connect(ours, reference, "one_to_one", {"weight": 90.0, "delay": 3.0})
    sent, passed = record_spikes(ours), record_spikes(relay)
    meter, expected = record(last), record(reference)
    nest.Simulate(60.0)
    shifted = [(round(time + 2.0, 6), index) for time, index in spikes(sent, ours) if time + 2.0 < 59.0]
    assert [(round(time, 6), index) for time, index in spikes(passed, relay) if time < 59.0] == shifted
    assert len(shifted) > 6
    first = np.abs(trace(meter, last) - trace(expected, reference))
    assert first[:300].max() <= 0.5  # no postsynaptic spike has changed a weight by much
    assert first[: round(min(time for time, _ in shifted) / 0.1) + 15].max() <= 1e-9


# --- rules with a third factor, and how simulations are divided --------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
def test_tripartite_rules(threads: int) -> None:
    """Astrocyte rules draw the same network with our neurons and synapses as with NEST's."""
    found = [tripartite(threads, *models) for models in ((NEURON, STDP), ("iaf_psc_exp", "stdp_synapse"))]
    assert found[0][0] == found[1][0]
    assert len(found[0][1]) > 30
    assert found[0][1] == found[1][1]
    assert_same_weights(found[0][2], found[1][2])


def tripartite(threads: int, neuron: str, synapse: str) -> tuple[list[int], Any, Any]:
    reset(threads=threads)
    pre = parrots(trains(6, 60.0, 200.0))
    post, third = nest.Create(neuron, 5, params={"I_e": 390.0}), nest.Create("parrot_neuron", 4)
    nest.TripartiteConnect(
        pre,
        post,
        third,
        {"rule": "pairwise_bernoulli", "p": 0.7},
        {"rule": "third_factor_bernoulli_with_pool", "p": 0.5, "pool_size": 2, "pool_type": "random"},
        {
            "primary": {"synapse_model": synapse, "weight": 40.0, "delay": 1.5},
            "third_in": {"synapse_model": synapse, "weight": 1.0, "delay": 1.0},
            "third_out": {"synapse_model": synapse, "weight": 20.0, "delay": 1.0},
        },
    )
    recorder = record_spikes(post)
    nest.Simulate(200.0)
    counts = [len(nest.GetConnections(a, b, synapse)) for a, b in ((pre, post), (pre, third), (third, post))]
    return counts, spikes(recorder, post), weights(pre, post, synapse)


@pytest.mark.parametrize("kept", [True, False])
def test_connections_that_nest_does_not_sort(kept: bool) -> None:
    """Every connection is then delivered to by itself."""

    def run(**settings: bool) -> list[Any]:
        reset()
        nest.set(**settings)
        pre = parrots(trains(5, 40.0, 200.0))
        found = []
        for model in (NEURON, "iaf_psc_exp"):
            post = nest.Create(model, 3, params={"I_e": 400.0})
            for synapse in (STDP, STATIC):
                nest.Connect(pre, post, syn_spec={"synapse_model": synapse, "weight": 30.0})
            found.append((record_spikes(post), post))
        nest.Simulate(200.0)
        return [spikes(recorder, post) for recorder, post in found]

    expected = run()
    assert len(expected[0]) > 20
    assert run(use_compressed_spikes=False, keep_source_table=kept) == expected


@pytest.mark.parametrize("target", [NEURON, "iaf_psc_exp"])
def test_prepare_run_cleanup_reset_and_another_number_of_threads(target: str) -> None:
    def run(threads: int, whole: bool) -> Any:
        reset(threads=threads)
        pre = parrots(trains(6, 60.0, 200.0))
        vt = nest.Create("volume_transmitter")
        nest.Connect(parrots(trains(2, 20.0, 200.0, seed=8)), vt)
        nest.SetDefaults("neuromodulated_stdp_synapse", {"volume_transmitter": vt})
        post = nest.Create(target, 3, params={"I_e": 390.0})
        for model in (STDP, "neuromodulated_stdp_synapse"):
            nest.Connect(pre, post, syn_spec={"synapse_model": model, "weight": 30.0})
        if whole:
            nest.Simulate(200.0)
        else:
            nest.Prepare()
            for _ in range(4):
                nest.Run(25.0)
            nest.Cleanup()
            nest.Simulate(0.3)
            with nest.RunManager():
                nest.Run(99.7)
        return [weights(pre, post, model) for model in (STDP, "neuromodulated_stdp_synapse")]

    expected = run(1, whole=True)
    for threads, whole in ((2, True), (1, False), (4, False)):
        for found, wanted in zip(run(threads, whole), expected, strict=True):
            assert len(set(wanted.values())) > 5
            assert_same_weights(found, wanted)


# --- rules that are refused ---------------------------------------------------------------------------

RULE = """
model {name}_synapse:
    state:
        w real = 1
        x real = 1
    equations:
        x' = -x / 10 ms
    input:
        pre_spikes <- pre spike
        post_spikes{size} <- post spike
    output:
        spike
    onReceive(post_spikes):
        x += 1
    onReceive(pre_spikes):
        emit_spike(w)
    update:
        integrate_odes()
"""
UNFIT = {
    "divided": ({"size": "[2]"}, "no vectors of ports"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_rules_that_mean_nothing_in_a_synapse(name: str) -> None:
    changes, reason = UNFIT[name]
    given = {"size": "", "name": name, **changes}
    nodes = nest.Create(NEURON, 2)
    with pytest.raises(NestmlErrors, match=reason):
        nest.jit.define(RULE.format(**given))
    with pytest.raises(nest.NESTError, match=f"{name}_synapse"):
        nest.Connect(nodes, nodes, syn_spec={"synapse_model": f"{name}_synapse"})
    assert nest.num_connections == 0
    nest.Connect(nodes, nodes, syn_spec={"synapse_model": STDP})
    nest.Simulate(1.0)
