"""The package itself as a module in the place of nest, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def run(code: str, folder: Path) -> str:
    environ = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "PYNEST_QUIET": "1",
        "NESTML_JIT_CACHE": str(folder / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environ,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("order", [("nest", "nestml_jit"), ("nestml_jit", "nest")])
def test_both_modules_in_one_process(order: tuple[str, str], tmp_path: Path) -> None:
    output = run(
        f"""
        import {order[0]}, {order[1]}
        import nest, nestml_jit
        assert nest is not nestml_jit
        assert set(dir(nest)) <= set(dir(nestml_jit))
        assert nest.NodeCollection is nestml_jit.NodeCollection
        nest.verbosity = nest.VerbosityLevel.QUIET
        nestml_jit.resolution = 0.5
        assert nest.resolution == 0.5
        """,
        tmp_path,
    )
    assert output == ""


def test_jit_is_the_only_name_added(tmp_path: Path) -> None:
    output = run(
        """
        import nest, nestml_jit
        print(*(name for name in set(dir(nestml_jit)) - set(dir(nest)) if not name.startswith("__")))
        """,
        tmp_path,
    )
    assert output.split() == ["jit"]


def test_a_script_without_nestml_models_leaves_the_cache_alone(tmp_path: Path) -> None:
    run(
        """
        import nestml_jit as nest
        neurons = nest.Create("iaf_psc_alpha", 2, params={"I_e": 500.0})
        nest.Connect(neurons, neurons, syn_spec={"weight": 10.0})
        nest.Simulate(20.0)
        nest.ResetKernel()
        """,
        tmp_path,
    )
    assert list(tmp_path.iterdir()) == []


def test_own_and_nests_submodules(tmp_path: Path) -> None:
    run(
        """
        import nestml_jit as nest
        import nestml_jit.cache, nestml_jit.dsl, nestml_jit.random, nestml_jit.lib.hl_api_types
        from nestml_jit import spatial, cache
        from nestml_jit.cache import Store
        import sys
        assert nestml_jit.cache.Store is cache.Store is Store
        assert nestml_jit.random is sys.modules["nest.random"]
        assert spatial is sys.modules["nest.spatial"] and nest.spatial is spatial
        assert nestml_jit.lib.hl_api_types is sys.modules["nest.lib.hl_api_types"]
        """,
        tmp_path,
    )
