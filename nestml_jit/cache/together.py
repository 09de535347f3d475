"""Several builds at the same time, which end together if the process is interrupted.

A build is a thread that waits for a compiler. Signals reach the main thread only; it ends the compilers, and
with them the threads. A compiler leads a session of its own, where no signal to us reaches it.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

DEADLY = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end a process, and not by an exception as Ctrl-C does."""


class ProcessGroup:
    """The processes that run for actions which end together."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self.stopped = False

    @contextlib.contextmanager
    def watching(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Let `stop` end a process, and those that it has started, inside this block."""
        with self._lock:
            self._running.add(process)
            if self.stopped:
                kill(process)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(process)

    def stop(self) -> None:
        """End the processes that run, and those that are about to be started."""
        with self._lock:
            self.stopped = True
            for process in self._running:
                kill(process)


class _Ended(BaseException):
    """A signal has come that ends this process."""

    def __init__(self, number: int) -> None:
        self.number = number


@contextlib.contextmanager
def outlived_by_none() -> Iterator[None]:
    """Have processes ended inside this block before a signal ends this one, as batch systems send them.

    Signals that the program handles or ignores are left to it; so are all in threads, which get none.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deadly = [number for number in DEADLY if signal.getsignal(number) is signal.SIG_DFL]
    try:
        for number in deadly:
            signal.signal(number, _end)
        yield
    except _Ended as ended:
        signal.signal(ended.number, signal.SIG_DFL)
        signal.raise_signal(ended.number)
    finally:
        for number in deadly:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: object) -> None:
    raise _Ended(number)


_group: contextvars.ContextVar[ProcessGroup | None] = contextvars.ContextVar("group", default=None)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a session, and all others in it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def watched(process: subprocess.Popen[bytes]) -> contextlib.AbstractContextManager[None]:
    """Return a context in which a process ends with those of the actions that run at the same time."""
    group = _group.get()
    return contextlib.nullcontext() if group is None else group.watching(process)


def run_to_its_end(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float | None = None
) -> tuple[int, bytes]:
    """Run a command to its end; return its exit status and what it printed.

    If we are interrupted, so is it, together with the processes that it has started: compilers are fronts.

    Raises
    ------
    OSError
        If it cannot be run.
    subprocess.TimeoutExpired
        If it did not end in time; it was ended then.
    """
    with (
        outlived_by_none(),
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            with watched(process):
                printed = process.communicate(timeout=timeout)[0]
        except BaseException:
            kill(process)
            raise
    return process.returncode, printed


def is_stopped() -> bool:
    """Whether what runs here is one of several actions that are to end."""
    group = _group.get()
    return group is not None and group.stopped


def run_together(
    actions: Sequence[Callable[[], T]], workers: int, done: Callable[[], None] = lambda: None
) -> list[T]:
    """Run actions that wait for processes, some at the same time, and return their results.

    After an error no further action begins; those that run go on to their end.

    Parameters
    ----------
    workers
        How many to run at a time. With one, or a single action, they run in this thread.
    done
        Called in this thread each time that an action has ended well.

    Raises
    ------
    Exception
        What the first action raised, in their order, of those that raised anything.
    """
    if workers <= 1 or len(actions) <= 1:
        return [_alone(action, done) for action in actions]
    import concurrent.futures  # not wanted when nothing is built

    group = ProcessGroup()
    with outlived_by_none(), concurrent.futures.ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(_within, group, action) for action in actions]
        try:
            for future in concurrent.futures.as_completed(futures):
                if future.exception() is not None:
                    break
                done()
            begun = [future for future in futures if not future.cancel()]
            concurrent.futures.wait(begun)
        except BaseException:
            group.stop()
            for future in futures:
                future.cancel()
            raise
    return [future.result() for future in begun]


def _alone(action: Callable[[], T], done: Callable[[], None]) -> T:
    result = action()
    done()
    return result


def _within(group: ProcessGroup, action: Callable[[], T]) -> T:
    _group.set(group)  # of this thread, which has a context of its own
    return action()
