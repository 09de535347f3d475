"""Sections in which processes agree; here the processes are threads, each with an agreement of its own."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from nestml_jit.cache import BuildError
from nestml_jit.mpi.agreement import Agreement, DivergedError
from nestml_jit.mpi.everywhere import combine


@dataclass
class Board:
    """Where threads leave their messages for each other; a broken barrier means that one did not come."""

    size: int
    messages: list[bytes] = field(default_factory=list)
    count: int = 0
    aborted: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.messages = [b""] * self.size
        self.barrier = threading.Barrier(self.size, timeout=20)


@dataclass
class Thread:
    rank: int
    board: Board

    @property
    def size(self) -> int:
        return self.board.size

    def gather(self, message: bytes, what: str) -> list[bytes]:
        self.board.messages[self.rank] = message
        self.board.barrier.wait()
        found = list(self.board.messages)
        self.board.count += self.rank == 0
        self.board.barrier.wait()
        return found

    def abort(self) -> None:
        self.board.aborted.append(self.rank)


def run(size: int, script: Callable[[int, Agreement], Any], board: Board | None = None) -> list[Future[Any]]:
    """Run a script in each of `size` threads; return what became of each."""
    board = board or Board(size)

    def one(rank: int) -> Any:
        make: Callable[[str, str], Exception] = {"Local": KeyError}.get
        return script(rank, Agreement(Thread(rank, board), lambda kind, text: make(kind)(text)))

    with ThreadPoolExecutor(size) as pool:
        return [pool.submit(one, rank) for rank in range(size)]


def test_all_know_what_the_first_one_finds_out() -> None:
    asked = []

    def script(rank: int, agreement: Agreement) -> Any:
        with agreement.together("here"):
            return agreement.from_first("step", lambda: asked.append(rank) or f"found by {rank}")

    assert [future.result() for future in run(3, script)] == ["found by 0"] * 3
    assert asked == [0]


def test_the_first_one_has_acted_before_the_others_do() -> None:
    order: list[int] = []

    def script(rank: int, agreement: Agreement) -> int:
        with agreement.together("here"):
            return agreement.first_then_all("step", lambda: order.append(rank) or rank)

    assert [future.result() for future in run(4, script)] == [0, 1, 2, 3]
    assert order[0] == 0
    assert sorted(order) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("where", "guilty"),
    [
        ("from_first", 0),  # the others do not find out anything
        *((where, rank) for where in ("first_then_all", "between", "after") for rank in range(3)),
    ],
)
def test_what_one_raises_all_raise(where: str, guilty: int) -> None:
    error = BuildError("it failed", ["g++", "kernel.cpp"], 1, "no space")

    def fail(rank: int) -> str:
        if rank == guilty:
            raise error
        return "fine"

    def script(rank: int, agreement: Agreement) -> None:
        with agreement.together("here"):
            agreement.gather("begin", rank)
            if where == "between":
                fail(rank)
            agreement.from_first("one", lambda: fail(rank) if where == "from_first" else "fine")
            agreement.first_then_all("two", lambda: fail(rank) if where == "first_then_all" else "fine")
            if where == "after":
                fail(rank)

    for future in run(3, script):
        raised = future.exception()
        assert type(raised) is BuildError
        assert str(raised) == str(error)
        assert (raised.command, raised.output) == (("g++", "kernel.cpp"), "no space")


def test_after_an_error_the_next_section_is_in_step() -> None:
    def fail(rank: int, agreement: Agreement, attempt: int) -> None:
        with agreement.together("here"):
            if rank == attempt % 2:
                raise ValueError(f"attempt {attempt}")
            agreement.gather("values", rank)

    def script(rank: int, agreement: Agreement) -> list[int]:
        for attempt in range(3):
            with pytest.raises(ValueError, match=f"attempt {attempt}"):
                fail(rank, agreement, attempt)
        with agreement.together("there"):
            return agreement.gather("values", 10 * rank)

    assert [future.result() for future in run(2, script)] == [[0, 10]] * 2


def test_if_several_fail_the_error_is_that_of_the_lowest_rank() -> None:
    def script(rank: int, agreement: Agreement) -> None:
        with agreement.together("here"):
            if rank:
                raise ValueError(f"of {rank}")

    assert [str(future.exception()) for future in run(3, script)] == ["of 1"] * 3


def test_an_error_that_cannot_be_sent_arrives_by_name_and_text() -> None:
    class Local(Exception):
        """Unknown to pickle."""

    def script(rank: int, agreement: Agreement) -> None:
        with agreement.together("here"):
            if rank == 1:
                raise Local("what happened")

    first, second = (future.exception() for future in run(2, script))
    assert isinstance(first, KeyError)
    assert first.args == ("what happened",)
    assert isinstance(second, Local)


def test_processes_at_different_places_are_told_instead_of_mixed_up() -> None:
    def script(rank: int, agreement: Agreement) -> None:
        with agreement.together(f"the model 'model_{rank}'"):
            pass

    for future in run(2, script):
        with pytest.raises(
            DivergedError, match=r"process 0 at the model 'model_0'.*1 at the model 'model_1'"
        ):
            future.result()


def test_an_uncaught_error_ends_all_unless_all_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(rank: int, agreement: Agreement) -> tuple[Agreement, ValueError]:
        try:
            with agreement.together("here"):
                if rank == 1:
                    raise ValueError("told to all")
        except ValueError as error:
            return agreement, error
        raise AssertionError("nothing was raised")

    board = Board(2)
    for rank, future in enumerate(run(2, script, board)):
        agreement, told = future.result()
        monkeypatch.setattr(sys, "excepthook", lambda *_what: None)
        agreement.end_all_with_one()
        sys.excepthook(ValueError, told, None)
        assert rank not in board.aborted
        sys.excepthook(ValueError, ValueError("told to all"), None)
        assert rank in board.aborted


def test_a_section_in_a_section_is_part_of_it() -> None:
    board = Board(2)

    def script(rank: int, agreement: Agreement) -> None:
        with agreement.together("outer"), agreement.together("inner"):
            pass

    for future in run(2, script, board):
        future.result()
    assert board.count == 1


def test_one_process_alone_exchanges_nothing() -> None:
    class Nobody:
        rank, size = 0, 1

        def gather(self, message: bytes, what: str) -> list[bytes]:
            raise AssertionError("nobody to talk to")

        def abort(self) -> None: ...

    agreement = Agreement(Nobody())
    with agreement.together("here"):
        assert agreement.from_first("step", lambda: 1) == 1
        assert agreement.first_then_all("step", lambda: 2) == 2
        assert agreement.gather("step", 3) == [3]


def test_outside_of_sections_each_process_is_on_its_own() -> None:
    def script(rank: int, agreement: Agreement) -> tuple[int, int, list[int]]:
        found = agreement.from_first("step", lambda: rank), agreement.first_then_all("step", lambda: rank)
        return *found, agreement.gather("step", rank)

    assert [future.result() for future in run(2, script)] == [(0, 0, [0]), (1, 1, [1])]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([(True, 1.5), (True, 1.5)], (True, 1.5)),
        ([(True, 1.5), (True, None)], (True, 1.5)),
        ([(True, None), (True, None)], (True, None)),
        ([(True, 1.5), (True, 2.5)], (False, None)),
        ([(True, 1.5), (False, None)], (False, None)),
        ([(True, None), (False, None)], (False, None)),
    ],
)
def test_the_whole_is_uniform_if_all_parts_agree(
    answers: list[tuple[bool, float | None]], expected: tuple[bool, float | None]
) -> None:
    assert combine(answers) == expected
    assert combine(reversed(answers)) == expected
