"""Write the type stubs of nestml_jit's module: NEST's names as the installed NEST has them, and ours.

Names, signatures and types of kernel attributes are read from NEST; what calls return is said here.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1] / "nestml_jit"
CLASSES = (
    "NodeCollection",
    "SynapseCollection",
    "Parameter",
    "Mask",
    "CollocatedSynapses",
    "Compartments",
    "Receptors",
    "SonataNetwork",
)
SUBMODULES = (
    "lib",
    "ll_api",
    "logic",
    "math",
    "random",
    "raster_plot",
    "server",
    "spatial",
    "spatial_distributions",
    "visualization",
    "voltage_trace",
)

RETURNS = {
    "ConnectionRules": "tuple[str, ...]",
    "CreateMask": "Mask",
    "CreateParameter": "Parameter",
    "FindCenterElement": "NodeCollection",
    "GetConnections": "SynapseCollection",
    "GetLocalNodeCollection": "NodeCollection",
    "GetNodes": "NodeCollection",
    "Create": "NodeCollection",
    "Models": "tuple[str, ...]",
    "NumProcesses": "int",
    "Rank": "int",
    "RunManager": "AbstractContextManager[None]",
    "SelectNodesByMask": "NodeCollection",
    "get_verbosity": "VerbosityLevel",
    **dict.fromkeys(
        """
        Cleanup CopyModel DisableStructuralPlasticity Disconnect DumpLayerConnections DumpLayerNodes
        EnableStructuralPlasticity Install Prepare PrintNodes ResetKernel Run SetDefaults SetKernelStatus
        SetStatus Simulate SyncProcesses TripartiteConnect message set set_communicator set_verbosity
        """.split(),
        "None",
    ),
}
"""What calls return; others return Any."""

METHODS = {
    "__add__": "Self",
    "__array__": "Any",
    "__bool__": "bool",
    "__contains__": "bool",
    "__init__": "None",
    "__iter__": "Iterator[Self]",
    "__len__": "int",
    "__repr__": "str",
    "__setattr__": "None",
    "__str__": "str",
    "disconnect": "None",
    "index": "int",
    "is_spatial": "bool",
    "set": "None",
    "tolist": "list[int]",
}
"""What methods return; operators return their own type, others Any."""

ARGUMENTS = {
    "existing": "str",
    "mask_obj": "Mask",
    "model": "str",
    "module_name": "str | PathLike[str]",
    "new": "str",
    "t": "float",
}
"""Types of arguments; those of others are not known."""

KINDS = {"dict": "dict[str, Any]"}
MISTAKEN = {"structural_plasticity_update_interval": "float"}
"""Kernel attributes of which NEST's documentation names another type."""

HEAD = '''"""PyNEST with NESTML models. Made by `docs/make_stub.py`; do not edit."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from enum import IntEnum
from os import PathLike
from types import ModuleType
from typing import Any, Final

from typing_extensions import Self

from nestml_jit.pynest.jit import Jit

__version__: str

# --- ours ------------------------------------------------------------------------------------------

jit: Final[Jit]
'''

SUBMODULE_HEAD = '''"""NEST's submodule of this name. Made by `docs/make_stub.py`; do not edit."""

from typing import Any

from nestml_jit import Parameter
'''


def stubs() -> Mapping[str, str]:
    """Return the text of each stub by its file's name."""
    import nest

    return {"__init__.pyi": _module(nest), **{f"{name}.pyi": _submodule(nest, name) for name in SUBMODULES}}


def public_names(nest: ModuleType) -> set[str]:
    """Return all names that NEST shows to users."""
    return {name for name in dir(nest) if not name.startswith("_")}


def _module(nest: ModuleType) -> str:
    names = public_names(nest) - set(SUBMODULES) - set(CLASSES)
    descriptor = nest.ll_api.KernelAttribute
    kernel = {name for name in names if isinstance(inspect.getattr_static(nest, name, None), descriptor)}
    functions = {name for name in names - kernel if inspect.isroutine(getattr(nest, name))}
    special = {"NESTError", "NESTErrors", "NestModule", "VerbosityLevel", "userdict"}
    unknown = names - kernel - functions - special
    if unknown:
        raise SystemExit(f"what are {', '.join(sorted(unknown))}?")
    parts = [HEAD]
    parts.append(_heading("submodules"))
    parts += [f"from nestml_jit import {name} as {name}\n" for name in SUBMODULES if name != "lib"]
    parts.append(_heading("kernel attributes"))
    parts += [_attribute(name, type(nest).__dict__[name]) for name in sorted(kernel)]
    parts.append("userdict: dict[str, Any]\n")
    parts.append(_heading("calls"))
    parts += [_function(name, getattr(nest, name), RETURNS.get(name, "Any")) for name in sorted(functions)]
    parts.append(_heading("types"))
    parts.append(_errors(nest))
    parts.append(_levels(nest))
    parts += [_class(getattr(nest, name)) for name in CLASSES]
    parts.append("class NestModule(ModuleType): ...\n")
    return "".join(parts)


def _heading(title: str) -> str:
    return f"\n# --- {title} {'-' * (93 - len(title))}\n\n"


def _attribute(name: str, descriptor: Any) -> str:
    found = re.search(r":type:\s*(\S+)", descriptor.__doc__ or "")
    kind = found.group(1) if found else "Any"
    kind = MISTAKEN.get(name, KINDS.get(kind, kind))
    return f"{name}: {f'Final[{kind}]' if descriptor._readonly else kind}\n"


def _function(name: str, function: Any, returns: str, indent: str = "") -> str:
    return f"{indent}def {name}({', '.join(_parameters(function))}) -> {returns}: ...\n"


def _parameters(function: Any) -> Iterator[str]:
    """Yield the parameters of a function as they stand between its brackets."""
    parameters = list(inspect.signature(function).parameters.values())
    starred = False
    for item in parameters:
        if item.kind is item.KEYWORD_ONLY and not starred:
            yield "*"
        starred |= item.kind in (item.KEYWORD_ONLY, item.VAR_POSITIONAL)
        stars = {item.VAR_POSITIONAL: "*", item.VAR_KEYWORD: "**"}.get(item.kind, "")
        if item.name == "self":
            yield "self"
        else:
            default = "" if item.default is item.empty else " = ..."
            yield f"{stars}{item.name}: {ARGUMENTS.get(item.name, 'Any')}{default}"


def _errors(nest: ModuleType) -> str:
    return (
        "class NESTError(Exception): ...\n\n"
        "class _Errors(ModuleType):\n"
        "    def __getattr__(self, name: str) -> type[NESTError]: ...\n\n"
        "NESTErrors: Final[_Errors]\n\n"
    )


def _levels(nest: ModuleType) -> str:
    lines = [f"    {name} = {int(level)}\n" for name, level in nest.VerbosityLevel.__members__.items()]
    return f"class VerbosityLevel(IntEnum):\n{''.join(lines)}\n"


def _class(kind: type) -> str:
    lines = [_member(name, item) for name, item in _members(kind)]
    body = "".join(lines) or "    ...\n"
    return f"class {kind.__name__}:\n{body}\n"


def _members(kind: type) -> Iterable[tuple[str, Any]]:
    for name, item in vars(kind).items():
        plain = not name.startswith("_") or (
            name.startswith("__") and name not in ("__eq__", "__ne__", "__neq__")
        )
        if plain and (inspect.isfunction(item) or isinstance(item, property)):
            yield name, item


def _member(name: str, item: Any) -> str:
    if isinstance(item, property):
        return f"    @property\n    def {name}(self) -> Any: ...\n"
    operator = name.startswith("__") and name not in ("__getattr__", "__array__")
    returns = METHODS.get(name, "Self" if operator else "Any")
    if name in ("__getattr__", "__setattr__"):
        value = ", value: Any" if name == "__setattr__" else ""
        return f"    def {name}(self, name: str{value}) -> {returns}: ...\n"
    return _function(name, item, returns, "    ")


def _submodule(nest: ModuleType, name: str) -> str:
    """Return the stub of a submodule; those that load other packages are left open."""
    lines = []
    if name not in ("lib", "server", "visualization"):
        module = importlib.import_module(f"nest.{name}")
        makes_parameters = name in ("logic", "math", "random", "spatial_distributions")
        for item in sorted(vars(module)):
            value = vars(module)[item]
            if not item.startswith("_") and inspect.isfunction(value):
                lines.append(_function(item, value, "Parameter" if makes_parameters else "Any"))
    lines.append("def __getattr__(name: str) -> Any: ...\n")
    text = "".join(lines)
    head = SUBMODULE_HEAD if "Parameter" in text else SUBMODULE_HEAD.rpartition("\nfrom nestml_jit")[0]
    return f"{head}\n{text}"


def main() -> None:
    """Write the stubs."""
    for name, text in stubs().items():
        (PACKAGE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
