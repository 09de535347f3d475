"""The numerical methods for equations that have no exact solution: one record each.

Two places say all about a method: its record in `METHODS` here, and its header in codegen/cpp/support/, which
has a structure for `nj_integrate` (see support/solver.h). Names in `nest.jit.configure(solver=...)`, messages
and reports are those of the table.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Literal, NamedTuple

Derivatives = Literal["none", "own", "all"]


class Formula(NamedTuple):
    """The next value of x is x + h * slope * growth(h * derivative), which loops over lanes contain.

    Attributes
    ----------
    growth
        A C++ function and its header in support/; None for a factor of 1.
    """

    growth: tuple[str, str] | None = None


class Method(NamedTuple):
    """A numerical method.

    Attributes
    ----------
    title
        Its name for people.
    structure, header
        The C++ structure that does a step, and the header in support/ that has it.
    needs
        Other headers that this header needs.
    derivatives
        Which derivatives of right-hand sides a step takes: none, those with respect to each equation's own
        variable, or all.
    controlled
        It controls its error, and notices by itself if a step cannot be done.
    formula
        A shorter way to the same step. The structure is used where gap junctions must be told the trajectory
        of the potential, which takes the slopes at both ends.
    """

    title: str
    structure: str
    header: str
    needs: tuple[str, ...] = ("solver.h",)
    derivatives: Derivatives = "none"
    controlled: bool = False
    formula: Formula | None = None


METHODS: Mapping[str, Method] = types.MappingProxyType(
    {
        "rkf45": Method("Runge-Kutta-Fehlberg 4(5)", "NjFehlberg", "rkf45.h", controlled=True),
        "rk4": Method("Runge-Kutta of order 4, fixed steps", "NjRungeKutta", "rk4.h"),
        "exponential_euler": Method(
            "exponential Euler",
            "NjExponentialEuler",
            "euler.h",
            needs=("solver.h", "exp.h"),
            derivatives="own",
            formula=Formula(growth=("nj_mean_growth", "exp.h")),
        ),
        "rosenbrock": Method(
            "Rosenbrock 2(3)", "NjRosenbrock", "rosenbrock.h", derivatives="all", controlled=True
        ),
        "forward_euler": Method(
            "forward Euler", "NjForwardEuler", "euler.h", needs=("solver.h", "exp.h"), formula=Formula()
        ),
    }
)

AUTO = "auto"
"""Stands for the default method, or for that for stiff equations."""

DEFAULT = "rkf45"
FOR_STIFF = "rosenbrock"
SOLVERS = (AUTO, *METHODS)
"""What a user may ask for."""
