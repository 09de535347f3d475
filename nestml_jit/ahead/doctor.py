"""Examine everything that a model needs to be compiled and simulated, for `nestml-jit doctor`.

Each check gives findings, and none stops the others. NEST is asked in a process of its own, since a NEST
that crashes is one of the things to be found.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nestml_jit.ahead.aside import run_aside
from nestml_jit.cache import (
    BuildError,
    CacheError,
    Compiler,
    Memo,
    Settings,
    Trial,
    UnloadableError,
    build,
    cpus,
    find_compiler,
    find_roots,
    find_settings,
    kernel_flags,
    load,
    runnable,
    this_cpu,
)
from nestml_jit.cache.guard import FolderGuard
from nestml_jit.cache.loading import try_loading
from nestml_jit.cache.roots import CACHE_VARIABLE
from nestml_jit.kernels import ABI_HEADER

FINE, NOTE, WRONG = "fine", "note", "wrong"

_WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""Environment variables that say how long threads of OpenMP spin before they sleep."""

_ROOM = 200 << 20
"""Bytes that a cache should have left: the host library, and a few hundred kernels."""

_TINY = """#include "nestml_jit_abi.h"
extern "C" double nestml_jit_doctor( const double x ) { return 2.0 * x; }
"""

_SIMULATION = """
import json
import nestml_jit as nest
nest.verbosity = nest.VerbosityLevel.ERROR
ours, theirs = (nest.Create(name, params={"I_e": 500.0}) for name in ("iaf_psc_exp_neuron", "iaf_psc_exp"))
nest.Simulate(10.0)
stages = [[stage.name, stage.cached] for stage in nest.jit.report().stages]
print(json.dumps([ours.V_m, theirs.V_m, stages]))
"""


@dataclass(frozen=True)
class Finding:
    """A finding about one thing.

    Attributes
    ----------
    subject
        The thing.
    state
        "fine", "note" or "wrong".
    text
        What was found.
    advice
        What to type or to change; "" if nothing.
    """

    subject: str
    state: str
    text: str
    advice: str = ""


def examine(*, quick: bool = False) -> Iterator[Finding]:
    """Look at everything, the end-to-end simulation last unless it is to be left out."""
    yield Finding("Python", FINE, f"{platform.python_version()} ({sys.executable}) on {platform.platform()}")
    probe = _probe()
    yield from _nest(probe)
    yield from _mpi(probe)
    settings = yield from _settings()
    compiler = yield from _compiler(settings)
    yield Finding("CPU", FINE, f"{this_cpu().machine}, can run {', '.join(runnable(this_cpu()))}")
    yield _waiting()
    usable = yield from _roots()
    if compiler is not None and usable is not None:
        yield _tiny_build(compiler, settings, usable)
    if not quick:
        yield _simulation()


# --- NEST ----------------------------------------------------------------------------------------


def _probe() -> Mapping[str, Any]:
    output, error = run_aside("from nestml_jit.host.probe import main\nmain()")
    if error:
        return {"crash": error}
    found: dict[str, Any] = json.loads(output)
    return found


def _nest(probe: Mapping[str, Any]) -> Iterator[Finding]:
    if "crash" in probe:
        last = str(probe["crash"]).splitlines()[-1]
        missing = last.endswith("No module named 'nest'")
        install, look = "-m pip install 'nest-simulator==3.10.*'", "-c 'import nest'  # says more"
        advice = f"{sys.executable} {install if missing else look}"
        yield Finding("NEST", WRONG, f"it cannot be imported: {last}", advice)
        return
    if "error" in probe:
        yield Finding("NEST", WRONG, str(probe["error"]))
    else:
        yield Finding("NEST", FINE, f"{probe['version']} ({probe['folder']})")
        yield Finding("NEST's headers", FINE, str(probe["include"]))
        abi = "new" if probe["cxx11_abi"] else "old"
        yield Finding("C++ ABI", FINE, f"NEST has the {abi} one of libstdc++; the host library follows it")
    if "boost_error" in probe:
        advice = f"{sys.executable} -m pip install boost-headers"
        yield Finding("Boost's headers", WRONG, str(probe["boost_error"]), advice)
    else:
        yield Finding("Boost's headers", FINE, str(probe["boost"]))


def _mpi(probe: Mapping[str, Any]) -> Iterator[Finding]:
    if "has_mpi" not in probe:
        return
    if not probe["has_mpi"]:
        yield Finding("MPI", FINE, "NEST was built without it")
        return
    library = str(probe["mpi"]).splitlines()[0]
    if shutil.which("mpicxx") is None:
        advice = "put the mpicxx of the MPI that NEST was built with on PATH"
        yield Finding("MPI", WRONG, f"{library}; mpicxx, which knows its headers, is not there", advice)
    else:
        yield Finding("MPI", FINE, f"{library}; {shutil.which('mpicxx')}")
    there = importlib.util.find_spec("mpi4py") is not None
    yield Finding("mpi4py", FINE, "installed" if there else "not installed, and not needed")


def _waiting() -> Finding:
    """Look at what threads do that wait for others: on cores that are shared, spinning takes them away."""
    subject, cores = "waiting threads", cpus()
    chosen = [name for name in _WAITING if name in os.environ]
    if chosen:
        return Finding(subject, FINE, ", ".join(f"{name}={os.environ[name]}" for name in chosen))
    busy = os.getloadavg()[0]
    if cores == 1 or busy < cores / 2:
        return Finding(subject, FINE, "they spin, as OpenMP does by default, and the cores are free")
    text = f"they spin while {busy:.1f} other processes want {cores} cores: several threads will be slow"
    return Finding(subject, NOTE, text, "export OMP_WAIT_POLICY=passive  # before NEST is imported")


# --- compiler and cache --------------------------------------------------------------------------


def _settings() -> Generator[Finding, None, Settings]:
    try:
        settings = find_settings()
    except CacheError as error:
        yield Finding("settings", WRONG, str(error))
        return Settings()
    text = f"CPU {settings.cpu}, further flags: {' '.join(settings.flags) or 'none'}"
    yield Finding("settings", FINE, f"{text}; {'offline' if settings.offline else 'compiling is allowed'}")
    return settings


def _compiler(settings: Settings) -> Generator[Finding, None, Compiler | None]:
    try:
        compiler = find_compiler(Memo())
    except BuildError as error:
        state = NOTE if settings.offline else WRONG
        first, *more = str(error).splitlines()
        text, _, advice = first.partition(": ")
        yield Finding("compiler", state, " | ".join([text, *more]), advice)
        return None
    version = compiler.identity.splitlines()[2]
    yield Finding("compiler", FINE, f"{' '.join(compiler.command)}: {compiler.family}, {version}")
    return compiler


def _roots() -> Generator[Finding, None, Path | None]:
    """Look at the folders of the cache; return the private one if it can be used."""
    try:
        roots = find_roots()
    except CacheError as error:
        yield Finding("cache", WRONG, str(error))
        return None
    for root in roots.readonly:
        yield _root("read-only cache", root, _not_there)
    finding = _root("cache", roots.writable, _would_be_made)
    yield finding
    return None if finding.state == WRONG else roots.writable


def _root(subject: str, root: Path, absent: Callable[[Path], Finding]) -> Finding:
    try:
        if not FolderGuard(root, private=subject == "cache").check():
            return absent(root)
    except CacheError as error:
        text, _, advice = str(error).rpartition(": ")
        return Finding(subject, WRONG, text, advice)
    if subject == "cache" and not _can_write(root):
        return Finding(subject, WRONG, f"{root} cannot be written to", f"chmod u+wx {root}")
    room = shutil.disk_usage(root).free
    if subject == "cache" and room < _ROOM:
        advice = "nestml-jit cache prune --max-age 30d"
        return Finding(subject, NOTE, f"{root} has only {room >> 20} MB left", advice)
    return Finding(subject, FINE, str(root))


def _can_write(folder: Path) -> bool:
    """Try it: permissions alone do not tell, least of all to the administrator."""
    try:
        with tempfile.TemporaryDirectory(prefix=".nestml-jit-doctor-", dir=folder):
            return True
    except OSError:
        return False


def _not_there(root: Path) -> Finding:
    text = f"{root} is not there"
    return Finding("read-only cache", NOTE, text, f"nestml-jit prewarm --root {root} SCRIPT")


def _would_be_made(root: Path) -> Finding:
    parent = next(folder for folder in root.parents if folder.exists())
    if _can_write(parent):
        return Finding("cache", FINE, f"{root} is not there yet, and will be made")
    advice = f"set {CACHE_VARIABLE} to a folder that you can write to"
    return Finding("cache", WRONG, f"{root} is not there, and {parent} cannot be written to", advice)


# --- building and simulating ---------------------------------------------------------------------


def _tiny_build(compiler: Compiler, settings: Settings, root: Path) -> Finding:
    """Compile a few lines with a kernel's flags, and call them, on the file system of the cache."""
    place = next(folder for folder in (root, *root.parents) if folder.exists())
    begin = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix=".nestml-jit-doctor-", dir=place) as name:
            source, library = Path(name) / "tiny.cpp", Path(name) / "tiny.so"
            source.write_text(_TINY, encoding="utf-8")
            flags = kernel_flags(compiler, settings)
            build(compiler, [source], library, flags=flags, include_dirs=[ABI_HEADER.parent])
            try_loading(library, Trial(("nestml_jit_doctor",)))
            function = load(library, ("nestml_jit_doctor",)).nestml_jit_doctor
            function.restype, function.argtypes = ctypes.c_double, (ctypes.c_double,)
            right = function(21.0) == 42.0
    except (BuildError, UnloadableError, OSError) as error:
        return Finding("compiling and loading", WRONG, str(error))
    if not right:
        return Finding("compiling and loading", WRONG, "what was compiled gives a wrong result")
    return Finding("compiling and loading", FINE, f"{time.perf_counter() - begin:.2f} s")


def _simulation() -> Finding:
    """Simulate a NESTML model and NEST's own of the same kind, and compare."""
    subject, begin = "a model of NESTML", time.perf_counter()
    output, error = run_aside(_SIMULATION)
    if error:
        lines = error.splitlines()
        advice = lines[-1].strip() if lines[-1].startswith("  nestml-jit ") else ""
        raised = next((line for line in reversed(lines) if line[:1].strip() and ": " in line), lines[-1])
        kind, _, text = raised.strip().partition(": ")
        return Finding(subject, WRONG, f"{kind.rpartition('.')[2]}: {text}", advice)
    ours, theirs, stages = json.loads(output)
    seconds = f"{time.perf_counter() - begin:.1f} s"
    if abs(ours - theirs) > 1e-9:
        return Finding(subject, WRONG, f"V_m is {ours} mV, and with NEST's own model {theirs} mV")
    made = [name for name, cached in stages if name in ("host", "compile") and not cached]
    how = f"compiled just now: {', '.join(made)}" if made else "all of it out of the cache"
    return Finding(subject, FINE, f"the same result as with NEST's own; {seconds}, {how}")


def worst(findings: Sequence[Finding]) -> str:
    """Return the worst state of some findings."""
    states = {item.state for item in findings}
    return WRONG if WRONG in states else NOTE if NOTE in states else FINE
