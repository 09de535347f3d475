"""Odd paths, no home, forks, threads; and nothing is printed unless asked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.package_copy import copy_package
from tests.robustness.process import run


def test_a_path_with_blanks_and_other_letters(tmp_path: Path) -> None:
    """The package, the cache and the script; the host comes out of the tests' own cache."""
    folder = tmp_path / "my models, ünïcode $HOME 'q'"
    (copy_package(folder) / "models" / "ähnlich.nestml").write_text("")
    code = """
    assert nest.__file__.startswith(os.getcwd())
    works()
    nest.Create("iaf_psc_exp_neuron")
    assert os.listdir("cache ä")
    """
    environ = {"NESTML_JIT_CACHE": "cache ä", "NESTML_JIT_CACHE_PATH": os.environ["NESTML_JIT_CACHE"]}
    assert run(code, folder, PYTHONPATH=str(folder), **environ) == ""


@pytest.mark.parametrize("home", ["", "/nowhere/at/all", "/dev/null"])
def test_without_a_home(home: str, tmp_path: Path) -> None:
    environ = {
        "HOME": home,
        "XDG_CACHE_HOME": "",
        "NESTML_JIT_CACHE": "",
        "NESTML_JIT_CACHE_PATH": os.environ["NESTML_JIT_CACHE"],
        "TMPDIR": str(tmp_path),
        "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
    }
    if home == "" or (home == "/nowhere/at/all" and os.geteuid() == 0):
        environ["XDG_CACHE_HOME"] = "/dev/null/cache"  # the user's database, or root, knows a way
    assert run("works()", tmp_path, **environ) == ""
    assert list(tmp_path.glob("nestml_jit-*/v1/kernel/*/kernel.so")) != []


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(method: str, tmp_path: Path) -> None:
    """Processes that are made after the import, after a model was used, and after a simulation."""
    script = tmp_path / "script.py"
    script.write_text(
        """
import multiprocessing
import nestml_jit as nest

def simulate(current):
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    neuron = nest.Create("iaf_psc_exp_neuron", params={"I_e": current})
    nest.Connect(neuron, neuron, syn_spec="stdp_synapse_nestml")
    nest.Simulate(20.0)
    return neuron.V_m

if __name__ == "__main__":
    context = multiprocessing.get_context(METHOD)
    currents = [0.0, 100.0, 200.0]
    with context.Pool(2) as pool:
        found = [pool.map(simulate, currents)]
    here = [simulate(current) for current in currents]
    with context.Pool(2) as pool:
        found.append(pool.map(simulate, currents))
    assert found == [here, here], (found, here)
    assert len(set(here)) == 3
""".replace("METHOD", repr(method))
    )
    code = f"nest.ResetKernel()\nsys.exit(subprocess.call([sys.executable, {str(script)!r}]))"
    assert run(code, tmp_path) == ""


def test_a_fork_of_a_network(tmp_path: Path) -> None:
    """Parent and child go on from the same state."""
    code = """
    neuron = nest.Create(fresh())
    nest.Simulate(5.0)
    child = os.fork()
    nest.Simulate(5.0)
    assert abs(neuron.x - 0.36787944117144233) < 1e-12, neuron.x
    works()
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    """
    assert run(code, tmp_path) == ""


def test_threads(tmp_path: Path) -> None:
    """NEST crashes in a thread that did not import it: that is said; models may be loaded anywhere."""
    code = """
    import threading
    found = []

    def work():
        found.append(fresh())
        for call in (lambda: nest.Simulate(1.0), nest.ResetKernel):
            try:
                call()
            except nest.NESTError as error:
                found.append("thread that imported it" in str(error))

    neuron = nest.Create("iaf_psc_exp_neuron")
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[1:] == [True, True], found
    nest.Create(found[0])
    nest.Simulate(1.0)
    works()
    """
    assert run(code, tmp_path) == ""


def test_reset_recovers_after_every_mistake(tmp_path: Path) -> None:
    code = """
    def mistakes():
        neuron = nest.Create("iaf_psc_exp_neuron", 2)
        yield lambda: nest.jit.define("model wrong:\\n    nonsense")
        yield lambda: nest.Create("no_such_model")
        yield lambda: neuron.set({"C_m": -1.0})
        spec = {"synapse_model": "stdp_synapse_nestml", "delay": 1e-9}
        yield lambda: nest.Connect(neuron, neuron, syn_spec=spec)
        yield lambda: nest.Simulate(-1.0)
        yield lambda: (nest.Prepare(), nest.Prepare())
        yield lambda: nest.Run(-1.0)
        yield lambda: nest.CopyModel("iaf_psc_exp_neuron", "iaf_psc_exp")

    nest.verbosity = nest.VerbosityLevel.QUIET
    for number in range(8):
        act = list(mistakes())[number]
        try:
            act()
        except Exception as error:
            assert isinstance(error, (nest.NESTError, ValueError)), error
        else:
            raise AssertionError(number)
        works()
        nest.verbosity = nest.VerbosityLevel.QUIET
    """
    assert run(code, tmp_path) == ""


def test_nothing_is_printed(tmp_path: Path) -> None:
    """Not while the model is looked up, generated, compiled and simulated, nor by the report."""
    output = run("works()\nnest.jit.report()\nnest.jit.model('iaf_psc_exp_neuron')", tmp_path)
    assert output == ""
