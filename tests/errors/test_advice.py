"""Names that other tools want, and models of the wrong kind: NEST's own exception, and advice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nestml_jit.errors import NestmlErrors
from tests.numerics.network import NEURON, STDP, nest
from tests.session.texts import relaxing


def connect(synapse: object) -> None:
    nodes = nest.Create("parrot_neuron", 2)
    nest.Connect(nodes, nodes, syn_spec=synapse)


PAIR_CALLS: dict[str, tuple[Callable[[str], Any], str]] = {
    "Create": (nest.Create, "UnknownModelName"),
    "Connect": (connect, "UnknownSynapseType"),
    "GetDefaults": (nest.GetDefaults, "UnknownComponent"),
    "SetDefaults": (lambda name: nest.SetDefaults(name, {"x": 1}), "UnknownComponent"),
    "CopyModel": (lambda name: nest.CopyModel(name, "copied"), "UnknownModelName"),
}


@pytest.mark.parametrize("call", PAIR_CALLS)
@pytest.mark.parametrize(
    ("name", "missing"),
    [(f"{NEURON}_nestml__with_st_synapse_nestml", "st_synapse"), (f"{STDP}__with_if_psc_exp", "if_psc_exp")],
)
def test_names_of_pairs_that_are_none(call: str, name: str, missing: str) -> None:
    act, kind = PAIR_CALLS[call]
    with pytest.raises(getattr(nest.NESTErrors, kind)) as caught:
        act(name)
    assert f"'{missing}" in str(caught.value)
    assert "Did you mean" in str(caught.value)


@pytest.mark.parametrize("active", [False, True])
def test_synapse_models_cannot_be_created(active: bool) -> None:
    if active:
        nest.Create(NEURON)
    for name in ("stdp_synapse", "static_synapse_lbl", STDP, "stdp_triplet_synapse", f"{STDP}_lbl"):
        with pytest.raises(nest.NESTErrors.UnknownModelName, match=f"'{name}' is a synapse model"):
            nest.Create(name)
    with pytest.raises(nest.NESTErrors.UnknownModelName, match="is a synapse model"):
        nest.Create(STDP, positions=nest.spatial.grid([2, 2]))
    nest.CopyModel(STDP, "my_rule")
    with pytest.raises(nest.NESTErrors.UnknownModelName, match='"synapse_model": "my_rule"'):
        nest.Create("my_rule")


@pytest.mark.parametrize("name", ["iaf_psc_exp", NEURON, "izhikevich_neuron", "poisson_generator"])
def test_models_of_nodes_cannot_connect(name: str) -> None:
    for specification in (
        name,
        {"synapse_model": name},
        nest.CollocatedSynapses({}, {"synapse_model": name}),
    ):
        with pytest.raises(nest.NESTErrors.UnknownSynapseType, match=f"'{name}' is a model of nodes"):
            connect(specification)
    assert nest.num_connections == 0


def test_modules_are_not_needed() -> None:
    for name in ("nestmlmodule", "my_models_module"):
        with pytest.raises(nest.NESTError, match="none is needed") as caught:
            nest.Install(name)
        assert "nest.jit.path" in str(caught.value)
        assert type(caught.value) is not nest.NESTError


OLD = "neuron grandpa_neuron:\n  state:\n    x real\n  end\nend\n"


def test_a_broken_file_that_has_the_model_is_found(tmp_path: Path) -> None:
    """Its error is shown, unless a sound one has the model as well."""
    (tmp_path / "a_broken_old.nestml").write_text(OLD)
    (tmp_path / "b_no_colon.nestml").write_text("model dad_neuron\n    state:\n        x real = 1\n")
    (tmp_path / "c_broken_rule.nestml").write_text("synapse grandpa_synapse:\nend\n")
    nest.jit.path.append(tmp_path)
    for name, file in (("grandpa_neuron", "a_broken_old"), ("dad_neuron", "b_no_colon")):
        with pytest.raises(NestmlErrors, match=file):
            nest.Create(name)
    with pytest.raises(NestmlErrors, match="c_broken_rule"):
        connect("grandpa_synapse")
    with pytest.raises(nest.NESTErrors.UnknownModelName, match="No model of NEST"):
        nest.Create("grandpa")
    (tmp_path / "z_sound.nestml").write_text(relaxing("grandpa_neuron", 2.0))
    assert nest.Create("grandpa_neuron").x == 2.0
