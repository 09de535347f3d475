"""Damage to the cache, and edits of our own code: right results or a clear error.

tests/cache has damage of all kinds; here some of it is seen from a script, in fresh processes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.numerics.network import nest
from tests.package_copy import copy_package

REPOSITORY = Path(nest.__file__).parents[1]

SCRIPT = """
    import json, os, sys
    events = []
    cache = os.environ["NESTML_JIT_CACHE"]
    open_by_name = os.open
    def note(path):
        if path.startswith(cache) and os.path.isfile(path):
            events.append(["read", path])
    def open_below(*arguments, **options):  # a name counts in the folder of a descriptor
        descriptor = open_by_name(*arguments, **options)
        note(os.readlink(f"/proc/self/fd/{descriptor}"))
        return descriptor
    os.open = open_below
    def listen(event, arguments):
        if event == "open":
            note(str(arguments[0]))
        elif event in ("subprocess.Popen", "os.posix_spawn", "os.system", "os.exec", "os.fork"):
            events.append(["process", " ".join(map(str, arguments[1:2]))])
    sys.addaudithook(listen)

    import nestml_jit as nest
    nest.verbosity = nest.VerbosityLevel.ERROR
    neurons = nest.Create("iaf_psc_exp_neuron", 5, params={"I_e": 400.0})
    nest.Connect(neurons, neurons, syn_spec={"synapse_model": "stdp_synapse_nestml", "weight": 40.0})
    nest.Simulate(60.0)
    print(json.dumps({
        "V_m": neurons.V_m,
        "stages": {stage.name: stage.cached for stage in nest.jit.report().stages},
        "kernel": str(nest.jit.report().kernels["iaf_psc_exp_neuron"]),
        "read": sorted({what for how, what in events if how == "read"}),
        "processes": [what for how, what in events if how == "process"],
    }))
"""


def start(folder: Path, cache: Path, package: Path = REPOSITORY) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)],
        env={**os.environ, "PYTHONPATH": str(package), "PYNEST_QUIET": "1", "NESTML_JIT_CACHE": str(cache)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def run(folder: Path, cache: Path, package: Path = REPOSITORY) -> dict[str, Any]:
    return finish(start(folder, cache, package))


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A run for which everything is in the tests' cache already."""
    folder = tmp_path_factory.mktemp("warm")
    run(folder, Path(os.environ["NESTML_JIT_CACHE"]))
    return run(folder, Path(os.environ["NESTML_JIT_CACHE"]))


@pytest.fixture
def cache(warm: dict[str, Any], tmp_path: Path) -> Path:
    """A copy of what that run reads."""
    source, copy = Path(os.environ["NESTML_JIT_CACHE"]), tmp_path / "cache"
    copy.mkdir(mode=0o700)
    for folder in {Path(name).parent for name in warm["read"]}:
        if (folder / "manifest.json").is_file():
            shutil.copytree(folder, copy / folder.relative_to(source))
    return copy


def test_a_warm_start_reads_a_handful_of_files_and_starts_no_process(warm: dict[str, Any]) -> None:
    """Manifest and library of host and kernel; four descriptions and texts; three notes."""
    assert warm["processes"] == []
    assert set(warm["stages"].values()) == {True}
    read = [Path(name).relative_to(os.environ["NESTML_JIT_CACHE"]) for name in warm["read"]]
    kinds = sorted(path.parts[1] for path in read)
    libraries = ["host", "host", "kernel", "kernel"]
    assert kinds == ["card", "card", "generate", *libraries, "notes", "notes", "notes", "pair"]


def a_foreign_library(folder: Path) -> None:
    """One that can be loaded, and has nothing that we call."""
    import _ctypes

    shutil.copyfile(_ctypes.__file__, folder / "kernel.so")


def flip_a_bit(folder: Path) -> None:
    data = bytearray((folder / "kernel.so").read_bytes())
    data[len(data) // 2] ^= 4
    (folder / "kernel.so").write_bytes(bytes(data))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "truncated": lambda folder: os.truncate(folder / "kernel.so", 4096),
    "a flipped bit": flip_a_bit,
    "foreign": a_foreign_library,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_kernel_is_compiled_anew(
    damage: str, cache: Path, warm: dict[str, Any], tmp_path: Path
) -> None:
    (folder,) = (cache / "v1" / "kernel").iterdir()
    DAMAGE[damage](folder)
    found = run(tmp_path, cache)
    assert found["V_m"] == warm["V_m"]
    assert found["stages"]["compile"] is False
    assert found["stages"]["host"]
    assert Path(found["kernel"]) == folder
    assert len(list((cache / "v1").glob("broken/*/entry"))) == 1


def test_damaged_descriptions_are_made_anew(cache: Path, warm: dict[str, Any], tmp_path: Path) -> None:
    for kind in ("card", "pair", "generate"):
        for manifest in (cache / "v1" / kind).glob("*/manifest.json"):
            manifest.write_bytes(manifest.read_bytes()[:-40])
    found = run(tmp_path, cache)
    assert found["V_m"] == warm["V_m"]
    assert found["kernel"].endswith(Path(warm["kernel"]).name)  # the same text, hence the same key
    assert found["stages"] == {"card": False, "pair": False, "generate": False, "host": True, "compile": True}


def test_a_symlinked_cache(cache: Path, warm: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(cache)
    found = run(tmp_path, tmp_path / "link")
    assert (found["V_m"], set(found["stages"].values())) == (warm["V_m"], {True})


def test_eight_cold_processes_at_once(cache: Path, warm: dict[str, Any], tmp_path: Path) -> None:
    """Nothing is there but the host library: one entry comes of it, and eight results."""
    for kind in ("card", "pair", "generate", "kernel"):
        shutil.rmtree(cache / "v1" / kind)
    found = [finish(process) for process in [start(tmp_path, cache) for _ in range(8)]]
    assert all(item["V_m"] == warm["V_m"] for item in found)
    assert len({item["kernel"] for item in found}) == 1
    assert len(list((cache / "v1" / "kernel").iterdir())) == 1
    assert list((cache / "v1" / "building").iterdir()) == []
    built = [command for item in found for command in item["processes"] if "'-o', 'kernel.so'" in command]
    assert len(built) == 1
    assert not (cache / "v1" / "broken").exists()


def test_an_edit_of_our_own_code_invalidates(cache: Path, warm: dict[str, Any], tmp_path: Path) -> None:
    """What the edit can change is made anew; what comes out the same is not compiled again."""
    package = copy_package(tmp_path / "packages")
    parent = package.parent
    assert set(run(tmp_path, cache, parent)["stages"].values()) == {True}

    with (package / "codegen" / "cpp" / "lanes.py").open("a") as file:
        file.write("# a comment\n")
    found = run(tmp_path, cache, parent)
    assert found["stages"] == {"card": False, "pair": False, "generate": False, "host": True, "compile": True}

    template = package / "codegen" / "cpp" / "templates" / "kernel.cpp.jinja"
    template.write_text(template.read_text() + "// a comment\n")
    found = run(tmp_path, cache, parent)
    assert found["stages"] == {
        "card": False,
        "pair": False,
        "generate": False,
        "host": True,
        "compile": False,
    }
    assert found["V_m"] == warm["V_m"]
