"""Compiling C++ as kernels are compiled, with more warnings and, unless asked for, fewer optimisations."""

import ctypes as ct
import functools
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

import nestml_jit
from tests.codegen.kernel_abi import NjKernel

PACKAGE = Path(nestml_jit.__path__[0])
OPTIMISATION = os.environ.get("KERNEL_OPTIMISATION", "-O1")
"""Enough for vector code, and half of the time; tests of networks run what users run."""

FLAGS = (
    f"-std=c++17 {OPTIMISATION} -march=native -fPIC -shared -fno-gnu-unique -fopenmp-simd -ffp-contract=off "
    "-fno-math-errno -fno-trapping-math -Wall -Wextra -Werror"
).split()


@functools.cache
def _folder():
    return tempfile.TemporaryDirectory(prefix="nestml_jit_tests_")


def compile_library(source):
    """Compile a C++ text as kernels are compiled, and load it."""
    stem = Path(_folder().name) / hashlib.sha256(source.encode()).hexdigest()[:20]
    stem.with_suffix(".cpp").write_text(source)
    include = f"-I{PACKAGE / 'host' / 'include'}"
    command = ["g++", *FLAGS, include, str(stem.with_suffix(".cpp")), "-o", str(stem.with_suffix(".so"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ct.CDLL(str(stem.with_suffix(".so")))


READY = {}
"""Kernels that were compiled together with others, by source."""


def compile_together(sources):
    """Compile many kernels at once: what they include is read once."""
    name = "nestml_jit_kernel"
    parts = [source.replace(name + "(", f"{name}_{index}(") for index, source in enumerate(sources)]
    library = compile_library("\n".join(parts))
    for index, source in enumerate(sources):
        function = getattr(library, f"{name}_{index}")
        function.restype = ct.POINTER(NjKernel)
        READY[source] = function().contents


def compiled(source):
    """Compile a kernel's source, once per text."""
    return READY[source] if source in READY else _compiled(source)


@functools.cache
def _compiled(source):
    library = compile_library(source)
    library.nestml_jit_kernel.restype = ct.POINTER(NjKernel)
    return library.nestml_jit_kernel().contents
