"""The type stubs are complete, and type checkers accept scripts that use nestml_jit."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import nest as plain
import pytest

from tests.numerics.network import nest

ROOT = Path(__file__).resolve().parents[2]
STUB = ROOT / "nestml_jit" / "__init__.pyi"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_stub", ROOT / "docs" / "make_stub.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stub_names() -> set[str]:
    """Return the public names in the stub."""
    names: set[str] = set()
    for item in ast.parse(STUB.read_text(encoding="utf-8")).body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            names.add(item.target.id)
        elif isinstance(item, ast.FunctionDef | ast.ClassDef):
            names.add(item.name)
        elif isinstance(item, ast.ImportFrom):
            names.update(alias.asname for alias in item.names if alias.asname)
    return {name for name in names if not name.startswith("_")}


def test_stubs_are_up_to_date() -> None:
    """Fails when NEST changes a name or a signature: run docs/make_stub.py, and see what is new."""
    for name, text in generator().stubs().items():
        assert (ROOT / "nestml_jit" / name).read_text(encoding="utf-8") == text, name


def test_the_stub_has_all_names_and_no_other() -> None:
    public = {name for name in dir(plain) if not name.startswith("_")}
    assert stub_names() == public | {"jit"}
    assert public <= set(dir(nest))


def test_a_name_that_nest_adds_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(plain), "NewCall", lambda model, size=3: None)
    text = generator().stubs()["__init__.pyi"]
    assert "def NewCall(model: str, size: Any = ...) -> Any: ...\n" in text
    assert text != STUB.read_text(encoding="utf-8")


def test_types_of_kernel_attributes() -> None:
    """What NEST's documentation says of them is true, or the stub would not be."""
    wrong = {}
    kinds = {"bool": bool, "int": int, "str": str, "float": (int, float), "dict": dict, "list": (list, tuple)}
    for item in ast.parse(STUB.read_text(encoding="utf-8")).body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            name = item.target.id
            kind = ast.unparse(item.annotation).removeprefix("Final[").split("[")[0].rstrip("]")
            if kind in kinds and name not in ("__version__", "cycle_time_log"):
                value = getattr(nest, name)
                if not isinstance(value, kinds[kind]):
                    wrong[name] = (kind, type(value))
    assert wrong == {}


SCRIPT = """
import nestml_jit as nest
import nestml_jit.raster_plot
from nestml_jit import spatial
from nestml_jit.random import uniform

def simulate(current: float) -> float:
    nest.ResetKernel()
    nest.resolution = 0.1
    nest.set(local_num_threads=2)
    neurons = nest.Create("iaf_psc_exp_neuron", 10, params={"I_e": current, "V_m": uniform(-70.0, -60.0)})
    layer = nest.Create("parrot_neuron", positions=spatial.grid([2, 2]))
    both: nest.NodeCollection = neurons + layer
    nest.Connect(layer, neurons, "all_to_all", {"synapse_model": "stdp_synapse_nestml", "weight": 2.0})
    try:
        nest.Simulate(10.0)
    except nest.NESTErrors.BadProperty:
        raise
    except nest.NESTError as error:
        print(error)
    neurons.tau_m = 12.0
    nest.raster_plot.from_device(both[:2])
    names: list[str] = nest.jit.define("model a: ...")
    nest.jit.configure(names[0], solver="rk4")
    weights = [float(weight) for weight in nest.GetConnections().weight]
    print(nest.jit.report().fusions, nest.jit.path, weights)
    return float(neurons[0].V_m) + len(both) + nest.num_connections
"""
WRONG = """
import nestml_jit as nest
nest.Crate("iaf_psc_exp")
nest.Simulate("long")
nest.num_connections = 3
nest.resolution = "fine"
nest.jit.defin("")
"""


def check(text: str, folder: Path) -> list[str]:
    """Return what mypy has to say about a script, line by line."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(text))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(script)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return [line for line in done.stdout.splitlines() if ": error: " in line]


def test_mypy_accepts_a_script(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    assert check(SCRIPT, tmp_path) == []


def test_mypy_finds_mistakes(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    found = check(WRONG, tmp_path)
    assert [line.split(":")[1] for line in found] == ["3", "4", "5", "6", "7"]
