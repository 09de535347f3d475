"""Agreement among the processes of a simulation: one finds out, all know; one fails, all raise.

NEST makes all processes run the same script. What needs a decision (which model a name means, what a
kernel is generated from, whether it was compiled) is decided between them in *sections*, which all
processes enter at the same call. Whatever is raised in a section in one process is raised in all of
them, so that no process waits for one that gave up. With one process all this is nothing.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NoReturn, Protocol, TypeVar

Value = TypeVar("Value")


class Communicator(Protocol):
    """The interface of processes that an agreement uses; see `nestml_jit.mpi.processes`."""

    @property
    def rank(self) -> int:
        """The number of this process, from 0 on."""
        ...

    @property
    def size(self) -> int:
        """The number of processes."""
        ...

    def gather(self, message: bytes, what: str) -> list[bytes]:
        """Return the messages of all processes in the order of their ranks; all must call it."""
        ...

    def abort(self) -> None:
        """End all processes."""
        ...


class DivergedError(RuntimeError):
    """The processes do not run the same script; the text says what each of them is at."""


@dataclass(frozen=True)
class _Alone:
    rank: int = 0
    size: int = 1

    def gather(self, message: bytes, what: str) -> list[bytes]:
        return [message]

    def abort(self) -> None:
        pass


class Agreement:
    """Sections in which processes agree.

    Parameters
    ----------
    processes
        The processes; by default there is one.
    make_error
        Makes an exception of a type's name and a text, where an exception itself cannot be sent.
    """

    def __init__(
        self,
        processes: Communicator | None = None,
        make_error: Callable[[str, str], BaseException] | None = None,
    ) -> None:
        self._processes: Communicator = processes or _Alone()
        self._make_error = make_error or (lambda kind, text: RuntimeError(f"{kind}: {text}"))
        self._section = ""
        self._told = False
        self._raised: BaseException | None = None

    @property
    def is_alone(self) -> bool:
        """Whether there is one process only."""
        return self._processes.size == 1

    @contextlib.contextmanager
    def together(self, what: str) -> Iterator[None]:
        """Run a section that all processes enter; what one of them raises all raise.

        A section within a section is part of it.

        Parameters
        ----------
        what
            What it is about; the same in all processes.

        Raises
        ------
        DivergedError
            If processes are in different sections.
        """
        if self.is_alone or self._section:
            yield
            return
        self._section, self._told = what, False
        try:
            try:
                yield
            except BaseException as error:
                if not self._told:
                    self._exchange("end", None, error)
                raise
            self._exchange("end", None)
        finally:
            self._section = ""

    def gather(self, step: str, value: Value) -> list[Value]:
        """Return the values of all processes by rank; outside of sections this process's only.

        Parameters
        ----------
        step
            What it is about; the same in all processes.
        """
        values: list[Value] = self._exchange(step, value) if self._section else [value]
        return values

    def from_first(self, step: str, find_out: Callable[[], Value]) -> Value:
        """Return what the first process finds out; outside of sections each finds out by itself."""
        if not self._section:
            return find_out()
        value: Any = find_out() if self._processes.rank == 0 else None
        found: Value = self._exchange(step, value)[0]
        return found

    def first_then_all(self, step: str, act: Callable[[], Value]) -> Value:
        """Act in the first process, then in the others, which find what the first one left in the cache.

        Those whose cache is another one, or whose CPU is another, do what there is to do themselves.
        """
        if not self._section:
            return act()
        first = self._processes.rank == 0
        found = act() if first else None
        self._exchange(step, None)
        result: Value = found if first else act()  # type: ignore[assignment]  # the first one has acted
        self._exchange(step, None)
        return result

    def _exchange(self, step: str, value: Any, error: BaseException | None = None) -> list[Any]:
        place = f"{self._section}, {step}"
        sent = pickle.dumps((place, value, None if error is None else _pack(error)))
        replies = [pickle.loads(item) for item in self._processes.gather(sent, place)]
        for rank, (_place, _value, packed) in enumerate(replies):
            if packed is not None:
                self._told = True
                self._raise(rank, packed, error)
        places = [item[0] for item in replies]
        if len(set(places)) > 1:
            self._told = True
            told = "; ".join(f"process {rank} at {item}" for rank, item in enumerate(places))
            self._raised = DivergedError(
                f"The processes must run the same script, but they are at different places: {told}."
            )
            raise self._raised
        self._told = False
        return [item[1] for item in replies]

    def _raise(self, rank: int, packed: tuple[bytes | None, str, str], own: BaseException | None) -> NoReturn:
        if rank == self._processes.rank and own is not None:
            self._raised = own
            raise own
        whole, kind, text = packed
        error: BaseException = pickle.loads(whole) if whole is not None else self._make_error(kind, text)
        if hasattr(error, "add_note"):  # from Python 3.11 on
            error.add_note(f"(raised in process {rank} of {self._processes.size})")
        self._raised = error
        raise error from None

    def end_all_with_one(self) -> None:
        """Let an uncaught error of this process end all processes, which would wait for it otherwise."""
        before = sys.excepthook

        def hook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
            before(kind, error, traceback)
            if error is not self._raised:
                sys.stdout.flush()
                sys.stderr.flush()
                self._processes.abort()

        sys.excepthook = hook


def _pack(error: BaseException) -> tuple[bytes | None, str, str]:
    """Return an exception as data: whole if it can be sent, else its type's name and its text."""
    whole: bytes | None
    try:
        whole = pickle.dumps(error)
        pickle.loads(whole)
    except Exception:
        whole = None
    return whole, type(error).__name__, str(error)
