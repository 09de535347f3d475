"""Variables that equations read with a delay.

Of neurons the block keeps the values that these variables had at the beginning of each step, as far back as
the longest delay of any neuron. At the beginning of a step each delayed value is looked up once: it is
constant over the step, like an input, so that linear equations keep their exact solution.

Connections do the same, each for itself, while they are brought up to date step by step.
"""

from __future__ import annotations

from collections.abc import Mapping

from nestml_jit.codegen.cpp.expressions import variable
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Segment
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.model.normal import Normal


class ConnectionPast:
    """Writes what connections do with the past of their variables, which they keep themselves.

    Parameters
    ----------
    delays
        For each delayed variable the C++ text of its delay in ms.
    columns
        How many other columns a connection has.
    """

    def __init__(self, normal: Normal, delays: Mapping[str, str], columns: int) -> None:
        self.normal = normal
        self.delays = delays
        self.columns = f"run->column + {columns}"

    def prologue(self) -> list[str]:
        """Return the lines in front of the loop over connections."""
        return [f"NjDelayed earlier({len(kept(self.normal))}, d->past);"] if self.delays else []

    def load(self) -> list[str]:
        """Return the lines that take over what a connection keeps."""
        if not self.delays:
            return []
        lines = [f"earlier.load({self.columns}, i);"]
        for name, delay in self.delays.items():
            lines.append(f"const uint64_t {_back(name)} = nj_back({delay}, h);")
            lines.append(f"[[maybe_unused]] double {at_connection(name)} = {self._value(name)};")
        return lines

    def begin(self) -> list[str]:
        """Return the lines of the beginning of a step: present values are kept, delayed ones looked up."""
        if not self.delays:
            return []
        values = [f"double({variable(name)})" for name in kept(self.normal)]
        lines = ["double* const present = earlier.begin();"]
        lines += [f"present[{row}] = {value};" for row, value in enumerate(values)]
        return [*lines, *(f"{at_connection(name)} = {self._value(name)};" for name in self.delays)]

    def save(self) -> list[str]:
        """Return the lines that give a connection what it is to keep."""
        return [f"earlier.save({self.columns}, i);"] if self.delays else []

    def _value(self, name: str) -> str:
        row = kept(self.normal).index(self.normal.delayed[name].variable)
        return f"earlier.at({row}, {_back(name)})"


def at_connection(name: str) -> str:
    """Return the C++ variable that has a delayed variable's value, for a connection."""
    return f"z_{identifier(name)}"


def _back(name: str) -> str:
    return f"back_{identifier(name)}"


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
    for row, name in enumerate(rows):
        body.add(
            f"block->past[uint64_t(((block->origin + lag) & block->past_mask) * {len(rows)} + {row}) "
            f"* block->lane_stride + tile->first_lane + l] = {body.value(name)};"
        )
    for name, column in zip(normal.delayed, steps_columns(normal), strict=True):
        array = f"c_{identifier(name)}"
        body.arrays.append(f"double {array}[NJ_TILE]")
        body.add(f"{array}[l] = {past_value(normal, name, 'block->origin + lag', body.value(column))};")
    # Other loops load these values as if they were columns, which happens at their beginning.
    body.segments.append(Segment("vector"))
