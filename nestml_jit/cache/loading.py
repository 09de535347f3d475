"""Loading compiled code: tried in a process of its own before it is published, and refused if it does harm.

What a compiler leaves when it reports no error need not be a library: disks fill up, licences expire,
wrappers lose arguments. Neither is each library harmless: one that is linked with `-ffast-math` switches
denormal numbers off in the thread that loads it, and in all that are started later.
"""

from __future__ import annotations

import ctypes
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.cache import image
from nestml_jit.cache.together import run_to_its_end

_TRIAL = """
import ctypes, os, struct, sys
library, count, *rest = sys.argv[1:]
smallest, least, one, three = map(float, ("2.2250738585072014e-308", "5e-324", "1", "3"))
def arithmetic():  # as bytes: where denormal numbers count as zero, they also equal it
    return struct.pack("5d", smallest / three, least * one, one / three, -one / three, (one + one) / three)
def refuse(*reason):
    print(*reason, flush=True)
    os._exit(3)
print("ready", flush=True)
try:
    for path in rest[:int(count)]:
        ctypes.CDLL(path, os.RTLD_NOW | os.RTLD_GLOBAL)
except OSError:
    os._exit(0)  # the library cannot be tried alone
try:
    between = arithmetic()
    loaded = ctypes.CDLL(library, os.RTLD_NOW | os.RTLD_LOCAL)
except OSError as error:
    refuse(error)
for name in rest[int(count):]:
    if not hasattr(loaded, name):
        refuse("it has no function", name)
if arithmetic() != between:
    refuse("it changes the arithmetic of the whole process, as code compiled with -ffast-math does")
os._exit(0)
"""
_PATIENCE = 300.0


class UnloadableError(Exception):
    """A library cannot be loaded, or must not be; the text says why."""


@dataclass(frozen=True)
class Trial:
    """A trial of loading a library.

    Attributes
    ----------
    functions
        What it must offer.
    companions
        Libraries that are loaded before it, whose symbols it uses.
    """

    functions: tuple[str, ...] = ()
    companions: tuple[Path, ...] = ()


def check_file(library: Path) -> None:
    """Raise `UnloadableError` unless a file is a whole library; it is not loaded."""
    try:
        status = library.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise UnloadableError("it is a link" if stat.S_ISLNK(status.st_mode) else "it is not a file")
        descriptor = os.open(library, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UnloadableError("it is not there") from None
    except OSError as error:
        raise UnloadableError(f"it cannot be opened: {error.strerror}") from error
    try:
        problem = image.objection(descriptor, status.st_size)
    finally:
        os.close(descriptor)
    if problem:
        raise UnloadableError(problem)


def try_loading(library: Path, trial: Trial) -> None:
    """Raise `UnloadableError` unless a library can be loaded, which a process of its own finds out.

    Where the interpreter cannot be started a second time, as inside another program, or companions cannot be
    loaded without the rest of this process, nothing is found out.
    """
    if not sys.executable:
        return
    companions = [str(path) for path in trial.companions]
    command = [sys.executable, "-I", "-S", "-c", _TRIAL, str(library), str(len(companions))]
    try:
        status, printed = run_to_its_end(
            [*command, *companions, *trial.functions], library.parent, os.environ, _PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise UnloadableError(f"loading it did not end within {_PATIENCE:g} s") from None
    except OSError:
        return
    told = printed.decode("utf-8", "replace").partition("ready\n")
    if status == 0 or not told[1]:
        return
    if status < 0:
        raise UnloadableError(f"a process that loads it is killed by signal {-status}")
    raise UnloadableError(told[2].strip() or f"a process that loads it ends with status {status}")


def load(library: Path, functions: tuple[str, ...], mode: int = ctypes.RTLD_LOCAL) -> ctypes.CDLL:
    """Load a library into this process.

    Raises
    ------
    UnloadableError
        If it cannot be loaded, or lacks one of the functions. Nothing of it remains then.
    """
    try:
        loaded = ctypes.CDLL(str(library), mode=mode)
    except OSError as error:
        raise UnloadableError(str(error)) from error
    missing = [name for name in functions if not hasattr(loaded, name)]
    if missing:
        import _ctypes

        _ctypes.dlclose(loaded._handle)
        raise UnloadableError(f"it has no function {missing[0]}")
    return loaded
