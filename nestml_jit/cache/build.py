"""Running the compiler: from C++ source to a library, and a log of how it was made."""

from __future__ import annotations

import functools
import os
import shlex
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from nestml_jit.cache.compiler import Compiler, tool_environment
from nestml_jit.cache.errors import BuildError
from nestml_jit.cache.loading import UnloadableError, check_file
from nestml_jit.cache.together import run_to_its_end, run_together


def build(
    compiler: Compiler,
    sources: Sequence[Path],
    output: Path,
    *,
    flags: Sequence[str],
    link_flags: Sequence[str] | None = None,
    include_dirs: Sequence[Path] = (),
    log: Path | None = None,
) -> str:
    """Compile and link `sources` into the library `output`.

    Temporary files are kept beside the output.

    Parameters
    ----------
    flags
        Flags for compiling.
    link_flags
        Flags for linking. None: one command with `flags` compiles and links. Otherwise the sources
        are compiled first, as many at a time as there are CPUs.
    log
        Where to write the commands and what they printed; written also if the build fails.

    Returns
    -------
    str
        What was written to the log.

    Raises
    ------
    BuildError
        If a command cannot be run or fails, or does not leave a whole library.
    """
    folder = output.parent
    includes = [f"-I{os.path.abspath(path)}" for path in include_dirs]
    steps = _Steps(folder, log)
    if link_flags is None:
        names = [_name(source, folder) for source in sources]
        steps.run([*compiler.command, *flags, *includes, "-o", output.name, *names])
        steps.check(output)
        return steps.text()
    objects = {f"{number}-{source.stem}.o": source for number, source in enumerate(sources)}
    try:
        steps.run_all(
            [*compiler.command, *flags, *includes, "-c", "-o", target, _name(source, folder)]
            for target, source in objects.items()
        )
        steps.run([*compiler.command, *link_flags, "-o", output.name, *objects])
        steps.check(output)
    finally:
        for target in objects:
            (folder / target).unlink(missing_ok=True)
    return steps.text()


class _Steps:
    """Commands run in a folder, and a log of them."""

    def __init__(self, folder: Path, log: Path | None) -> None:
        self._folder = folder
        self._log = log
        self._lines: list[str] = []
        self._last: Sequence[str] = ()

    def check(self, output: Path) -> None:
        """Raise `BuildError` unless the last command has left a whole library."""
        try:
            check_file(output)
        except UnloadableError as error:
            problem = (
                f"the C++ compiler reported no error, but what it made as {output.name} is of no use: {error}"
            )
            raise BuildError(problem, self._last, 0, self.text()) from error

    def run_all(self, commands: Iterable[Sequence[str]]) -> None:
        """Run commands at the same time; raise the first error in their order."""
        listed = list(commands)
        run_together([functools.partial(self.run, command) for command in listed], cpus())

    def run(self, command: Sequence[str]) -> None:
        # Temporary files go where the result goes: a full or read-only /tmp does no harm, and they
        # are removed together with an abandoned folder.
        environment = {**tool_environment(), "TMPDIR": str(self._folder)}
        self._last = command
        begin = time.perf_counter()
        try:
            status, printed = run_to_its_end(command, self._folder, environment)
        except OSError as error:
            self._note(command, str(error), begin)
            raise BuildError(f"the C++ compiler cannot be run: {error}", command) from error
        output = printed.decode("utf-8", "replace")
        self._note(command, output, begin)
        if status != 0:
            raise BuildError("the C++ compiler failed", command, status, output)

    def _note(self, command: Sequence[str], output: str, begin: float) -> None:
        seconds = time.perf_counter() - begin
        self._lines.append(f"$ {shlex.join(command)}\n{output}# {seconds:.3f} s\n")
        if self._log is not None:
            self._log.write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        return "".join(self._lines)


def _name(source: Path, folder: Path) -> str:
    """Return a source's name for the command: short if it is in the folder that is worked in."""
    return source.name if source.parent == folder else os.path.abspath(source)


def cpus() -> int:
    """Return how many CPUs this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
