"""The same network with 1, 2 and 4 processes at equal numbers of virtual processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mpi.launch import run

CASES = (
    "static",
    "plastic",
    "moved",
    "one_connection_differs",
    "one_process_has_all",
    "random_numbers",
    "vectors",
    "ports",
    "recorded",
)
SIZES = (1, 2, 4)

Whole = dict[str, list[Any]]


@pytest.fixture(scope="session")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], Whole]:
    return {}


@pytest.fixture
def whole(wholes: dict[tuple[str, int], Whole], tmp_path: Path) -> Any:
    """Return a network's results, put together from those of its processes; each is run once."""

    def find(case: str, processes: int) -> Whole:
        if (case, processes) not in wholes:
            folder = tmp_path / f"{case}-{processes}"
            folder.mkdir()
            parts = run(processes, "networks", case, folder=folder)
            wholes[case, processes] = {
                name: sorted(item for part in parts for item in part[name]) for name in parts[0]
            }
        return wholes[case, processes]

    return find


@pytest.mark.parametrize("processes", SIZES[1:])
@pytest.mark.parametrize("case", CASES)
def test_results_do_not_depend_on_the_number_of_processes(whole: Any, case: str, processes: int) -> None:
    alone, together = whole(case, 1), whole(case, processes)
    assert len(alone["spikes"]) > 5
    for name in {*alone} - {"stages", "own", "columns"}:
        assert together[name] == alone[name], name


@pytest.mark.parametrize("processes", SIZES)
def test_spikes_and_weights_are_those_of_nests_models(whole: Any, processes: int) -> None:
    ours, nests = whole("plastic", processes), whole("of_nest", processes)
    assert ours["spikes"] == nests["spikes"]
    assert [row[:3] for row in ours["connections"]] == [row[:3] for row in nests["connections"]]
    for mine, theirs in zip(ours["connections"], nests["connections"], strict=True):
        assert mine[3] == pytest.approx(theirs[3], rel=1e-12)


@pytest.mark.parametrize("processes", SIZES)
def test_recorders_hear_what_they_hear_of_nests_models(whole: Any, processes: int) -> None:
    assert whole("recorded", processes)["spikes"] == whole("recorded_of_nest", processes)["spikes"]


def test_a_variable_that_one_process_cannot_move_is_moved_by_none(whole: Any) -> None:
    found = whole("one_connection_differs", 4)
    assert sorted(found["own"]) == [0, 0, 0, 6]
    assert [row[-1] for row in found["connections"]].count(5.0) == 1


def test_columns_appear_in_processes_without_such_connections(whole: Any) -> None:
    found = whole("one_process_has_all", 4)
    assert len(found["columns"]) == 4
    assert all("post_trace__for_stdp_synapse_nestml" in columns for columns in found["columns"])


def test_all_processes_know_the_same_stages(whole: Any) -> None:
    """Only the first one parses and generates, but all take note, also those that have no neuron."""
    stages = [(name, subject) for name, subject, _cached in whole("one_process_has_all", 4)["stages"]]
    assert all(stages.count(stage) == 4 for stage in stages)
    assert {"card", "pair", "generate", "compile"} <= {name for name, _subject in stages}
