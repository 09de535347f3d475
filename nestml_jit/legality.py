"""Find the errors that Create, Connect and Simulate would raise, without a compiler: `diagnose`.

What depends on the script is taken as it usually is: vectors have their default sizes, the solver is chosen
automatically, nothing is configured, and a synapse's target has all variables that its ports read.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from nestml_jit.card import Facts, NeuronCard, SynapseCard, SynapseFacts
from nestml_jit.codegen.fusion import generate
from nestml_jit.codegen.model.inlining import recursive_functions
from nestml_jit.codegen.model.problem import INITIAL
from nestml_jit.codegen.model.vectors import size_of
from nestml_jit.codegen.plan.describe import describe
from nestml_jit.codegen.plan.moving import pair
from nestml_jit.dsl.tree import BasicType, Declaration, Expression, InputPort, Literal, Model
from nestml_jit.errors import Diagnostic, NestmlErrors
from nestml_jit.oracle.interpreter import InterpreterError, NoValueError
from nestml_jit.oracle.values import Values, key_of

T = TypeVar("T")
MOST_CALLS = 10_000
"""Most calls of a function within itself, as in host/src/values/program.cpp."""
FRAMES, STACK = 40, 1 << 29
"""Frames of Python for one such call, and bytes for all of them (which are only reserved)."""


def diagnose(model: Model) -> list[Diagnostic]:
    """Return the errors of a lowered model that only show when it is used; none if it can be."""
    try:
        card = describe(model)
        for target, synapses, facts in _uses(model, card):
            generate(target, synapses, facts)
    except NestmlErrors as error:
        return list(error.diagnostics)
    if recursive_functions({item.name: item for item in model.functions}):
        return list(in_deep_stack(lambda: tuple(_without_value(model))))
    return list(_without_value(model))


def _without_value(model: Model) -> Iterator[Diagnostic]:
    """Yield the variables whose defaults or initial values cannot be computed, for which Create fails."""
    values = Values(model)
    values.evaluator.most_calls = MOST_CALLS
    for item in (*model.parameters, *model.internals, *model.state):
        try:
            values[key_of(item.name, item.order)]
        except (NoValueError, RecursionError) as error:
            reason = error.reason if isinstance(error, NoValueError) else "a function calls itself too often"
            problem = f"the value of `{item.name}` cannot be computed: {reason}"
            yield Diagnostic(INITIAL, "error", problem, (item.value or item).span)
        except InterpreterError:
            continue


def in_deep_stack(run: Callable[[], T]) -> T:
    """Return what a function returns that calls itself as deeply as functions of models may.

    Where memory is too scarce for such a stack, it has the usual one, and may end in a RecursionError.
    """
    limit, size = sys.getrecursionlimit(), threading.stack_size(STACK)
    sys.setrecursionlimit(FRAMES * MOST_CALLS)
    try:
        with ThreadPoolExecutor(1) as pool:
            try:
                future = pool.submit(run)
            except RuntimeError:  # the thread's stack cannot be reserved
                sys.setrecursionlimit(limit)
                return run()
            return future.result()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)


def _uses(model: Model, card: NeuronCard | SynapseCard) -> Iterator[tuple[Model, tuple[Model, ...], Facts]]:
    """Yield what kernels are generated of: a neuron alone or coupled, connections that are alike or not."""
    if isinstance(card, NeuronCard):
        yield model, (), Facts()
        if card.gap_junctions.potential:
            yield model, (), Facts(gap_junctions=True)
        return
    target = _target(model)
    pair(target, model)
    every = tuple(sorted(item.name for item in card.variables if item.kind in ("parameter", "state")))
    for heterogeneous in ((), every):
        yield target, (model,), Facts((SynapseFacts(model.name, heterogeneous),))


def _target(synapse: Model) -> Model:
    """Return a neuron with the variables that the ports of a synapse read."""
    read: dict[str, Expression | None] = {
        port.reads or port.name: None if port.size is None else Literal(size_of(port, synapse))
        for port in synapse.inputs
        if port.signal == "continuous"
    }
    states = tuple(Declaration(name, 0, BasicType("real"), size, Literal(0.0)) for name, size in read.items())
    port = InputPort("spikes", "spike")
    return Model("any_neuron", state=states, inputs=(port,), outputs=("spike",), update=())
