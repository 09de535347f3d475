from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

OURS = str(Path(__file__).parents[2] / "nestml_jit")

# A bare package stands for ours, whose own code would put a facade in place as well.
PACKAGE = f"""
import functools
import sys
import types

bare = types.ModuleType("nestml_jit")
bare.__path__ = [{OURS!r}]
sys.modules["nestml_jit"] = bare
"""

PACKAGE += """
import nest as _nest
from nestml_jit.pynest.facade import make_module
from probe import own_before

@functools.wraps(_nest.Create)
def Create(model, *arguments, **options):
    return _nest.Create({"mine": "iaf_psc_exp"}.get(model, model), *arguments, **options)

def Simulate(t):
    calls.append(t)
    return _nest.Simulate(t)

calls = []
extra = {"jit": own_before, "calls": calls, "_hidden": 1}
sys.modules[__name__] = make_module(_nest, __name__, extra, {"Create": Create, "Simulate": Simulate})
"""


@pytest.fixture
def probe(tmp_path: Path) -> Callable[[str], str]:
    """Run code in a process of its own with a package `probe` that stands in for nest."""
    package = tmp_path / "probe"
    package.mkdir()
    (package / "__init__.py").write_text(f'"""Stands in."""\n{PACKAGE}')
    (package / "own_before.py").write_text("value = 'before'\n")
    (package / "own_after.py").write_text("value = 'after'\n")
    (package / "calls.py").write_text("value = 'a module'\n")
    (package / "deep").mkdir()
    (package / "deep" / "__init__.py").write_text("")
    (package / "deep" / "inner.py").write_text("value = 'inner'\n")

    def run(code: str) -> str:
        environ = {**os.environ, "PYTHONPATH": str(tmp_path), "PYNEST_QUIET": "1"}
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environ,
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
