"""Names and values that a model does not take: NEST's exception, and what the model has instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nestml_jit.card import NeuronCard
from nestml_jit.errors import NestmlError
from nestml_jit.session.parameter_advice import meant
from tests.numerics.network import NEURON, STDP, nest, reset
from tests.session.texts import relaxing

UNKNOWN = "UnaccessedDictionaryEntry"


@pytest.fixture(autouse=True)
def fresh() -> None:
    reset()


def neurons() -> Any:
    return nest.Create(NEURON, 2)


def connected() -> Any:
    both = neurons()
    nest.Connect(both, both, syn_spec={"synapse_model": STDP})
    return nest.GetConnections(synapse_model=STDP)


def record(model: str) -> None:
    nest.Connect(nest.Create("multimeter", params={"record_from": ["Vm"]}), nest.Create(model))


def connect(**values: Any) -> None:
    both = neurons()
    nest.Connect(both, both, syn_spec={"synapse_model": STDP, **values})


MISTAKES: dict[str, tuple[Callable[[], Any], str, list[str]]] = {
    "Create": (lambda: nest.Create(NEURON, params={"t_ref": 1.0}), UNKNOWN, [NEURON, "'refr_T'"]),
    "several": (
        lambda: nest.Create(NEURON, params={"t_ref": 1.0, "tau_syn_ex": 1.0}),
        UNKNOWN,
        ["did you mean 'refr_T'", "did you mean 'tau_syn_exc'"],
    ),
    "set": (lambda: neurons().set(Vm=1.0), UNKNOWN, [NEURON, "'V_m'"]),
    "attribute": (lambda: setattr(neurons(), "tau_syn_in", 1.0), UNKNOWN, ["'tau_syn_inh'"]),
    "letters": (lambda: neurons().set(e_l=1.0), UNKNOWN, ["'E_L'"]),
    "SetDefaults": (lambda: nest.SetDefaults(NEURON, {"tau": 1.0}), UNKNOWN, ["'tau_m'"]),
    "CopyModel": (
        lambda: nest.CopyModel(NEURON, "mine", {"zzz": 1.0}),
        UNKNOWN,
        ["It can be given C_m, tau_m"],
    ),
    "Connect": (lambda: connect(tau_plus=1.0), UNKNOWN, [f"'{STDP}'", "'tau_tr_pre'"]),
    "connections": (lambda: connected().set(lamda=1.0), UNKNOWN, [f"'{STDP}'", "'lambda'"]),
    "several models": (
        lambda: (neurons() + nest.Create("iaf_psc_exp")).set(tau_syn_ex=1.0),
        UNKNOWN,
        ["tau_syn_ex"],
    ),
    "text": (lambda: neurons().set(tau_m="10 ms"), "TypeMismatch", [NEURON, "in ms", "without its unit"]),
    "receptor": (lambda: connect(receptor_type=7), "UnknownReceptorType", ["It has 0 ("]),
    "recordable": (lambda: record(NEURON), "IllegalConnection", ["Did you mean 'V_m'?", "I_syn_exc"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_is_said(mistake: str) -> None:
    act, kind, parts = MISTAKES[mistake]
    with pytest.raises(getattr(nest.NESTErrors, kind)) as caught:
        act()
    for part in parts:
        assert part in str(caught.value)
    assert nest.Create(NEURON).V_m == -70.0


def test_about_its_own_models_nest_says_what_it_always_says() -> None:
    neurons()
    with pytest.raises(nest.NESTErrors.UnaccessedDictionaryEntry) as caught:
        nest.Create("iaf_psc_exp", params={"refr_T": 1.0})
    assert str(caught.value).endswith(":  refr_T")
    with pytest.raises(nest.NESTErrors.UnknownReceptorType) as caught:
        nest.Connect(neurons(), nest.Create("iaf_psc_exp"), syn_spec={"receptor_type": 7})
    assert str(caught.value).endswith("in iaf_psc_exp.")
    with pytest.raises(nest.NESTErrors.UnaccessedDictionaryEntry) as caught:
        nest.Connect(neurons(), neurons(), syn_spec={"synapse_model": "stdp_synapse", "Wmx": 1.0})
    assert str(caught.value).endswith(":  Wmx")


COMMON = re.compile(r"t_ref|tau_(syn|rise|decay)_.*|E_(ex|in)|gsl_error_tol|rate")
"""What most neuron models of NEST have, under names that NESTML's library does not use."""


def test_common_names_of_nests_models_lead_to_ours() -> None:
    lost, found = {}, 0
    for listed in nest.jit.models(kind="neuron"):
        built_in = listed.name.removesuffix("_neuron")
        if built_in not in nest.node_models or not listed.file.startswith(str(LIBRARY)):
            continue
        nest.Create(listed.name)
        card = nest._session.card(listed.name)
        assert isinstance(card, NeuronCard)
        ours = [item.name for item in card.variables if item.kind in ("parameter", "state")]
        theirs = {name for name in nest.GetDefaults(built_in) if COMMON.fullmatch(name)} - set(ours)
        missing = {name for name in theirs if not meant(name, ours)}
        found += len(theirs) - len(missing)
        if missing:
            lost[listed.name] = missing
    assert lost == {}
    assert found > 50


LIBRARY = Path(__file__).parents[2] / "nestml_jit" / "models"


def test_what_is_set_on_jit_exists(tmp_path: Path) -> None:
    with pytest.raises(AttributeError, match=r"nest\.jit\.progres does not exist; did you mean 'progress'"):
        nest.jit.progres = False
    with pytest.raises(AttributeError, match=r"nest\.jit\.version cannot be set: there are path, progress, "):
        nest.jit.version = "2"
    with pytest.raises(TypeError, match=r"nest\.jit\.path.append"):
        nest.jit.path = str(tmp_path)
    (tmp_path / "on_a_path.nestml").write_text(relaxing("on_a_path"))
    before = list(nest.jit.path)
    nest.jit.path = [tmp_path]
    try:
        assert nest.Create("on_a_path").model == "on_a_path"
    finally:
        nest.jit.path = before


def test_a_file_is_no_text() -> None:
    with pytest.raises(NestmlError, match=r"nest.jit.load\('my_neuron.nestml'\)"):
        nest.jit.define("my_neuron.nestml")
