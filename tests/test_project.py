"""The two commands on machines where something is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")


def make(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run make in a folder that holds nothing but what set-up depends on."""
    (folder / "pyproject.toml").touch()
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    return subprocess.run(
        ["make", "--no-print-directory", "-f", str(MAKEFILE), *arguments],
        cwd=folder,
        env={**kept, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def few_tools(tmp_path: Path) -> str:
    """A PATH without any compiler or Python."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for tool in ("make", "sh", "touch"):
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return str(folder)


@pytest.mark.parametrize("target", ["demo", "test"])
def test_without_a_compiler_one_sentence_says_what_to_install(
    tmp_path: Path, few_tools: str, target: str
) -> None:
    done = make(tmp_path, target, PATH=few_tools)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith("No C++20 compiler: install g++ 11 or newer, or clang++ 14 or newer")
    assert len(done.stderr.splitlines()) == 2  # the other one is make's
    assert not (tmp_path / ".venv").exists()


def test_a_compiler_that_does_not_work_is_named(tmp_path: Path) -> None:
    done = make(tmp_path, "demo", CXX="/bin/false")
    assert done.stderr.startswith("No C++20 compiler (CXX is '/bin/false'): install")


def test_a_compiler_with_arguments_is_accepted(tmp_path: Path) -> None:
    compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    assert make(tmp_path, "compiler", CXX=f"{compiler} -O1").returncode == 0
    assert make(tmp_path, "compiler").returncode == 0


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false"])
def test_without_python_one_sentence_says_what_to_install(tmp_path: Path, python: str) -> None:
    done = make(tmp_path, "demo", PYTHON=python)
    assert done.returncode != 0
    assert done.stderr.startswith(f"No Python 3.10 or newer ('{python}' is not): install one")
    assert not (tmp_path / ".venv").exists()
