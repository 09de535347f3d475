"""Show that the compiler is at work, in terminals and notebooks.

Nothing is shown when errors go to a file or a pipe, nor for what is found in the cache, and what is shown
vanishes when it is done.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Protocol

PATIENCE = 0.4
"""Seconds that the compiler may take before a terminal shows anything."""

_WHAT = {"host": "the host library, once for this NEST (about 20 s)", "kernel": ""}


class Bar(Protocol):
    """A bar somewhere."""

    def show(self, text: str, done: int, total: int) -> None:
        """Show what is compiled now, and how many of how many are done."""

    def close(self) -> None:
        """Remove the bar."""


class Progress:
    """The progress of compilation.

    Attributes
    ----------
    enabled
        Whether to show it: True, False, or None for "in terminals and notebooks".
    in_notebook
        Whether this is a notebook that asked for bars.
    """

    def __init__(self) -> None:
        self.enabled: bool | None = None
        self.in_notebook = False
        self._bar: Bar | None = None
        self._text = ""
        self._done, self._total = 0, 1

    @contextlib.contextmanager
    def expecting(self, count: int) -> Iterator[None]:
        """Say how many kernels are going to be needed inside this block."""
        self._done, self._total = 0, count
        try:
            yield
        finally:
            self._done, self._total = 0, 1
            self._close()

    def next(self) -> None:
        """Say that one of those that were expected is there."""
        self._done += 1
        if self._bar is not None:
            self._bar.show(self._text, self._done, self._total)

    @contextlib.contextmanager
    def working(self, kind: str, subject: str) -> Iterator[None]:
        """Show that something is compiled inside this block."""
        text = f"compiling {_WHAT.get(kind) or subject}"
        timer = None
        if self._wanted():
            timer = threading.Timer(0.0 if self.in_notebook or self._bar else PATIENCE, self._show, [text])
            timer.daemon = True
            timer.run() if self.in_notebook else timer.start()
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
                if timer.ident is not None:
                    timer.join()
            if self._total <= 1:
                self._close()

    def _wanted(self) -> bool:
        if self.enabled is not None:
            return self.enabled
        return self.in_notebook or (sys.stderr.isatty() and os.environ.get("TERM") != "dumb")

    def _show(self, text: str) -> None:
        if self._bar is None:
            self._bar = NotebookBar() if self.in_notebook else _terminal_bar()
        if self._bar is not None:
            self._text = text
            self._bar.show(text, self._done, self._total)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _terminal_bar() -> Bar | None:
    try:
        return TerminalBar()
    except ImportError:
        return None  # rich is not installed


class TerminalBar:
    """A bar in the terminal that errors go to, drawn by rich."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
        )
        self._progress = RichProgress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=None, count="")

    def show(self, text: str, done: int, total: int) -> None:
        """Show what is compiled now; without an end in sight if it is a single thing."""
        several = total > 1
        self._progress.update(
            self._task,
            description=text,
            completed=done,
            total=total if several else None,
            count=f"{done}/{total}" if several else "",
        )
        self._progress.start()

    def close(self) -> None:
        """Remove the bar from the terminal."""
        self._progress.stop()


class NotebookBar:
    """A bar in the output of a notebook's cell."""

    def __init__(self) -> None:
        from IPython.display import display

        self._handle = display(_Html(""), display_id=True)  # type: ignore[no-untyped-call, unused-ignore]

    def show(self, text: str, done: int, total: int) -> None:
        """Show what is compiled now; a single thing has a bar that only moves."""
        from html import escape

        state = f'value="{done}" max="{total}"' if total > 1 else ""
        self._handle.update(_Html(f"<progress {state}></progress> {escape(text)}"))

    def close(self) -> None:
        """Leave nothing in the cell."""
        self._handle.update(_Html(""))


class _Html:
    """A piece of HTML, which terminals and files show nothing of."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return ""

    def _repr_html_(self) -> str:
        return self._text
