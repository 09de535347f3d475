"""Scripts in processes of their own, and compilers that behave badly."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

BEGIN = """
import os, signal, subprocess, sys, time
import nestml_jit as nest
nest.verbosity = nest.VerbosityLevel.ERROR

def fresh(number=[0]):
    "Return a model whose kernel is in no cache."
    number[0] += 1
    name = f"fresh_{number[0]}"
    threshold = 5.0 + time.time() % 1000.0 + number[0]
    nest.jit.define(f'''model {name}:
    state:
        x real = 1
    parameters:
        tau ms = 10 ms
    equations:
        x' = -x / tau
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
    onReceive(spikes):
        x += spikes * 1 s
    onCondition(x > {threshold!r}):
        x = 0
        emit_spike()
''')
    return name

def use_compiler(command):
    "Compile kernels with another command, under the name of the real one: the host need not be made anew."
    import dataclasses
    kernels = nest._session.pipeline.kernels
    kernels.compiler = dataclasses.replace(kernels.compiler, command=(command,))

def works():
    "Simulate a model that is compiled now, from an empty kernel."
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    neuron = nest.Create(fresh())
    nest.Simulate(10.0)
    assert abs(neuron.x - 0.36787944117144233) < 1e-12, neuron.x

"""


def start(code: str, folder: Path, **environ: str) -> subprocess.Popen[str]:
    """Begin to run code after `BEGIN`, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYNEST_QUIET": "1", **environ},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Return what a process printed to its output; it must succeed, and print no error."""
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert errors == ""
    return output


def run(code: str, folder: Path, **environ: str) -> str:
    return finish(start(code, folder, **environ))


def wait_until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def compiler_that(folder: Path, does: str) -> Path:
    """Return a compiler that does something while the file `armed` is there, instead of making a library."""
    real = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    path = folder / "bad-c++"
    path.write_text(
        f'#!/bin/sh\ncase "$*" in *" -o "*) if [ -e "{folder}/armed" ]; then\n'
        f'touch "{folder}/started"\n{does}\nfi;; esac\nexec {real} "$@"\n'
    )
    path.chmod(0o755)
    (folder / "armed").touch()
    return path
