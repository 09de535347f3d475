"""Gap junctions: where a step's loops find the current that partners send."""

from __future__ import annotations

from nestml_jit.card import GapJunctions
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Segment
from nestml_jit.codegen.model.gap_junctions import COEFFICIENTS, PER_STEP
from nestml_jit.codegen.model.names import identifier


def look_up_current(junctions: GapJunctions, body: Body) -> None:
    """Append the loops that look up what the current is in the step, and note a potential at rest."""
    place = "tile->first_lane + l"
    rows = [f"1 + lag * {len(COEFFICIENTS)} + {power}" for power in range(len(COEFFICIENTS))]
    found = [f"block->gap[({row}) * block->lane_stride + {place}]" for row in rows]
    for name, text in zip(PER_STEP, ("t - h", f"block->gap[{place}]", *found), strict=True):
        array = f"c_{identifier(name)}"
        body.arrays.append(f"double {array}[NJ_TILE]")
        body.add(f"{array}[l] = {text};")
    body.start("plain")
    body.segment.loaded[junctions.potential] = None
    body.add(f"nj_rest(block, tile, lag, c_{identifier(junctions.potential)});")
    # Other loops load these values as if they were columns, which happens at their beginning.
    body.segments.append(Segment("vector"))
