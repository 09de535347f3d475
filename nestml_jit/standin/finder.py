"""Finds `pynestml`: the stand-in, or an installed nestml with its calls for NEST redirected.

This file imports nothing of the package, since `nestml-jit run` loads it before the package that scripts see.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Callable, Sequence

NAME = "pynestml"
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), NAME)
FRONT_END = f"{NAME}.frontend.pynestml_frontend"


def install() -> None:
    """Let `import pynestml` give a package whose calls for NEST record models, from now on.

    An import of anything else passes two finders more: one compares its name, the other is asked for modules
    that do not exist.
    """
    if any(isinstance(finder, _StandIn) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, AfterImport(FRONT_END, _redirect))
    sys.meta_path.append(_StandIn())
    if FRONT_END in sys.modules:
        _redirect(sys.modules[FRONT_END])


class _StandIn(importlib.abc.MetaPathFinder):
    """Finds the stand-in; it is the last finder, so that an installed package comes first."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == NAME:
            file = os.path.join(FOLDER, "__init__.py")
            return importlib.util.spec_from_file_location(NAME, file, submodule_search_locations=[FOLDER])
        if fullname.startswith(f"{NAME}.") and any(item.startswith(FOLDER) for item in path or ()):
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: nestml_jit stands in for what scripts need of pynestml to "
                "simulate with NEST. For all the rest install NESTML: python -m pip install nestml",
                name=fullname,
            )
        return None


class AfterImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Hands a module over to a function as soon as it has been imported; it is not imported for that.

    Parameters
    ----------
    name
        The module's full name.
    act
        What is to be done with it.
    """

    def __init__(self, name: str, act: Callable[[types.ModuleType], None]) -> None:
        self._name = name
        self._act = act
        self._real: importlib.abc.Loader | None = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the module where it is found anyway, and load it here."""
        if fullname != self._name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None:
            self._real, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        """Make the module as its own loader does."""
        return self._real.create_module(spec) if self._real else None

    def exec_module(self, module: types.ModuleType) -> None:
        """Execute the module, with its own loader in its names, and hand it over."""
        assert self._real is not None
        module.__loader__ = self._real
        if module.__spec__ is not None:
            module.__spec__.loader = self._real
        self._real.exec_module(module)
        self._act(module)


def _redirect(module: types.ModuleType) -> None:
    """Let the front end of an installed nestml process models for NEST as we do; the stand-in does so anyway.

    It has read its arguments by then.
    """
    original = getattr(module, "process", None)
    if original is None or hasattr(original, "__wrapped__"):
        return

    def process() -> bool:
        generation = importlib.import_module("nestml_jit.standin.generation")
        return bool(generation.process(module.FrontendConfiguration, original))

    def refused(*_arguments: object, **_more: object) -> None:
        importlib.import_module("nestml_jit.standin.generation").refuse_old_calls()

    vars(process)["__wrapped__"] = original
    vars(module).update(process=process, to_nest=refused, install_nest=refused)
