"""What `nestml-jit show` says of solvers is what the generator does; defaults are sound."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from nestml_jit import dsl
from nestml_jit.dsl.tree import Model, Ode
from nestml_jit.errors import NestmlErrors
from nestml_jit.oracle.linearity import nonlinear
from nestml_jit.oracle.values import Values
from nestml_jit.pynest.show import show_text
from tests.dsl.test_models import EXERCISES, OWN, shipped

FOUND = [*OWN, *(path for path in shipped() if path.name not in EXERCISES)]


def load(path: Path) -> tuple[Model, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dsl.load(path.read_text(encoding="utf-8"), str(path))


PORTS = """model ports_neuron:
    state:
        x real = 1
    parameters:
        n integer = 2  # {comment}
    equations:
        x' = -x * x / 1 ms
    input:
        exc <- excitatory spike
        other <- spike
        inh <- inhibitory spike
        third[n] <- spike
        I_stim pA <- continuous
        I_dend pA <- continuous
    output:
        spike
    update:
        integrate_odes()
"""


def test_ports_of_a_neuron() -> None:
    (model,) = dsl.parse(PORTS.format(comment="many words " * 30))
    text = show_text(model)
    rows = [line.split("  ") for line in text.splitlines()]
    roles = {row[1]: row[-1].strip() for row in rows if len(row) > 1}
    assert (roles["exc"], roles["inh"]) == ("receptor 1, positive weights", "receptor 1, negative weights")
    assert (roles["other"], roles["third[n]"]) == ("receptor 2", "receptors 3 to 4")
    assert (roles["I_stim"], roles["I_dend"]) == ("receptor 0 of currents", "receptor 1 of currents")
    assert roles["x'"] == "numerical: its right-hand side is not linear"
    assert max(map(len, text.splitlines())) < 140


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_model_can_be_shown(path: Path) -> None:
    for model in dsl.parse(path.read_text(encoding="utf-8")):
        text = show_text(model)
        assert all(item.name in text for item in (*model.parameters, *model.state, *model.inputs))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_solvers_are_those_of_the_generator(path: Path) -> None:
    from nestml_jit.codegen.model.equations import equations
    from nestml_jit.codegen.model.normal import normalise

    for model in load(path):
        try:
            system = equations(normalise(model)).system
        except NestmlErrors as refused:
            pytest.skip(refused.diagnostics[0].message)
        own = {item.name for item in model.equations if isinstance(item, Ode)}
        numerical = {name.split("__d")[0] for name in system.nonlinear}
        assert set(nonlinear(model)) == numerical & own


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_defaults_satisfy_guards_and_are_those_of_the_kernel(path: Path) -> None:
    from nestml_jit.codegen.model.normal import normalise
    from nestml_jit.codegen.plan.evaluation import Defaults

    for model in load(path):
        values = Values(model)
        everything = values.all()
        assert values.violated() == []
        normal = normalise(model)
        defaults = Defaults(normal)
        for item in (*model.parameters, *model.internals, *model.state):
            if item.size is None and not item.order and item.name in normal.symbols:
                assert everything[item.name] == pytest.approx(defaults[item.name], rel=1e-14), item.name
