"""A name that is no model: NEST's own exception, with near misses and where was looked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.numerics.network import NEURON, STDP, nest
from tests.session.texts import relaxing

NEURON_TYPO, SYNAPSE_TYPO = "iaf_psc_exp_neuro", "stdp_synapse_nestmll"


def connect(synapse: object) -> None:
    nodes = nest.Create("parrot_neuron", 2)
    nest.Connect(nodes, nodes, syn_spec=synapse)


CALLS: dict[str, tuple[Callable[[], Any], str, str]] = {
    "Create": (lambda: nest.Create(NEURON_TYPO, 3), "UnknownModelName", NEURON),
    "Create with positions": (
        lambda: nest.Create(NEURON_TYPO, positions=nest.spatial.grid([2, 2])),
        "UnknownModelName",
        NEURON,
    ),
    "GetDefaults": (lambda: nest.GetDefaults(NEURON_TYPO), "UnknownComponent", NEURON),
    "SetDefaults": (lambda: nest.SetDefaults(NEURON_TYPO, {"tau_m": 3.0}), "UnknownComponent", NEURON),
    "CopyModel": (lambda: nest.CopyModel(NEURON_TYPO, "mine"), "UnknownModelName", NEURON),
    "Connect": (lambda: connect(SYNAPSE_TYPO), "UnknownSynapseType", STDP),
    "Connect with a dictionary": (
        lambda: connect({"synapse_model": SYNAPSE_TYPO, "weight": 2.0}),
        "UnknownSynapseType",
        STDP,
    ),
    "Connect with several": (
        lambda: connect(nest.CollocatedSynapses({}, {"synapse_model": SYNAPSE_TYPO})),
        "UnknownSynapseType",
        STDP,
    ),
    "GetConnections": (
        lambda: nest.GetConnections(synapse_model=SYNAPSE_TYPO),
        "UnknownSynapseType",
        STDP,
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_unknown_model(call: str, tmp_path: Path) -> None:
    act, kind, near = CALLS[call]
    nest.jit.path.append(tmp_path)
    before = (nest.node_models, nest.synapse_models)
    with pytest.raises(getattr(nest.NESTErrors, kind)) as caught:
        act()
    text = str(caught.value)
    name = NEURON_TYPO if near == NEURON else SYNAPSE_TYPO
    assert f"'{name}'" in text
    assert "Did you mean" in text
    assert f"'{near}'" in text
    assert str(tmp_path) in text
    assert str(Path(nest.__file__).parent / "models") in text
    assert "NESTML_JIT_PATH" in text
    assert "jit.load" in text
    assert nest.num_connections == 0
    assert (nest.node_models, nest.synapse_models) == before
    neuron = nest.Create(NEURON)
    nest.Connect(neuron, neuron, syn_spec=STDP)
    nest.Simulate(1.0)


def test_near_misses_include_models_in_files(tmp_path: Path) -> None:
    (tmp_path / "file.nestml").write_text(relaxing("purkinje_cell_2019"))
    nest.jit.path.append(tmp_path)
    nest.jit.define(relaxing("granule_cell_2020"))
    for typo, name in (("purkinje_cell", "purkinje_cell_2019"), ("granule_cell_2021", "granule_cell_2020")):
        with pytest.raises(nest.NESTErrors.UnknownModelName, match=f"'{name}'"):
            nest.Create(typo)


def test_nothing_is_like_it() -> None:
    with pytest.raises(nest.NESTErrors.UnknownModelName) as caught:
        nest.Create("qqqqqqqqqqqqq")
    assert "Did you mean" not in str(caught.value)


def test_a_neuron_model_is_no_synapse_model() -> None:
    neurons = nest.Create(NEURON, 2)
    with pytest.raises(nest.NESTErrors.UnknownSynapseType, match=NEURON):
        nest.Connect(neurons, neurons, syn_spec=NEURON)
    with pytest.raises(nest.NESTErrors.UnknownModelName, match=STDP):
        nest.Create(STDP)
    nest.Simulate(1.0)
