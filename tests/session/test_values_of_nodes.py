"""Defaults, initial values and guards: the host, which evaluates them, against the interpreter."""

from __future__ import annotations

import math
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nestml_jit
from nestml_jit import dsl
from nestml_jit.dsl import tree as ast
from nestml_jit.oracle.arithmetic import Value
from nestml_jit.oracle.values import Values, key_of
from tests.numerics.network import nest

PACKAGE = Path(nestml_jit.__file__).parent
FOUND = sorted((PACKAGE / "models").glob("*.nestml"))
FOUND += sorted((Path(sys.prefix) / "models").glob("*s/*.nestml"))
NEURONS = [path for path in FOUND if path.stem.endswith("neuron")]
# Values that guards are likely to have an opinion of; nan satisfies no comparison.
TRIED = (0.0, -1.0, 1.0, 1e-9, -80.0, 1e6, math.inf, math.nan)


@pytest.fixture
def renamed(path: Path, tmp_path: Path) -> Path:
    """Return a copy of a model's file, the model under a name that no other test uses."""
    text = path.read_text(encoding="utf-8")
    copy = tmp_path / path.name
    copy.write_text(
        re.sub(r"^model (\w+):", rf"model valued_{path.parent.name}_\1:", text, flags=re.MULTILINE)
    )
    return copy


def load(path: Path) -> ast.Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nest.jit.load(path)
        return dsl.load(path.read_text(encoding="utf-8"), str(path))[0]


def made(model: ast.Model) -> Any:
    """Return something that has the model's defaults: `get` and `set` of a node or of a synapse model."""
    return Defaults(model.name) if model.name.endswith("synapse") else nest.Create(model.name)


class Defaults:
    """The defaults of a synapse model, with the methods of a node."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self) -> dict[str, Any]:
        return dict(nest.GetDefaults(self.name))

    def set(self, values: dict[str, float]) -> None:
        nest.SetDefaults(self.name, values)


def plain(model: ast.Model) -> list[ast.Declaration]:
    """Return the declarations of numbers that nodes have, which the states of a kernel are not."""
    kernels = {
        equation.name
        for item in model.equations
        if isinstance(item, ast.Kernel)
        for equation in item.equations
    }
    declared = [item for item in (*model.parameters, *model.state) if item.name not in kernels]
    numbers = [item for item in declared if item.size is None]
    return [
        item for item in numbers if not (isinstance(item.type, ast.BasicType) and item.type.name == "string")
    ]


def compare(shown: dict[str, Any], expected: Values, model: ast.Model) -> int:
    compared = 0
    for item in plain(model):
        name = item.name + "__d" * item.order
        if name in shown:
            value = expected[key_of(item.name, item.order)]
            assert shown[name] == pytest.approx(value, rel=1e-14, nan_ok=True), name
            compared += 1
    return compared


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_a_node_has_and_what_it_refuses(renamed: Path) -> None:
    model = load(renamed)
    node = made(model)
    resolution = nest.resolution
    assert compare(node.get(), Values(model, resolution=resolution), model) == len(plain(model))
    guarded = [item for item in plain(model) if item.guard is not None and item.order == 0]
    for item in guarded:
        before: dict[str, Value] = {
            key: value for key, value in node.get().items() if isinstance(value, (bool, int, float))
        }
        for value in tried(item):
            refused = bool(
                Values(model, {**of_model(before, model), item.name: value}, resolution).violated()
            )
            try:
                node.set({item.name: value})
            except nest.NESTError:
                assert refused, (item.name, value)
                now = node.get()
                assert all(now[key] == old or old != old for key, old in before.items())
            else:
                assert not refused, (item.name, value)
                node.set({item.name: before[item.name]})


def tried(item: ast.Declaration) -> Iterator[float]:
    """Yield numbers that a variable's type takes; what it does with others is tested elsewhere."""
    name = item.type.name if isinstance(item.type, ast.BasicType) else ""
    for number in TRIED:
        if name not in ("integer", "boolean"):
            yield number
        elif math.isfinite(number) and number == int(number):
            yield int(number)


def of_model(shown: dict[str, Value], model: ast.Model) -> dict[str, Value]:
    """Return values as the interpreter names them."""
    names = {item.name + "__d" * item.order: key_of(item.name, item.order) for item in plain(model)}
    return {names[key]: value for key, value in shown.items() if key in names}


@pytest.mark.parametrize("path", NEURONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_initial_values_follow_parameters(renamed: Path) -> None:
    model = load(renamed)
    for item in plain(model):
        if item not in model.parameters or not isinstance(item.type, ast.UnitType):
            continue
        given: dict[str, Value] = {item.name: 1.25 * float(Values(model)[item.name])}  # type: ignore[arg-type]
        expected = Values(model, given, nest.resolution)
        if not expected.violated():
            assert compare(nest.Create(model.name, params=given).get(), expected, model)
