"""Compile ahead what scripts or named combinations of models will use.

Scripts run in processes of their own, which record kernels instead of simulating (see `record`); the
kernels are compiled here, several at a time, for as many CPUs as are wanted. Whatever else a later
run looks up (the host library, descriptions of models) is left in the cache by the recording.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.ahead.aside import ELSEWHERE, python_path
from nestml_jit.ahead.record import VARIABLE, Recorded, read_records
from nestml_jit.cache import BuildError, Compiler, Settings, Store, kernel, kernel_key, outlived_by_none
from nestml_jit.kernels import ABI_HEADER, KERNEL

PATIENCE = 5.0
"""Seconds that a recording has to end its compilers."""

_COMBINATIONS = ELSEWHERE + "from nestml_jit.ahead.record import record_combinations\n"
_COMBINATIONS += "sys.exit(record_combinations(sys.argv[1:]))\n"


@dataclass(frozen=True)
class Recording:
    """The kernels that one script, or the combinations named, would use.

    Attributes
    ----------
    name
        The script, or the combinations.
    kernels
        Kernels in the order of their use.
    simulations
        How many simulations were left out.
    failure
        What was printed last before it failed; "" if it came to its end.
    """

    name: str
    kernels: tuple[Recorded, ...]
    simulations: int
    failure: str


@dataclass(frozen=True)
class Made:
    """A kernel for a CPU, and whether it was there already; or why it cannot be made."""

    subject: str
    cpu: str
    cached: bool
    seconds: float
    path: Path | None
    failure: str = ""


def record_script(
    script: Path, arguments: Sequence[str], store: Store, timeout: float | None = None
) -> Recording:
    """Run a script up to its end with all its simulations left out.

    Parameters
    ----------
    timeout
        Seconds after which the script is stopped; what was recorded until then counts.
    """
    command = [sys.executable, "-m", "nestml_jit", "run", str(script), *arguments]
    return _record(str(script), command, store, timeout)


def record_combinations(combinations: Sequence[str], store: Store) -> Recording:
    """Record the kernels of combinations named "neuron+synapse+...", with default parameters."""
    command = [sys.executable, "-c", _COMBINATIONS, *combinations]
    return _record(", ".join(combinations) or "the host library", command, store, None)


def _record(name: str, command: Sequence[str], store: Store, timeout: float | None) -> Recording:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "records"
        failure = _run(command, _environment(store, file), timeout)
        kernels, simulations, stopped = read_records(file)
    if stopped:
        failure = "it simulates again and again without anything new, and was stopped"
    return Recording(name, tuple(kernels), simulations, failure)


def _environment(store: Store, file: Path) -> dict[str, str]:
    """Return the environment of a recording: it finds and leaves everything in the store."""
    readonly = os.pathsep.join(map(str, store.roots.readonly))
    environ = {
        **os.environ,
        VARIABLE: str(file),
        "MPLBACKEND": "Agg",  # no window may wait to be closed
        "NESTML_JIT_CACHE": str(store.roots.writable),
        "NESTML_JIT_CACHE_PATH": readonly,
        "PYTHONPATH": python_path(),
    }
    environ.pop("NESTML_JIT_OFFLINE", None)
    environ.pop("NESTML_JIT_CPU", None)  # kernels are compiled here, not there
    return environ


def _run(command: Sequence[str], environ: dict[str, str], timeout: float | None) -> str:
    """Run a recording; return what it printed last if it failed."""
    with (
        subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as process,
        outlived_by_none(),
    ):
        try:
            errors = process.communicate(timeout=timeout)[1]
        except subprocess.TimeoutExpired:
            _end(process)
            return f"it was stopped after {timeout:g} s"
        except BaseException:
            _end(process)
            raise
    if process.returncode == 0:
        return ""
    return errors.strip() or f"it ended with status {process.returncode} ({shlex.join(command)})"


def _end(process: subprocess.Popen[str]) -> None:
    """End a recording; it ends its compilers first, which lead sessions of their own."""
    process.terminate()
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def compile_all(
    store: Store,
    compiler: Compiler,
    kernels: Iterable[Recorded],
    targets: Sequence[Settings],
    jobs: int,
) -> list[Made]:
    """Compile kernels for several CPUs, `jobs` at a time; what is there already is left alone."""
    sources = {item.source: item for item in kernels}
    tasks = [(item, settings) for item in sources.values() for settings in targets]

    def make(task: tuple[Recorded, Settings]) -> Made:
        item, settings = task
        key = kernel_key(compiler, item.source, ABI_HEADER, settings)
        found = store.lookup("kernel", key.name)
        if found is not None:
            return Made(item.subject, settings.cpu, True, 0.0, found.path)
        try:
            made = kernel(
                store, compiler, item.source, ABI_HEADER, {"subject": item.subject}, settings, KERNEL
            )
        except BuildError as error:
            return Made(item.subject, settings.cpu, False, 0.0, None, str(error))
        return Made(item.subject, settings.cpu, False, float(made.manifest.get("seconds", 0.0)), made.path)

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(make, tasks))
