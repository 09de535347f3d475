"""The number of turns of loops, and the loops that surely end soon."""

from __future__ import annotations

import math

from nestml_jit.codegen.model.effects import assigned
from nestml_jit.codegen.model.symbolic import number
from nestml_jit.dsl.tree import For, While

SHORT = 1_000_000
"""Turns, those of loops inside included, that take no time worth an interruption."""


def is_short(loop: For | While) -> bool:
    """Return whether a loop and those inside end after a known and small number of turns.

    `for i in 0 ... 100 step 1` does, `for i in 0 ... n step 1` and any `while` do not. The loops of functions
    that are called in a loop count on their own.
    """
    return _turns(loop) <= SHORT


def _turns(loop: For | While) -> float:
    """Return the largest number of runs of the innermost statements of a loop, infinity if unknown."""
    if isinstance(loop, While):
        return math.inf
    start, stop, step = (number(bound) for bound in (loop.start, loop.stop, loop.step))
    if start is None or stop is None or not step or loop.variable in assigned(loop.body):
        return math.inf
    own = max(0, math.ceil((stop - start) / step)) + 1
    inner = [_turns(node) for item in loop.body for node in item.walk() if isinstance(node, (For, While))]
    return float(own * max(inner, default=1.0))
