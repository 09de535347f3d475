"""Examples in the generator's docstrings give what they show."""

import doctest
import importlib
import pkgutil

import pytest

from nestml_jit import codegen

MODULES = [item.name for item in pkgutil.walk_packages(codegen.__path__, "nestml_jit.codegen.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = {name for name in MODULES if any(t.examples for t in finder.find(importlib.import_module(name)))}
    assert {f"nestml_jit.codegen.cpp.{name}" for name in ("tree", "queries", "printing")} <= found
