"""What the checks want to know about a model, found out once."""

from __future__ import annotations

from functools import cached_property

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.elaborate import Elaboration, elaborate
from nestml_jit.dsl.symbols import Symbol, kernel_names
from nestml_jit.errors import Diagnostic


class Facts:
    """A model and what follows from it.

    Parameters
    ----------
    model
        As parsed.
    """

    def __init__(self, model: ast.Model) -> None:
        self.model = model

    @cached_property
    def elaboration(self) -> Elaboration:
        """Types, scopes and what is wrong with them."""
        return elaborate(self.model)

    @property
    def symbols(self) -> dict[str, Symbol]:
        """What each name of the model stands for."""
        return self.elaboration.symbols

    @cached_property
    def kernels(self) -> frozenset[str]:
        """The names of all kernels and of their equations' variables."""
        return kernel_names(self.model)

    def problems(self, *codes: str) -> list[Diagnostic]:
        """Return what typing found under some codes."""
        return [item for item in self.elaboration.problems if item.code in codes]
