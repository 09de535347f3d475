"""Model files that a command line names, one by one or by their folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from nestml_jit.cli.outcome import CLEAN, UNUSABLE, complain
from nestml_jit.errors import Diagnostic, NestmlErrors


class Files:
    """Name and content of all model files named, or below folders named, one by one.

    One that cannot be read is reported, and the rest is read nevertheless.

    Attributes
    ----------
    count
        How many were read so far.
    status
        The exit status that the reading alone calls for.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = paths
        self.count = 0
        self.status = CLEAN

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for path in self._paths:
            for name in self._below(path) if os.path.isdir(path) else [path]:
                try:
                    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
                except OSError as error:
                    self._refuse(error)
                    continue
                self.count += 1
                yield "<stdin>" if name == "-" else name, data

    def _below(self, folder: str) -> list[str]:
        found = [str(path) for path in sorted(Path(folder).rglob("*.nestml")) if not path.is_dir()]
        if not found:
            self._refuse(FileNotFoundError(0, "there is no file *.nestml in this folder", folder))
        return found

    def _refuse(self, error: OSError) -> None:
        complain(error)
        self.status = UNUSABLE


def decoded(data: bytes, name: str) -> tuple[str, Diagnostic | None]:
    """Return a file's text, or an empty one and the reason why it is no text."""
    from nestml_jit import dsl

    try:
        return dsl.decode(data, name), None
    except NestmlErrors as error:
        return "", error.diagnostics[0]
