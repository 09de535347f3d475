"""Run an unchanged script in which `import nest` means nestml_jit.

Apart from that everything is as `python SCRIPT` would have it: the arguments, the search path, the
module `__main__`, the exit status, and tracebacks, which show no frame of ours.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

PACKAGE = "nestml_jit"
FOLDER = os.path.dirname(os.path.abspath(__file__))
SCRIPT = "NESTML_JIT_SCRIPT"  # in the environment of spawned processes


def run_script(script: str, arguments: Sequence[str]) -> int:
    """Run a script as the main program of this process.

    Parameters
    ----------
    script
        The file to run.
    arguments
        What it finds in `sys.argv` after its own name.

    Returns
    -------
    int
        The exit status of a script that comes to its end, raises an exception or cannot be read.

    Raises
    ------
    SystemExit
        If the script does.
    KeyboardInterrupt
        If the script does; the traceback is printed already.
    """
    path = os.path.abspath(script)
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        print(
            f"nestml-jit: can't open file {path!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr
        )
        return 2
    sys.argv = [script, *arguments]
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    # The package that is there is the command line's, without a simulator. Whoever imports it from now
    # on gets the module that stands in for nest.
    sys.modules.pop(PACKAGE, None)
    stand_in_for_nest(path)
    return _execute(text, _main_module(path))


def stand_in_for_nest(script: str) -> None:
    """Let `import nest` mean nestml_jit from now on, in processes that the script spawns, too."""
    sys.meta_path[:0] = [_InThePlaceOfNest(), _Spawning(script)]
    _load_finder().install()
    if _Spawning.NAME in sys.modules:
        _hand_on(sys.modules[_Spawning.NAME], script)


def _load_finder() -> Any:
    """Return the module that finds pynestml without the package above it, which would start NEST."""
    name = f"{PACKAGE}.standin.finder"
    if name not in sys.modules:
        file = os.path.join(os.path.dirname(FOLDER), "standin", "finder.py")
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _hand_on(spawn: types.ModuleType, script: str) -> None:
    """Let processes that `multiprocessing` spawns begin with `spawned.py`, which runs the script."""
    prepared: Callable[[str], dict[str, object]] = spawn.get_preparation_data

    @functools.wraps(prepared)
    def get_preparation_data(name: str) -> dict[str, object]:
        data = prepared(name)
        if "init_main_from_path" in data:
            data["init_main_from_path"] = os.path.join(FOLDER, "spawned.py")
            os.environ[SCRIPT] = script
        return data

    vars(spawn)["get_preparation_data"] = get_preparation_data


def _main_module(path: str) -> types.ModuleType:
    """Return a new, empty `__main__`."""
    module = types.ModuleType("__main__")
    loader = importlib.machinery.SourceFileLoader("__main__", path)
    vars(module).update(__file__=path, __cached__=None, __loader__=loader, __builtins__=builtins)
    if sys.version_info < (3, 14):
        module.__annotations__ = {}
    sys.modules["__main__"] = module
    return module


def _execute(text: bytes, module: types.ModuleType) -> int:
    try:
        exec(compile(text, vars(module)["__file__"], "exec", dont_inherit=True), vars(module))
    except SystemExit:
        raise
    except BaseException as error:
        _hide_own_frames(error)
        _show(error)
        if isinstance(error, KeyboardInterrupt):
            _end_by_interrupt()
        return 1
    return 0


def _hide_own_frames(error: BaseException) -> None:
    """Take what is not the script's or NEST's out of the traceback, and out of those of its causes."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        current.__traceback__ = _without_own_frames(current.__traceback__)
        current = current.__cause__ or current.__context__


def _without_own_frames(traceback: types.TracebackType | None) -> types.TracebackType | None:
    kept = []
    while traceback is not None:
        if os.path.dirname(traceback.tb_frame.f_code.co_filename) != FOLDER:
            kept.append(traceback)
        traceback = traceback.tb_next
    for item in reversed(kept):
        traceback = types.TracebackType(traceback, item.tb_frame, item.tb_lasti, item.tb_lineno)
    return traceback


def _show(error: BaseException) -> None:
    """Report an exception that was not caught, as the interpreter does."""
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    sys.excepthook(type(error), error, error.__traceback__)


def _end_by_interrupt() -> NoReturn:
    """Leave it to the interpreter to end by the signal, which shells look at; it has been reported."""
    sys.excepthook = lambda *_error: None
    raise KeyboardInterrupt from None


class _InThePlaceOfNest(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes `import nest` an import of nestml_jit, which takes over that name (see `entry.py`).

    Only when the script asks for it: scripts may set what NEST reads when it is imported. While ours is
    being imported, `nest` is the real one.
    """

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "nest" or PACKAGE in sys.modules:
            return None
        real = importlib.machinery.PathFinder.find_spec(fullname)
        return real and importlib.machinery.ModuleSpec(fullname, self, origin=real.origin, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Leave it to the import system to make a module, which ours replaces."""

    def exec_module(self, module: types.ModuleType) -> None:
        del sys.modules["nest"]
        importlib.import_module(PACKAGE)


class _Spawning(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Hands what `import nest` means on to the processes that `multiprocessing` spawns.

    These run the script anew. That module is only loaded when there are to be any.
    """

    NAME = "multiprocessing.spawn"

    def __init__(self, script: str) -> None:
        self._script = script
        self._real: importlib.abc.Loader | None = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.NAME:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None:
            self._real, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        return self._real.create_module(spec) if self._real else None

    def exec_module(self, module: types.ModuleType) -> None:
        assert self._real is not None
        module.__loader__ = self._real
        if module.__spec__ is not None:
            module.__spec__.loader = self._real
        self._real.exec_module(module)
        _hand_on(module, self._script)
