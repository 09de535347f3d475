"""What there is to know of the NEST that is imported here, as JSON: for `nestml-jit doctor`."""

from __future__ import annotations

import ctypes
import dataclasses
import importlib
import json
import sys

from nestml_jit.cache import BuildError, Memo, find_compiler
from nestml_jit.cache.digest import digest
from nestml_jit.host.installation import HostError, find_installation
from nestml_jit.host.recipe import boost_headers, mpi_version, recipe


def tell_recipe() -> None:
    """Print how the host library would be compiled now: a JSON object with `Recipe`'s names, or "error"."""
    try:
        how = recipe(find_compiler(Memo()), find_installation(importlib.import_module("nest")), Memo())
    except (BuildError, HostError) as error:
        print(json.dumps({"error": str(error)}))
        return
    parts = {name: digest(text) for name, text in {**how.more, **how.means}.items()}
    print(json.dumps({**dataclasses.asdict(how), "parts": parts}))


def main() -> None:
    """Print one JSON object; what could not be found out is in it as a text that begins with "error"."""
    nest = importlib.import_module("nest")
    found: dict[str, object] = {"folder": str(nest.__file__), "python": sys.version.split()[0]}
    try:
        installation = find_installation(nest)
    except HostError as error:
        found["error"] = str(error)
    else:
        found["version"] = installation.version
        found["include"] = str(installation.include)
        found["cxx11_abi"] = installation.cxx11_abi
        found["has_mpi"] = installation.has_mpi
        found["mpi"] = mpi_version() if installation.has_mpi else ""
    try:
        found["boost"] = str(boost_headers())
    except HostError as error:
        found["boost_error"] = str(error)
    process = ctypes.CDLL(None)
    found["openmp"] = [name for name in ("GOMP_parallel", "__kmpc_fork_call") if hasattr(process, name)]
    print(json.dumps(found))
