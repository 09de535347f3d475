"""Statements of a synapse's handlers as statements of C++ for one connection."""

from __future__ import annotations

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import value_of
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings
from nestml_jit.codegen.cpp.run_places import named
from nestml_jit.codegen.model.names import element
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.dsl.tree import Name


class EventBody(Body):
    """Statements for one connection, whose variables are local ones.

    Attributes
    ----------
    changed
        Variables that the statements assign.
    indexed
        Vectors that are looked up by an index.
    apart
        Events that the statements emit do not belong to a presynaptic spike.
    """

    def __init__(self, around: Surroundings, apart: bool = True) -> None:
        super().__init__(around, branchless=False)
        self.apart = apart
        self.changed: set[str] = set()
        self.indexed: set[str] = set()

    def value(self, name: str) -> cpp.Expression:
        """Return a variable's value."""
        return value_of(name)

    def set(self, name: str, value: cpp.Expression) -> None:
        """Assign a variable."""
        self.store(name)
        self.add(cpp.Assign(value_of(name), value))

    def store(self, name: str) -> None:
        """Note that a variable is assigned."""
        self.changed.add(name)

    def store_elements(self, vector: str) -> None:
        """Note that elements of a vector are assigned."""
        if vector not in self.locals:
            self.changed |= {element(vector, index) for index in range(self.around.vectors[vector])}

    def _in_place(self, name: str) -> bool:
        return False

    def _element(self, node: Name) -> cpp.Expression:
        if node.name in self.locals:
            return super()._element(node)
        if node.name not in self.around.vectors or node.index is None:
            raise CannotGenerate(UNSUPPORTED, f"{node.name} cannot be indexed here", node)
        self.indexed.add(node.name)
        return cpp.Element(named("a", node.name), self._position(node, self.around.lengths[node.name]))
