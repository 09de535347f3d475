"""Variables that equations read with a delay.

The block keeps the values that these variables had at the beginning of each step, as far back as the
longest delay of any neuron. At the beginning of a step each delayed value is looked up once: it is
constant over the step, like an input, so that linear equations keep their exact solution.
"""

from __future__ import annotations

from nestml_jit.codegen.lanes import Body
from nestml_jit.codegen.loop_parts import Segment
from nestml_jit.codegen.names import identifier
from nestml_jit.codegen.normal import Normal


def steps_columns(normal: Normal) -> tuple[str, ...]:
    """Return the internal columns that hold the delays in steps, one for each delayed variable."""
    return tuple(f"steps({index})" for index in range(len(normal.delayed)))


def kept(normal: Normal) -> tuple[str, ...]:
    """Return the variables whose earlier values are kept, in the order of their rows."""
    return tuple(dict.fromkeys(item.variable for item in normal.delayed.values()))


def past_value(normal: Normal, name: str, step: str, steps: str, lane: str = "tile->first_lane + l") -> str:
    """Return the C++ text of a delayed variable, read at the beginning of a step."""
    rows = kept(normal)
    row = rows.index(normal.delayed[name].variable)
    return f"nj_past(block, {len(rows)}, {row}, {step} - int64_t({steps}), {lane})"


def look_up_delayed(normal: Normal, body: Body) -> None:
    """Append the loop that keeps the present values and looks the delayed ones up."""
    if not normal.delayed:
        return
    body.around.uses.add("past.h")
    rows = kept(normal)
    for row, variable in enumerate(rows):
        body.add(
            f"block->past[uint64_t(((block->origin + lag) & block->past_mask) * {len(rows)} + {row}) "
            f"* block->lane_stride + tile->first_lane + l] = {body.value(variable)};"
        )
    for name, column in zip(normal.delayed, steps_columns(normal), strict=True):
        array = f"c_{identifier(name)}"
        body.arrays.append(f"double {array}[NJ_TILE]")
        body.add(f"{array}[l] = {past_value(normal, name, 'block->origin + lag', body.value(column))};")
    # Other loops load these values as if they were columns, which happens at their beginning.
    body.segments.append(Segment("vector"))
