from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from nestml_jit.cache import Compiler, Memo, Roots, Store, find_compiler

# Stands for the package, whose own code would import NEST.
BARE_PACKAGE = f"""
import sys, types
package = types.ModuleType("nestml_jit")
package.__path__ = [{str(Path(__file__).parents[2] / "nestml_jit")!r}]
sys.modules["nestml_jit"] = package
"""


@pytest.fixture(autouse=True)
def usual_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile with the flags that users have, whatever other tests compile with."""
    monkeypatch.delenv("NESTML_JIT_FLAGS", raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def store(root: Path) -> Store:
    return Store(Roots(root))


@pytest.fixture
def header(tmp_path: Path) -> Path:
    path = tmp_path / "include" / "abi.h"
    path.parent.mkdir()
    path.write_text("#define ANSWER 42\n")
    return path


@pytest.fixture(scope="session")
def compiler() -> Compiler:
    return find_compiler(Memo())


@pytest.fixture
def counting_compiler(tmp_path: Path, compiler: Compiler) -> tuple[Path, Callable[[], int]]:
    """A compiler that counts how often it links a library, and takes its time."""
    log = tmp_path / "runs"
    script = tmp_path / "counting c++"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *kernel.so*) echo run >> "{log}"; sleep 0.3;; esac\n'
        f'exec {compiler.command[0]} "$@"\n'
    )
    script.chmod(0o755)
    return script, lambda: len(log.read_text().splitlines()) if log.exists() else 0


def python(
    code: str, *arguments: object, env: dict[str, str] | None = None, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Start `code` in a new interpreter that finds this package's subpackages."""
    return subprocess.Popen(
        [sys.executable, "-c", BARE_PACKAGE + textwrap.dedent(code), *map(str, arguments)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    )


@pytest.fixture
def run_python() -> Callable[..., subprocess.Popen[str]]:
    return python


def everything_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def listing() -> Callable[[Path], set[str]]:
    return everything_below
