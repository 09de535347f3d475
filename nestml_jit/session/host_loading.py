"""The host library of a session: compiled or found, and loaded, when the first NESTML model is used."""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path
from types import ModuleType

from nestml_jit.cache import BuildError, CacheError, Entry, find_prebuilt
from nestml_jit.host.installation import HostError, Installation, find_installation
from nestml_jit.host.library import Host
from nestml_jit.host.recipe import build_host, host_request
from nestml_jit.mpi.everywhere import Everywhere
from nestml_jit.session.compilation import Compilation
from nestml_jit.session.nest_errors import NestErrors


class HostLoading:
    """Loads the host library on its first use.

    Parameters
    ----------
    nest
        The real module.

    Attributes
    ----------
    path
        The file of the host library, once it is loaded.
    is_active
        Whether any NESTML model was used in this process, for which the host was loaded.
    stores_static_synapses
        Whether the host stores connections of NEST's static synapse.
    """

    def __init__(self, nest: ModuleType, errors: NestErrors, compilation: Compilation) -> None:
        self.path: Path | None = None
        self.is_active = False
        self.stores_static_synapses = True
        self._nest = nest
        self._errors = errors
        self._compilation = compilation

    @cached_property
    def host(self) -> Host:
        """The host library, compiled and loaded when the first NESTML model is used."""
        agreement = self._compilation.agreement
        installation = find_installation(self._nest)
        begin, now = time.perf_counter(), time.time()
        entry, host = agreement.first_then_all("compiling the host", lambda: self._load(installation))
        agreement.gather("loading the host", None)  # all have it, or none
        self.path = entry.library
        cached = entry.library.stat().st_mtime < now
        self._compilation.pipeline.note("host", f"NEST {installation.version}", begin, cached)
        self.is_active = True
        host.store_static_synapses(self.stores_static_synapses)
        return host

    def store_static_synapses(self, wanted: bool) -> None:
        """Say whether the host is to store connections of NEST's static synapse from the next one on."""
        self.stores_static_synapses = wanted
        if self.is_active:
            self.host.store_static_synapses(wanted)

    @cached_property
    def everywhere(self) -> Everywhere:
        """Questions to the hosts of all processes, of which each has a part of the network."""
        return Everywhere(self.host, self._compilation.agreement)

    def find_cached(self) -> Path | None:
        """Return the file of the host library if it need not be compiled, None also if there is trouble."""
        pipeline = self._compilation.pipeline
        try:
            request = host_request(find_installation(self._nest), pipeline.store.memo)
            found = find_prebuilt(pipeline.store, "host", request, pipeline.settings.cpu)
        except (BuildError, CacheError, HostError, OSError):
            return None
        return None if found is None else found.library

    def _load(self, installation: Installation) -> tuple[Entry, Host]:
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
                return entry, Host(entry.library, self._errors.raise_error)
            except HostError:
                if entry.path in refused:
                    raise
                refused.add(entry.path)
                self._compilation.pipeline.store.reject(entry)

    def _compiled_host(self, installation: Installation) -> Entry:
        subject = f"NEST {installation.version}"
        found = self._compilation.pipeline.kernels.prebuilt(
            "host", subject, lambda: host_request(installation, self._compilation.pipeline.store.memo)
        )
        return found or build_host(
            self._compilation.pipeline.store, self._compilation.pipeline.kernels.compiler, installation
        )
