"""A sample of `make fuzz`: models that are drawn at random give what the interpreter gives."""

from __future__ import annotations

import random

import pytest

from nestml_jit.oracle.interpreter import InterpreterError
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.fuzz.__main__ import drawn, failures
from tests.fuzz.compare import Case, checked
from tests.fuzz.models import Scope, Writer
from tests.fuzz.shrink import shrunk

SEED, MODELS = 1, 14


def test_drawn_models_agree_with_the_interpreter() -> None:
    cases = drawn(SEED, MODELS)
    assert len(cases) >= MODELS - 2
    assert {case.is_synapse for case in cases} == {False, True}
    failed = failures(cases)
    assert not failed, "\n".join(f"{case.problem}\n{case.text}" for case in failed)


def test_a_draw_is_repeatable() -> None:
    scope = Scope()
    one, other = (Writer(random.Random(5)).real(scope, 3) for _ in range(2))
    assert one == other


LARGE = """
model shrinking_neuron:
    state:
        a integer = 3
        b real = 2
    input:
        spikes <- spike
    output:
        spike
    update:
        b = b + 1
        if b > 5:
            a = a + 1
        a = a * 2
"""


def test_failing_models_become_small(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """What is left is what the failure needs."""

    def fails(case: Case) -> None:
        case.problem = "a is doubled" if "a = a * 2" in case.text else ""

    monkeypatch.setattr("tests.fuzz.shrink.run", fails)
    monkeypatch.setattr("tests.fuzz.shrink.compile_all", lambda cases: None)
    case = checked(LARGE)
    assert case is not None
    fails(case)
    assert [line.strip() for line in shrunk(case).text.split("\n") if line] == [
        "model shrinking_neuron:",
        "state:",
        "a integer = 3",
        "update:",
        "a = a * 2",
    ]


# A vector of which some elements are assigned, an unused local vector, a variable beside itself, `and` in
# `or`, a comparison of comparisons, and a local behind a loop that a later branch assigns.
FOUND_NEURON = """
model found_neuron:
    state:
        s[3] real = 0.5
        n integer = 0
        b boolean = false
    parameters:
        p[3] integer = 2
    input:
        spikes <- spike
    update:
        s[1] -= s[clip(n, 0, 2)] / 2
        n += 1
        unused[3] real = 1
        unused[n % 3] = 2
        b = (b and n == n) or n > 5
        b = (n > 3) == b
        i integer = 0
        for i in 0 ... 3 step 1:
            c boolean = p[i] < n
        late real = p[clip(n, 0, 2)]
        if n != i:
            late -= 1
            s[0] = late
        else:
            s[p[n % 3]] = late
"""
FOUND_SYNAPSE = """
model found_synapse:
    state:
        w real = 1
        n integer = 0
    input:
        pre <- spike
        post <- spike
    output:
        spike
    onReceive(pre):
        w = n
        emit_spike(w)
    onReceive(post):
        i integer = 0
        v[3] integer = 1
        for i in 0 ... 3 step 1:
            n += v[i]
        i = i + 1
        n += i
"""
# An integer that the target keeps.
FOUND_MOVED_SYNAPSE = """
model found_moved_synapse:
    state:
        w real = 1
        n integer = 5
    input:
        pre <- spike
        post <- spike
    output:
        spike
    onReceive(post):
        n += 2
    onReceive(pre):
        if n < 12:
            w = 2
        else:
            w = 3
        emit_spike(w)
"""

# Divisions by zero, and an index out of range, whose results are not needed: errors in the third step.
FAILING = """
model failing_{}_neuron:
    state:
        v[2] real = 1
        n integer = 3
        m integer = 0
    input:
        spikes <- spike
    update:
        n -= 1
        m = {}
    function unused(d integer) integer:
        l integer = 6 // d
        return d
    function in_a_branch(d integer) integer:
        l integer = 6 // d
        if d > 0:
            return l
        return 1
    function ignored(d integer, k integer) integer:
        return k
    function in_both(d integer, k integer) integer:
        return k > 0 ? ignored(6 // d, k) : k
"""


def test_errors_do_not_depend_on_whether_a_result_is_needed() -> None:
    calls = "unused(n)", "in_a_branch(n)", "ignored(6 // n, 2)", "in_both(n, 7 % (2 + n))", "in_both(n, 2)"
    calls += "floor((6 // n)**0.0)", "0 * (6 // n)", "ignored(floor(v[2 - n]), 2)"
    cases = [checked(FAILING.format(number, call)) for number, call in enumerate(calls)]
    for case in cases:
        assert case is not None
        oracle = ReferenceNeuron(case.model, resolution=1.0)
        oracle.step()
        oracle.step()
        with pytest.raises(InterpreterError, match=r"divided by zero|no element 2"):
            oracle.step()
    assert [case.problem for case in failures([case for case in cases if case])] == []


def test_what_was_found() -> None:
    texts = FOUND_NEURON, FOUND_SYNAPSE, FOUND_MOVED_SYNAPSE
    cases = [case for case in map(checked, texts) if case is not None]
    assert len(cases) == len(texts)
    assert [case.problem for case in failures(cases)] == []
