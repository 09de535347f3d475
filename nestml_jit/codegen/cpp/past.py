"""Variables that equations read with a delay.

Of neurons the block keeps the values that these variables had at the beginning of each step, as far back as
the longest delay of any neuron. At the beginning of a step each delayed value is looked up once: it is
constant over the step, like an input, so that linear equations keep their exact solution.

Connections do the same, each for itself (`connection_past.py`).
"""

from __future__ import annotations

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Segment
from nestml_jit.codegen.cpp.loops import per_lane
from nestml_jit.codegen.cpp.places import BLOCK, LAG, LANE_OF_BLOCK, ORIGIN, column
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.plan.past import kept, steps_columns


def past_value(normal: Normal, name: str, step: cpp.Expression, steps: cpp.Expression) -> cpp.Expression:
    """Return a delayed variable, read at the beginning of a step, `steps` of them earlier."""
    rows = kept(normal)
    row = rows.index(normal.delayed[name].variable)
    then = cpp.minus(step, cpp.Cast("int64_t", steps))
    return cpp.Call("nj_past", (BLOCK, cpp.Integer(len(rows)), cpp.Integer(row), then, LANE_OF_BLOCK))


def look_up_delayed(normal: Normal, body: Body) -> None:
    """Append the loop that keeps the present values and looks the delayed ones up."""
    if not normal.delayed:
        return
    body.around.uses.add("past.h")
    rows = kept(normal)
    for row, name in enumerate(rows):
        body.add(cpp.Assign(_present(row, len(rows)), body.value(name)))
    for name, steps in zip(normal.delayed, steps_columns(normal), strict=True):
        body.arrays.append(per_lane("double", f"c_{identifier(name)}"))
        value = past_value(normal, name, cpp.plus(ORIGIN, LAG), body.value(steps))
        body.add(cpp.Assign(column(name), value))
    # Other loops load these values as if they were columns, which happens at their beginning.
    body.segments.append(Segment("vector"))


def _present(row: int, rows: int) -> cpp.Expression:
    """Return the place where the block keeps a variable's value at the beginning of the step."""
    slot = cpp.Binary("&", cpp.plus(ORIGIN, LAG), cpp.path("block", "past_mask"))
    place = cpp.plus(cpp.product(slot, cpp.Integer(rows)), cpp.Integer(row))
    lane = cpp.product(cpp.Cast("uint64_t", place), cpp.path("block", "lane_stride"))
    return cpp.Element(cpp.path("block", "past"), cpp.plus(lane, LANE_OF_BLOCK))
