"""Texts as values: columns and locals hold the number by which the host knows a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.dsl.tree import Binary, Expression, Name, String, Ternary


@dataclass(frozen=True)
class Texts:
    """The data that a printer needs to print texts.

    Attributes
    ----------
    block
        The block that knows them, None where there cannot be any texts.
    type_of
        Type of a variable.
    """

    block: cpp.Expression | None
    type_of: Callable[[str], str]

    def is_text(self, node: Expression) -> bool:
        """Return whether the value of an expression is a text."""
        if isinstance(node, Name):
            return self.type_of(node.name) == "string"
        if isinstance(node, Binary) and node.operator == "+":
            return self.is_text(node.left) or self.is_text(node.right)
        if isinstance(node, Ternary):
            return self.is_text(node.if_true)
        return isinstance(node, String)


def quoted(text: str) -> str:
    """Return a text as the inside of a C++ string literal."""
    return "".join(_character(byte) for byte in text.encode())


def _character(byte: int) -> str:
    is_plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
    return chr(byte) if is_plain else f"\\{byte:03o}"
