"""Run an unchanged program in which `import nest` means nestml_jit.

A program is a script, a module, a command, what stands on standard input, or a notebook. Apart from what
`nest` means everything is as `python` would have it: the arguments, the search path, the module `__main__`,
the exit status, and tracebacks, which show no frame of ours.
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
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

PACKAGE = "nestml_jit"
FOLDER = os.path.dirname(os.path.abspath(__file__))
SCRIPT = "NESTML_JIT_SCRIPT"  # in the environment of spawned processes
MODULE = "NESTML_JIT_MODULE"  # likewise, for a program that is a module
SPAWN = "multiprocessing.spawn"
STDIN = "<stdin>"
FAILED, UNREADABLE = 1, 2
"""Exit status of a program that ends by an exception, and of one that cannot be read."""


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
        complain(f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}")
        return UNREADABLE
    become([script, *arguments], os.path.dirname(os.path.realpath(path)), path)
    loader = importlib.machinery.SourceFileLoader("__main__", path)
    module = _main_module({"__file__": path, "__cached__": None, "__loader__": loader})
    return _execute(lambda: compile(text, path, "exec", dont_inherit=True), module)


def run_module(name: str, arguments: Sequence[str]) -> int:
    """Run a module, or the `__main__` of a package, as `python -m` does; see `run_script`."""
    become(["-m", *arguments], os.getcwd())
    try:
        spec = _module_to_run(name)
    except ImportError as error:
        complain(str(error))
        return FAILED
    loader = spec.loader
    assert isinstance(loader, importlib.abc.InspectLoader)
    sys.argv[0] = spec.origin or name
    names = {
        "__file__": spec.origin,
        "__cached__": spec.cached,
        "__loader__": loader,
        "__package__": spec.parent,
        "__spec__": spec,
    }
    module = _main_module(names)
    return _execute(lambda: loader.get_code(spec.name), module)


def _module_to_run(name: str) -> importlib.machinery.ModuleSpec:
    """Return what to run; an ImportError says why there is nothing."""
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        if name.endswith(".__main__"):
            raise ImportError(f"{name} is a package and cannot be run as a module")
        spec = importlib.util.find_spec(f"{name}.__main__")
        if spec is None:
            raise ImportError(f"'{name}' is a package and cannot be run: it has no module __main__")
    if spec is None:
        raise ImportError(f"there is no module named {name}")
    if not isinstance(spec.loader, importlib.abc.InspectLoader):
        raise ImportError(f"the module {name} has no code that could be run")
    return spec


def run_text(text: str | bytes, words: Sequence[str], file: str) -> int:
    """Run a program that is in no file: a command, or what stood on standard input; see `run_script`.

    Parameters
    ----------
    text
        The program.
    words
        All of `sys.argv`.
    file
        What tracebacks call it, such as "<string>".
    """
    become(words, "")
    names: dict[str, object] = {"__loader__": importlib.machinery.BuiltinImporter}
    if file == STDIN:
        names.update(__file__=file, __cached__=None)
    module = _main_module(names)
    return _execute(lambda: compile(text, file, "exec", dont_inherit=True), module)


def become(words: Sequence[str], folder: str, script: str = "") -> None:
    """Let this process be that of a program: its arguments, where it searches first, what `nest` means."""
    sys.argv = list(words)
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder
    # The package that is there is the command line's, without a simulator. Whoever imports it from now
    # on gets the module that stands in for nest.
    sys.modules.pop(PACKAGE, None)
    stand_in_for_nest(script)


def complain(text: str) -> None:
    """Say why a program cannot be run."""
    print(f"nestml-jit: {text}", file=sys.stderr)


def stand_in_for_nest(script: str) -> None:
    """Let `import nest` mean nestml_jit from now on, in processes that the script spawns, too."""
    finder = _load_finder()
    # Processes that `multiprocessing` spawns run the program anew. That module is loaded when there are some.
    spawning = finder.AfterImport(SPAWN, lambda module: _hand_on(module, script))
    sys.meta_path[:0] = [_InThePlaceOfNest(), spawning]
    finder.install()
    if SPAWN in sys.modules:
        _hand_on(sys.modules[SPAWN], script)


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
        module = data.pop("init_main_from_name", "")
        if module or (script and "init_main_from_path" in data):
            data["init_main_from_path"] = os.path.join(FOLDER, "spawned.py")
            os.environ.update({SCRIPT: script, MODULE: str(module)})
        return data

    vars(spawn)["get_preparation_data"] = get_preparation_data


def _main_module(names: Mapping[str, object]) -> types.ModuleType:
    """Return a new `__main__` with these names in it."""
    module = types.ModuleType("__main__")
    vars(module).update({**names, "__builtins__": builtins})
    if sys.version_info < (3, 14):
        module.__annotations__ = {}
    sys.modules["__main__"] = module
    return module


def _execute(compiled: Callable[[], types.CodeType | None], module: types.ModuleType) -> int:
    try:
        code = compiled()
    except SyntaxError as error:  # nothing of the program is in its traceback yet
        _show(error.with_traceback(None))
        return FAILED
    try:
        if code is not None:
            exec(code, vars(module))
    except SystemExit:
        raise
    except BaseException as error:
        _hide_own_frames(error)
        _show(error)
        if isinstance(error, KeyboardInterrupt):
            end_by_interrupt()
        return FAILED
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


def end_by_interrupt() -> NoReturn:
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
