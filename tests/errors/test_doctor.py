"""`nestml-jit doctor`: it finds what is wrong, says what to type, and stops at nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nestml_jit.ahead import doctor as doctor_module
from nestml_jit.ahead.doctor import _mpi
from tests.numerics.network import NEURON, nest

REPOSITORY = Path(nest.__file__).parents[1]


def doctor(*words: str, **environ: str | None) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit status, and findings by subject."""
    given = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environ}
    done = subprocess.run(
        [sys.executable, "-m", "nestml_jit", "doctor", "--format", "json", *words],
        env={key: value for key, value in given.items() if value is not None},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stderr == ""
    return done.returncode, {item["subject"]: item for item in json.loads(done.stdout)}


def wrong(found: dict[str, dict[str, Any]]) -> set[str]:
    return {subject for subject, item in found.items() if item["state"] == "wrong"}


def test_all_is_well() -> None:
    status, found = doctor()
    assert (status, wrong(found)) == (0, set())
    assert found["NEST"]["text"].startswith("3.10.")
    assert "the same result as with NEST's own" in found["a model of NESTML"]["text"]
    assert {"compiler", "compiling and loading", "cache", "C++ ABI", "MPI", "CPU"} <= set(found)


def test_without_a_compiler(tmp_path: Path) -> None:
    """What was compiled before works on; with an empty cache the command to type is shown."""
    nest.Create(NEURON)
    nest.Simulate(1.0)
    none = {"CXX": None, "PATH": str(tmp_path)}
    status, found = doctor(**none)
    assert (status, wrong(found)) == (1, {"compiler"})
    assert found["compiler"]["advice"].startswith("install g++ 11 or newer")
    offline = {**none, "NESTML_JIT_OFFLINE": "1", "NESTML_JIT_CACHE": str(tmp_path / "cache")}
    status, found = doctor(**offline, NESTML_JIT_CACHE_PATH=str(tmp_path / "shared"))
    assert (status, wrong(found)) == (1, {"a model of NESTML"})
    assert found["a model of NESTML"]["advice"].startswith(
        f"nestml-jit prewarm --root {tmp_path}/shared --cpu "
    )
    assert found["compiler"]["state"] == found["read-only cache"]["state"] == "note"


def test_a_compiler_that_does_not_compile(tmp_path: Path) -> None:
    front = tmp_path / "front"
    front.write_text('#!/bin/sh\ncase "$*" in *tiny*) echo out of licences; exit 1;; esac\nexec c++ "$@"\n')
    front.chmod(0o755)
    status, found = doctor("--quick", CXX=str(front))
    assert (status, wrong(found)) == (1, {"compiling and loading"})
    assert "out of licences" in found["compiling and loading"]["text"]


def test_caches_and_settings_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "file").write_text("")
    environ = {"NESTML_JIT_CACHE_PATH": str(tmp_path / "open"), "NESTML_JIT_CPU": "pdp11"}
    status, found = doctor("--quick", NESTML_JIT_CACHE=str(tmp_path / "file"), **environ)
    assert (status, wrong(found)) == (1, {"settings", "cache", "read-only cache"})
    assert found["read-only cache"]["advice"].startswith("chmod o-w it")
    assert "pdp11" in found["settings"]["text"]
    status, found = doctor("--quick", NESTML_JIT_CACHE="/proc/none")
    assert wrong(found) == {"cache"}
    assert "NESTML_JIT_CACHE" in found["cache"]["advice"]
    assert "a model of NESTML" not in found


def test_a_nest_that_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "nest.py").write_text("raise ImportError('libgsl.so.27: cannot open shared object file')\n")
    status, found = doctor(PYTHONPATH=f"{tmp_path}{os.pathsep}{REPOSITORY}")
    assert status == 1
    assert wrong(found) == {"NEST", "a model of NESTML"}
    assert "libgsl.so.27" in found["NEST"]["text"]
    assert found["NEST"]["advice"].endswith("-c 'import nest'  # says more")
    (tmp_path / "nest.py").write_text("raise ModuleNotFoundError(\"No module named 'nest'\")\n")
    _status, found = doctor("--quick", PYTHONPATH=f"{tmp_path}{os.pathsep}{REPOSITORY}")
    assert "pip install 'nest-simulator==3.10.*'" in found["NEST"]["advice"]


@pytest.mark.parametrize(
    ("load", "policy", "state"),
    [(0.2, None, "fine"), (7.5, None, "note"), (7.5, "passive", "fine")],
)
def test_threads_that_spin_where_others_want_the_cores(
    load: float, policy: str | None, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"):
        monkeypatch.delenv(name, raising=False)
    if policy is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", policy)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(doctor_module, "cpus", lambda: 4)
    found = doctor_module._waiting()
    assert found.state == state
    assert ("OMP_WAIT_POLICY=passive" in found.advice) == (state == "note")


def test_a_nest_with_mpi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the process that asks NEST would say of one that was built with MPI."""
    told = {"has_mpi": True, "mpi": "Open MPI v4.1.4, package: Debian\nmore"}
    monkeypatch.setenv("PATH", str(tmp_path))
    mpi, _mpi4py = _mpi(told)
    assert (mpi.state, mpi.text.partition(",")[0]) == ("wrong", "Open MPI v4.1.4")
    assert "put the mpicxx" in mpi.advice
    (tmp_path / "mpicxx").write_text("#!/bin/sh\n")
    (tmp_path / "mpicxx").chmod(0o755)
    assert [item.state for item in _mpi(told)] == ["fine", "fine"]
