"""Every predefined function in every place of a model: what a kernel calls is also there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nestml_jit import codegen
from nestml_jit.card import Facts, SynapseFacts
from nestml_jit.codegen.cpp.headers import NEEDS, VECTOR, included, standard
from nestml_jit.dsl import load
from nestml_jit.dsl.predefined import FUNCTIONS
from nestml_jit.kernels import ABI_HEADER
from tests.codegen.compiling import compile_library
from tests.every_place import NEURON_PLACES, SYNAPSE_PLACES, neuron, synapse

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

SUPPORT = Path(codegen.__path__[0]) / "cpp" / "support"
TARGET = """model plain_neuron:
    state:
        V real = 0
    input:
        spikes <- spike
    output:
        spike
    update:
        V += 0
"""
EXPRESSIONS = {
    **{name: f"{name}({{v}})" for name in FUNCTIONS if len(FUNCTIONS[name].parameters) == 1},
    "min": "min({v}, 1.5)",
    "max": "max({v}, 1.5)",
    "clip": "clip({v}, 0.5, 2.5)",
    "pow": "pow({v}, 2.5)",
    "**": "2.5 ** {v}",
    "bits": "((steps({v} * 1 ms) & 7 | 1) ^ (~3 << 2 >> 1))",
    "loop": "looping({v})",
    "recursion": "again({v})",
    "steps": "steps({v} * 1 ms)",
    "resolution": "{v} * resolution() / 1 ms",
    "timestep": "{v} * timestep() / 1 ms",
    "random_normal": "random_normal({v}, 1.)",
    "random_uniform": "random_uniform({v}, 1.)",
    "random_poisson": "random_poisson({v})",
}
for _effect in ("delta", "emit_spike", "print", "println", "info", "warning"):
    del EXPRESSIONS[_effect]
_HANDLERS = ("handler", "presynaptic handler", "postsynaptic handler", "modulatory handler")
_DRAWN = {"update", "loop in update", "branch", "body of a condition", *_HANDLERS}
SOMEWHERE = {
    "resolution": {"parameter", "internal", "initial", "update", "loop in update", "handler", "branch"},
    "timestep": {"update", "loop in update", "branch"},
    "random_normal": _DRAWN,
    "random_uniform": _DRAWN,
    "random_poisson": _DRAWN,
}
"""Where the language takes these functions; the others may stand everywhere."""


def calls_without_definition(text: str) -> set[str]:
    """Return the functions that a kernel calls, and that neither it nor the header of the ABI has."""
    called = set(re.findall(r"\b(nj_\w+)(?:<[^>()]*>)?\(", text))
    called -= set(re.findall(r"^(nj_\w+)\(", ABI_HEADER.read_text(), re.M))
    return called - set(re.findall(r"[\w&*>] +\*?(nj_\w+)\(", text))


def allowed(place: str, expression: str) -> bool:
    return place in SOMEWHERE.get(expression, {place})


@pytest.mark.parametrize("place", NEURON_PLACES)
def test_in_neurons(place: str) -> None:
    for name, expression in EXPRESSIONS.items():
        if not allowed(place, name):
            continue
        (model,) = load(neuron(place, expression), "place.nestml")
        codegen.describe(model)
        for solver in ("auto", "exponential_euler") if name in VECTOR else ("auto",):
            text, _ = codegen.generate(model, (), Facts(solver=solver))
            assert not calls_without_definition(text), (name, solver)


@pytest.mark.parametrize("place", SYNAPSE_PLACES)
def test_in_synapses(place: str) -> None:
    (target,) = load(TARGET)
    for name, expression in EXPRESSIONS.items():
        if not allowed(place, name):
            continue
        (model,) = load(synapse(place, expression), "place.nestml")
        codegen.describe(model)
        text, _ = codegen.generate(target, (model,), Facts((SynapseFacts(model.name, ("w",)),)))
        assert not calls_without_definition(text), name


def test_a_missing_definition_is_noticed() -> None:
    (model,) = load(neuron("update", "ln({v})"))
    text, _ = codegen.generate(model, (), Facts())
    assert calls_without_definition(text.replace("double nj_exp(", "double nj_other(")) == {"nj_exp"}


def test_each_header_compiles_with_what_it_needs() -> None:
    """In a namespace of its own, with nothing else in front of it."""
    constants = "enum { NJ_MATRIX = 4, NJ_STRIDE = 2, NJ_AT_HAND = 1 };\n"
    constants += "[[maybe_unused]] static const uint32_t nj_at_hand[] = { 1 };\n"
    parts = []
    for name in NEEDS:
        texts = "\n".join((SUPPORT / header).read_text() for header in included([name]))
        parts.append(f"namespace n{len(parts)} {{\n{constants}{texts}\n}}\n")
    start = '#pragma GCC diagnostic ignored "-Wunused-function"\n'
    every = {"cmath", "cstdint", "cstring", *standard(NEEDS)}
    start += "".join(f"#include <{name}>\n" for name in sorted(every))
    compile_library(start + '#include "nestml_jit_abi.h"\n' + "".join(parts))
