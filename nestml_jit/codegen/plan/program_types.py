"""The names that a program of a model may use, and the types of expressions over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nestml_jit.codegen.model.integers import INTEGER, NEGATE, OPERATORS, TEMPLATES, basic
from nestml_jit.codegen.model.lookups import looked_up, plain
from nestml_jit.dsl.tree import Binary, Call, Expression, Function, Literal, Name, String, Ternary, Unary
from nestml_jit.kinds import BasicName

BITS = frozenset(("&", "|", "^", "<<", ">>"))
"""Operators on the bits of integers."""


@dataclass(frozen=True)
class ProgramScope:
    """The names that programs of a model may use.

    Attributes
    ----------
    indices
        Positions of the card's variables.
    types
        Their types.
    functions
        The model's functions, in normal form.
    vectors
        Sizes of the vectors whose elements always follow each other from `v[0]` on.
    """

    indices: Mapping[str, int]
    types: Mapping[str, BasicName] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    vectors: Mapping[str, int] = field(default_factory=dict)

    def type_of(self, name: str) -> BasicName:
        """Return the type of a variable, or of the elements of a vector."""
        return self.types.get(name, self.types.get(f"{name}[0]", "real"))


@dataclass
class Local:
    """A local variable: its position in its function, and its size if it is a vector."""

    slot: int
    type: BasicName
    size: int | None = None


class ProgramTypes:
    """The types of expressions of a model, or of one of its functions.

    Attributes
    ----------
    scope
        The names of the model.
    locals
        Those of the function; None outside of functions.
    """

    def __init__(self, scope: ProgramScope) -> None:
        self.scope = scope
        self.locals: dict[str, Local] | None = None

    def type_of(self, name: str) -> BasicName:
        """Return the type of a variable or a local."""
        if self.locals is not None and name in self.locals:
            return self.locals[name].type
        return self.scope.type_of(name)

    def is_text(self, node: Expression) -> bool:
        """Return whether the value of an expression is a text."""
        if isinstance(node, Name):
            return self.type_of(node.name) == "string"
        if isinstance(node, Binary):
            return node.operator == "+" and (self.is_text(node.left) or self.is_text(node.right))
        if isinstance(node, Ternary):
            return self.is_text(node.if_true)
        return isinstance(node, String) or self._returns(node) == "string"

    def is_whole(self, node: Expression) -> bool:
        """Return whether the value of an expression is an integer by its type."""
        if isinstance(node, Literal):
            return isinstance(node.value, int)
        if isinstance(node, Name):
            return self.type_of(node.name) == "integer"
        if isinstance(node, Unary):
            whole = node.operator in (NEGATE, "~")
            return whole or (node.operator != "not" and self.is_whole(node.operand))
        if isinstance(node, Binary):
            if node.operator == "**":
                return self.is_whole_power(node.left, node.right)
            if node.operator in OPERATORS:
                return True
            both = self.is_whole(node.left) and self.is_whole(node.right)
            return node.operator in BITS or (node.operator in ("+", "-", "*", "//", "%") and both)
        if isinstance(node, Ternary):
            return self.is_whole(node.if_true) and self.is_whole(node.if_false)
        if isinstance(node, Call) and node.name == "pow":
            return self.is_whole_power(*node.arguments)
        if isinstance(node, Call) and (looked_up(node) or node.name == INTEGER or node.name[1:] in TEMPLATES):
            return True
        if isinstance(node, Call) and node.name in TEMPLATES:
            return all(self.is_whole(item) for item in node.arguments)
        return isinstance(node, Call) and (node.name == "steps" or self._returns(node) == "integer")

    def is_whole_power(self, base: Expression, exponent: Expression) -> bool:
        """Return whether a power is an integer.

        A variable as exponent may be negative, which gives a fraction.
        """
        is_positive = isinstance(exponent, Literal) and isinstance(exponent.value, int)
        return is_positive and self.is_whole(base)

    def _returns(self, node: Expression) -> BasicName | None:
        function = self.scope.functions.get(plain(node.name)) if isinstance(node, Call) else None
        return basic(function.returns) if function is not None else None
