"""What all parts of a session work with."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import NoReturn, TypeVar

from nestml_jit.ahead.record import find_recorder
from nestml_jit.cache import BuildError, CacheError, Entry, Store, UnloadableError, find_prebuilt
from nestml_jit.host.build import build_host, host_request
from nestml_jit.host.installation import HostError, Installation, find_installation
from nestml_jit.host.interrupts import Interrupts
from nestml_jit.host.library import Host
from nestml_jit.mpi.agreement import Agreement
from nestml_jit.mpi.everywhere import Everywhere
from nestml_jit.mpi.processes import find_processes
from nestml_jit.pipeline import Pipeline
from nestml_jit.pynest.progress import Progress

Result = TypeVar("Result")

LONG = 100.0
"""ms from which on a simulation of NEST's own models may be long enough for Ctrl-C ..."""

MANY = 1_000_000
"""... and updates of nodes from which on it is worth loading the host library for that."""

ENOUGH = 0.1
"""Seconds of simulating after which the host library is loaded in any case."""


class Tools:
    """NEST, its processes, the stages of compilation and the host, each from its first use on.

    Parameters
    ----------
    nest
        The real module.

    Attributes
    ----------
    progress
        Shows that something is compiled.
    recorder
        Takes what would be compiled, if nothing is to be compiled or simulated in this process.
    """

    def __init__(self, nest: ModuleType) -> None:
        self.nest = nest
        self.progress = Progress()
        self.recorder = find_recorder()
        self._interrupts: Interrupts | None = None
        self._has_no_host = False
        self._simulated = 0.0  # seconds, so far, without Ctrl-C
        self._host_path: Path | None = None

    @cached_property
    def agreement(self) -> Agreement:
        """The processes that NEST simulates with."""
        agreement = Agreement(find_processes(self.nest), self.error)
        if not agreement.is_alone:
            agreement.end_all_with_one()
        return agreement

    @cached_property
    def pipeline(self) -> Pipeline:
        """The stages, over the build cache that the environment names."""
        recorder = None if self.recorder is None else self.recorder.kernel
        store = Store(working=self.progress.working)
        return Pipeline(store, agreement=self.agreement, recorder=recorder)

    @cached_property
    def host(self) -> Host:
        """The host library, compiled and loaded when the first NESTML model is used."""
        installation = find_installation(self.nest)
        begin, now = time.perf_counter(), time.time()
        entry, host = self.agreement.first_then_all(
            "compiling the host", lambda: self._loaded_host(installation)
        )
        self._host_path = entry.library
        self._has_no_host = False
        self.agreement.gather("loading the host", None)  # all have it, or none
        cached = entry.library.stat().st_mtime < now
        self.pipeline.note("host", f"NEST {installation.version}", begin, cached)
        return host

    def interrupts(self, duration: float) -> Interrupts | None:
        """Return what lets Ctrl-C end a simulation, see `Session.interruptible`; None if nothing does."""
        if self._interrupts is None and not self._has_no_host:
            if not self.is_active and self._is_short(duration):
                return None
            self._find_interrupts()
        return self._interrupts

    def timed(self, simulate: Callable[[], Result]) -> Result:
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
        status = self.nest.ll_api.nestkernel.llapi_get_kernel_status()
        if status["num_processes"] > 1:
            self._has_no_host = True
        return bool(duration / status["resolution"] * status["network_size"] < MANY)

    def _find_interrupts(self) -> None:
        if self.agreement.is_alone:
            path = self._host_path if self.is_active else self._cached_host()
            with contextlib.suppress(UnloadableError):
                self._interrupts = None if path is None else Interrupts(path)
        self._has_no_host = self._interrupts is None

    def _cached_host(self) -> Path | None:
        """Return the file of the host library if it need not be compiled, None also if there is trouble."""
        try:
            request = host_request(find_installation(self.nest), self.pipeline.store.memo)
            found = find_prebuilt(self.pipeline.store, "host", request, self.pipeline.settings.cpu)
        except (BuildError, CacheError, HostError, OSError):
            return None
        return None if found is None else found.library

    def _loaded_host(self, installation: Installation) -> tuple[Entry, Host]:
        """Return the host library, loaded; what cannot be loaded is compiled anew, once.

        Raises
        ------
        HostError
            If what was compiled anew cannot be loaded either.
        """
        refused: set[Path] = set()
        while True:
            entry = self._compiled_host(installation)
            try:
                return entry, Host(entry.library, self.raise_error)
            except HostError:
                if entry.path in refused:
                    raise
                refused.add(entry.path)
                self.pipeline.store.reject(entry)

    def _compiled_host(self, installation: Installation) -> Entry:
        subject = f"NEST {installation.version}"
        found = self.pipeline.prebuilt(
            "host", subject, lambda: host_request(installation, self.pipeline.store.memo)
        )
        return found or build_host(self.pipeline.store, self.pipeline.compiler, installation)

    @cached_property
    def everywhere(self) -> Everywhere:
        """What is true of the whole network, of which this process's host has a part."""
        return Everywhere(self.host, self.agreement)

    @property
    def is_active(self) -> bool:
        """Whether any NESTML model was used in this process."""
        return "host" in vars(self)

    def raise_error(self, kind: str, text: str) -> NoReturn:
        """Raise NEST's exception of that name with a text."""
        raise self.error(kind, text)

    def error(self, kind: str, text: str) -> Exception:
        """Return NEST's exception of that name with a text."""
        errors = self.nest.NESTErrors
        error: Exception = getattr(errors, kind, errors.KernelException)(text)
        return error
