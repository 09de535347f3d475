"""Our own models and those of NESTML go through the front end."""

from __future__ import annotations

import sys
import time
import warnings
from importlib import metadata
from pathlib import Path

import pytest

import nestml_jit
from nestml_jit import dsl
from nestml_jit.dsl.printer import format_text
from nestml_jit.errors import NestmlDeprecationWarning, NestmlErrors

OWN = sorted((Path(nestml_jit.__file__).parent / "models").glob("*.nestml"))
# A model whose blocks are left empty, for a reader to fill in.
EXERCISES = {"izhikevich_task.nestml"}


def shipped() -> list[Path]:
    """Return the models that the installed NESTML brings: its library and its tutorials."""
    try:
        files = metadata.files("nestml") or []
    except metadata.PackageNotFoundError:
        files = []
    found = {Path(str(file.locate())).resolve() for file in files if file.suffix == ".nestml"}
    found.update((Path(sys.prefix) / "models").glob("**/*.nestml"))
    return sorted(found)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_models_are_clean(path: Path) -> None:
    models, diagnostics = dsl.diagnose(path.read_text(encoding="utf-8"), str(path))
    assert models
    assert [item.render() for item in diagnostics if item.code not in ("W0401",)] == []


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_models_are_in_canonical_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format_text(text) == text, "run `nestml-jit fmt --write nestml_jit/models`"


BESIDE_NESTML = {
    path.stem: path for path in OWN if path.stem in {shipped_path.stem for shipped_path in shipped()}
}


def offered(path: Path) -> set[tuple[str, str]]:
    """Return the names that users of a model set, read, record or connect to."""
    (model,) = dsl.parse(path.read_text(encoding="utf-8"))
    names = {("variable", item.name + "'" * item.order) for item in (*model.state, *model.parameters)}
    return names | {("port", item.name) for item in model.inputs}


@pytest.mark.parametrize("name", [name for name in BESIDE_NESTML if name.endswith("_neuron")])
def test_our_neurons_have_the_variables_and_ports_of_nestmls(name: str) -> None:
    (theirs,) = (path for path in shipped() if path.stem == name)
    assert offered(theirs) == offered(BESIDE_NESTML[name])


def test_shipped_models_check_in_three_seconds() -> None:
    paths = shipped()
    assert len(paths) >= 40
    start = time.process_time()
    for path in paths:
        models, diagnostics = dsl.diagnose(path.read_text(encoding="utf-8"), str(path))
        errors = [item.render() for item in diagnostics if item.is_error]
        if path.name in EXERCISES:
            assert len(errors) == 1
            continue
        assert errors == []
        for model in models:
            dsl.lower(model)
    assert time.process_time() - start < 3


def test_load_warns_and_lowers() -> None:
    text = OWN[0].read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (model,) = dsl.load(text, "x.nestml")
    assert model.name == OWN[0].stem


OLD = """model a_neuron:
    state:
        x real = 3 * ms / s
    input:
        spikes <- spike(weight real)
    output:
        spike
"""


def test_old_forms_are_accepted_with_one_warning_per_kind() -> None:
    with pytest.warns(NestmlDeprecationWarning) as caught:
        dsl.load(OLD)
    texts = [str(item.message) for item in caught]
    assert [text[:14] for text in texts] == ["warning[W0101]", "warning[W0102]"]
    assert "write `1 ms`" in texts[0]
    assert "... and 1 more; `nestml-jit fmt --write` rewrites them" in texts[0]


def test_errors_are_raised_together() -> None:
    with pytest.raises(NestmlErrors) as caught:
        dsl.load(OLD.replace("3 * ms / s", "y").replace("x real", "x foo"), "old.nestml")
    assert [item.code for item in caught.value.diagnostics if item.is_error] == ["E0302", "E0204"]
    assert "old.nestml:3:11" in str(caught.value)
