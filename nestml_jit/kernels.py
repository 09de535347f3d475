"""Kernels from their source texts: found compiled, or compiled now, and loaded."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nestml_jit.cache import (
    BuildError,
    Compiler,
    Entry,
    Settings,
    Store,
    Trial,
    UnloadableError,
    cpus,
    find_compiler,
    find_prebuilt,
    kernel,
    kernel_key,
    kernel_request,
    load,
    run_together,
)
from nestml_jit.card import KERNEL_FUNCTION, FusionCard

ABI_HEADER = Path(__file__).parent / "host" / "include" / "nestml_jit_abi.h"

KERNEL = Trial(functions=(KERNEL_FUNCTION,))
"""The trial of loading a kernel."""


@dataclass(frozen=True)
class Generated:
    """A kernel's source text, and what it is of."""

    subject: str
    text: str
    card: FusionCard


@dataclass(frozen=True)
class Compiled:
    """The entry of a kernel, with the seconds that it took to find or to make it."""

    entry: Entry
    seconds: float
    cached: bool


@dataclass
class Kernels:
    """Finds and compiles kernels.

    Attributes
    ----------
    store
        The build cache.
    settings
        For which CPU, and with which flags, kernels are compiled.
    """

    store: Store
    settings: Settings

    @cached_property
    def compiler(self) -> Compiler:
        """The C++ compiler, found when it is first needed."""
        return find_compiler(self.store.memo)

    def compiled(self, kernels: Sequence[Generated], done: Callable[[], None]) -> list[Compiled]:
        """Return kernels compiled: those that are in no cache at the same time, as many as there are CPUs.

        Parameters
        ----------
        done
            Called each time that one of them is there.

        Raises
        ------
        nestml_jit.cache.BuildError
            If the compiler fails.
        """
        found: dict[str, Compiled] = {}
        for item in kernels:
            begin = time.perf_counter()
            entry = self._loaded_before(item)
            if entry is not None:
                found[item.text] = Compiled(entry, time.perf_counter() - begin, True)
                done()
        missing = {item.text: item for item in kernels if item.text not in found}
        with self._working([item.subject for item in missing.values()]) as store:
            actions = [functools.partial(self._compile, item, store) for item in missing.values()]
            found.update(zip(missing, run_together(actions, cpus(), done), strict=True))
        return [found[item.text] for item in kernels]

    @contextlib.contextmanager
    def _working(self, subjects: Sequence[str]) -> Iterator[Store]:
        """Show that several kernels are compiled; gives the store that shows the rest."""
        if len(subjects) < 2:
            yield self.store
            return
        with self.store.working("kernel", f"{subjects[0]} and {len(subjects) - 1} more"):
            yield self.store.without_display()

    def _loaded_before(self, item: Generated) -> Entry | None:
        """Return the entry of a kernel that was compiled before and can be loaded, or None."""
        while True:
            entry = self._compiled_before(item)
            if entry is None:
                return None
            try:
                load(entry.library, KERNEL.functions)
            except UnloadableError:
                self.store.reject(entry)
            else:
                return entry

    def _compiled_before(self, item: Generated) -> Entry | None:
        request = functools.partial(kernel_request, item.text, ABI_HEADER, self.settings)
        entry = self.prebuilt("kernel", item.subject, request)
        if entry is None:
            key = kernel_key(self.compiler, item.text, ABI_HEADER, self.settings)
            entry = self.store.lookup("kernel", key.name)
        return entry

    def _compile(self, item: Generated, store: Store) -> Compiled:
        begin = time.perf_counter()
        noted = {"subject": item.subject}
        try:
            entry = kernel(store, self.compiler, item.text, ABI_HEADER, noted, self.settings, KERNEL)
            load(entry.library, KERNEL.functions)
        except BuildError as error:
            message = f"{error.message} (it was given the kernel of {item.subject})"
            raise BuildError(message, error.command, error.status, error.output) from None
        except UnloadableError as error:
            raise BuildError(f"the kernel of {item.subject} cannot be loaded: {error}") from error
        return Compiled(entry, time.perf_counter() - begin, False)

    def prebuilt(self, kind: str, subject: str, request: Callable[[], str]) -> Entry | None:
        """Return an entry compiled elsewhere if nothing may or can be compiled here; None if it can.

        Parameters
        ----------
        request
            Gives the hash of what is wanted.

        Raises
        ------
        nestml_jit.cache.BuildError
            If there is no such entry.
        """
        problem: BuildError | None = None
        if not self.settings.offline:
            try:
                self.compiler  # noqa: B018 (finds it)
                return None
            except BuildError as error:
                if os.environ.get("CXX"):
                    raise  # the user's wish is not to be passed over
                problem = error
        hash_of_request = request()
        found = find_prebuilt(self.store, kind, hash_of_request, self.settings.cpu)
        if found is None:
            from nestml_jit.ahead.offline import missing, uncompilable

            if problem is not None:
                raise uncompilable(problem, self.store, self.settings, kind, subject)
            raise missing(self.store, self.settings, kind, subject, hash_of_request)
        return found
