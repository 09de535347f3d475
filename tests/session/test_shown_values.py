"""What models show can be given back to them, as far as NEST takes it from its own models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nestml_jit.lookup import LIBRARY
from tests.numerics.network import nest

NAMES = sorted(path.stem for path in LIBRARY.glob("*.nestml"))
NEURONS = [name for name in NAMES if not name.endswith("synapse")]
SYNAPSES = [name for name in NAMES if name.endswith("synapse")]


def public(name: str) -> str:
    return f"{name}_nestml" if name in nest.synapse_models + nest.node_models else name


def refused(set_all: Any, shown: Mapping[str, Any]) -> set[str]:
    """Return the entries that NEST refuses of its own model."""
    with pytest.raises(nest.NESTErrors.UnaccessedDictionaryEntry) as caught:
        set_all(shown)
    return set(str(caught.value).partition(":  ")[2].split())


def nests_own(name: str, others: tuple[str, ...]) -> set[str]:
    """Return the names of what NEST shows of all models of a kind, and takes from none."""
    shown = {key: value for key, value in nest.GetDefaults(name).items() if key not in others}
    return refused(lambda values: nest.SetDefaults(name, values), shown) | set(others)


def without(shown: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in names}


@pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")
@pytest.mark.parametrize("name", NEURONS)
def test_neurons(name: str) -> None:
    others = nests_own("iaf_psc_exp", ()) | {"receptor_types", "continuous_inputs", "recordables", "frozen"}
    model = public(name)
    shown = without(nest.GetDefaults(model), others)
    nest.CopyModel(model, "a_copy", shown)
    nest.SetDefaults(model, shown)
    neuron = nest.Create(model, params=shown)
    for other in (nest.Create("a_copy"), nest.Create(model)):
        other.set(without(neuron.get(), others | {"frozen"}))
        assert without(other.get(), {"global_id", "model", "model_id", "thread_local_id"}) == without(
            neuron.get(), {"global_id", "model", "model_id", "thread_local_id"}
        )


@pytest.mark.parametrize("name", SYNAPSES)
def test_synapses(name: str) -> None:
    others = nests_own("static_synapse", ("weight_recorder",)) | {"volume_transmitter"}
    model = public(name)
    shown = without(nest.GetDefaults(model), others)
    nest.CopyModel(model, "a_copy", shown)
    nest.SetDefaults(model, shown)
    weight = nest.GetDefaults(model).get("w", 1.0)
    assert nest.GetDefaults("a_copy").get("w", 1.0) == weight


def test_what_is_computed_cannot_be_set_to_another_value() -> None:
    neuron = nest.Create("hh_psc_alpha_neuron")
    before = neuron.get()
    computed = "alpha_n_init"
    neuron.set({computed: before[computed], "V_m": -60.0})
    assert neuron.get("V_m") == -60.0
    with pytest.raises(nest.NESTErrors.UnaccessedDictionaryEntry, match=computed):
        neuron.set({computed: before[computed] + 1.0, "V_m": -50.0})
    assert neuron.get("V_m") == -60.0
