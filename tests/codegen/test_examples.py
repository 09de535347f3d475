"""The examples in docstrings of the generator say what the passes do."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import warnings

import pytest

from nestml_jit import codegen

MODULES = sorted(item.name for item in pkgutil.walk_packages(codegen.__path__, "nestml_jit.codegen."))
WITH_EXAMPLES = {
    "nestml_jit.codegen.cpp.printing",
    "nestml_jit.codegen.cpp.queries",
    "nestml_jit.codegen.cpp.tree",
    "nestml_jit.codegen.model.equations",
    "nestml_jit.codegen.model.integers",
    "nestml_jit.codegen.model.normal",
    "nestml_jit.codegen.model.scopes",
    "nestml_jit.codegen.model.singularities",
    "nestml_jit.codegen.model.splicing",
    "nestml_jit.codegen.plan.evaluation",
    "nestml_jit.codegen.plan.moving",
    "nestml_jit.codegen.plan.rule",
    "nestml_jit.codegen.plan.systems",
}


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the models, which are shorter than one would write them
        result = doctest.testmod(module)
    assert result.failed == 0
    assert bool(result.attempted) or name not in WITH_EXAMPLES
