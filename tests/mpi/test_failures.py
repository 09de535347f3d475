"""What goes wrong in one process is told to all, and none waits for it; one process compiles for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mpi.launch import CACHE, run, start

RELAXING = """model {name}:
    state:
        x real = 1
    equations:
        x' = -x / ({tau} ms)
    update:
        integrate_odes()
"""


def write_models(folder: Path, processes: int) -> None:
    for rank in range(processes):
        own = folder / str(rank)
        own.mkdir()
        (own / "different.nestml").write_text(RELAXING.format(name="different", tau=1.0 + rank))
        (own / "mistaken.nestml").write_text(RELAXING.format(name="mistaken", tau=1.0).replace("-x", "-y"))
        name = "only_others" if rank else "only_first"
        (own / f"{name}.nestml").write_text(RELAXING.format(name=name, tau=1.0))


@pytest.fixture(scope="module", params=[(2, 1), (2, 0), (4, 3)], ids=str)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Return what each process was told; the compiler fails in one of them."""
    processes, guilty = request.param
    folder = tmp_path_factory.mktemp("models")
    write_models(folder, processes)
    return run(
        processes,
        "failures",
        str(folder),
        str(guilty),
        folder=folder,
        # Each process has a cache of its own, and the host from where other tests have it.
        NESTML_JIT_CACHE=str(folder / "cache-{rank}"),
        NESTML_JIT_CACHE_PATH=str(CACHE),
    )


@pytest.mark.parametrize(
    ("what", "kind", "part"),
    [
        ("file that one process lacks", "FileNotFoundError", "only_first.nestml"),
        ("text that differs", "NestmlError", "differs between the processes"),
        ("model that only the first process has", "nothing", "only_first"),
        ("model that the first process lacks", "UnknownModelName", "only_others.nestml"),
        ("model with a mistake", "NestmlErrors", "`y` is not declared"),
        ("other models", "DivergedError", "process 1 at the model 'iaf_psc_alpha_neuron'"),
        ("connection of one process", "BadProperty", "tau_tr_pre"),
        ("compiler of one process", "BuildError", "exit status: 1"),
        ("the same once more", "BuildError", "exit status: 1"),
        ("a simulation in the end", "nothing", "None"),
    ],
)
def test_all_processes_are_told_the_same(told: list[Any], what: str, kind: str, part: str) -> None:
    found = [item[what] for item in told]
    assert found[0][0] == kind, found[0][1]
    assert part in found[0][1]
    assert all(item == found[0] for item in found)


def test_after_errors_the_processes_simulate_together(told: list[Any]) -> None:
    assert [item["time"] for item in told] == [50.0] * len(told)
    assert sum(item["spikes"] for item in told) >= 4


def test_one_process_compiles_for_all(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    found = run(4, "cold", folder=tmp_path, NESTML_JIT_CACHE=str(cache), NESTML_JIT_CACHE_PATH=str(CACHE))
    stages = [dict(item["stages"]) for item in found]
    assert [item["compile"] for item in stages] == [False, True, True, True]
    assert len(list(cache.rglob("kernel.so"))) == 1
    again = run(2, "cold", folder=tmp_path, NESTML_JIT_CACHE=str(cache), NESTML_JIT_CACHE_PATH=str(CACHE))
    assert all(cached for item in again for _name, cached in item["stages"])


def test_a_cache_that_one_process_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "cache-1").write_text("no folder")
    found = run(
        2,
        "cold",
        folder=tmp_path,
        NESTML_JIT_CACHE=str(tmp_path / "cache-{rank}"),
        NESTML_JIT_CACHE_PATH=str(CACHE),
    )
    first, second = (item["error"] for item in found)
    assert first == second
    assert first[0] == "CacheError"
    assert "cache-1" in first[1]


def test_offline_all_processes_are_told_what_to_prewarm(tmp_path: Path) -> None:
    found = run(
        2,
        "cold",
        folder=tmp_path,
        NESTML_JIT_CACHE=str(tmp_path / "cache"),
        NESTML_JIT_CACHE_PATH=str(CACHE),
        NESTML_JIT_OFFLINE="1",
    )
    first, second = (item["error"] for item in found)
    assert first == second
    assert first[0] == "OfflineError"
    assert "nestml-jit prewarm" in first[1]


def test_an_error_that_one_process_does_not_catch_ends_all(tmp_path: Path) -> None:
    done = start(2, "alone", folder=tmp_path, timeout=120.0)
    assert done.returncode != 0
    assert "ZeroDivisionError: only here" in done.stdout
