"""Tests with several processes: they need a NEST that was built with MPI, as `make test-mpi` builds it."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.mpi.launch import CACHE, PYTHON, REPOSITORY, SCRIPTS, why_not


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if SCRIPTS in item.path.parents and why_not():
            item.add_marker(pytest.mark.skip(reason=why_not()))


@pytest.fixture(autouse=True, scope="session")
def host() -> None:
    """Have the host library for this NEST in the tests' cache, where all tests look for it."""
    if why_not():
        return
    made = subprocess.run(
        [PYTHON, "-m", "nestml_jit", "prewarm", "--host"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "NESTML_JIT_CACHE": str(CACHE)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert made.returncode == 0, made.stdout
