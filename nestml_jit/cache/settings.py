"""Settings of compilation from the environment: the CPU, flags, or that nothing is compiled."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.cache.errors import CacheError
from nestml_jit.cache.floating import unsound_flag
from nestml_jit.cache.target import NATIVE, check_name, runnable, this_cpu, this_machine

CPU_VARIABLE = "NESTML_JIT_CPU"
FLAGS_VARIABLE = "NESTML_JIT_FLAGS"
OFFLINE_VARIABLE = "NESTML_JIT_OFFLINE"

_CPU_FLAGS = ("-march=", "-mcpu=")
_NO = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True)
class Settings:
    """Settings of the compilation of kernels.

    Attributes
    ----------
    cpu
        "native", or the name of a set of features (see `nestml_jit.cache.target`).
    flags
        Flags in addition to those that kernels have anyway.
    offline
        Whether nothing may be compiled.
    """

    cpu: str = NATIVE
    flags: tuple[str, ...] = ()
    offline: bool = False


DEFAULTS = Settings()


def find_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return what the environment says.

    Raises
    ------
    CacheError
        If it names a CPU that is unknown or is not this one, or a flag that kernels must not have.
    """
    cpu = environ.get(CPU_VARIABLE, "") or NATIVE
    check_name(cpu, this_machine())
    if cpu != NATIVE and cpu not in runnable(this_cpu()):
        able = ", ".join((NATIVE, *runnable(this_cpu())))
        raise CacheError(f"this CPU cannot run code for {cpu}: set {CPU_VARIABLE} to one of {able}")
    offline = environ.get(OFFLINE_VARIABLE, "").strip().lower() not in _NO
    return Settings(cpu, _flags(environ.get(FLAGS_VARIABLE, "")), offline)


def _flags(text: str) -> tuple[str, ...]:
    try:
        flags = tuple(shlex.split(text))
    except ValueError as error:
        raise CacheError(f"{FLAGS_VARIABLE} cannot be read as flags: {text} ({error})") from error
    for flag in flags:
        if unsound_flag([flag]):
            raise CacheError(f"{FLAGS_VARIABLE} has {flag}, with which kernels would give wrong results")
        if flag.startswith("@"):
            raise CacheError(f"{FLAGS_VARIABLE} has {flag}: name the flags that are in the file instead")
        if flag.startswith(_CPU_FLAGS):
            raise CacheError(f"{FLAGS_VARIABLE} has {flag}: name the CPU in {CPU_VARIABLE} instead")
    return flags
