"""Past values that a neuron or connection keeps, and the delays with which equations read them."""

from __future__ import annotations

from nestml_jit.codegen.model.normal import Normal


def kept(normal: Normal) -> tuple[str, ...]:
    """Return the variables whose earlier values are kept, in the order of their rows."""
    return tuple(dict.fromkeys(item.variable for item in normal.delayed.values()))


def steps_columns(normal: Normal) -> tuple[str, ...]:
    """Return the internal columns that hold the delays in steps, one for each delayed variable."""
    return tuple(f"steps({index})" for index in range(len(normal.delayed)))
