"""Models in another language: an entry in the table of front ends is enough to create and simulate them."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from nestml_jit import front_ends
from nestml_jit.cache import Roots, Store
from nestml_jit.dsl import load
from nestml_jit.dsl.tree import (
    Assignment,
    BasicType,
    Binary,
    Branch,
    Call,
    CallStatement,
    Declaration,
    If,
    InputPort,
    Literal,
    Model,
    Name,
    Ode,
    UnitName,
    UnitType,
)
from nestml_jit.errors import NestmlErrors
from nestml_jit.front_ends import FRONT_ENDS, FrontEnd, violations
from nestml_jit.lookup import LIBRARY
from nestml_jit.pipeline import Pipeline, Source
from tests.numerics.network import nest

REAL, MS = BasicType("real"), UnitType(UnitName("ms"), "ms")
TEXT = '{"leaky": {"tau": 5.0, "drive": 2.0}, "slow": {"tau": 50.0, "drive": 0.5}}'


def leaky(name: str, tau: float, drive: float) -> Model:
    """Return a neuron that decays to a drive, and is set back where it passes 1."""
    slope = Binary("/", Binary("-", Name("drive"), Name("x")), Name("tau"))
    back = Assignment(Name("x"), "=", Literal(0.0)), CallStatement(Call("emit_spike", ()))
    return Model(
        name,
        state=(Declaration("x", 0, REAL, value=Literal(0.0)),),
        parameters=(
            Declaration("tau", 0, MS, value=Literal(tau)),
            Declaration("drive", 0, REAL, value=Literal(drive)),
        ),
        equations=(Ode("x", 1, slope),),
        inputs=(InputPort("spikes", "spike"),),
        outputs=("spike",),
        update=(
            CallStatement(Call("integrate_odes", ())),
            If((Branch(Binary(">", Name("x"), Literal(1.0)), back),)),
        ),
    )


def read(text: str, filename: str) -> tuple[Model, ...]:
    return tuple(leaky(name, **values) for name, values in json.loads(text).items())


def names(text: str) -> list[str]:
    return list(json.loads(text))


TOY = FrontEnd("leaky cells", read, names, names, version="1")


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Enter the language into the table, and give a file of it on the search path."""
    monkeypatch.setitem(FRONT_ENDS, ".leaky", TOY)
    path = tmp_path / "cells.leaky"
    path.write_text(TEXT)
    nest.ResetKernel()
    nest.jit.path.append(str(tmp_path))
    yield path
    nest.jit.path.remove(str(tmp_path))
    nest.ResetKernel()


def test_a_model_of_another_language_is_simulated(toy: Path) -> None:
    cells = nest.Create("leaky", 3, params={"tau": [5.0, 10.0, 20.0]})
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    nest.Simulate(1.0)
    expected = [2.0 * (1 - math.exp(-1.0 / tau)) for tau in (5.0, 10.0, 20.0)]
    assert cells.get("x") == pytest.approx(expected, rel=1e-12)
    nest.Simulate(19.0)
    first = [math.ceil(round(-tau * math.log(0.5) / 0.1, 9)) for tau in (5.0, 10.0, 20.0)]
    senders, times = recorder.get("events", ["senders", "times"]).values()
    for cell, step in zip(cells.tolist(), first, strict=True):
        assert min(times[senders == cell]) == pytest.approx(0.1 * step)


def test_a_record_without_places_is_shown_and_refused_by_name(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Places of a text are optional in records: a message without them still says what is wrong."""
    assert "drive" in str(nest.jit.model("leaky"))

    def wrong(text: str, filename: str) -> tuple[Model, ...]:
        late = Declaration("late", 0, REAL, value=Call("random_normal", (Literal(0.0), Literal(1.0))))
        (model,) = (item for item in read(text, filename) if item.name == "slow")
        return (dataclasses.replace(model, state=(*model.state, late)),)

    monkeypatch.setitem(FRONT_ENDS, ".leaky", dataclasses.replace(TOY, load=wrong, version="drawn"))
    with pytest.raises(NestmlErrors, match="random_normal cannot be used in an initial value or a guard"):
        nest.Create("slow")


def test_files_of_another_language_are_loaded_installed_and_explained(toy: Path) -> None:
    assert nest.jit.load(toy) == ["leaky", "slow"]
    nest.Install(str(toy.parent))
    with pytest.raises(
        nest.NESTErrors.UnknownModelName, match=r"'slowly.nestml' or 'slowly.leaky'"
    ) as caught:
        nest.Create("slowly")
    assert "Did you mean 'slow'" in str(caught.value)
    assert ".nestml or .leaky files" in str(caught.value)


def test_results_are_kept_for_a_language_and_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same text in another language, or read by another version, is another model."""

    def default(filename: str) -> float:
        pipeline = Pipeline(Store(Roots(tmp_path / "root")))
        card = pipeline.describe(Source(TEXT, filename, "slow", "slow"))
        return next(
            item.default.arguments[0] for item in card.variables if item.name == "tau" and item.default
        )

    def slower(text: str, filename: str) -> tuple[Model, ...]:
        return tuple(leaky(name, 2 * tau, 0.5) for name, tau in (("leaky", 5.0), ("slow", 50.0)))

    monkeypatch.setitem(FRONT_ENDS, ".leaky", TOY)
    assert default("cells.leaky") == 50.0
    monkeypatch.setitem(FRONT_ENDS, ".leaky", dataclasses.replace(TOY, load=slower))
    assert default("cells.leaky") == 50.0
    monkeypatch.setitem(FRONT_ENDS, ".leaky", dataclasses.replace(TOY, load=slower, version="2"))
    assert default("cells.leaky") == 100.0
    monkeypatch.setitem(FRONT_ENDS, ".other", dataclasses.replace(TOY, language="other", load=slower))
    assert default("cells.other") == 100.0


@pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")  # that a model counts steps
def test_records_of_all_front_ends_are_as_what_follows_expects_them() -> None:
    assert not list(violations(leaky("leaky", 5.0, 2.0)))
    for path in sorted(LIBRARY.glob("*.nestml")):
        for model in load(path.read_text(), path.name):
            assert not list(violations(model)), path.name


def test_a_record_that_is_not_as_expected_is_told() -> None:
    model = leaky("leaky", 5.0, 2.0)
    changes = {
        "unit": {"state": (Declaration("x", 0, REAL, value=Literal(0.0, UnitName("mV"))),)},
        "neither built in": {"equations": (Ode("x", 1, Call("sqrt", (Name("x"),))),)},
        "no operator": {"equations": (Ode("x", 1, Binary("<>", Name("x"), Name("x"))),)},
        "layout": {"layout": (("state", model.span),)},
    }
    for message, change in changes.items():
        (found,) = violations(dataclasses.replace(model, **change))  # type: ignore[arg-type]
        assert message in found


def test_the_look_of_a_nestml_text_is_no_part_of_the_record() -> None:
    """Comments, blank lines and old spellings go; records are equal."""
    text = (LIBRARY / "iaf_psc_exp_neuron.nestml").read_text()
    (model,) = load(text)
    bare = "\n".join(line.partition("#")[0].rstrip() for line in text.splitlines() if line.strip())
    assert load(bare) == (model,)
    assert model.layout == ()


def test_a_text_without_a_known_suffix_is_nestml() -> None:
    for filename in ("", "<stdin>", "model.txt", "a.nestml"):
        assert front_ends.front_end(filename).language == "NESTML"
