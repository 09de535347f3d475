"""A sample of `make fuzz`: models that are drawn at random give what the interpreter gives."""

from __future__ import annotations

import random

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


def test_what_was_found() -> None:
    cases = [case for case in map(checked, (FOUND_NEURON, FOUND_SYNAPSE)) if case is not None]
    assert len(cases) == 2
    assert [case.problem for case in failures(cases)] == []
