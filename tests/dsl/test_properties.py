"""Properties of random well-typed models."""

from __future__ import annotations

import math
import warnings

from hypothesis import HealthCheck, given, settings

from nestml_jit import dsl
from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.printer import format_text, model_text
from nestml_jit.oracle.interpreter import InterpreterError
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.codegen.harness import Block
from tests.dsl import strategies

relaxed = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
compiling = settings(relaxed, max_examples=15)


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


def tame(value: object) -> bool:
    """Return whether a value says anything about rounding."""
    return isinstance(value, bool) or (isinstance(value, (int, float)) and abs(value) < 1e6)


@compiling
@given(strategies.models)
def test_interpreter_and_compiled_kernel_agree(model: ast.Model) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (lowered,) = dsl.load(model_text(model))
    oracle = ReferenceNeuron(lowered, resolution=0.125)
    try:
        oracle.step()
        oracle.step()
    except InterpreterError:
        return
    if not all(map(tame, oracle.variables.values())):
        return
    block = Block(lowered, lanes=2, h=0.125)
    block.run(2)
    for name in ("x", "y", "E", "lambda_", "n", "m", "V_m", "S", "ready"):
        value = oracle[name]
        assert isinstance(value, (int, float))
        assert math.isclose(block[name][0], value, rel_tol=1e-9, abs_tol=1e-9), model_text(model)
