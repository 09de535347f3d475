"""Variables of the model that its functions read besides their arguments."""

from __future__ import annotations

from collections.abc import Mapping

from nestml_jit.codegen.model.effects import read
from nestml_jit.codegen.model.lookups import fallible_functions, plain
from nestml_jit.dsl.tree import BasicType, Call, Declaration, Function, Name, Node, String

BLOCK = "(block)"
"""Stands for the block among what a function reads; no variable can have this name."""

PLACE = "(place)"
"""Stands for the place where a function looks up elements by an index, or prints."""


def free_names(functions: Mapping[str, Function]) -> dict[str, tuple[str, ...]]:
    """Return the variables of the model that each function reads, itself or through others.

    A function that handles texts also reads the block, and one that looks up elements also reads the place.
    """
    fallible = fallible_functions(functions)
    own: dict[str, set[str]] = {}
    for name, function in functions.items():
        defined = {item.name for item in function.parameters}
        for node in function.walk():
            if isinstance(node, Declaration):
                defined.add(node.name)
        own[name] = set(read(function.body)) - defined
        if any(isinstance(node, String) or _is_string(node) for node in function.walk()):
            own[name].add(BLOCK)
        if name in fallible:
            own[name].add(PLACE)
    changed = True
    while changed:
        changed = False
        for name, function in functions.items():
            for other in called_by(function) & set(functions):
                if not own[other] <= own[name]:
                    own[name] |= own[other]
                    changed = True
    nodes = (node for function in functions.values() for node in function.walk())
    order = tuple(dict.fromkeys((BLOCK, PLACE, *(node.name for node in nodes if isinstance(node, Name)))))
    return {name: tuple(item for item in order if item in found) for name, found in own.items()}


def called_by(function: Function) -> set[str]:
    """Return the names of the functions that a function calls."""
    return {plain(node.name) for node in function.walk() if isinstance(node, Call)}


def _is_string(node: Node) -> bool:
    return isinstance(node, BasicType) and node.name == "string"
