"""Compile the host library, out of the build cache after the first time."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.cache import Compiler, Entry, Memo, Store, Trial, library, library_request
from nestml_jit.host import identity
from nestml_jit.host.installation import HostError, Installation
from nestml_jit.host.library import FUNCTIONS

FOLDER = Path(__file__).parent
ABI_HEADER = FOLDER / "include" / "nestml_jit_abi.h"
STUBS = FOLDER / "include" / "stub"
SOURCE = FOLDER / "src" / "host.cpp"

INCLUDE_DIRS = (ABI_HEADER.parent, SOURCE.parent)


@dataclass(frozen=True)
class Recipe:
    """How the host library for an installation of NEST is compiled.

    Attributes
    ----------
    flags, link_flags
        For compiling and linking; they count for the key.
    search_flags
        Where NEST's headers are found, which does not.
    more
        What is found there, as named parts of the key.
    means
        What else it is compiled with, as named parts of the key but not of the request.
    """

    flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    search_flags: tuple[str, ...]
    more: Mapping[str, str]
    means: Mapping[str, str]


def recipe(compiler: Compiler, installation: Installation, memo: Memo) -> Recipe:
    """Return how the host library is compiled for an installation.

    Raises
    ------
    HostError
        If the compiler cannot be used together with this NEST, or Boost's headers are missing.
    """
    flags = tuple(_flags(compiler, installation))
    search_flags = ("-isystem", str(installation.include), "-idirafter", str(STUBS))
    means = {"boost": identity.boost(boost_headers())}
    return Recipe(flags, ("-shared",), search_flags, _interface_of_nest(installation, memo), means)


def build_host(store: Store, compiler: Compiler, installation: Installation) -> Entry:
    """Return the cache entry of the host library for an installation of NEST.

    Raises
    ------
    nestml_jit.cache.BuildError
        If it does not compile.
    HostError
        If the compiler cannot be used together with this NEST, or Boost's headers are missing.
    """
    how = recipe(compiler, installation, store.memo)
    return library(
        store,
        compiler,
        "host",
        [SOURCE],
        flags=how.flags,
        link_flags=how.link_flags,
        headers=own_files(),
        include_dirs=INCLUDE_DIRS,
        search_flags=how.search_flags,
        more=how.more,
        means=how.means,
        manifest={"subject": f"host for NEST {installation.version}"},
        trial=Trial(FUNCTIONS, () if installation.kernel is None else (installation.kernel,)),
    )


def host_request(installation: Installation, memo: Memo) -> str:
    """Return the hash of what the host library for an installation is, whoever compiles it."""
    sources = {SOURCE.name: SOURCE.read_text(encoding="utf-8")}
    return library_request(sources, own_files(), _interface_of_nest(installation, memo))


def own_files() -> dict[str, Path]:
    """Return the host's own sources and headers by name."""
    folder = SOURCE.parent
    paths = sorted([*folder.rglob("*.h"), *folder.rglob("*.cpp")])
    own = {path.relative_to(folder).as_posix(): path for path in paths}
    stubs = {f"stub/{path.name}": path for path in sorted(STUBS.glob("*.h"))}
    return {**own, **stubs, ABI_HEADER.name: ABI_HEADER}


def _flags(compiler: Compiler, installation: Installation) -> list[str]:
    flags = ["-std=c++20", "-O2", "-fPIC", "-fopenmp"]
    if compiler.no_gnu_unique:
        flags.append("-fno-gnu-unique")
    if _needs_bridge(compiler):
        flags.append("-DNESTML_JIT_OPENMP_BRIDGE")
    flags.append(f"-D_GLIBCXX_USE_CXX11_ABI={int(installation.cxx11_abi)}")
    flags += ["-isystem", str(boost_headers())]
    return flags + (_mpi_flags() if installation.has_mpi else [])


def boost_headers() -> Path:
    """Return the folder of Boost's headers: the registry package's, or the system's."""
    try:
        import boost_headers as package
    except ImportError:
        system = Path("/usr/include")
        if (system / "boost" / "version.hpp").is_file():
            return system
        raise HostError(
            "Boost's headers are needed to compile the host library: pip install boost-headers"
        ) from None
    return Path(str(package.__file__)).parent / "include"


def _mpi_flags() -> list[str]:
    """Return the flags that find MPI's headers, as the MPI compiler wrapper tells them."""
    import shutil
    import subprocess

    for command in (["mpicxx", "--showme:compile"], ["mpicxx", "-compile-info"]):
        if shutil.which(command[0]) is None:
            continue
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        if told.returncode == 0:
            return [word for word in told.stdout.split() if word.startswith("-I")]
    raise HostError(
        "This NEST was built with MPI, and the compiler wrapper mpicxx, which knows where MPI's headers are, "
        "was not found. Put the wrapper of the MPI that NEST was built with on PATH."
    )


def mpi_version() -> str:
    """Return what the MPI library that NEST has loaded says of itself: each has types of its own."""
    text, length = ctypes.create_string_buffer(8192), ctypes.c_int()
    ask = getattr(ctypes.CDLL(None), "MPI_Get_library_version", None)
    if ask is None or ask(text, ctypes.byref(length)) != 0:
        return "unknown"
    return text.value.decode("utf-8", "replace")


def _needs_bridge(compiler: Compiler) -> bool:
    """Whether code from this compiler calls another OpenMP runtime than the one that NEST has loaded."""
    process = ctypes.CDLL(None)
    theirs, gnus = hasattr(process, "__kmpc_fork_call"), hasattr(process, "GOMP_parallel")
    return compiler.family == "clang" and gnus and not theirs


def _interface_of_nest(installation: Installation, memo: Memo) -> Mapping[str, str]:
    return {
        "cxx11_abi": str(installation.cxx11_abi),
        "mpi": mpi_version() if installation.has_mpi else "",
        "nest": installation.version,
        "nest_headers": identity.headers(installation.include, memo),
        "nest_libraries": identity.libraries(installation, memo),
    }
