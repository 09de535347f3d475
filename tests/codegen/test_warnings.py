"""No kernel of a shipped model, in whichever form, makes the compiler warn."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nestml_jit import codegen
from nestml_jit.card import Facts, SynapseFacts
from nestml_jit.codegen.model.problem import CannotGenerate
from nestml_jit.dsl.tree import Model
from nestml_jit.solvers import AUTO, SOLVERS
from tests.codegen.compiling import PACKAGE
from tests.codegen.harness import library, models

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

NAMES = sorted(path.stem for path in (PACKAGE / "models").glob("*.nestml"))
NEURONS = [name for name in NAMES if name.endswith("_neuron")]
SYNAPSES = [name for name in NAMES if name.endswith("_synapse")]
ENTRY = 'extern "C" const NjKernel* nestml_jit_kernel(void);'
FLAGS = "-std=c++17 -fsyntax-only -march=native -fopenmp-simd -Wall -Wextra -Werror".split()


def neurons() -> Iterator[str]:
    """Yield kernels of neurons alone, integrated in each way that there is."""
    for name, solver in itertools.product(NEURONS, SOLVERS):
        try:
            yield codegen.generate(library(name), (), Facts(solver=solver, gap_junctions="gap" in name))[0]
        except CannotGenerate:
            assert solver != AUTO, name


def target(rule: Model) -> Model:
    """Return a neuron that has whatever a synapse reads of it."""
    wanted = codegen.describe(rule).continuous
    states = "".join(f"\n        {port} real = 0" for port in wanted)
    return models(f"""
model plain_neuron:
    state:
        x real = 0{states}
    input:
        spikes <- spike
    output:
        spike
    update:
        x += 0.1
    onReceive(spikes):
        x += spikes * 1 s
""")[0]


def synapses() -> Iterator[str]:
    """Yield kernels of a neuron with a synapse model: moved or not, with values of its own or shared ones."""
    for name in SYNAPSES:
        rule = library(name)
        parameters = tuple(sorted(item.name for item in rule.parameters if item.size is None))
        for own, move, is_foreign in itertools.product((False, True), (True, False), (False, True)):
            facts = SynapseFacts(rule.name, (*parameters, "w") if own else (), ())
            whole = Facts((facts,), (), move, is_foreign=is_foreign)
            yield codegen.generate(target(rule), (rule,), whole)[0]


@pytest.mark.parametrize("kernels", [neurons, synapses], ids=lambda make: str(make.__name__))
def test_kernels_of_shipped_models_make_no_warnings(kernels: object, tmp_path: Path) -> None:
    texts = list(dict.fromkeys(kernels()))  # type: ignore[operator]
    assert len(texts) > 40
    source = tmp_path / "kernels.cpp"
    source.write_text("".join(text.split(ENTRY)[0] for text in texts))
    command = ["g++", *FLAGS, f"-I{PACKAGE / 'host' / 'include'}", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:3000]
