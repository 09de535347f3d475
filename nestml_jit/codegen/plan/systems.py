"""Exact propagators: groups of variables that are advanced together, and the columns of their matrices.

A group of coupled linear ODEs x' = A x + B d, with A and B static and the drives d constant over a
step, is advanced by x := P x + D d, where exp(h [[A, B], [0, 0]]) = [[P, D], [0, 1]]. Only the
pattern of non-zeros is known here; the numbers are computed by the kernel's `calibrate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nestml_jit.codegen.model.affine import Affine, Drive, components, reaches, triangular_order
from nestml_jit.codegen.model.symbolic import is_number


@dataclass(frozen=True)
class Row:
    """The propagators and drives that advance a variable over a step.

    Attributes
    ----------
    propagators
        Internal column per variable that it depends on.
    drives
        Internal column per drive (None: the constant 1).
    timer
        The variable only counts at a constant rate.
    """

    variable: str
    propagators: Mapping[str, str]
    drives: Mapping[Drive, str]
    timer: bool = False


@dataclass(frozen=True)
class Group:
    """Variables that are propagated together; `order` makes A lower triangular if possible."""

    rows: tuple[Row, ...]
    order: tuple[str, ...]
    triangular: bool
    drives: tuple[Drive, ...]


@dataclass(frozen=True)
class Propagation:
    """All exact propagators of a model."""

    linear: Mapping[str, Affine]
    groups: tuple[Group, ...]
    rows: Mapping[str, Row] = field(init=False)

    def __post_init__(self) -> None:
        rows = {row.variable: row for group in self.groups for row in group.rows}
        object.__setattr__(self, "rows", rows)

    @property
    def internals(self) -> tuple[str, ...]:
        """Names of the columns that hold the propagators."""
        return tuple(
            column
            for group in self.groups
            for row in group.rows
            for column in (*row.propagators.values(), *row.drives.values())
        )


def propagation(linear: Mapping[str, Affine]) -> Propagation:
    """Lay out the propagators of linear ODEs.

    Examples
    --------
    There is one propagator for each pair of variables of which the first depends on the second:

    >>> from nestml_jit.codegen.examples import CURRENT, model
    >>> from nestml_jit.codegen.model.equations import equations
    >>> from nestml_jit.codegen.model.normal import normalise
    >>> propagation(equations(normalise(model(CURRENT))).system.linear).internals[:3]
    ('P(V_m,V_m)', 'P(V_m,alpha*spikes)', "P(V_m,alpha*spikes')")
    """
    return Propagation(linear, tuple(_group(members, linear) for members in components(linear)))


def _group(members: tuple[str, ...], linear: Mapping[str, Affine]) -> Group:
    order = triangular_order(members, linear)
    reached = reaches(members, linear)
    drives: list[Drive] = []
    for name in members:
        drives += [drive for drive in drives_of(linear[name]) if drive not in drives]
    rows = []
    for name in members:
        acting = [d for d in drives if any(d in drives_of(linear[other]) for other in reached[name])]
        columns = {drive: f"D({name},{drives.index(drive)})" for drive in acting}
        propagators = {other: f"P({name},{other})" for other in reached[name]}
        timer = not linear[name].linear
        rows.append(Row(name, {} if timer else propagators, columns, timer))
    return Group(tuple(rows), order or members, order is not None, tuple(drives))


def drives_of(form: Affine) -> list[Drive]:
    """Return the drives of an equation whose factors are not 0."""
    return [drive for drive, factor in form.drives.items() if not is_number(factor, 0)]


def largest_matrix(groups: Iterable[Group]) -> int:
    """Return the number of rows of the largest matrix whose exponential is computed, 0 if there is none."""
    return max((len(item.order) + len(item.drives) for item in groups if len(item.rows) > 1), default=0)
