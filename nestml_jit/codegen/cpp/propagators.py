"""Exact propagators as C++ text: how `calibrate` computes them, and how a step applies them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nestml_jit.codegen.cpp.expressions import Printer
from nestml_jit.codegen.model.affine import Affine
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.plan.systems import Group, Row, drives_of
from nestml_jit.dsl.tree import Expression

# --- calibrate -----------------------------------------------------------------------------------


def calibration(group: Group, linear: Mapping[str, Affine], show: Printer) -> list[str]:
    """Return C++ lines that compute a group's propagators into `i_<column>[l]`."""
    if len(group.rows) == 1:
        return _scalar_calibration(group.rows[0], linear[group.rows[0].variable], show)
    return _matrix_calibration(group, linear, show)


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
        for drive in drives_of(linear[name]):
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
