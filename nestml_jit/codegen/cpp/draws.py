"""Random numbers that a step draws for all lanes of a tile at once, in front of its loops.

Each call in the model's text has an array with a value for each lane, which vector code reads::

    x = P * x + s * random_normal(0, 1)
    # nj_draw_normal(block, tile, lag, 0, drawn1, nullptr);
    # vector loop: v_x = v_P * v_x + v_s * (0.0 + 1.0 * drawn1[l])

Two calls of a function share what is drawn, which is two numbers. Calls in branches or in loops, and those
of Poisson numbers, draw one by one (`Body.draw`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.places import BLOCK, LAG, TILE

SIDE_BY_SIDE = {"random_normal": "nj_draw_normal", "random_uniform": "nj_draw_uniform"}
"""Functions with two arguments, an offset and a factor of what is drawn, and the functions that draw."""


@dataclass
class SideBySide:
    """The arrays that are drawn in a step: pairs in the order of the first call of each."""

    pairs: list[tuple[str, list[str]]] = field(default_factory=list)

    def add(self, function: str, array: str) -> None:
        """Have an array filled for a call of a function."""
        half_used = (arrays for name, arrays in self.pairs if name == function and len(arrays) == 1)
        arrays = next(half_used, None)
        if arrays is None:
            self.pairs.append((function, [array]))
        else:
            arrays.append(array)

    @property
    def statements(self) -> tuple[cpp.Statement, ...]:
        """The statements that fill the arrays."""
        return tuple(_drawn(number, function, arrays) for number, (function, arrays) in enumerate(self.pairs))


def _drawn(number: int, function: str, arrays: list[str]) -> cpp.Statement:
    """Return the statement that draws a pair, whose number is a part of the counter."""
    other = cpp.Variable(arrays[1]) if len(arrays) > 1 else cpp.Null()
    arguments = (BLOCK, TILE, LAG, cpp.Integer(number), cpp.Variable(arrays[0]), other)
    return cpp.Evaluate(cpp.Call(SIDE_BY_SIDE[function], arguments))
