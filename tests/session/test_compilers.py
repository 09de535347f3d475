"""g++ and clang++, and flags and CPUs that users choose: the same spikes whatever made the code."""

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

from nestml_jit.cache import BuildError, Memo, find_compiler, runnable, this_cpu
from tests.numerics.network import nest

REPOSITORY = Path(nest.__file__).parents[1]

# A linear neuron with plastic synapses, and a nonlinear one with an adaptive solver; models are
# copied with two threads, which NEST's own headers do in a parallel region.
SCRIPT = """
    import json
    import nestml_jit as nest
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.local_num_threads = 2
    linear = nest.Create("iaf_psc_exp_neuron", 12, params={"I_e": nest.random.uniform(380.0, 600.0)})
    nest.CopyModel("stdp_synapse_nestml", "copied")
    spec = {"synapse_model": "copied", "weight": 40.0, "delay": 1.5, "alpha": nest.random.uniform(0.5, 1.5)}
    nest.Connect(linear, linear, {"rule": "fixed_indegree", "indegree": 5}, spec)
    nonlinear = nest.Create("aeif_cond_exp_neuron", 4, params={"I_e": nest.random.uniform(700.0, 900.0)})
    nest.Connect(linear, nonlinear, syn_spec={"weight": 2.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(linear + nonlinear, recorder)
    nest.Simulate(200.0)
    events = recorder.events
    connections = nest.GetConnections(linear, linear)  # their order may differ from run to run
    plastic = zip(connections.source, connections.target, connections.weight)
    found = [events["times"].tolist(), events["senders"].tolist()]
    print(json.dumps({
        "spikes": sorted(zip(*found)),
        "weights": [weight for _source, _target, weight in sorted(plastic)],
        "V_m": nonlinear.V_m,
        "kernels": [str(path) for path in nest.jit.report().kernels.values()],
    }))
"""


def simulate(folder: Path, **environ: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYNEST_QUIET": "1", **environ},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def usable(name: str) -> bool:
    try:
        find_compiler(Memo(), {"CXX": name, "PATH": os.environ["PATH"]})
    except BuildError:
        return False
    return True


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found = simulate(tmp_path_factory.mktemp("default"))
    assert len({sender for _time, sender in found["spikes"]}) == 16
    return found


VARIANTS = {
    "g++": {"CXX": "g++"},
    "clang++": {"CXX": "clang++"},
    "flags": {"NESTML_JIT_FLAGS": "-O1 -fno-tree-vectorize"},
    "any CPU": {"NESTML_JIT_CPU": runnable(this_cpu())[-1]},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_spikes(variant: str, expected: dict[str, Any], tmp_path: Path) -> None:
    environ = VARIANTS[variant]
    compiler = environ.get("CXX", "")
    if compiler and not usable(compiler):
        why = "is too old" if shutil.which(compiler) else "is not installed"
        pytest.skip(f"{compiler} {why}: nothing to compare with")
    found = simulate(tmp_path, **environ)
    assert found["spikes"] == expected["spikes"]
    assert found["weights"] == pytest.approx(expected["weights"], rel=1e-12)
    assert found["V_m"] == pytest.approx(expected["V_m"], rel=1e-6)
    made_by = find_compiler(Memo(), {**os.environ, **environ})
    for path in map(Path, found["kernels"]):
        noted = json.loads((path / "manifest.json").read_text())["content"]["manifest"]
        assert noted["compiler"] == made_by.identity
        assert set(environ.get("NESTML_JIT_FLAGS", "").split()) <= set(noted["flags"])
        assert noted["cpu"]["name"] == environ.get("NESTML_JIT_CPU", "native")
    same = made_by.identity == find_compiler(Memo()).identity and set(environ) <= {"CXX"}
    assert (found["kernels"] == expected["kernels"]) == same
