"""The request of the host library: each thing that it depends on counts, and where things are does not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from nestml_jit.host import build
from nestml_jit.host.build import host_request, own_files
from nestml_jit.host.installation import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    include = tmp_path / "include"
    include.mkdir()
    for name in ("config.h", "node.h", "connector_base.h"):
        (include / name).write_text(name)
    return Installation("3.10.0", include, cxx11_abi=False, has_mpi=False)


def test_each_fact_about_nest_counts(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {host_request(installation)}
    found.add(host_request(dataclasses.replace(installation, version="3.10.1")))
    found.add(host_request(dataclasses.replace(installation, cxx11_abi=True)))
    for library in ("Open MPI v4.1.4", "MPICH Version: 4.0.2"):
        monkeypatch.setattr(build, "mpi_version", lambda library=library: library)
        found.add(host_request(dataclasses.replace(installation, has_mpi=True)))
    (installation.include / "node.h").write_text("changed")
    found.add(host_request(installation))
    assert len(found) == 6


def test_where_nest_is_does_not_count(installation: Installation, tmp_path: Path) -> None:
    before = host_request(installation)
    moved = installation.include.rename(tmp_path / "elsewhere")
    assert host_request(dataclasses.replace(installation, include=moved)) == before


def test_each_of_our_own_files_counts(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = own_files()
    assert {"nestml_jit_abi.h", "shell.h", "api.cpp", "stub/omp.h"} <= set(files)
    before, changed = host_request(installation), tmp_path / "changed"
    changed.write_text("changed")
    for name in files:
        monkeypatch.setattr(build, "own_files", lambda name=name: {**files, name: changed})
        assert host_request(installation) != before
