"""Commands import nothing from the folder that they are started in, which may be somebody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = ("nest", "json", "ctypes", "numpy", "subprocess", "dataclasses", "tempfile", "nestml_jit")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder with modules that leave a mark when they are imported."""
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w').write({name!r})\n")
    return tmp_path


def test_what_is_run_aside(theirs: Path) -> None:
    code = (
        "from nestml_jit.ahead.aside import run_aside\nprint(run_aside('import json; print(json.dumps([]))'))"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\ndel sys.path[0]\n{code}"],
        cwd=theirs,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip().endswith("('[]', '')"), done.stderr
    assert not (theirs / "imported").exists()


@pytest.mark.parametrize("words", [["doctor", "--quick"], ["prewarm", "no_such_neuron"], ["cache", "list"]])
def test_commands(words: list[str], theirs: Path) -> None:
    command = "import sys\ndel sys.path[0]\nfrom nestml_jit.cli import main\nsys.exit(main(sys.argv[1:]))"
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run(
        [sys.executable, "-c", command, *words], cwd=theirs, env=environ, capture_output=True, check=False
    )
    assert not (theirs / "imported").exists(), (theirs / "imported").read_text()
