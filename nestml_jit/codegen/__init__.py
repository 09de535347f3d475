"""From checked models to C++: `describe` a model, `pair` two of them, `generate` a kernel.

`generate` is imported on demand, because only it needs the template engine.
"""

from __future__ import annotations

from collections.abc import Sequence

from nestml_jit.card import Facts, FusionCard
from nestml_jit.codegen.model.configured import configured
from nestml_jit.codegen.model.problem import CannotGenerate
from nestml_jit.codegen.plan.describe import describe
from nestml_jit.codegen.plan.moving import pair
from nestml_jit.dsl.tree import Model

__all__ = ["CannotGenerate", "configured", "describe", "generate", "pair"]


def generate(neuron: Model, synapses: Sequence[Model], facts: Facts) -> tuple[str, FusionCard]:
    """Generate the kernel of a fusion; see `nestml_jit.codegen.fusion.generate`."""
    from nestml_jit.codegen import fusion

    return fusion.generate(neuron, synapses, facts)
