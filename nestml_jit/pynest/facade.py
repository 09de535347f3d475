"""The module object that users see: PyNEST, live, with a few calls of our own.

Reading and setting of everything that is not ours goes to the `nest` module, so that whatever NEST
does, knows or loads late is there, and the objects are NEST's own.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

_MACHINERY = ("__doc__", "__file__", "__loader__", "__package__", "__path__", "__spec__", "__cached__")


def make_module(
    nest: types.ModuleType,
    name: str,
    extra: Mapping[str, object],
    overrides: Mapping[str, Callable[..., Any]],
    hidden: Mapping[str, object] | None = None,
) -> types.ModuleType:
    """Return a module that stands in for `nest` under another name.

    The caller puts it into `sys.modules`, in the place of the package that is being imported: that
    package's own submodules remain importable, and every other submodule is NEST's.

    Parameters
    ----------
    nest
        The module to forward to.
    name
        The package's name; it must be in `sys.modules`.
    extra
        Names that `nest` does not have. They appear in `dir()` unless they begin with "_".
    overrides
        Functions to be called instead of those of `nest`. They take over the original's signature,
        name and documentation.
    hidden
        Names that others look for, and that do not appear in `dir()`.

    Raises
    ------
    ValueError
        If a name in `extra` is one of NEST's, or one in `overrides` is not.
    """
    taken = sorted(set(extra) & {item for item in dir(nest) if not item.startswith("__")})
    if taken:
        raise ValueError(f"nest has these names already: {', '.join(taken)}")
    unknown = sorted(set(overrides) - set(dir(nest)))
    if unknown:
        raise ValueError(f"nest has no such names: {', '.join(unknown)}")
    package = sys.modules[name]
    content: dict[str, object] = {item: vars(package)[item] for item in _MACHINERY if item in vars(package)}
    content |= _loaded_submodules(name)
    content |= {item: _in_the_guise(vars(nest)[item], ours) for item, ours in overrides.items()}
    content |= {**extra, **(hidden or {})}
    module = _module_type(nest)(name, nest, content, extra)
    _alias_submodules(name, nest, list(vars(package)["__path__"]))
    return module


def put_in_the_place_of(nest: types.ModuleType, module: types.ModuleType) -> None:
    """Let `import nest` mean a module that `make_module` returned, from now on.

    NEST's submodules keep their names in `sys.modules`. They get those below the module's own name as
    well, since that is where `import nest.lib.hl_api_types as types` looks what `nest` does not show.
    """
    name = nest.__name__
    for full, submodule in list(sys.modules.items()):
        below = full.removeprefix(f"{name}.")
        if below != full and "." not in below:
            sys.modules.setdefault(f"{module.__name__}.{below}", submodule)
    sys.modules[name] = module


class Facade(types.ModuleType):
    """A module that forwards what it does not have to another one.

    Each module has a type of its own, made by `_module_type`, which holds NEST's descriptors of
    kernel attributes.
    """

    def __init__(
        self, name: str, target: types.ModuleType, content: Mapping[str, object], public: Iterable[str]
    ) -> None:
        super().__init__(name)
        vars(self).update(content)
        vars(self)["__forwards_to__"] = target
        vars(self)["__adds__"] = frozenset(name for name in public if not name.startswith("_"))

    def __getattr__(self, name: str) -> Any:
        """Read a name that this module does not have from the other one."""
        target = self.__dict__["__forwards_to__"]
        try:
            return getattr(target, name)
        except AttributeError:
            raise AttributeError(
                f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self
            ) from None

    def __setattr__(self, name: str, value: object) -> None:
        """Set a name of the other module, which decides whether it may be set."""
        if isinstance(value, types.ModuleType) or (name.startswith("__") and name.endswith("__")):
            # That is the import system's doing. A submodule must not hide what we add under its name.
            if name not in vars(self)["__adds__"]:
                vars(self)[name] = value
        else:
            setattr(vars(self)["__forwards_to__"], name, value)

    def __dir__(self) -> list[str]:
        names = {*dir(vars(self)["__forwards_to__"]), *vars(self)["__adds__"], *_MACHINERY}
        if sys._getframe(1).f_globals.get("__name__") == "inspect":
            # help() reads the value of every name, and does not survive those that raise.
            names -= _unreadable(vars(self)["__forwards_to__"])
        return sorted(names)


def _module_type(nest: types.ModuleType) -> type[Facade]:
    """Return a type whose kernel attributes are NEST's own descriptors."""
    descriptor = vars(nest)["NestModule"].ll_api.KernelAttribute
    attributes = {name: item for name, item in vars(type(nest)).items() if isinstance(item, descriptor)}
    return type("NestModule", (Facade,), {**attributes, "__doc__": type(nest).__doc__})


def _unreadable(nest: types.ModuleType) -> set[str]:
    """Return names in `dir(nest)` that should not be read just to have a look.

    These are submodules that load when they are asked for, some of which need packages that few
    people have, and attributes that this build of NEST does not provide.
    """
    lazy = {name for name, item in vars(type(nest)).items() if isinstance(item, property)}
    return lazy | (set(nest._kernel_attr_names) - {"kernel_status"} - set(nest.GetKernelStatus()))


def _loaded_submodules(name: str) -> dict[str, object]:
    """Return the package's submodules that are imported already, by their short names."""
    prefix = f"{name}."
    return {
        full.removeprefix(prefix): module
        for full, module in list(sys.modules.items())
        if full.startswith(prefix) and "." not in full.removeprefix(prefix)
    }


def _in_the_guise(original: Any, ours: Callable[..., Any]) -> Callable[..., Any]:
    """Give our function the look of NEST's, which help() and editors show."""
    if getattr(ours, "__wrapped__", None) is original:
        return ours
    return functools.update_wrapper(ours, original)


# --- submodules ------------------------------------------------------------------------------------


class _SubmoduleAliases(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds NEST's submodules under the facade's name, and gives NEST's own module objects.

    It must come before the finder of files: below `<name>.lib`, which is NEST's package object, that
    one would load NEST's files a second time.
    """

    def __init__(self, name: str, nest: types.ModuleType, path: Sequence[str]) -> None:
        self.name = name
        self._nest = nest
        self._path = path

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        nest = self._nest.__name__
        if fullname.startswith(f"{nest}.") and fullname.count(".") == 1:
            # A facade that was put in the place of nest itself has another path.
            return importlib.machinery.PathFinder.find_spec(fullname, vars(self._nest)["__path__"])
        if not fullname.startswith(f"{self.name}."):
            return None
        below = fullname.removeprefix(f"{self.name}.")
        own = importlib.machinery.PathFinder.find_spec(f"{self.name}.{below.partition('.')[0]}", self._path)
        if own is not None or importlib.util.find_spec(f"{nest}.{below}") is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Leave it to the import system to make a module, which `exec_module` replaces.

        Were NEST's module returned from here, the import system would change its `__spec__`.
        """

    def exec_module(self, module: types.ModuleType) -> None:
        below = module.__name__.removeprefix(f"{self.name}.")
        first = below.partition(".")[0]
        if isinstance(inspect.getattr_static(type(self._nest), first, None), property):
            # NEST loads it by itself; imported in another way it would not notice.
            getattr(self._nest, first)
        sys.modules[module.__name__] = importlib.import_module(f"{self._nest.__name__}.{below}")


def _alias_submodules(name: str, nest: types.ModuleType, path: Sequence[str]) -> None:
    sys.meta_path[:] = [
        finder
        for finder in sys.meta_path
        if not (isinstance(finder, _SubmoduleAliases) and finder.name == name)
    ]
    sys.meta_path.insert(0, _SubmoduleAliases(name, nest, path))
