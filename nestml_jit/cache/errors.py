"""Errors of the cache."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from nestml_jit.plain import plain


class CacheError(RuntimeError):
    """A cache folder cannot be used; the text says which, why, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))


class BuildError(RuntimeError):
    """A compiler could not be run, or did not succeed.

    Attributes
    ----------
    command
        The command with its arguments; empty if no compiler was found.
    status
        The exit status, negative for a signal; None if the command did not run.
    output
        What the command printed.
    """

    def __init__(
        self, message: str, command: Sequence[str] = (), status: int | None = None, output: str = ""
    ) -> None:
        self.message = message
        self.command = tuple(command)
        self.status = status
        self.output = output
        super().__init__(self._text())

    def __reduce__(self) -> tuple[type[BuildError], tuple[str, tuple[str, ...], int | None, str]]:
        """Pickle by the constructor's arguments: an error may cross to another process."""
        return type(self), (self.message, self.command, self.status, self.output)

    def _text(self) -> str:
        lines = [self.message]
        if self.command:
            lines.append(f"command: {shlex.join(self.command)}")
        if self.status is not None:
            lines += [_status_text(self.status), "output:", self.output.rstrip() or "(none)"]
        return plain("\n".join(lines))


def _status_text(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"exit status: {status}"


class OfflineError(BuildError):
    """Something is not compiled yet, and must not or cannot be compiled here."""
