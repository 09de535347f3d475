"""From a checked model to the form that the code generator reads; see `nestml_jit.dsl.tree`."""

from __future__ import annotations

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.elaborate import elaborate


def lower_model(model: ast.Model) -> ast.Model:
    """Return a model with all quantities as numbers in storage units and casts as multiplications.

    Parameters
    ----------
    model
        A model without errors.
    """
    return elaborate(model).lowered
