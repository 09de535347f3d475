"""Whether Ctrl-C can end a simulation, and what must be loaded for that."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

from nestml_jit.cache import UnloadableError
from nestml_jit.host.interrupts import Interrupts, are_ours
from nestml_jit.session.compilation import Compilation
from nestml_jit.session.host_loading import HostLoading

Result = TypeVar("Result")

LONG = 100.0
"""ms from which on a simulation of NEST's own models may be long enough for Ctrl-C ..."""

MANY = 1_000_000
"""... and updates of nodes from which on it is worth loading the host library for that."""

ENOUGH = 0.1
"""Seconds of simulating after which the host library is loaded in any case."""


class Interruption:
    """Simulates such that Ctrl-C ends it, where the host library is there or worth loading.

    Parameters
    ----------
    nest
        The real module.
    """

    def __init__(self, nest: ModuleType, compilation: Compilation, hosts: HostLoading) -> None:
        self._nest = nest
        self._compilation = compilation
        self._hosts = hosts
        self._interrupts: Interrupts | None = None
        self._refused: bool | None = None  # for what `HostLoading.is_active` was then
        self._simulated = 0.0  # seconds, so far, without Ctrl-C

    def simulate(self, duration: float, simulate: Callable[[], Result]) -> Result:
        """Simulate so many ms, 0 if it is not known; see `Session.interruptible`."""
        if not are_ours():
            return self._timed(simulate)
        interrupts = self._interrupts or self._wanted(duration)
        return self._timed(simulate) if interrupts is None else interrupts.watched(duration, simulate)

    def _wanted(self, duration: float) -> Interrupts | None:
        """Return what lets Ctrl-C end a simulation, None if nothing does."""
        if self._interrupts is None and self._refused != self._hosts.is_active:
            if not self._hosts.is_active and self._is_short(duration):
                return None
            self._find_interrupts()
        return self._interrupts

    def _timed(self, simulate: Callable[[], Result]) -> Result:
        """Simulate without Ctrl-C, and note the time that it takes."""
        begin = time.perf_counter()
        try:
            return simulate()
        finally:
            self._simulated += time.perf_counter() - begin

    def _is_short(self, duration: float) -> bool:
        """Whether a simulation of NEST's own models takes less time than to load the host library."""
        if self._simulated > ENOUGH:
            return False
        if duration < LONG:
            return True
        status = self._nest.ll_api.nestkernel.llapi_get_kernel_status()
        if status["num_processes"] > 1:
            self._refused = False
        return bool(duration / status["resolution"] * status["network_size"] < MANY)

    def _find_interrupts(self) -> None:
        if self._compilation.agreement.is_alone:
            path = self._hosts.path if self._hosts.is_active else self._hosts.find_cached()
            with contextlib.suppress(UnloadableError):
                self._interrupts = None if path is None else Interrupts(path)
        if self._interrupts is None:
            self._refused = self._hosts.is_active
