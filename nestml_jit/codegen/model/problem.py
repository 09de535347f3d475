"""The error for a model, or a part of it, that the generator cannot turn into code.

The codes are E07xx: E0701 not supported, E0702 roles of ports, E0703 malformed equations,
E0704 initial values and guards.
"""

from __future__ import annotations

from nestml_jit.dsl.span import Span
from nestml_jit.dsl.tree import Node
from nestml_jit.errors import Diagnostic, NestmlErrors

UNSUPPORTED = "E0701"
PORTS = "E0702"
EQUATIONS = "E0703"
INITIAL = "E0704"


class CannotGenerate(NestmlErrors):
    """A model, or a part of it, for which no code can be generated.

    Parameters
    ----------
    code
        Code of the diagnostic.
    message, hint
        The mistake, and the text to write instead ("" if there is no advice).
    node
        The place in the model's text, if there is one.
    """

    def __init__(self, code: str, message: str, node: Node | None = None, hint: str = "") -> None:
        span = node.span if node is not None else Span()
        super().__init__([Diagnostic(code, "error", message, span, hint)])
