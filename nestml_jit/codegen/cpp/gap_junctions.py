"""Gap junctions: the current that partners send, for the loops of a step."""

from __future__ import annotations

from nestml_jit.card import GapJunctions
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Segment
from nestml_jit.codegen.cpp.loops import per_lane
from nestml_jit.codegen.cpp.places import BLOCK, LAG, LANE_OF_BLOCK, STEP, TILE, column
from nestml_jit.codegen.model.gap_junctions import COEFFICIENTS, PER_STEP
from nestml_jit.codegen.model.names import identifier

_GAP, _STRIDE = cpp.path("block", "gap"), cpp.path("block", "lane_stride")


def look_up_current(junctions: GapJunctions, body: Body) -> None:
    """Append the loops that look up the current of the step, and note a potential at rest."""
    start = cpp.minus(cpp.Variable("t"), STEP)
    found = [_coefficient(power) for power in range(len(COEFFICIENTS))]
    for name, value in zip(PER_STEP, (start, cpp.Element(_GAP, LANE_OF_BLOCK), *found), strict=True):
        body.arrays.append(per_lane("double", f"c_{identifier(name)}"))
        body.add(cpp.Assign(column(name), value))
    body.start("plain")
    body.segment.loaded[junctions.potential] = None
    potential = cpp.Variable(f"c_{identifier(junctions.potential)}")
    body.add(cpp.Evaluate(cpp.Call("nj_rest", (BLOCK, TILE, LAG, potential))))
    # Other loops load these values as if they were columns, which happens at their beginning.
    body.segments.append(Segment("vector"))


def _coefficient(power: int) -> cpp.Expression:
    """Return a coefficient of the polynomial that the current is in the step."""
    step = cpp.product(LAG, cpp.Integer(len(COEFFICIENTS)))
    row = cpp.plus(cpp.Integer(1), step, cpp.Integer(power))
    return cpp.Element(_GAP, cpp.plus(cpp.product(row, _STRIDE), LANE_OF_BLOCK))
