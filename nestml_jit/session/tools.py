"""What all parts of a session work with."""

from __future__ import annotations

import time
from functools import cached_property
from types import ModuleType
from typing import NoReturn

from nestml_jit.agreement import Agreement
from nestml_jit.cache import Entry, Store
from nestml_jit.everywhere import Everywhere
from nestml_jit.host.build import build_host, host_request
from nestml_jit.host.installation import Installation, find_installation
from nestml_jit.host.library import Host
from nestml_jit.host.processes import find_processes
from nestml_jit.pipeline import Pipeline
from nestml_jit.progress import Progress
from nestml_jit.record import find_recorder


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
        entry = self.agreement.first_then_all("compiling the host", lambda: self._compiled_host(installation))
        host = Host(entry.library, self.raise_error)
        self.agreement.gather("loading the host", None)  # all have it, or none
        cached = entry.library.stat().st_mtime < now
        self.pipeline.note("host", f"NEST {installation.version}", begin, cached)
        return host

    def _compiled_host(self, installation: Installation) -> Entry:
        subject = f"NEST {installation.version}"
        found = self.pipeline.prebuilt("host", subject, lambda: host_request(installation))
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
