"""From C++ source to a library on disk, compiled once.

An entry's key holds everything that the entry depends on; entries are published by one atomic
rename and never changed. This package knows nothing of models, NEST or MPI.
"""

from nestml_jit.cache.build import build, cpus
from nestml_jit.cache.compiler import Compiler, find_compiler, kernel_flags
from nestml_jit.cache.entry import Entry
from nestml_jit.cache.errors import BuildError, CacheError, OfflineError
from nestml_jit.cache.key import Key, code_fingerprint, make_key
from nestml_jit.cache.loading import Trial, UnloadableError, load
from nestml_jit.cache.memo import Memo
from nestml_jit.cache.prebuilt import find_prebuilt, unsuited
from nestml_jit.cache.products import (
    kernel,
    kernel_key,
    kernel_request,
    library,
    library_key,
    library_request,
)
from nestml_jit.cache.roots import Roots, find_roots
from nestml_jit.cache.settings import Settings, find_settings
from nestml_jit.cache.store import Store
from nestml_jit.cache.target import native_flags, runnable, this_cpu
from nestml_jit.cache.together import outlived_by_none, run_together

__all__ = [
    "BuildError",
    "CacheError",
    "Compiler",
    "Entry",
    "Key",
    "Memo",
    "OfflineError",
    "Roots",
    "Settings",
    "Store",
    "Trial",
    "UnloadableError",
    "build",
    "code_fingerprint",
    "cpus",
    "find_compiler",
    "find_prebuilt",
    "find_roots",
    "find_settings",
    "kernel",
    "kernel_flags",
    "kernel_key",
    "kernel_request",
    "library",
    "library_key",
    "library_request",
    "load",
    "make_key",
    "native_flags",
    "outlived_by_none",
    "run_together",
    "runnable",
    "this_cpu",
    "unsuited",
]
