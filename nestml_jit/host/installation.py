"""Find what the host must be compiled against: the headers and the ABI of the imported NEST."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

SUPPORTED = (3, 10)
"""Major and minor version of NEST that the host's C++ is written for."""

_NEW_ABI = "_ZNK4nest4Node8get_nameB5cxx11Ev"
_OLD_ABI = "_ZNK4nest4Node8get_nameEv"


class HostError(RuntimeError):
    """The host cannot serve this NEST; the text says what is missing, where it was looked for, and why."""


@dataclass(frozen=True)
class Installation:
    """An installation of NEST.

    Attributes
    ----------
    version
        Version of the headers, which is that of the imported kernel.
    include
        Folder that holds `config.h` and NEST's other headers.
    cxx11_abi
        Whether the kernel was compiled with the new std::string of libstdc++.
    has_mpi
        Whether the kernel was compiled with MPI, whose headers the host then needs.
    kernel
        The library of NEST's kernel; None if it is not to be looked at.
    """

    version: str
    include: Path
    cxx11_abi: bool
    has_mpi: bool
    kernel: Path | None = None


def find_installation(nest: ModuleType) -> Installation:
    """Return the installation that the module `nest` belongs to.

    Raises
    ------
    HostError
        If its version is not supported, its headers are not found, or they are of another version.
    """
    version = _kernel_version(nest)
    if _numbers(version)[:2] != SUPPORTED:
        supported = ".".join(map(str, SUPPORTED))
        raise HostError(
            f"NEST {version} (imported from {_folder(nest)}) is not supported: nestml_jit needs NEST "
            f"{supported}.x, for its host library uses the kernel's C++ interface, which changes between "
            f"versions. Install it with: pip install 'nest-simulator=={supported}.*'"
        )
    include = _find_headers(nest, version)
    text = (include / "config.h").read_text(encoding="utf-8", errors="replace")
    has_mpi = re.search(r"^#define\s+HAVE_MPI\b", text, re.M) is not None
    kernel = Path(nest.ll_api.nestkernel.__file__)
    return Installation(version, include, _kernel_abi(nest), has_mpi, kernel)


def _folder(nest: ModuleType) -> Path:
    return Path(str(nest.__file__)).resolve().parent


def _kernel_version(nest: ModuleType) -> str:
    return str(nest.ll_api.nestkernel.llapi_get_kernel_status()["build_info"]["version"])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def header_version(include: Path) -> str | None:
    """Return the version that NEST's headers in a folder belong to, or None if there are none."""
    try:
        text = (include / "config.h").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r'^#define\s+NEST_VERSION\s+"([^"]*)"', text, re.M)
    return found[1] if found and (include / "connector_base.h").is_file() else None


def _candidates(nest: ModuleType) -> Iterator[Path]:
    """Yield where the headers may be: inside the package (wheel), then under each possible prefix."""
    package = _folder(nest)
    yield package / "include" / "nest"
    for parent in package.parents:
        yield parent / "include" / "nest"
    # What the kernel says of its prefix is true for a NEST that is where it was built, else a hint.
    prefix = nest.ll_api.nestkernel.llapi_get_kernel_status()["build_info"].get("prefix")
    if prefix:
        yield Path(prefix) / "include" / "nest"


def _find_headers(nest: ModuleType, version: str) -> Path:
    looked: list[str] = []
    for include in _candidates(nest):
        found = header_version(include)
        if found == version:
            return include
        looked.append(f"{include}" + (f" (these are of NEST {found})" if found else ""))
    raise HostError(
        f"The C++ headers of NEST {version} (imported from {_folder(nest)}) were not found. They are needed "
        "to compile the host library once. Looked in:\n  " + "\n  ".join(looked) + "\nInstall NEST from its "
        "wheel, or install a self-built NEST completely (cmake --install), headers included."
    )


def _kernel_abi(nest: ModuleType) -> bool:
    """Return whether the loaded kernel uses the new ABI, by the names of the symbols it exports."""
    loaded = ctypes.CDLL(nest.ll_api.nestkernel.__file__)
    new, old = hasattr(loaded, _NEW_ABI), hasattr(loaded, _OLD_ABI)
    if new == old:
        raise HostError(
            f"The kernel of NEST in {_folder(nest)} exports no symbol by which the ABI of its C++ library "
            "can be told: it seems to be stripped or linked with hidden symbols, so that no extension can be "
            "loaded."
        )
    return new
