"""From a checked model to the form that the code generator reads; see `nestml_jit.dsl.tree`."""

from __future__ import annotations

import dataclasses

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.elaborate import elaborate


def lower_model(model: ast.Model) -> ast.Model:
    """Return a model with quantities as numbers in storage units and casts as multiplications.

    The layout of its text is dropped.

    Parameters
    ----------
    model
        A model without errors.
    """
    return dataclasses.replace(elaborate(model).lowered, layout=())
