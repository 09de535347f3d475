"""Compiling ahead, and running where nothing may or can be compiled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from nestml_jit.cache import runnable, this_cpu
from tests.numerics.network import nest

REPOSITORY = Path(nest.__file__).parents[1]

SCRIPT = """
    import sys
    import nestml_jit as nest
    nest.verbosity = nest.VerbosityLevel.ERROR
    neurons = nest.Create("iaf_psc_exp_neuron", 3, params={"I_e": 600.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Simulate(50.0)
    print("rate", 1.0 / recorder.n_events)
    spec = {"synapse_model": "stdp_synapse_nestml", "weight": float(sys.argv[1])}
    nest.Connect(neurons, neurons, syn_spec=spec)
    nest.Simulate(10.0)
"""
PLAIN = "iaf_psc_exp_neuron"


def call(*words: object, cwd: Path, **environ: str | None) -> subprocess.CompletedProcess[str]:
    """Run this interpreter; variables that are None are taken away."""
    given = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYNEST_QUIET": "1", **environ}
    return subprocess.run(
        [sys.executable, *map(str, words)],
        env={key: value for key, value in given.items() if value is not None},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def prewarm(*words: object, cwd: Path, **environ: str | None) -> tuple[int, dict[str, Any], str]:
    done = call("-m", "nestml_jit", "prewarm", "--format", "json", *words, cwd=cwd, **environ)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def kernels(root: Path) -> set[str]:
    return {str(path) for path in root.glob("v1/kernel/*/kernel.so")}


@pytest.fixture(scope="module")
def host() -> Path:
    """The folder of host libraries, with that of this very code in it."""
    nest.Create(PLAIN)
    nest.ResetKernel()
    return Path(os.environ["NESTML_JIT_CACHE"]) / "v1" / "host"


@pytest.fixture
def root(tmp_path: Path, host: Path) -> Path:
    """A root that has the host library already, which takes long to compile."""
    (tmp_path / "root" / "v1").mkdir(mode=0o700, parents=True)
    (tmp_path / "root").chmod(0o700)
    shutil.copytree(host, tmp_path / "root" / "v1" / "host")
    return tmp_path / "root"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(SCRIPT))
    return path


def offline(root: Path, folder: Path) -> dict[str, str]:
    """Return an environment with that root, no other cache, and no compiler."""
    (folder / "empty").mkdir(exist_ok=True)
    return {
        "NESTML_JIT_CACHE": "/proc/nowhere",
        "NESTML_JIT_CACHE_PATH": str(root),
        "NESTML_JIT_OFFLINE": "1",
        "PATH": str(folder / "empty"),
    }


def test_a_script_is_recorded_as_far_as_it_gets_and_then_runs_without_a_compiler(
    root: Path, script: Path, tmp_path: Path
) -> None:
    """Without results it divides by zero; the second kernel is missing then."""
    lowest = runnable(this_cpu())[-1]
    words = ("--root", root, "--cpu", f"{lowest},native", "--args", "40", script)
    status, report, errors = prewarm(*words, cwd=tmp_path)
    (recording,) = report["recordings"]
    assert status == 0, errors
    assert (recording["simulations"], recording["kernels"]) == (1, [PLAIN])
    assert "ZeroDivisionError" in recording["failure"]
    assert [(item["cpu"], item["cached"]) for item in report["kernels"]] == [
        (lowest, False),
        ("native", False),
    ]
    assert (root.stat().st_mode & 0o077) == 0o055
    before = kernels(root)

    environ = {**offline(root, tmp_path), "NESTML_JIT_CPU": lowest}
    done = call(script, 40, cwd=tmp_path, CXX=None, **environ)
    assert "rate" in done.stdout
    assert "OfflineError: the kernel of iaf_psc_exp_neuron + stdp_synapse_nestml is not" in done.stderr
    command = done.stderr.splitlines()[-1].split()
    assert command == f"nestml-jit prewarm --root {root} --cpu {lowest} --args=40 {script}".split()

    # The script mends itself once it is told; the very command that was printed does the rest.
    script.write_text(script.read_text().replace("1.0 / recorder", "recorder"))
    status, report, errors = prewarm(*command[2:], cwd=tmp_path)
    assert (status, errors) == (0, "")
    assert report["recordings"][0]["simulations"] == 2
    assert [item["cached"] for item in report["kernels"]] == [True, False]
    after = kernels(root)
    assert before < after
    done = call(script, 40, cwd=tmp_path, CXX=None, **environ)
    assert done.returncode == 0, done.stderr
    assert kernels(root) == after


def test_models_by_name_and_a_script_that_never_ends(root: Path, tmp_path: Path) -> None:
    loop = tmp_path / "loop.py"
    loop.write_text(
        f"import nest\nnest.Create('{PLAIN}')\nwhile nest.biological_time < 5.0:\n    nest.Simulate(1.0)\n"
    )
    status, report, errors = prewarm("--root", root, f"{PLAIN}+stdp_synapse_nestml", loop, cwd=tmp_path)
    assert status == 0, errors
    assert "again and again" in report["recordings"][0]["failure"]
    subjects = [item["subject"] for item in report["kernels"]]
    assert subjects == [PLAIN, f"{PLAIN} + stdp_synapse_nestml"]
    status, report, errors = prewarm("--root", root, "--neuron", "no_such_model", cwd=tmp_path)
    assert (status, report["kernels"]) == (1, [])
    assert "no_such_model" in report["recordings"][0]["failure"]
    loop.write_text("raise SystemExit('no data to begin with')\n")
    status, report, errors = prewarm("--root", root, loop, cwd=tmp_path)
    assert (status, report["recordings"][0]["simulations"]) == (1, 0)
    assert report["recordings"][0]["failure"] == "no data to begin with"


def test_offline_counts_for_the_host_too(tmp_path: Path, host: Path) -> None:
    """And a compiler that is there is not asked for anything."""
    code = f"import nestml_jit as nest\nnest.Create('{PLAIN}')"
    environ = {"NESTML_JIT_CACHE": str(tmp_path / "cache"), "NESTML_JIT_OFFLINE": "yes", "CXX": "/bin/false"}
    done = call("-c", code, cwd=tmp_path, **environ)
    assert "OfflineError: the host library is not compiled" in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"  nestml-jit prewarm --root {tmp_path}/cache --cpu ")
    assert done.stderr.splitlines()[-1].endswith(" --host")


def test_without_a_compiler_what_is_prewarmed_is_used_and_the_rest_is_explained(
    tmp_path: Path, host: Path
) -> None:
    """The tests' own cache serves as the prewarmed folder."""
    environ = {**offline(host.parents[1], tmp_path), "NESTML_JIT_OFFLINE": None}
    environ["NESTML_JIT_CACHE"] = str(tmp_path / "cache")
    nest.Create(PLAIN)
    nest.Simulate(1.0)
    code = f"""
        import nestml_jit as nest
        nest.Create("{PLAIN}")
        nest.Simulate(1.0)
        text = open("{REPOSITORY}/nestml_jit/models/{PLAIN}.nestml").read()
        nest.jit.define(text.replace("{PLAIN}", "another_neuron").replace("+ V_th", "+ V_th + 0.123 mV"))
        nest.Create("another_neuron")
        print("so far so good")
        nest.Simulate(1.0)
    """
    done = call("-c", textwrap.dedent(code), cwd=tmp_path, CXX=None, **environ)
    assert "so far so good" in done.stdout, done.stderr
    assert "BuildError: no C++ compiler was found: install g++" in done.stderr
    assert done.stderr.rstrip().endswith("another_neuron")
    assert not list((tmp_path / "cache").rglob("*.so"))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nowhere.py"], "there is no script nowhere.py"),
        ([], "name scripts, models or --host"),
        (["--synapse", "x"], "--synapse needs a --neuron"),
        (["--cpu", "z80", "x"], "there is no CPU 'z80'"),
    ],
)
def test_what_prewarm_cannot_do(words: list[str], text: str, tmp_path: Path) -> None:
    status, report, errors = prewarm(*words, cwd=tmp_path)
    assert (status, report) == (2, {})
    assert text in errors


def test_prewarm_without_a_compiler(tmp_path: Path) -> None:
    status, _report, errors = prewarm("x", cwd=tmp_path, CXX="/bin/false")
    assert status == 2
    assert "/bin/false" in errors
