"""From checked models to C++: `describe` a model, `pair` two of them, `generate` a kernel.

Three storeys, of which each imports only itself and those before it:

=============================  ===================================  ========================================
pass                           input                                output
=============================  ===================================  ========================================
**model**: what a model says
`configured`                   a model, what the user settled       the model with that in it
`scopes.with_own_locals`       a model                              local variables hide nothing
`splicing.spliced`             a model                              no calls of functions as statements
`set_convolutions`             a model                              no assignments to convolutions' inlines
`integers.typed`               a model                              integers and conversions are explicit
`normal.normalise`             a model, sizes of vectors            `Normal`: no vectors, no convolutions
`without_singularities`        an expression (in `normalise`)       quotients have their limits
`equations.equations`          a `Normal`                           which equations are linear
`roles.roles`                  a synapse model                      its presynaptic, postsynaptic, ... ports
**plan**: what is decided
`describe.describe`            a model                              its card: what can be read and set
`rule.rule_of`                 a `Normal` of a synapse              what happens at each kind of event
`moving.pair`                  a neuron and a synapse model         what the neuron keeps for the synapse
`synapse.plan_synapse`         a synapse model, the facts           where its variables live
`systems.propagation`          linear equations                     which propagators are needed
`numeric.NumericSystems`       variables to integrate               what a method computes, and how often
`stiffness.chosen`             a `Normal`, its equations            the solver, and the reason
`neuron.plan_neuron`           a `Normal` of a neuron, the facts    its equations, methods and channels
**cpp**: what is written
`neuron`, `loops`              a plan                               loops over the lanes of a tile, as a tree
`delivery`, `batch`, `events`  a rule and its plan                  functions that deliver spikes
`fusion.generate`              models and facts                     a kernel's text and its layout
=============================  ===================================  ========================================

The docstring of each pass shows an example, which `tests/codegen/test_examples.py` runs.
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
