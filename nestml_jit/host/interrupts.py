"""Ctrl-C during simulations, by way of the host library but without any model of ours."""

from __future__ import annotations

import ctypes
import importlib
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nestml_jit.cache import load

Result = TypeVar("Result")

_get_handler = importlib.import_module("_signal").getsignal
"""`signal.getsignal` without its search for an enum, which takes as long as a short simulation."""


def are_ours() -> bool:
    """Whether Python would raise KeyboardInterrupt in this thread, and nothing else, after Ctrl-C."""
    is_main = threading.get_ident() == threading.main_thread().ident
    return is_main and _get_handler(signal.SIGINT) is signal.default_int_handler


class Interrupts:
    """Lets Ctrl-C end a simulation.

    Parameters
    ----------
    path
        The host library's file.

    Raises
    ------
    nestml_jit.cache.UnloadableError
        If it cannot be loaded.
    """

    def __init__(self, path: Path) -> None:
        library = load(path, ("nj_watch_interrupts", "nj_unwatch_interrupts"), ctypes.RTLD_GLOBAL)
        self._begin = library.nj_watch_interrupts
        self._begin.restype, self._begin.argtypes = None, (ctypes.c_double,)
        self._end = library.nj_unwatch_interrupts
        self._end.restype, self._end.argtypes = ctypes.c_char_p, ()

    def watched(self, duration: float, simulate: Callable[[], Result]) -> Result:
        """Simulate; the simulation ends with the time slice in which Ctrl-C comes.

        Parameters
        ----------
        duration
            How long it is to be in ms, 0 if that is not known.

        Raises
        ------
        KeyboardInterrupt
            After Ctrl-C. If a loop of a model had to be given up for it, the text says which.
        """
        end, where = self._end, None
        self._begin(duration)
        try:
            try:
                return simulate()
            finally:
                # No Python function is entered before: it might raise KeyboardInterrupt first.
                where = end()
        except KeyboardInterrupt:
            if where is None:
                raise
            raise KeyboardInterrupt(
                f"Ctrl-C ended {where.decode()}, which had not come to an end. What the models hold now "
                "means nothing: call ResetKernel() before anything else is simulated."
            ) from None
