"""Random programs of PyNEST calls: with NESTML models they do what they do with the built-in ones."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.soak.generator import program
from tests.soak.sides import Sides, script, unequal

PROGRAMS = 50
BATCH = 10
LOOKS = {
    "dopamine": "show_connections('dopamine')",
    "junctions": "show_roughly",
    "growth": "show_connections('growing')",
}
"""What shows the theme of a program."""


@pytest.fixture(scope="module")
def sides() -> Iterator[Sides]:
    with Sides() as both:
        yield both


@pytest.mark.parametrize("first", range(0, PROGRAMS, BATCH))
def test_programs_do_what_they_do_with_built_in_models(sides: Sides, first: int) -> None:
    for seed in range(first, first + BATCH):
        steps = program(seed, lean=True)
        difference = sides.difference(steps)
        assert not difference, f"seed {seed}: {difference}\n\n" + script(steps)
        assert sides.nests.process is not None, f"seed {seed}: NEST itself did not survive this:\n" + script(
            steps
        )


@pytest.mark.parametrize("theme", LOOKS)
def test_transmitters_junctions_and_growth(sides: Sides, theme: str) -> None:
    """Most programs end with several values that differ."""
    lively = 0
    for seed in range(3):
        steps = program(seed, lean=True, theme=theme)
        difference = sides.difference(steps)
        assert not difference, f"seed {seed}: {difference}\n\n" + script(steps)
        outcomes = sides.nests.play(steps)
        last = [two for one, two in zip(steps, outcomes, strict=True) if one.startswith(LOOKS[theme])][-1:]
        shown = [values for outcome in last for values in outcome["shown"]]  # type: ignore[index]
        lively += any(len(set(map(str, rows))) > 1 for rows in map(list, map(values_of, shown)))
    assert lively >= 2


def values_of(shown: Any) -> Any:
    return shown["values"] if isinstance(shown, dict) else shown


def test_programs_are_worth_their_time(sides: Sides) -> None:
    outcomes = [outcome for seed in range(12) for outcome in sides.nests.play(program(seed, lean=True))]
    raised = Counter(outcome.get("raised") for outcome in outcomes)  # type: ignore[union-attr]
    assert len(outcomes) > 200
    assert raised.pop(None) > 0.8 * len(outcomes)
    assert len(raised) > 3


def test_a_program_is_the_same_whenever_it_is_drawn() -> None:
    assert [program(seed) for seed in range(20)] == [program(seed) for seed in range(20)]
    assert len({tuple(program(seed)) for seed in range(20)}) == 20


def test_a_crash_is_a_difference_and_the_next_program_is_played(sides: Sides) -> None:
    ours = "model('exp') == 'iaf_psc_exp_neuron'"
    crash = ["import os, signal", f"{ours} and os.kill(os.getpid(), signal.SIGKILL)"]
    assert "ended with status -9" in sides.difference(crash)
    assert sides.difference(["n = nest.Create(model('exp'))", "show_nodes(n, 'exp', 'V_m')"]) == ""
    assert "[0]: True, NEST has False" in sides.difference([f"show({ours})"])
    assert "ours: ZeroDivisionError" in sides.difference([f"{ours} and 1 / 0"])


def test_a_printed_program_runs_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(script(["n = nest.Create(model('exp'), 2)", "show_nodes(n, 'exp', 'V_m')"]))
    done = subprocess.run([sys.executable, path, "nest"], capture_output=True, text=True)
    assert "{'shown': [[-70.0, -70.0]]}" in done.stdout, done.stderr


def test_differences_are_told_from_rounding() -> None:
    assert unequal([1.0, [2.0, "a"]], [1.0 + 1e-12, [2.0, "a"]]) == ""
    assert unequal([1.0, [2.0]], [1.0, [2.001]]) == "[1][0]: 2.0, NEST has 2.001"
    assert "items" in unequal([1], [1, 2])
    assert unequal(True, False) != ""
