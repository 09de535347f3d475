"""`nestml-jit run SCRIPT` and `python -m nestml_jit SCRIPT` against `python SCRIPT`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MODULE = ["-m", "nestml_jit"]
COMMAND = [
    "-c",
    "import sys; sys.argv[0] = 'nestml-jit'; from nestml_jit.cli import main; sys.exit(main())",
    "run",
]

PLACES = """# -*- coding: latin-1 -*-
\"\"\"Prints what it finds about itself: \xe4.\"\"\"
from __future__ import annotations
import sys
print(sys.argv, __name__, __file__, sys.path[0], __doc__.encode())
print(sorted(globals()), __spec__, __package__, __cached__, __builtins__, __loader__.name)
import inspect, neighbour, pickle
class Own: pass
print(pickle.loads(pickle.dumps(Own())).__class__.__module__, sys.modules["__main__"].Own is Own)
print(inspect.getsource(Own), neighbour.value)
"""


def run(
    words: Sequence[str], folder: Path, *, entry: Sequence[str] = (), text: str = ""
) -> tuple[int, str, str]:
    """Return exit status, output and errors of a program that finds a text on its standard input."""
    done = subprocess.run(
        [sys.executable, *entry, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYNEST_QUIET": "1"},
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a blank and a letter that is not ASCII in its path."""
    place = tmp_path / "my scripts \xfc"
    place.mkdir()
    (place / "neighbour.py").write_text("value = 'beside the script'\n")
    return place


@pytest.mark.parametrize("entry", [MODULE, COMMAND], ids=["module", "command"])
def test_what_a_script_finds_about_itself(entry: Sequence[str], folder: Path) -> None:
    (folder / "places.py").write_bytes(PLACES.encode("latin-1"))
    (folder.parent / "link.py").symlink_to(folder / "places.py")
    for script in (f"{folder.name}/places.py", "link.py"):
        words = [script, "--help", "-x", "--", "a b", "\xe4"]
        expected = run(words, folder.parent)
        assert expected[0] == 0
        assert run(words, folder.parent, entry=entry) == expected


ENDS = {
    "end": "print('done')",
    "status": "sys.exit(3)",
    "message": "sys.exit('a message')",
    "exit": "raise SystemExit",
    "error": "def fail():\n    1 / 0\nfail()",
    "cause": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('a') from error",
    "syntax": "def f(:\n    pass",
    "interrupt": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time; time.sleep(9)",
    "at exit": "import atexit\natexit.register(print, 'at exit')\nraise KeyError('k')",
    "hook": "sys.excepthook = lambda *error: print(error[0], error[2].tb_frame.f_code.co_name)\n1 / 0",
    "thread": "import threading\nthreading.Thread(target=lambda: 1 / 0).start()",
    "nest": "import nest\nnest.Create('iaf_psc_alpha', params={'nonsense': 1.0})",
    "caught": "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()",
}


@pytest.mark.parametrize("end", ENDS)
def test_how_a_script_ends(end: str, folder: Path) -> None:
    (folder / "ending.py").write_text(f"import sys\n{ENDS[end]}\n")
    expected = run(["ending.py"], folder)
    status, output, errors = run(["ending.py"], folder, entry=MODULE)
    assert (status, output) == expected[:2]
    assert errors == expected[2]


@pytest.mark.parametrize("script", ["missing.py", "folder"])
def test_a_script_that_cannot_be_read(script: str, folder: Path) -> None:
    (folder / "folder").mkdir()
    status, output, errors = run([script], folder, entry=MODULE)
    assert (status, output) == (2, "")
    assert errors.startswith(f"nestml-jit: can't open file '{folder / script}': [Errno ")
    assert len(errors.splitlines()) == 1


NAMES = """
import sys
assert not any(name.split(".")[0] in ("nest", "lark", "numpy") for name in sys.modules)
{imports}
import nest.raster_plot, nest.lib.hl_api_types as types
from nest import spatial
from nest.random import normal
assert nest is nestml_jit is sys.modules["nest"]
assert nest.raster_plot is nestml_jit.raster_plot and nest.spatial is spatial
assert types.NodeCollection is nest.NodeCollection
nest.verbosity = nest.VerbosityLevel.ERROR
neuron = nest.Create("small", params={{"x": normal(mean=5.0)}})
assert neuron.get("tau") == 7.0
nest.ResetKernel()
nest.SetKernelStatus({{"resolution": 0.5}})
print(nest.resolution, nest.Create("iaf_psc_alpha").V_m)
"""


@pytest.mark.parametrize(
    "imports", ["import nest, nestml_jit", "import nestml_jit, nest", "import nest.math\nimport nestml_jit"]
)
def test_nest_means_nestml_jit(imports: str, folder: Path) -> None:
    from tests.session.texts import relaxing

    (folder / "small.nestml").write_text(relaxing("small", tau=7.0), encoding="utf-8")
    (folder / "script.py").write_text(NAMES.format(imports=imports))
    assert run(["script.py"], folder, entry=MODULE) == (0, "0.5 -70.0\n", "")


def test_a_script_without_nest_loads_no_simulator(folder: Path) -> None:
    code = "import sys, importlib.util as util\nprint('nest' in sys.modules, util.find_spec('nest').origin)"
    (folder / "script.py").write_text(code)
    assert run(["script.py"], folder, entry=MODULE) == run(["script.py"], folder)


SPAWNING = """
import multiprocessing, sys
import nest

def simulate(current):
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    neuron = nest.Create("iaf_psc_exp_neuron", params={"I_e": current})
    nest.Simulate(20.0)
    return neuron.V_m, sys.argv, __file__

def pooled(currents):
    with multiprocessing.get_context("METHOD").Pool(2) as pool:
        return pool.map(simulate, currents)

if __name__ == "__main__":
    here = [simulate(0.0), simulate(100.0)]
    print(pooled([0.0, 100.0]) == here, here[0][0] != here[1][0])
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_that_a_script_makes(method: str, folder: Path) -> None:
    """They know NESTML models, and are what they would be without us: same arguments, same file."""
    (folder / "script.py").write_text(SPAWNING.replace("METHOD", method))
    script = str(folder / "script.py")
    assert run([script, "an argument"], folder, entry=MODULE) == (0, "True True\n", "")


NESTED = """
import concurrent.futures, multiprocessing, sys

def deeper():
    import nest
    return type(nest).__module__, hasattr(nest, "jit")

def begin():
    before = [name for name in sys.modules if name.split(".")[0] in ("nest", "numpy")]
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return before, pool.submit(deeper).result()[1]

if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        print(pool.submit(begin).result())
    import multiprocessing.spawn as spawn
    print(spawn.__spec__.loader is spawn.__loader__, spawn.__loader__.get_source(spawn.__name__) != "")
"""


def test_processes_that_spawned_processes_spawn(folder: Path) -> None:
    """No process loads a simulator before the script asks for it."""
    (folder / "script.py").write_text(NESTED)
    assert run(["script.py"], folder, entry=MODULE) == (0, "([], True)\nTrue True\n", "")


def test_spawned_processes_of_a_script_without_nest(folder: Path) -> None:
    """What they find about themselves is what they would find without us."""
    code = """
import multiprocessing, sys

class Own: pass

def look():
    return __name__, __file__, __spec__, sys.argv, sorted(globals()), Own.__module__

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(look))
"""
    (folder / "script.py").write_text(code)
    assert run(["script.py"], folder, entry=MODULE) == run(["script.py"], folder)
