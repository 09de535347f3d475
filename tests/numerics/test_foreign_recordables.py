"""Third factors of NEST's own neurons: any recordable can be bound, and multimeters say the same."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.numerics.network import nest, parrots, record, reset, trace
from tests.numerics.test_foreign_factors import READING, RULES

CURRENT = """
model factor_synapse:
    state:
        w real = 1
        seen real = 0
    input:
        pre_spikes <- spike
        current pA <- continuous
    output:
        spike
    onReceive(pre_spikes):
        seen += current / 1 pA
        emit_spike(w)
"""


@pytest.fixture(autouse=True, scope="module")
def rules() -> Iterator[None]:
    nest.jit.define(RULES)
    nest.jit.define(CURRENT)
    yield
    nest.ResetKernel()


@pytest.mark.parametrize("threads", [1, 2])
def test_any_recordable_can_be_bound(threads: int) -> None:
    """One that is no variable of the neuron's status: the current that the synapse itself causes."""
    reset(threads=threads)
    nest.jit.configure("factor_synapse", ports={"current": "I_syn_ex"})
    pre, post = parrots([[5.0, 9.0, 21.0, 22.0, 60.0]]), nest.Create("iaf_psc_exp", 3)
    nest.Connect(pre, post, syn_spec={"synapse_model": "factor_synapse", "w": [[100.0], [200.0], [300.0]]})
    meter = record(post, ["I_syn_ex"])
    nest.Simulate(70.0)
    seen = trace(meter, post, "I_syn_ex")
    expected = sum(seen[round(time * 10) - 1] for time in (6.0, 10.0, 22.0, 23.0, 61.0))
    found = nest.GetConnections(pre, post).get(["target", "seen"])
    assert np.array_equal(np.array(found["seen"])[np.argsort(found["target"])], expected)
    assert min(expected) > 10.0
    other = nest.Create("iaf_psc_exp")
    with pytest.raises(nest.NESTErrors.IllegalConnection, match="before the first simulation"):
        nest.Connect(pre, other, syn_spec={"synapse_model": "factor_synapse"})
    nest.Connect(pre, post, syn_spec={"synapse_model": "factor_synapse"})  # these record it already
    nest.Simulate(10.0)


def test_gap_junctions_and_compartments() -> None:
    """Waveform relaxation repeats steps; compartments have dots in their names."""
    reset()
    nest.jit.configure("factor_synapse", ports={"current": "V_m.s"})
    at = [float(time) for time in range(1, 50)]
    pre, compartments = parrots([at]), nest.Create("iaf_cond_alpha_mc")
    coupled = nest.Create("hh_psc_alpha_gap", 2)
    coupled.I_e = [400.0, 700.0]
    rule = {"rule": "all_to_all", "allow_autapses": False}
    nest.Connect(coupled, coupled, rule, {"synapse_model": "gap_junction", "weight": 30.0})
    nest.Connect(pre, compartments, syn_spec={"synapse_model": "factor_synapse", "receptor_type": 1})
    nest.Connect(pre, coupled, syn_spec={"synapse_model": READING})
    somatic, potential = record(compartments, ["V_m.s"]), record(coupled)
    nest.Simulate(60.0)
    steps = [round(time * 10) + 9 for time in at]
    sums = trace(potential, coupled)[steps].sum(axis=0)
    assert nest.GetConnections(pre, coupled).at_pre == pytest.approx(sums.tolist(), rel=1e-14)
    seen = trace(somatic, compartments, "V_m.s")[steps].sum()
    assert nest.GetConnections(pre, compartments).seen == pytest.approx(seen, rel=1e-14)


def test_what_is_no_recordable_is_refused() -> None:
    reset()
    nest.jit.configure("factor_synapse", ports={"current": "I_nowhere"})
    pre = nest.Create("parrot_neuron")
    refused = {"iaf_psc_exp": "has I_syn_ex, I_syn_in, V_m.*configure", "parrot_neuron": "has none"}
    for neuron, message in refused.items():
        post = nest.Create(neuron)
        with pytest.raises(nest.NESTErrors.IllegalConnection, match=f"factor_synapse.*I_nowhere.*{message}"):
            nest.Connect(pre, post, syn_spec={"synapse_model": "factor_synapse"})
    assert nest.num_connections == 0
    nest.jit.configure("factor_synapse", ports={"current": "V_m"})
    nest.Connect(pre, nest.Create("iaf_psc_exp"), syn_spec={"synapse_model": "factor_synapse"})
    nest.Simulate(5.0)


def test_all_of_nests_models_with_a_potential() -> None:
    """Sums at presynaptic spikes against each model's own multimeter, in one network."""
    reset(threads=2)
    nest.jit.configure("factor_synapse", ports={"current": "V_m"})
    pre = parrots([[3.0, 9.0, 21.0, 22.0, 40.0]])
    watched = {}
    for model in nest.node_models:
        if "V_m" not in map(str, nest.GetDefaults(model).get("recordables", ())):
            continue
        post = nest.Create(model)
        try:
            nest.Connect(pre, post, syn_spec={"synapse_model": "factor_synapse"})
        except nest.NESTError:
            continue  # it takes no spikes, or only at certain receptors
        watched[model] = post, record(post)
    nest.Simulate(45.0)
    assert len(watched) > 40
    for model, (post, meter) in watched.items():
        seen = trace(meter, post)[:, 0]
        expected = sum(seen[round(time * 10) - 1] for time in (4.0, 10.0, 22.0, 23.0, 41.0))
        assert nest.GetConnections(pre, post).seen == pytest.approx(expected, rel=1e-14), model
