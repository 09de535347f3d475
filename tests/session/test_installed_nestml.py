"""The library of an installed `nestml` package is searched after ours."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nestml_jit import installed_nestml, lookup
from tests.numerics.network import nest
from tests.session.texts import relaxing


def install(place: Path, files: list[str], version: str = "9.0.0") -> Path:
    """Make a folder of packages with a nestml package whose models are beside it; returns it."""
    packages = place / "lib" / "python" / "site-packages"
    description = packages / f"nestml-{version}.dist-info"
    description.mkdir(parents=True)
    for file in files:
        path = place / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(relaxing(path.stem))
    listed = [f"../../../{file},sha256=0,1" for file in files]
    (description / "RECORD").write_text("\n".join([*listed, "pynestml/__init__.py,,", ""]))
    return packages


def test_folders_are_those_of_the_record(tmp_path: Path) -> None:
    files = ["models/neurons/one_neuron.nestml", "models/synapses/one_synapse.nestml", "doc/models/x.nestml"]
    packages = install(tmp_path, files)
    models = tmp_path.resolve() / "models"
    expected = [models / "neurons", models / "synapses"]
    assert installed_nestml.folders([str(tmp_path), str(tmp_path / "none"), str(packages)]) == expected
    assert installed_nestml.folders([str(tmp_path)]) == []


def test_the_first_package_on_the_path_counts(tmp_path: Path) -> None:
    file = "models/neurons/one_neuron.nestml"
    first, second = (str(install(tmp_path / name, [file], name)) for name in ("8.2.0", "9.0.0"))
    assert installed_nestml.folders([first, second]) == [tmp_path.resolve() / "8.2.0" / "models" / "neurons"]


def test_a_checkout_in_editable_form(tmp_path: Path) -> None:
    packages = install(tmp_path / "environment", [])
    checkout = tmp_path.resolve() / "check out"
    (checkout / "models" / "neurons").mkdir(parents=True)
    origin = {"url": checkout.as_uri(), "dir_info": {"editable": True}}
    (packages / "nestml-9.0.0.dist-info" / "direct_url.json").write_text(json.dumps(origin))
    assert installed_nestml.folders([str(packages)]) == [checkout / "models" / "neurons"]


def test_models_of_the_package_are_found_after_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [f"models/neurons/{name}.nestml" for name in ("of_theirs_neuron", "iaf_psc_exp_neuron")]
    monkeypatch.setattr(sys, "path", [str(install(tmp_path, files)), *sys.path])
    folders = lookup.search_path([])
    assert folders[-2:] == [lookup.LIBRARY, tmp_path.resolve() / "models" / "neurons"]
    found = lookup.find_file("iaf_psc_exp_neuron", folders)
    assert found is not None
    assert Path(found.filename).parent == lookup.LIBRARY
    nest.ResetKernel()
    neuron = nest.Create("of_theirs_neuron")
    assert neuron.model == "of_theirs_neuron"
    with pytest.raises(nest.NESTErrors.UnknownModelName, match="of_theirs_neuron"):
        nest.Create("of_theirs_neurom")
