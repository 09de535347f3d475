"""What `nestml-jit check` accepts can be used: it runs the stages of Create, Connect and Simulate."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nestml_jit
from nestml_jit import dsl, legality
from nestml_jit.cli import main
from nestml_jit.dsl.tree import Model
from tests.mutants import mutants

PACKAGE = Path(nestml_jit.__path__[0])
OWN = sorted((PACKAGE / "models").glob("*.nestml"))
THEIRS = sorted((Path(sys.prefix) / "models").glob("*/*.nestml"))
FLAGS = "-std=c++17 -O0 -fsyntax-only -march=native -fopenmp-simd -Wall -Wextra -Werror".split()
ENTRY = 'extern "C" const NjKernel* nestml_jit_kernel(void);'


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts of the kernels that are generated while models are diagnosed."""
    made: list[str] = []
    generate = legality.generate

    def noted(*arguments: object) -> object:
        result = generate(*arguments)  # type: ignore[arg-type]
        made.append(result[0])
        return result

    monkeypatch.setattr(legality, "generate", noted)
    return made


def accepted(text: str) -> Iterator[Model]:
    """Yield the lowered models of a text that has no errors by itself."""
    models, found = dsl.diagnose(text, "x.nestml")
    if not any(item.is_error for item in found):
        yield from map(dsl.lower, models)


def compiles(texts: list[str], folder: Path) -> None:
    """Let the compiler look at kernels, without making code of them."""
    source = folder / "kernels.cpp"
    source.write_text("".join(text.split(ENTRY)[0] for text in texts))
    command = ["g++", *FLAGS, f"-I{PACKAGE / 'host' / 'include'}", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:3000]


@pytest.mark.parametrize("path", [*OWN, *THEIRS], ids=lambda path: path.stem)
def test_models_of_libraries_are_accepted(path: Path) -> None:
    for model in accepted(path.read_text()):
        assert legality.diagnose(model) == []


def test_changed_models_are_refused_with_a_place_or_compile(kernels: list[str], tmp_path: Path) -> None:
    refused = 0
    for number, path in enumerate([*OWN, *THEIRS]):
        for text in mutants(path.read_text(), seed=number, count=3):
            for model in accepted(text):
                found = legality.diagnose(model)
                refused += bool(found)
                assert all(item.is_error and item.span.line for item in found), (path.stem, found)
    assert refused > 3
    assert len(kernels) > 100
    compiles(kernels[::5], tmp_path)


ELEMENTS = """model elements_synapse:
    state:
        w real = 1
    input:
        pre_spikes{pre} <- spike
        post_spikes{post} <- spike
        mod_spikes{mod} <- spike
    output:
        spike
    onReceive(pre_spikes):
        emit_spike(w)
    onReceive(post_spikes):
        w += 1
    onReceive(mod_spikes):
        w += 1
"""


@pytest.mark.parametrize(
    ("port", "hint"),
    [
        ("pre", "a connection has one source: write `pre_spikes <- spike`"),
        ("post", "a connection has one target: write `post_spikes <- spike`"),
        ("mod", "a volume transmitter each: `mod_spikes_0 <- mod spike`, `mod_spikes_1 <- mod spike`"),
    ],
)
def test_vectors_of_ports_mean_nothing_in_a_synapse(port: str, hint: str) -> None:
    model = dsl.load(ELEMENTS.format(**{"pre": "", "post": "", "mod": "", port: "[2]"}))[0]
    (found,) = legality.diagnose(model)
    assert (found.code, found.span.line) == ("E0701", 5 + ["pre", "post", "mod"].index(port))
    assert "nothing says which element a spike is for" in found.message
    assert hint in found.hint


UNUSABLE = """model unusable_synapse:
    state:
        w real = 1
    input:
        pre_spikes <- spike
        other_spikes[2] <- spike
    output:
        spike
    onReceive(pre_spikes):
        emit_spike(w)
"""


def test_the_command_says_what_create_would_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "unusable_synapse.nestml"
    path.write_text(UNUSABLE)
    assert main(["check", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "error[E0701]: other_spikes: a synapse has no vectors of ports" in shown
    assert f"{path}:6:9" in shown


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("again(1)", "`again` calls itself too often"),
        ("1 // k", "an integer is divided by zero"),
        ("v[k + 2]", "`v` has no element 2"),
        ("sum(9000)", ""),
    ],
)
def test_values_that_cannot_be_computed(value: str, reason: str) -> None:
    text = f"""model valueless_neuron:
    state:
        x real = {value}
    parameters:
        k integer = 0
        v[2] real = 1
    output:
        spike
    update:
        x = 1
    function again(n real) real:
        return again(n + 1) + 1
    function sum(n real) real:
        if n <= 1:
            return 1
        return n + sum(n - 1)
"""
    (model,) = accepted(text)
    found = legality.diagnose(model)
    assert [(item.code, item.span.line) for item in found] == ([("E0704", 3)] if reason else [])
    assert all(reason in item.message for item in found)
