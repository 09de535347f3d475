"""The request of the host library: each thing that it depends on counts, and where things are does not."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nestml_jit.cache import Compiler, Memo
from nestml_jit.cache.image import build_id
from nestml_jit.host import identity, recipe
from nestml_jit.host.installation import Installation
from nestml_jit.host.recipe import host_request, own_files


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    include = tmp_path / "include"
    include.mkdir()
    for name in ("config.h", "node.h", "connector_base.h"):
        (include / name).write_text(name)
    return Installation("3.10.0", include, cxx11_abi=False, has_mpi=False)


def test_each_fact_about_nest_counts(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {host_request(installation, Memo())}
    found.add(host_request(dataclasses.replace(installation, version="3.10.1"), Memo()))
    found.add(host_request(dataclasses.replace(installation, cxx11_abi=True), Memo()))
    for library in ("Open MPI v4.1.4", "MPICH Version: 4.0.2"):
        monkeypatch.setattr(recipe, "mpi_version", lambda library=library: library)
        found.add(host_request(dataclasses.replace(installation, has_mpi=True), Memo()))
    (installation.include / "node.h").write_text("changed")
    found.add(host_request(installation, Memo()))
    assert len(found) == 6


def test_where_nest_is_does_not_count(installation: Installation, tmp_path: Path) -> None:
    before = host_request(installation, Memo())
    moved = installation.include.rename(tmp_path / "elsewhere")
    assert host_request(dataclasses.replace(installation, include=moved), Memo()) == before


def test_each_of_our_own_files_counts(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = own_files()
    assert {"nestml_jit_abi.h", "nest/shell.h", "api/api.cpp", "stub/omp.h"} <= set(files)
    before, changed = host_request(installation, Memo()), tmp_path / "changed"
    changed.write_text("changed")
    for name in files:
        monkeypatch.setattr(recipe, "own_files", lambda name=name: {**files, name: changed})
        assert host_request(installation, Memo()) != before


# --- a NEST that is built again --------------------------------------------------------------------

EDITS = {
    "a header of its own": lambda include: (include / "recordables_map.h").write_text("changed"),
    "the last letter": lambda include: (include / "ring_buffer.h").write_text("ring_buffer.H"),
    "one in a folder": lambda include: (include / "Random123" / "threefry.h").write_text("changed"),
    "a new one": lambda include: (include / "new.h").write_text(""),
    "one less": lambda include: (include / "ring_buffer.h").unlink(),
    "another name": lambda include: (include / "ring_buffer.h").rename(include / "ring_buffer2.h"),
    "two exchanged": lambda include: exchange(include / "ring_buffer.h", include / "recordables_map.h"),
    "the same time and size": lambda include: keep_times(include / "node.h"),
}


def exchange(one: Path, other: Path) -> None:
    aside = one.with_suffix(".aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def keep_times(path: Path) -> None:
    status = path.stat()
    path.write_text(path.read_text().upper())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.fixture
def many_headers(installation: Installation) -> Installation:
    (installation.include / "Random123").mkdir()
    for name in ("ring_buffer.h", "recordables_map.h", "Random123/threefry.h"):
        (installation.include / name).write_text(name)
    return installation


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_every_header_of_nest_counts(
    edit: Callable[[Path], object], many_headers: Installation, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    before = host_request(many_headers, Memo(lambda: notes))
    assert host_request(many_headers, Memo(lambda: notes)) == before
    edit(many_headers.include)
    assert host_request(many_headers, Memo(lambda: notes)) != before


def test_headers_are_read_once(
    many_headers: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = host_request(many_headers, Memo(lambda: tmp_path / "notes"))
    monkeypatch.setattr(identity, "digest_file", lambda path: pytest.fail("read again"))
    assert host_request(many_headers, Memo(lambda: tmp_path / "notes")) == before


def test_a_copy_of_nest_is_the_same(many_headers: Installation, tmp_path: Path) -> None:
    """Another place, other times, another order in the folder."""
    copy = tmp_path / "copy"
    for name in sorted(os.listdir(many_headers.include), reverse=True):
        source = many_headers.include / name
        copy.mkdir(exist_ok=True)
        shutil.copytree(source, copy / name) if source.is_dir() else shutil.copyfile(source, copy / name)
    moved = dataclasses.replace(many_headers, include=copy)
    assert host_request(moved, Memo()) == host_request(many_headers, Memo())


def library(folder: Path, compiler: Compiler, text: str, *flags: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nestkernel_api.so"
    command = [*compiler.command, "-x", "c++", "-", "-shared", "-fPIC", *flags, "-o", str(path)]
    subprocess.run(command, input=text.encode(), check=True)
    return path


@pytest.mark.parametrize("named", [True, False])
def test_nests_library_counts_by_its_content(
    named: bool, installation: Installation, tmp_path: Path, compiler: Compiler
) -> None:
    """With the name of a build that linkers give, and without; where it is does not count."""
    flag = "-Wl,--build-id" if named else "-Wl,--build-id=none"
    one = library(tmp_path / "one", compiler, "int a;", flag)
    assert bool(build_id(one)) == named
    same = library(tmp_path / "same", compiler, "int a;", flag)
    other = library(tmp_path / "other", compiler, "int b;", flag)
    found = [
        host_request(dataclasses.replace(installation, kernel=kernel), Memo())
        for kernel in (one, same, other)
    ]
    assert found[0] == found[1] != found[2]


def test_libraries_beside_the_kernel_count(installation: Installation, tmp_path: Path) -> None:
    include = tmp_path / "prefix" / "include" / "nest"
    shutil.copytree(installation.include, include)
    kernel = tmp_path / "kernel.so"
    kernel.write_text("kernel")
    split = dataclasses.replace(installation, include=include, kernel=kernel)
    found = [host_request(split, Memo())]
    beside = tmp_path / "prefix" / "lib" / "nest"
    beside.mkdir(parents=True)
    for content in ("one", "two"):
        (beside / "libnest.so").write_text(content)
        found.append(host_request(split, Memo()))
    (beside / "nestmlmodule.so").write_text("a module of a user's")
    assert host_request(split, Memo()) == found[-1]
    assert len(set(found)) == 3


def test_a_build_without_a_name(tmp_path: Path) -> None:
    for content in (b"", b"text", b"\x7fELF", b"\x7fELF\x02\x01" + bytes(200)):
        (tmp_path / "file").write_bytes(content)
        assert build_id(tmp_path / "file") == ""
    assert build_id(tmp_path / "nowhere") == ""
