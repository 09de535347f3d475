"""From C++ source to a library on disk, compiled once.

An entry's key holds everything that the entry depends on; entries are published by one atomic
rename and never changed. This package knows nothing of models, NEST or MPI.
"""

from nestml_jit.cache.build import build, kernel, kernel_key, library, library_key
from nestml_jit.cache.compiler import Compiler, find_compiler, kernel_flags, native_flags
from nestml_jit.cache.entry import Entry
from nestml_jit.cache.errors import BuildError, CacheError
from nestml_jit.cache.key import Key, code_fingerprint, make_key
from nestml_jit.cache.memo import Memo
from nestml_jit.cache.roots import Roots, find_roots
from nestml_jit.cache.store import Store

__all__ = [
    "BuildError",
    "CacheError",
    "Compiler",
    "Entry",
    "Key",
    "Memo",
    "Roots",
    "Store",
    "build",
    "code_fingerprint",
    "find_compiler",
    "find_roots",
    "kernel",
    "kernel_flags",
    "kernel_key",
    "library",
    "library_key",
    "make_key",
    "native_flags",
]
