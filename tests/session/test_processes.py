"""Fresh processes: what a start imports, finds in the cache, and leaves there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.numerics.network import nest

REPOSITORY = Path(nest.__file__).parents[1]

SCRIPT = """
    import json, sys
    import nestml_jit as nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    neurons = nest.Create("iaf_psc_exp_neuron", 5, params={"I_e": 400.0})
    spec = {"synapse_model": "stdp_synapse_nestml", "weight": 40.0, "delay": 1.5}
    nest.Connect(neurons, neurons, syn_spec=spec)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Simulate(100.0)
    print(json.dumps({
        "stages": [[stage.name, stage.cached] for stage in nest.jit.report().stages],
        "spikes": sorted(recorder.events["times"].tolist()),
        "weights": nest.GetConnections(neurons, neurons).weight,
        "modules": sorted({name.split(".")[0] for name in sys.modules}),
        "ours": sorted(name for name in sys.modules if name.startswith("nestml_jit")),
        "kernel": str(nest.jit.report().kernels["iaf_psc_exp_neuron"]),
    }))
"""


def start(code: str, folder: Path, **environ: str) -> subprocess.Popen[str]:
    """Run code in a process of its own, in a folder without any models."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYNEST_QUIET": "1", **environ},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Any:
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


def entries(cache: Path) -> dict[str, int]:
    """Return the libraries and records in a cache, with the time of their last change."""
    kept = [path for path in cache.rglob("*") if path.suffix in (".so", ".json") and path.is_file()]
    return {str(path.relative_to(cache)): path.stat().st_mtime_ns for path in kept}


def test_a_warm_start_compiles_nothing_and_imports_no_front_end(tmp_path: Path) -> None:
    cache = Path(os.environ["NESTML_JIT_CACHE"])
    cold = finish(start(SCRIPT, tmp_path))
    before = entries(cache)
    warm = finish(start(SCRIPT, tmp_path))
    assert entries(cache) == before
    assert {"lark", "sympy", "jinja2"}.isdisjoint(warm["modules"])
    assert not [name for name in warm["ours"] if name.startswith(("nestml_jit.codegen", "nestml_jit.dsl."))
                and name != "nestml_jit.dsl.span"]  # fmt: skip
    stages = [name for name, _cached in warm["stages"]]
    assert {"host", "card", "pair", "generate", "compile"} <= set(stages)
    assert all(cached for _name, cached in warm["stages"])
    assert (warm["spikes"], warm["weights"], warm["kernel"]) == (
        cold["spikes"],
        cold["weights"],
        cold["kernel"],
    )
    assert len(warm["spikes"]) > 10
    assert Path(warm["kernel"], "kernel.so").is_file()


def test_importing_changes_nothing_that_nest_lists(tmp_path: Path) -> None:
    code = """
        import json, sys
        import nest
        before = nest.GetKernelStatus()
        import nestml_jit
        after = nestml_jit.GetKernelStatus()
        same = {key for key in before if str(before[key]) == str(after[key])}
        same_models = before["node_models"] == nestml_jit.node_models
        heavy = {"lark", "sympy", "jinja2", "boost_headers"} & set(sys.modules)
        print(json.dumps([sorted(set(before) - same), same_models, sorted(heavy)]))
    """
    process = start(code, tmp_path, NESTML_JIT_CACHE=str(tmp_path / "cache"))
    changed, same_models, heavy = finish(process)
    assert same_models
    assert heavy == []
    assert set(changed) <= {"memory_size"}
    assert not (tmp_path / "cache").exists()


def test_models_in_the_scripts_folder_and_in_the_environment(tmp_path: Path) -> None:
    from tests.session.texts import relaxing

    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "here" / "beside_script.nestml").write_text(relaxing("beside_script", start=1.0))
    (tmp_path / "there" / "in_environment.nestml").write_text(relaxing("in_environment", start=2.0))
    script = tmp_path / "here" / "script.py"
    script.write_text(
        "import json\nimport nestml_jit as nest\n"
        "print(json.dumps([nest.Create('beside_script').x, nest.Create('in_environment').x]))\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY), "NESTML_JIT_PATH": str(tmp_path / "there")}
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environ,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [1.0, 2.0]


@pytest.mark.slow
def test_two_processes_at_once_with_an_empty_cache(tmp_path: Path) -> None:
    """Both get on, with the same results; each library is there once."""
    cache = tmp_path / "cache"
    processes = [start(SCRIPT, tmp_path, NESTML_JIT_CACHE=str(cache)) for _ in range(2)]
    first, second = (finish(process) for process in processes)
    assert first["spikes"] == second["spikes"]
    assert first["weights"] == second["weights"]
    assert first["kernel"] == second["kernel"]
    assert ["host", True] not in first["stages"] + second["stages"]
    libraries = sorted(path.relative_to(cache).parts[1] for path in cache.rglob("kernel.so"))
    assert libraries == ["host", "kernel"]
    assert cache.stat().st_mode & 0o777 == 0o700
    building = list((cache / "v1" / "building").iterdir()) if (cache / "v1" / "building").exists() else []
    assert building == []


@pytest.mark.parametrize("threads", ["1", "2"])
def test_results_do_not_depend_on_what_was_simulated_before(threads: str, tmp_path: Path) -> None:
    """The same network after a reset of another one, and in a process of its own."""
    code = SCRIPT.replace(
        "    neurons = ", "    nest.local_num_threads = THREADS\n    neurons = ", 1
    ).replace("THREADS", threads)
    alone = finish(start(code, tmp_path))
    before = """
    import nestml_jit as nest
    others = nest.Create("iaf_psc_alpha_neuron", 50, params={"I_e": 500.0})
    nest.Connect(others, others, {"rule": "fixed_indegree", "indegree": 5}, "stdp_synapse_nestml")
    nest.Simulate(50.0)
    nest.ResetKernel()
    """
    after = finish(start(before + code, tmp_path))
    assert after["spikes"] == alone["spikes"]
    assert after["weights"] == alone["weights"]
