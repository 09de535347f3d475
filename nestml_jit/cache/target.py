"""CPUs: what compiled code needs, and what this machine has.

Code is compiled for the CPU at hand ("native") or for a named set of features that many CPUs have.
What a named set needs is known without a compiler, so that code that was compiled elsewhere can be
judged on a machine that has none.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nestml_jit.cache.errors import CacheError

NATIVE = "native"

_V2 = frozenset({"cx16", "lahf_lm", "pni", "popcnt", "sse4_1", "sse4_2", "ssse3"})
_V3 = _V2 | {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"}
_V4 = _V3 | {"avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"}

_NAMED: Mapping[str, Mapping[str, frozenset[str]]] = {
    "x86_64": {"x86-64-v4": _V4, "x86-64-v3": _V3, "x86-64-v2": _V2, "x86-64": frozenset()},
    "aarch64": {"armv8-a": frozenset()},
}
"""Named sets of features by machine, the largest first, in the words of /proc/cpuinfo.

Those of x86-64 are the levels of its psABI.
"""

_ALIASES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Cpu:
    """A CPU.

    Attributes
    ----------
    machine
        The instruction set, such as "x86_64".
    model
        What else tells one model from another.
    features
        What it can do, in the words of /proc/cpuinfo; empty if the system does not tell.
    """

    machine: str
    model: str
    features: frozenset[str]


def this_machine() -> str:
    """Return this machine's instruction set under its usual name."""
    name = platform.machine().lower()
    return _ALIASES.get(name, name)


def this_cpu(description: str | None = None) -> Cpu:
    """Return the CPU at hand, or the one that `cpu_description` described."""
    lines = (cpu_description() if description is None else description).splitlines()
    named = [line for line in lines if line.startswith(("flags: ", "features: "))]
    features = frozenset(word for line in named for word in line.partition(": ")[2].split())
    return Cpu(this_machine(), "\n".join(line for line in lines if line not in named), features)


def runnable(cpu: Cpu) -> tuple[str, ...]:
    """Return the named sets that a CPU has, the largest first."""
    return tuple(name for name, needs in _named(cpu.machine).items() if needs <= cpu.features)


def _named(machine: str) -> Mapping[str, frozenset[str]]:
    return _NAMED.get(machine, {"generic": frozenset()})


def baseline(machine: str) -> str:
    """Return the name of what every CPU of a machine has."""
    return list(_named(machine))[-1]


def check_name(name: str, machine: str) -> None:
    """Raise `CacheError` unless code can be compiled for `name` on this machine."""
    known = (NATIVE, *_named(machine))
    if name not in known:
        raise CacheError(f"there is no CPU {name!r} to compile for; known are {', '.join(known)}")


def cpu_flags(name: str) -> tuple[str, ...]:
    """Return the flags that compile for a named set, or for the CPU at hand."""
    if name == NATIVE:
        return native_flags()
    return () if name == "generic" else (f"-march={name}",)


def record(name: str, cpu: Cpu) -> dict[str, Any]:
    """Return what is to be noted about code that was compiled on `cpu` for `name`, as JSON data."""
    if name != NATIVE:
        return {"machine": cpu.machine, "name": name}
    return {"features": sorted(cpu.features), "machine": cpu.machine, "model": cpu.model, "name": name}


def rank(noted: Mapping[str, Any], cpu: Cpu) -> int | None:
    """Return how well code suits a CPU, the smaller the better; None if the CPU must not run it.

    Code for the CPU of another machine suits if that is of the same model and has no feature that this
    one lacks: a compiler may use features that the system does not list, but not those of another model.
    """
    if noted.get("machine") != cpu.machine:
        return None
    if noted.get("name") == NATIVE:
        same = noted.get("model") == cpu.model and cpu.features.issuperset(noted.get("features", ()))
        return 0 if same else None
    names = list(_named(cpu.machine))
    name = noted.get("name")
    return 1 + names.index(name) if name in runnable(cpu) else None


def native_flags(machine: str | None = None) -> tuple[str, ...]:
    """Return the flags that make full use of this CPU."""
    machine = (machine or platform.machine()).lower()
    if machine in ("aarch64", "arm64", "ppc64le"):
        return ("-mcpu=native",)
    return ("-march=native",) if machine in ("x86_64", "amd64", "i686") else ()


_CPU_FIELDS = frozenset(
    {
        "cpu",
        "cpu architecture",
        "cpu family",
        "cpu implementer",
        "cpu part",
        "cpu variant",
        "features",
        "flags",
        "isa",
        "model",
        "model name",
        "vendor_id",
    }
)


def cpu_description(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return what tells this CPU's instruction set from another's, without running a program."""
    if sys.platform == "darwin":
        return _sysctl()
    try:
        # The first CPU's block; reading all of them takes long on large machines.
        with cpuinfo.open("rb", buffering=0) as file:
            text = file.read(8192).decode("utf-8", "replace")
    except OSError:
        return platform.machine()
    fields = []
    for line in text.split("\n\n")[0].splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in _CPU_FIELDS:
            fields.append(f"{name.strip().lower()}: {' '.join(sorted(value.split()))}")
    return "\n".join(sorted(fields)) or platform.machine()


def _sysctl() -> str:
    command = ["/usr/sbin/sysctl", "-n", "machdep.cpu"]
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return platform.machine()
