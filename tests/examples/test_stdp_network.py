"""The demo, small: it compares itself with NEST's built-in models, and draws."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_the_demo_agrees_with_built_in_models_and_saves_a_figure(tmp_path: Path) -> None:
    figure = tmp_path / "figure.png"
    arguments = ["--neurons", "500", "--duration", "200", "--compare", "--output", str(figure)]
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "examples" / "stdp_network.py"), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Spikes: the same neurons at the same times" in done.stdout
    assert "connected: stdp_synapse_nestml -> iaf_psc_exp_neuron" in done.stdout
    differ = next(line for line in done.stdout.splitlines() if line.startswith("Weights: they differ by"))
    assert float(differ.split()[4]) < 1e-9
    assert figure.read_bytes().startswith(b"\x89PNG")
