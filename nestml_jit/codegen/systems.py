"""Exact propagators: which columns they need, how to compute and how to apply them.

A group of coupled linear ODEs x' = A x + B d, with A and B static and the drives d constant over a
step, is advanced by x := P x + D d, where exp(h [[A, B], [0, 0]]) = [[P, D], [0, 1]]. Only the
pattern of non-zeros is known here; the numbers are computed by the kernel's `calibrate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from nestml_jit.codegen.affine import Affine, Drive, components, reaches, triangular_order
from nestml_jit.codegen.cpp import Printer
from nestml_jit.codegen.names import identifier
from nestml_jit.codegen.symbolic import is_number
from nestml_jit.dsl.tree import Expression


@dataclass(frozen=True)
class Row:
    """How a variable is advanced over a step.

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
    """Lay out the propagators of linear ODEs."""
    return Propagation(linear, tuple(_group(members, linear) for members in components(linear)))


def _group(members: tuple[str, ...], linear: Mapping[str, Affine]) -> Group:
    order = triangular_order(members, linear)
    reached = reaches(members, linear)
    drives: list[Drive] = []
    for name in members:
        drives += [drive for drive in _drives(linear[name]) if drive not in drives]
    rows = []
    for name in members:
        acting = [d for d in drives if any(d in _drives(linear[other]) for other in reached[name])]
        columns = {drive: f"D({name},{drives.index(drive)})" for drive in acting}
        propagators = {other: f"P({name},{other})" for other in reached[name]}
        timer = not linear[name].linear
        rows.append(Row(name, {} if timer else propagators, columns, timer))
    return Group(tuple(rows), order or members, order is not None, tuple(drives))


def _drives(form: Affine) -> list[Drive]:
    return [drive for drive, factor in form.drives.items() if not is_number(factor, 0)]


# --- calibrate -----------------------------------------------------------------------------------


def calibration(group: Group, linear: Mapping[str, Affine], show: Printer) -> list[str]:
    """Return C++ lines that compute a group's propagators into `i_<column>[l]`."""
    if len(group.rows) == 1:
        return _scalar_calibration(group.rows[0], linear[group.rows[0].variable], show)
    return _matrix_calibration(group, linear, show)


def largest_matrix(groups: Iterable[Group]) -> int:
    """Return the number of rows of the largest matrix whose exponential is computed, 0 if there is none."""
    return max((len(item.order) + len(item.drives) for item in groups if len(item.rows) > 1), default=0)


def store(column: str, text: str) -> str:
    """Return the line that stores an internal."""
    return f"i_{identifier(column)}[l] = {text};"


def _scalar_calibration(row: Row, form: Affine, show: Printer) -> list[str]:
    if row.timer:
        return [store(name, f"h * {show.atom(form.drives[d])}") for d, name in row.drives.items()]
    rate = show(form.linear[row.variable])
    lines = [f"{{ const double rate = {rate};"]
    lines.append("  " + store(row.propagators[row.variable], "std::exp(h * rate)"))
    for drive, name in row.drives.items():
        lines.append("  " + store(name, f"nj_mean(rate, h) * {show.atom(form.drives[drive])}"))
    return [*lines, "}"]


def _matrix_calibration(group: Group, linear: Mapping[str, Affine], show: Printer) -> list[str]:
    position = {name: index for index, name in enumerate(group.order)}
    size = len(group.order) + len(group.drives)
    lines = [f"{{ double a[{size} * {size}] = {{ 0.0 }};"]
    for name in group.order:
        for other, factor in linear[name].linear.items():
            lines.append(f"  a[{position[name] * size + position[other]}] = h * {show.atom(factor)};")
        for drive in _drives(linear[name]):
            column = len(group.order) + group.drives.index(drive)
            text = show.atom(linear[name].drives[drive])
            lines.append(f"  a[{position[name] * size + column}] = h * {text};")
    lower = "true" if group.triangular else "false"
    lines.append(f"  nj_exponential(a, {size}, {len(group.order)}, {lower});")
    for row in group.rows:
        start = position[row.variable] * size
        for other, name in row.propagators.items():
            lines.append("  " + store(name, f"a[{start + position[other]}]"))
        for drive, name in row.drives.items():
            column = len(group.order) + group.drives.index(drive)
            lines.append("  " + store(name, f"a[{start + column}]"))
    return [*lines, "}"]


# --- update --------------------------------------------------------------------------------------


def advanced(row: Row, value: Callable[[str], str], show: Callable[[Expression], str]) -> str:
    """Return the C++ text of a variable's value after a step.

    Parameters
    ----------
    value
        Text of a variable or an internal column.
    show
        Text of a drive, to be used as an operand.
    """
    terms = [f"{value(column)} * {value(other)}" for other, column in row.propagators.items()]
    terms += [
        value(column) if drive is None else f"{value(column)} * {show(drive)}"
        for drive, column in row.drives.items()
    ]
    if row.timer and list(row.drives) == [None]:
        return f"nj_count({value(row.variable)}, {terms[0]})"
    if row.timer:
        terms.insert(0, value(row.variable))
    return " + ".join(terms)
