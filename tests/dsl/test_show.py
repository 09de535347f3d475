"""What `nestml-jit show` says of solvers is what the generator does; defaults are sound."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from nestml_jit import dsl
from nestml_jit.dsl.linearity import nonlinear
from nestml_jit.dsl.tree import Model, Ode
from nestml_jit.dsl.values import Values
from nestml_jit.errors import NestmlErrors
from tests.dsl.test_models import EXERCISES, OWN, shipped

FOUND = [*OWN, *(path for path in shipped() if path.name not in EXERCISES)]


def load(path: Path) -> tuple[Model, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dsl.load(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_solvers_are_those_of_the_generator(path: Path) -> None:
    from nestml_jit.codegen.equations import equations
    from nestml_jit.codegen.normal import normalise

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
    from nestml_jit.codegen.normal import normalise
    from nestml_jit.codegen.programs import value

    for model in load(path):
        values = Values(model)
        everything = values.all()
        assert values.violated() == []
        normal = normalise(model)

        def lookup(name: str, normal=normal) -> float:  # type: ignore[no-untyped-def]
            declared = normal.symbols[name].declaration
            return value(declared.value, lookup, 0.1) if declared and declared.value is not None else 0.0

        for item in (*model.parameters, *model.internals, *model.state):
            if item.size is None and not item.order and item.name in normal.symbols:
                assert everything[item.name] == pytest.approx(lookup(item.name), rel=1e-14), item.name
