"""The stages by which models become kernels, and the processes that go through them together."""

from __future__ import annotations

from functools import cached_property
from types import ModuleType

from nestml_jit.ahead.record import Recorder
from nestml_jit.cache import Store
from nestml_jit.mpi.agreement import Agreement
from nestml_jit.mpi.processes import find_processes
from nestml_jit.pipeline import Pipeline
from nestml_jit.session.nest_errors import NestErrors
from nestml_jit.session.progress import Progress


class Compilation:
    """The processes and the stages of compilation, each from its first use on.

    The environment may change until then: it names the build cache.

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

    def __init__(self, nest: ModuleType, errors: NestErrors, recorder: Recorder | None) -> None:
        self.progress = Progress()
        self.recorder = recorder
        self._nest = nest
        self._errors = errors

    @cached_property
    def agreement(self) -> Agreement:
        """The processes that NEST simulates with."""
        agreement = Agreement(find_processes(self._nest), self._errors.error)
        if not agreement.is_alone:
            agreement.end_all_with_one()
        return agreement

    @cached_property
    def pipeline(self) -> Pipeline:
        """The stages, over the build cache that the environment names."""
        recorder = None if self.recorder is None else self.recorder.kernel
        store = Store(working=self.progress.working)
        return Pipeline(store, agreement=self.agreement, recorder=recorder)
