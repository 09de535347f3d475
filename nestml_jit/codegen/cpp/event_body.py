"""Statements of a synapse's handlers as C++ lines for one connection."""

from __future__ import annotations

from nestml_jit.codegen.cpp.expressions import variable
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings
from nestml_jit.codegen.model.names import element, identifier
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.dsl.tree import Assignment, For, Name


class EventBody(Body):
    """Lines for one connection, whose variables are local ones.

    Attributes
    ----------
    changed
        Variables that the lines assign.
    indexed
        Vectors that are looked up by an index.
    apart
        What the lines emit does not belong to a presynaptic spike.
    """

    def __init__(self, around: Surroundings, apart: bool = True) -> None:
        super().__init__(around, branchless=False)
        self.apart = apart
        self.changed: set[str] = set()
        self.indexed: set[str] = set()

    def value(self, name: str) -> str:
        """Return the text of a variable."""
        return variable(name)

    def set(self, name: str, text: str) -> None:
        """Assign a variable."""
        self.changed.add(name)
        self.add(f"{variable(name)} = {text};")

    def _in_place(self, name: str) -> bool:
        return False

    def _element(self, node: Name) -> str:
        if node.name in self.locals:
            return super()._element(node)
        if node.name not in self.around.vectors or node.index is None:
            raise CannotGenerate(UNSUPPORTED, f"{node.name} cannot be indexed here", node)
        self.indexed.add(node.name)
        return f"a_{identifier(node.name)}[{self._position(node, self.around.lengths[node.name])}]"

    def _assign(self, item: Assignment, mask: str) -> None:
        super()._assign(item, mask)
        name = item.target.name
        if item.target.index is not None and name not in self.locals:
            self.changed |= {element(name, index) for index in range(self.around.vectors[name])}

    def _for(self, item: For) -> None:
        super()._for(item)
        if item.variable not in self.locals:
            self.changed.add(item.variable)
