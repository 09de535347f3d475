"""Properties of random well-typed models."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from nestml_jit import dsl
from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.interpreter import InterpreterError
from nestml_jit.dsl.printer import format_text, model_text
from nestml_jit.dsl.reference import ReferenceNeuron

_SPEC = importlib.util.spec_from_file_location("dsl_strategies", Path(__file__).parent / "strategies.py")
assert _SPEC is not None
assert _SPEC.loader is not None
strategies = importlib.util.module_from_spec(_SPEC)
sys.modules["dsl_strategies"] = strategies
_SPEC.loader.exec_module(strategies)

relaxed = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@relaxed
@given(strategies.models)
def test_parse_print_parse_is_the_identity(model: ast.Model) -> None:
    text = model_text(model)
    assert dsl.parse(text) == (model,)
    assert format_text(text) == text


@relaxed
@given(strategies.models)
def test_well_typed_models_have_no_errors_and_can_be_run(model: ast.Model) -> None:
    assert [item.render() for item in dsl.check(model) if item.is_error] == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (lowered,) = dsl.load(model_text(model))
    assert not any(isinstance(node, ast.Literal) and node.unit is not None for node in lowered.walk())
    try:
        ReferenceNeuron(lowered).step()
    except InterpreterError as error:
        if "divided by zero" not in str(error):
            raise
