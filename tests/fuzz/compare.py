"""Drawn models in kernels and in the interpreter, which share no code: results must be the same."""

from __future__ import annotations

import random
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from nestml_jit import codegen, dsl
from nestml_jit.codegen.model.names import shown
from nestml_jit.codegen.model.normal import Normal, normalise
from nestml_jit.codegen.model.problem import CannotGenerate
from nestml_jit.codegen.plan.ports import counted_ports
from nestml_jit.errors import NestmlError
from nestml_jit.oracle.interpreter import InterpreterError
from nestml_jit.oracle.reference import ReferenceNeuron
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from nestml_jit.oracle.values import Values
from tests.codegen import compiling, harness
from tests.fuzz import drawn

H = 0.125
STEPS = 24
TARGET = "iaf_psc_exp_neuron"


@dataclass
class Case:
    """A model that is compared, and its kernel's C++ text; `problem` says what is wrong, "" if nothing."""

    text: str
    model: Any = None
    source: str = ""
    problem: str = ""

    @property
    def is_drawn(self) -> bool:
        """Whether the model is one of `tests.drawn_neurons`."""
        return str(self.model.name).startswith("drawn_")

    @property
    def is_synapse(self) -> bool:
        return self.model.name.endswith("synapse")


def checked(text: str) -> Case | None:
    """Return a case for a text, None if the checks refuse it."""
    if any(item.code.startswith("E") for item in dsl.diagnose(text)[1]):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (model,) = dsl.load(text)
    case = Case(text, model)
    try:
        case.source = _block_parts(case)[0]
    except CannotGenerate as error:
        case.problem = f"checked, but not generated: {' '.join(str(error).split())}"
    except Exception as error:
        case.problem = f"{type(error).__name__} while generating: {error}"
    return case


def _block_parts(case: Case) -> tuple[str, Any]:
    if case.is_synapse:
        rules = (case.model,)
        return codegen.generate(harness.library(TARGET), rules, harness.facts_for(rules, heterogeneous=()))
    codegen.describe(case.model)
    return codegen.generate(case.model, (), harness.facts_for(()))


def compile_all(cases: list[Case]) -> None:
    """Compile the kernels of all cases together; if that fails, find out which do not compile."""
    open_ = [case for case in cases if not case.problem]
    if not open_:
        return
    try:
        compiling.compile_together([case.source for case in open_])
    except AssertionError as error:
        if len(open_) == 1:
            lines = [line for line in str(error).splitlines() if "error:" in line]
            open_[0].problem = f"does not compile: {lines[:2]}"
            return
        compile_all(open_[: len(open_) // 2])
        compile_all(open_[len(open_) // 2 :])


def run(case: Case) -> None:
    """Simulate a case in both ways and note the first difference."""
    if case.problem:
        return
    try:
        if case.is_drawn:
            drawn.compare(case.model)
        else:
            (_synapse if case.is_synapse else _neuron)(case)
    except (InterpreterError, AssertionError, NestmlError, ArithmeticError, LookupError, TypeError) as error:
        case.problem = f"{type(error).__name__}: {error}"


def _initial(case: Case) -> dict[str, Any] | None:
    """Return the initial values of all variables; None if they cannot be computed."""
    try:
        return dict(Values(case.model, None, H).all())
    except InterpreterError:
        return None


def _neuron(case: Case) -> None:
    initial = _initial(case)
    if initial is None:
        return
    normal = normalise(case.model)
    given = _elements(initial, normal)
    numbers = {name: value for name, value in given.items() if not isinstance(value, str)}
    block = harness.Block(case.model, lanes=2, h=H, parameters=numbers)
    if block.failures:
        return
    for name in given.keys() - numbers.keys():
        if name in block.columns:
            block.columns[name][:] = block._intern(given[name].encode())
    oracle = ReferenceNeuron(case.model, resolution=H, substeps=4)
    draw = random.Random(case.model.name)
    names = [item for item in block.card.variables if item.kind == "state" and "__X__" not in item.name]
    counted = counted_ports(normal)
    for step in range(1, STEPS + 1):
        arrived = {"spikes": draw.choice([0.25, 0.5, -1.0])} if draw.random() < 0.3 else {}
        for lane in range(2):
            block.add(step, 0, lane, arrived.get("spikes", 0.0))
            if counted:
                block.add(step, 1, lane, float(bool(arrived)))
        error = _attempt(lambda arrived=arrived: oracle.step(arrived))
        block.run(1)
        if error or block.failures:
            _same_failure(error, block.failures, step)
            return
        for item in names:
            _same(step, item.name, item.type, block[item.name][0], _of_oracle(oracle, item.name), block)
    ours = [step for step, lane in block.spikes if lane == 0]
    expected = list(np.rint(np.array(oracle.spikes) / H).astype(int))
    assert ours == expected, f"spikes at {ours}, expected {expected}"


def _elements(initial: dict[str, Any], normal: Normal) -> dict[str, Any]:
    """Return the initial values of parameters and states by the names of their columns."""
    found = {}
    for symbol in normal.of_kind("parameter", "state"):
        name = shown(symbol.name)
        base, _, index = name.partition("[")
        found[name] = initial[base][int(index[:-1])] if index else initial[base]
    return found


def _synapse(case: Case) -> None:
    initial = _initial(case)
    if initial is None:
        return
    rules = (case.model,)
    facts = harness.facts_for(rules, heterogeneous=())
    block = harness.Block(harness.library(TARGET), rules, facts, lanes=2, h=H)
    normal = normalise(case.model)
    values = {"gsl_abs_error_tol": 1e-6, "gsl_rel_error_tol": 1e-6}
    values |= {
        name: block._intern(value.encode()) if isinstance(value, str) else value
        for name, value in _elements(initial, normal).items()
    }
    for moved in block.fusion.moved:
        block.values(moved.column)[:] = values.get(moved.variable, moved.default)
        values[moved.column] = values.get(moved.variable, moved.default)
    block._history()
    texts = block.texts
    block._block()
    block.texts = texts
    draw = random.Random(case.model.name)
    delay = draw.randint(1, 6)
    lane_run = harness.Run(block, 0, [0], [delay], values)
    oracle = ReferenceSynapse(case.model, None, H, delay * H)
    pre = [step for step in range(1, STEPS) if draw.random() < 0.3]
    post = [step for step in range(1, STEPS) if draw.random() < 0.3]
    seen: set[int] = set()
    for step in range(1, STEPS):
        if step in post:
            block.add(step, 0, 0, 1e6)
        block.run(1)
        if step not in pre:
            continue
        fresh = [when for when, lane in block.spikes if lane == 0 and when not in seen]
        seen.update(fresh)
        error = _attempt(lambda fresh=fresh, step=step: oracle.run([step], fresh))
        lane_run.spike(step)
        if error or block.failures:
            _same_failure(error, block.failures, step)
            return
        weight = oracle.emitted[-1][1]
        assert _close(lane_run.emitted[0], weight), (
            f"step {step}: emitted {lane_run.emitted[0]!r}, expected {weight!r}"
        )
        for name in lane_run.values:
            if name in values and name.partition("[")[0] in {item.name for item in case.model.state}:
                _same(step, name, "", lane_run.values[name][0], _of_oracle(oracle, name), block)


def _attempt(action: Any) -> str:
    """Return what an action of the oracle complains about, "" if nothing."""
    try:
        action()
    except InterpreterError as error:
        return str(error)
    return ""


def _same_failure(error: str, failures: list[Any], step: int) -> None:
    assert error, f"step {step}: only the kernel fails: {failures[0]}"
    assert failures, f"step {step}: only the oracle fails: {error}"


def _of_oracle(oracle: Any, name: str) -> Any:
    base, _, index = name.partition("[")
    value = oracle[base]
    return value[int(index[:-1])] if index else value


def _same(step: int, name: str, kind: str, found: Any, expected: Any, block: Any) -> None:
    if isinstance(expected, str):
        found = block.texts[int(found)].decode()
        assert found == expected, f"step {step}: {name} is {found!r}, expected {expected!r}"
    elif isinstance(expected, int) and not isinstance(expected, bool):
        assert int(found) == expected, f"step {step}: {name} is {int(found)}, expected {expected}"
    else:
        tolerance = 1e-3 if name.startswith("x") else 0.0
        assert _close(found, expected, tolerance), f"step {step}: {name} is {found!r}, expected {expected!r}"


def _close(found: float, expected: float, tolerance: float = 0.0) -> bool:
    found, expected = float(found), float(expected)
    if np.isnan(found) or np.isnan(expected):
        return np.isnan(found) and np.isnan(expected)
    return found == expected or abs(found - expected) <= tolerance
