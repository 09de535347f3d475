"""Model texts with errors: the exception shows file, place and reason, and the name stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from nestml_jit.errors import NestmlError, NestmlErrors
from tests.numerics.network import NEURON, nest
from tests.session.texts import relaxing

SYNTAX = relaxing("broken_syntax").replace("x' = -x / tau", "x' = -x / / tau")
MEANING = (
    relaxing("broken_meaning")
    .replace("x += spikes", "y += spikes")
    .replace("tau ms = 10.0 ms", "tau ms = 10 mV")
)


def position(text: str, piece: str) -> str:
    before = text[: text.index(piece)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.mark.parametrize("way", ["Create", "GetDefaults", "CopyModel", "load", "Install"])
@pytest.mark.parametrize(
    ("text", "pieces"),
    [(SYNTAX, ["/ tau\n"]), (MEANING, ["10 mV", "y += spikes"])],
    ids=["syntax", "meaning"],
)
def test_model_file_with_errors(way: str, text: str, pieces: list[str], tmp_path: Path) -> None:
    name = f"broken_{'syntax' if text is SYNTAX else 'meaning'}"
    assert name in text
    file = tmp_path / f"{name}.nestml"
    file.write_text(text)
    nest.jit.path.append(tmp_path)
    acts = {
        "Create": lambda: nest.Create(name),
        "GetDefaults": lambda: nest.GetDefaults(name),
        "CopyModel": lambda: nest.CopyModel(name, "other"),
        "load": lambda: nest.jit.load(file),
        "Install": lambda: nest.Install(str(file)),
    }
    with pytest.raises(NestmlErrors) as caught:
        acts[way]()
    shown = str(caught.value)
    for piece in pieces:
        where = position(text, piece)
        assert f"{file}:{where}" in shown
        line = text.splitlines()[int(where.split(":")[0]) - 1]
        assert line.strip() in shown
    assert "^" in shown
    assert [d.code[0] for d in caught.value.diagnostics if d.is_error] == ["E"] * len(pieces)
    assert isinstance(caught.value, NestmlError)
    assert isinstance(caught.value, ValueError)
    assert name not in nest.node_models
    assert nest.network_size == 0

    # The user mends the file and goes on.
    file.write_text(relaxing(name, start=3.0))
    assert nest.Create(name).x == 3.0
    nest.Simulate(1.0)


def test_a_broken_definition_leaves_the_good_one() -> None:
    nest.jit.define(relaxing("defined_well", start=1.0))
    with pytest.raises(NestmlErrors, match="E0"):
        nest.jit.define(SYNTAX.replace("broken_syntax", "defined_well"))
    assert nest.Create("defined_well").x == 1.0
    nest.Simulate(1.0)


def test_one_broken_model_of_two() -> None:
    with pytest.raises(NestmlErrors):
        nest.jit.define(relaxing("first_is_good") + "\n" + MEANING)
    with pytest.raises(nest.NESTErrors.UnknownModelName):
        nest.Create("first_is_good")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.nestml"):
        nest.jit.load(tmp_path / "missing.nestml")
    with pytest.raises(FileNotFoundError, match=r"no \.nestml file"):
        nest.jit.load(tmp_path)


def test_a_broken_file_beside_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a_broken.nestml").write_text(SYNTAX)
    (tmp_path / "b_binary.nestml").write_bytes(b"\xff\xfe\x00model nothing\x80")
    (tmp_path / "c_good.nestml").write_text(relaxing("good_beside_broken"))
    nest.jit.path.append(tmp_path)
    assert nest.Create("good_beside_broken").x == 0.0
    assert nest.Create(NEURON).tau_m == 10.0
