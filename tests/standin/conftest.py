from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from types import SimpleNamespace
from typing import Any

import pytest

from tests.numerics.network import reset


@pytest.fixture(autouse=True)
def kernel() -> Iterator[None]:
    reset()
    yield
    reset()


class Uninstalled:
    """The finder of files, for which there is no pynestml."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        return None if name == "pynestml" else PathFinder.find_spec(name, path, target)


def forget() -> dict[str, Any]:
    names = [name for name in sys.modules if name.partition(".")[0] == "pynestml"]
    return {name: sys.modules.pop(name) for name in names}


@pytest.fixture
def pynestml(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return what scripts import of pynestml, as if nestml were not installed."""
    finders = [Uninstalled if finder is PathFinder else finder for finder in sys.meta_path]
    monkeypatch.setattr(sys, "meta_path", finders)
    before = forget()
    front = importlib.import_module("pynestml.frontend.pynestml_frontend")
    utils = importlib.import_module("pynestml.codegeneration.nest_code_generator_utils")
    yield SimpleNamespace(front=front, generate_code_for=utils.NESTCodeGeneratorUtils.generate_code_for)
    forget()
    sys.modules.update(before)
