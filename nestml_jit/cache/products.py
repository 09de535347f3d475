"""Kernels and other libraries as entries of the store.

An entry's name is made of two hashes. The first is the *request*: what is wanted, whichever compiler
makes it for whichever CPU. The second has all that the result depends on.
"""

from __future__ import annotations

import platform
import time
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nestml_jit.cache.build import build
from nestml_jit.cache.compiler import (
    KERNEL_FLAGS,
    Compiler,
    check_soundness,
    environment_part,
    kernel_flags,
)
from nestml_jit.cache.entry import LIBRARY, Entry
from nestml_jit.cache.errors import BuildError
from nestml_jit.cache.key import Key, files_part, flags_part, make_key
from nestml_jit.cache.loading import Trial, UnloadableError, try_loading
from nestml_jit.cache.settings import DEFAULTS, Settings
from nestml_jit.cache.store import REQUEST_DIGITS, Store
from nestml_jit.cache.target import NATIVE, baseline, record, runnable, this_cpu, this_machine

SOURCE = "kernel.cpp"
LOG = "build.log"
ANY_LIBRARY = Trial()
NOTHING: Mapping[str, str] = types.MappingProxyType({})
_NATIVE_FLAGS = frozenset({"-march=native", "-mcpu=native", "-mtune=native"})


def library_request(sources: Mapping[str, str], headers: Mapping[str, Path], more: Mapping[str, str]) -> str:
    """Return the hash of what is wanted; the parameters are those of `library_key`."""
    return make_key(_wanted(sources, headers, more)).name


def _wanted(
    sources: Mapping[str, str], headers: Mapping[str, Path], more: Mapping[str, str]
) -> dict[str, str]:
    return {
        "headers": files_part(headers),
        "source": source_part(sources),
        **more,
    }


def library_key(
    compiler: Compiler,
    flags: Sequence[str],
    sources: Mapping[str, str],
    headers: Mapping[str, Path],
    more: Mapping[str, str],
    means: Mapping[str, str] = NOTHING,
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
    means
        Named parts that say how it is made, and do not count for the request.
    """
    parts = {
        "compiler": compiler.identity,
        "cpu": cpu_part(compiler, flags),
        "environment": environment_part(),
        "flags": flags_part(flags),
        **means,
    }
    overlap = sorted({*parts, "headers", "source"} & set(more))
    if overlap:
        raise ValueError(f"parts of the key are given twice: {', '.join(overlap)}")
    wanted = _wanted(sources, headers, more)
    request, everything = make_key(wanted).name, make_key({**parts, **wanted})
    name = request[:REQUEST_DIGITS] + everything.name[REQUEST_DIGITS:]
    return Key(name, everything.parts, request)


def source_part(sources: Mapping[str, str]) -> str:
    """Return source texts as a part of a key."""
    return "".join(f"{name}\0{len(text)}\0{text}" for name, text in sorted(sources.items()))


def cpu_part(compiler: Compiler, flags: Sequence[str]) -> str:
    """Return what a library depends on of this CPU: nothing, unless the flags ask for it."""
    return compiler.target if _NATIVE_FLAGS & set(flags) else platform.machine()


def kernel_request(source: str, abi_header: Path, settings: Settings = DEFAULTS) -> str:
    """Return the hash of what is wanted of a kernel; no compiler is needed to know it."""
    return library_request(*_kernel_wants(source, abi_header, settings))


def kernel_key(compiler: Compiler, source: str, abi_header: Path, settings: Settings = DEFAULTS) -> Key:
    """Return the key of a kernel with this source text."""
    flags = kernel_flags(compiler, settings)
    return library_key(compiler, flags, *_kernel_wants(source, abi_header, settings))


def _kernel_wants(
    source: str, abi_header: Path, settings: Settings
) -> tuple[dict[str, str], dict[str, Path], dict[str, str]]:
    options = flags_part((*KERNEL_FLAGS, *settings.flags))
    return {SOURCE: source}, {abi_header.name: abi_header}, {"options": options}


def kernel(
    store: Store,
    compiler: Compiler,
    source: str,
    abi_header: Path,
    manifest: Mapping[str, Any] | None = None,
    settings: Settings = DEFAULTS,
    trial: Trial = ANY_LIBRARY,
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
    settings
        For which CPU to compile, and with which flags.
    trial
        What is tried with a new kernel before it is published, if this CPU can run it.

    Raises
    ------
    BuildError
        If the compiler fails, or makes what cannot be loaded. The store is then as before.
    CacheError
        If the store cannot be used.
    """
    key = kernel_key(compiler, source, abi_header, settings)
    flags = kernel_flags(compiler, settings)
    is_runnable = settings.cpu == NATIVE or settings.cpu in runnable(this_cpu())

    def fill(folder: Path) -> dict[str, Any]:
        if settings.flags:
            check_soundness(compiler, flags)
        (folder / SOURCE).write_text(source, encoding="utf-8")
        made = _timed_build(compiler, [folder / SOURCE], folder, flags, None, [abi_header.parent])
        if is_runnable:
            _try(compiler, folder, trial)
        return made

    return store.obtain("kernel", key.name, fill, _noted(manifest, key, settings.cpu))


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
    search_flags: Sequence[str] = (),
    more: Mapping[str, str],
    means: Mapping[str, str] = NOTHING,
    manifest: Mapping[str, Any] | None = None,
    trial: Trial = ANY_LIBRARY,
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
    include_dirs, search_flags
        Where headers are searched: folders, and further flags for compiling. Not part of the key: say in
        `more` what is found there.
    more
        Further named parts of the key.
    means
        Further named parts of the key, but not of the request.
    trial
        What is tried with a new library before it is published.

    Raises
    ------
    BuildError, CacheError
        As for `kernel`.
    """
    texts = {source.name: source.read_text(encoding="utf-8") for source in sources}
    all_flags = [*flags, "link:", *link_flags] if link_flags is not None else flags
    key = library_key(compiler, all_flags, texts, headers, more, means)

    def fill(folder: Path) -> dict[str, Any]:
        compiling = [*flags, *search_flags]
        made = _timed_build(compiler, sources, folder, compiling, link_flags, include_dirs)
        _try(compiler, folder, trial)
        return made

    cpu = NATIVE if _NATIVE_FLAGS & set(flags) else baseline(this_machine())
    return store.obtain(kind, key.name, fill, _noted(manifest, key, cpu))


def _noted(manifest: Mapping[str, Any] | None, key: Key, cpu: str) -> dict[str, Any]:
    """Return what a manifest says about how an entry was made."""
    return {
        **(manifest or {}),
        "cpu": record(cpu, this_cpu()),
        "parts": dict(key.parts),
        "request": key.request,
    }


def _try(compiler: Compiler, folder: Path, trial: Trial) -> None:
    """Raise `BuildError` unless the library that was built in a folder can be loaded."""
    try:
        try_loading(folder / LIBRARY, trial)
    except UnloadableError as error:
        log = (folder / LOG).read_text(encoding="utf-8", errors="replace")
        problem = f"the C++ compiler reported no error, but what it made cannot be loaded: {error}"
        raise BuildError(problem, compiler.command, 0, log) from error


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
        "link_flags": None if link_flags is None else list(link_flags),
        "seconds": round(time.perf_counter() - begin, 3),
        "target": compiler.target,
    }
