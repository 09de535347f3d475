"""Which model a name means: NEST's first, then loaded ones, then files on the search path."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from nestml_jit.errors import NestmlError
from tests.numerics.network import NEURON, STATIC, nest, reset
from tests.session.texts import counting, relaxing


def test_nests_names_win(folder: Path) -> None:
    (folder / "iaf_psc_exp.nestml").write_text(relaxing("iaf_psc_exp"))
    neuron = nest.Create("iaf_psc_exp")
    assert "x" not in neuron.get()
    assert nest.jit.load(folder / "iaf_psc_exp.nestml") == ["iaf_psc_exp_nestml"]
    assert "x" in nest.Create("iaf_psc_exp_nestml").get()
    assert "x" not in nest.Create("iaf_psc_exp").get()


def test_a_name_with_the_suffix_means_the_file_without_it(folder: Path) -> None:
    (folder / "izhikevich.nestml").write_text(relaxing("izhikevich"))
    assert "x" in nest.Create("izhikevich_nestml").get()
    assert "U_m" in nest.Create("izhikevich").get()


def test_copies_that_users_made_win(folder: Path) -> None:
    nest.CopyModel("iaf_psc_alpha", "my_relaxing_one")
    (folder / "my_relaxing_one.nestml").write_text(relaxing("my_relaxing_one"))
    assert "x" not in nest.Create("my_relaxing_one").get()
    reset()
    assert "x" in nest.Create("my_relaxing_one").get()


def test_order_of_the_search_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["own_1", "own_2", "environment_1", "environment_2", "script"]
    places = {name: tmp_path / name for name in names}
    for place in places.values():
        place.mkdir()
    nest.jit.path += [places["own_1"], str(places["own_2"])]
    monkeypatch.setenv("NESTML_JIT_PATH", f"{places['environment_1']}:{places['environment_2']}")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(places["script"] / "main.py"), raising=False)
    # A model that is in all the places from the n-th on comes from the n-th, the first of them.
    for first in range(len(names)):
        model = f"searched_{first}"
        for number in range(first, len(names)):
            text = relaxing(model, start=float(number))
            (places[names[number]] / f"{model}.nestml").write_text(text)
        assert nest.Create(model).x == float(first), names[first]
    # The bundled library comes last.
    (places["script"] / "iaf_psc_alpha_neuron.nestml").write_text(relaxing("iaf_psc_alpha_neuron"))
    assert nest.jit.path == [places["own_1"], str(places["own_2"])]


def test_a_model_inside_another_file(folder: Path) -> None:
    (folder / "many.nestml").write_text(
        relaxing("first_of_two") + "\n" + relaxing("second_of_two", start=2.0)
    )
    assert nest.Create("second_of_two").x == 2.0
    assert nest.Create("first_of_two").x == 0.0


def test_a_file_whose_model_has_another_name(folder: Path) -> None:
    (folder / "named_after_paper.nestml").write_text(relaxing("relaxing_neuron", start=3.0))
    assert nest.Create("named_after_paper").x == 3.0


def test_loaded_models_come_before_files(folder: Path, tmp_path: Path) -> None:
    (folder / "loaded_first.nestml").write_text(relaxing("loaded_first", start=1.0))
    assert nest.jit.define(relaxing("loaded_first", start=2.0)) == ["loaded_first"]
    assert nest.Create("loaded_first").x == 2.0


def test_define_several_models_at_once() -> None:
    names = nest.jit.define(relaxing("defined_one") + "\n" + counting("defined_two"))
    assert names == ["defined_one", "defined_two"]
    neuron = nest.Create("defined_one")
    nest.Connect(neuron, neuron, syn_spec={"synapse_model": "defined_two", "weight": 2.0})
    assert "post_trace__for_defined_two" in neuron.get()
    neuron.x = 11.0
    nest.Simulate(5.0)
    assert neuron.x < 11.0


def test_load_a_file_and_a_folder(tmp_path: Path) -> None:
    for name in ("folder_b", "folder_a"):
        (tmp_path / f"{name}.nestml").write_text(relaxing(name))
    assert nest.jit.load(str(tmp_path / "folder_a.nestml")) == ["folder_a"]
    assert nest.jit.load(tmp_path) == ["folder_a", "folder_b"]
    assert nest.Create("folder_b", 2).x == (0.0, 0.0)


@pytest.mark.parametrize("what", ["file", "folder", "string"])
def test_install(what: str, tmp_path: Path) -> None:
    name = f"installed_{what}"
    file = tmp_path / f"{name}.nestml"
    file.write_text(relaxing(name, start=4.0))
    nest.Create("iaf_psc_exp")  # NEST's own modules may not be installed any more
    nest.Install(str({"file": file, "folder": tmp_path, "string": f"{tmp_path}/"}[what]))
    assert nest.Create(name).x == 4.0


def test_install_of_what_is_no_model_is_left_to_nest(tmp_path: Path) -> None:
    with pytest.raises(nest.NESTErrors.DynamicModuleManagementError):
        nest.Install("there_is_no_such_module")
    with pytest.raises(nest.NESTErrors.DynamicModuleManagementError):
        nest.Install(str(tmp_path))


def test_a_model_is_defined_again_after_a_reset() -> None:
    nest.jit.define(relaxing("redefined", start=1.0))
    assert nest.Create("redefined").x == 1.0
    nest.jit.define(relaxing("redefined", start=1.0))  # the same text is no other model
    with pytest.raises(nest.NESTError, match="ResetKernel"):
        nest.jit.define(relaxing("redefined", start=2.0))
    assert nest.Create("redefined").x == 1.0
    nest.ResetKernel()
    nest.jit.define(relaxing("redefined", start=2.0))
    assert nest.Create("redefined").x == 2.0
    nest.Simulate(1.0)


def test_loaded_models_survive_a_reset() -> None:
    nest.jit.define(relaxing("surviving", start=5.0))
    for _ in range(2):
        assert nest.Create("surviving").x == 5.0
        nest.ResetKernel()
    nest.local_num_threads = 2
    assert nest.Create("surviving", 3).x == (5.0, 5.0, 5.0)
    nest.Simulate(1.0)


def test_models_are_listed_once_they_were_asked_for() -> None:
    assert NEURON not in nest.node_models
    assert STATIC not in nest.synapse_models
    nest.GetDefaults(NEURON)
    nest.GetDefaults(STATIC)
    assert nest.node_models.count(NEURON) == 1
    assert nest.synapse_models.count(STATIC) == 1


def test_a_script_that_looks_for_a_model_first_finds_it() -> None:
    """Defaults of a model may be read before anything else."""
    assert nest.GetDefaults(NEURON)["tau_m"] == 10.0
    assert nest.GetDefaults("stdp_synapse_nestml")["Wmax"] == 100.0


@pytest.mark.parametrize("load", [nest.jit.load, nest.Install])
def test_two_files_with_one_model_are_not_loaded_together(load: Any, tmp_path: Path) -> None:
    for file in ("one", "other"):
        (tmp_path / f"{file}.nestml").write_text(relaxing("twice_there_neuron"))
    (tmp_path / "a_third.nestml").write_text(relaxing("once_there_neuron"))
    with pytest.raises(NestmlError, match=r"one\.nestml and .*other\.nestml have a model twice_there_neuron"):
        load(tmp_path)
    with pytest.raises(nest.NESTErrors.UnknownModelName):
        nest.Create("once_there_neuron")
    load(tmp_path / "one.nestml")
    assert nest.Create("twice_there_neuron").x == 0.0
