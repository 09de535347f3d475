"""From C++ source to a library in the store.

`build` runs the compiler and knows nothing of the store; `kernel` and `library` make entries, whose
keys hold everything that the result depends on.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nestml_jit.cache.compiler import Compiler, environment_part, kernel_flags, tool_environment
from nestml_jit.cache.entry import LIBRARY, Entry
from nestml_jit.cache.errors import BuildError
from nestml_jit.cache.key import Key, files_part, flags_part, make_key
from nestml_jit.cache.store import Store

SOURCE = "kernel.cpp"
LOG = "build.log"
_NATIVE = frozenset({"-march=native", "-mcpu=native", "-mtune=native"})


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
        If a command cannot be run or fails.
    """
    folder = output.parent
    includes = [f"-I{os.path.abspath(path)}" for path in include_dirs]
    steps = _Steps(folder, log)
    if link_flags is None:
        names = [_name(source, folder) for source in sources]
        steps.run([*compiler.command, *flags, *includes, "-o", output.name, *names])
        return steps.text()
    objects = {f"{number}-{source.stem}.o": source for number, source in enumerate(sources)}
    try:
        steps.run_all(
            [*compiler.command, *flags, *includes, "-c", "-o", target, _name(source, folder)]
            for target, source in objects.items()
        )
        steps.run([*compiler.command, *link_flags, "-o", output.name, *objects])
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

    def run_all(self, commands: Iterable[Sequence[str]]) -> None:
        """Run commands at the same time; raise the first error in their order."""
        import concurrent.futures  # not wanted when nothing is built

        with concurrent.futures.ThreadPoolExecutor(_cpus()) as pool:
            for _done in pool.map(self.run, commands):
                pass

    def run(self, command: Sequence[str]) -> None:
        # Temporary files go where the result goes: a full or read-only /tmp does no harm, and they
        # are removed together with an abandoned folder.
        environment = {**tool_environment(), "TMPDIR": str(self._folder)}
        begin = time.perf_counter()
        try:
            done = subprocess.run(
                command,
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
        except OSError as error:
            self._note(command, str(error), begin)
            raise BuildError(f"the C++ compiler cannot be run: {error}", command) from error
        output = done.stdout.decode("utf-8", "replace")
        self._note(command, output, begin)
        if done.returncode != 0:
            raise BuildError("the C++ compiler failed", command, done.returncode, output)

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


def _cpus() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def library_key(
    compiler: Compiler,
    flags: Sequence[str],
    sources: Mapping[str, str],
    headers: Mapping[str, Path],
    more: Mapping[str, str],
) -> Key:
    """Return the key of a library.

    Parameters
    ----------
    sources
        Source texts by name.
    headers
        Our own headers, whose contents count, by the names that sources include them by.
    more
        Other named parts, such as the version of headers that are not ours.
    """
    parts = {
        "compiler": compiler.identity,
        "cpu": compiler.target if _NATIVE & set(flags) else platform.machine(),
        "environment": environment_part(),
        "flags": flags_part(flags),
        "headers": files_part(headers),
        "source": "".join(f"{name}\0{len(text)}\0{text}" for name, text in sorted(sources.items())),
    }
    overlap = sorted(set(parts) & set(more))
    if overlap:
        raise ValueError(f"parts of the key are given twice: {', '.join(overlap)}")
    return make_key({**parts, **more})


def kernel_key(compiler: Compiler, source: str, abi_header: Path) -> Key:
    """Return the key of a kernel with this source text."""
    return library_key(
        compiler, kernel_flags(compiler), {SOURCE: source}, {abi_header.name: abi_header}, more={}
    )


def kernel(
    store: Store,
    compiler: Compiler,
    source: str,
    abi_header: Path,
    manifest: Mapping[str, Any] | None = None,
) -> Entry:
    """Return the entry of a compiled kernel, out of the store or compiled now.

    Parameters
    ----------
    source
        The kernel's text, which includes nothing but standard headers and the ABI header.
    abi_header
        The ABI header; sources find it by its name alone.
    manifest
        What else to note in a new entry's manifest.

    Raises
    ------
    BuildError
        If the compiler fails. The store is then as before.
    CacheError
        If the store cannot be used.
    """
    key = kernel_key(compiler, source, abi_header)
    flags = kernel_flags(compiler)

    def fill(folder: Path) -> dict[str, Any]:
        (folder / SOURCE).write_text(source, encoding="utf-8")
        return _timed_build(compiler, [folder / SOURCE], folder, flags, None, [abi_header.parent])

    return store.obtain("kernel", key.name, fill, {**(manifest or {}), "parts": dict(key.parts)})


def library(
    store: Store,
    compiler: Compiler,
    kind: str,
    sources: Sequence[Path],
    *,
    flags: Sequence[str],
    link_flags: Sequence[str] | None = None,
    headers: Mapping[str, Path],
    include_dirs: Sequence[Path],
    more: Mapping[str, str],
    manifest: Mapping[str, Any] | None = None,
) -> Entry:
    """Return the entry of a library built from source files, out of the store or built now.

    Parameters
    ----------
    kind
        What kind of entry it is ("host").
    flags, link_flags
        As for `build`.
    headers
        Our own headers, whose contents count for the key, by name.
    include_dirs
        Where headers are searched. Not part of the key: say in `more` what is found there.
    more
        Further named parts of the key.

    Raises
    ------
    BuildError, CacheError
        As for `kernel`.
    """
    texts = {source.name: source.read_text(encoding="utf-8") for source in sources}
    all_flags = [*flags, "link:", *link_flags] if link_flags is not None else flags
    key = library_key(compiler, all_flags, texts, headers, more)

    def fill(folder: Path) -> dict[str, Any]:
        return _timed_build(compiler, sources, folder, flags, link_flags, include_dirs)

    return store.obtain(kind, key.name, fill, {**(manifest or {}), "parts": dict(key.parts)})


def _timed_build(
    compiler: Compiler,
    sources: Sequence[Path],
    folder: Path,
    flags: Sequence[str],
    link_flags: Sequence[str] | None,
    include_dirs: Sequence[Path],
) -> dict[str, Any]:
    begin = time.perf_counter()
    build(
        compiler,
        sources,
        folder / LIBRARY,
        flags=flags,
        link_flags=link_flags,
        include_dirs=include_dirs,
        log=folder / LOG,
    )
    return {
        "compiler": compiler.identity,
        "flags": list(flags),
        "seconds": round(time.perf_counter() - begin, 3),
        "target": compiler.target,
    }
