"""Tests with several processes: they need a NEST that was built with MPI, as `make test-mpi` builds it."""

from __future__ import annotations

import pytest

from tests.mpi.launch import SCRIPTS, why_not


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if SCRIPTS in item.path.parents and why_not():
            item.add_marker(pytest.mark.skip(reason=why_not()))
