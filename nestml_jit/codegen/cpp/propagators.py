"""Exact propagators in C++: `calibrate` computes them, and a step applies them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Translator
from nestml_jit.codegen.cpp.places import STEP, internal
from nestml_jit.codegen.model.affine import Affine
from nestml_jit.codegen.plan.systems import Group, Row, drives_of
from nestml_jit.dsl.tree import Expression

RATE, MATRIX = cpp.Variable("rate"), cpp.Variable("a")

# --- calibrate -----------------------------------------------------------------------------------


def calibration(group: Group, linear: Mapping[str, Affine], show: Translator) -> Iterator[cpp.Statement]:
    """Yield the statements that compute a group's propagators into the columns of internals."""
    if len(group.rows) > 1:
        yield cpp.Block(tuple(_matrix_calibration(group, linear, show)))
    elif group.rows[0].timer:
        row = group.rows[0]
        form = linear[row.variable]
        for drive, name in row.drives.items():
            yield cpp.Assign(internal(name), cpp.product(STEP, show(form.drives[drive])))
    else:
        row = group.rows[0]
        yield cpp.Block(tuple(_scalar_calibration(row, linear[row.variable], show)))


def _scalar_calibration(row: Row, form: Affine, show: Translator) -> Iterator[cpp.Statement]:
    yield cpp.Declare("double", RATE.name, show(form.linear[row.variable]), is_constant=True)
    propagator = cpp.Call("std::exp", (cpp.product(STEP, RATE),))
    yield cpp.Assign(internal(row.propagators[row.variable]), propagator)
    for drive, name in row.drives.items():
        mean = cpp.Call("nj_mean", (RATE, STEP))
        yield cpp.Assign(internal(name), cpp.product(mean, show(form.drives[drive])))


def _matrix_calibration(
    group: Group, linear: Mapping[str, Affine], show: Translator
) -> Iterator[cpp.Statement]:
    size, rows = len(group.order) + len(group.drives), len(group.order)
    numbers = (cpp.Integer(size), cpp.Integer(size))
    yield cpp.Declare("double", MATRIX.name, cpp.Aggregate((cpp.Real(0),)), (cpp.product(*numbers),))
    for row, column, factor in entries(group, linear):
        yield cpp.Assign(entry(MATRIX, row * size + column), cpp.product(STEP, show(factor)))
    yield exponential(MATRIX, size, rows, group.triangular)
    for item in group.rows:
        start = group.order.index(item.variable) * size
        for other, name in item.propagators.items():
            yield cpp.Assign(internal(name), entry(MATRIX, start + group.order.index(other)))
        for drive, name in item.drives.items():
            yield cpp.Assign(internal(name), entry(MATRIX, start + rows + group.drives.index(drive)))


def entries(group: Group, linear: Mapping[str, Affine]) -> Iterator[tuple[int, int, Expression]]:
    """Yield row, column and value of the entries of [[A, B], [0, 0]] that are not zero."""
    for row, name in enumerate(group.order):
        form = linear[name]
        for other, factor in form.linear.items():
            yield row, group.order.index(other), factor
        for drive in drives_of(form):
            yield row, len(group.order) + group.drives.index(drive), form.drives[drive]


def entry(matrix: cpp.Expression, index: int) -> cpp.Expression:
    """Return an entry of a matrix, whose rows follow each other."""
    return cpp.Element(matrix, cpp.Integer(index))


def exponential(matrix: cpp.Expression, size: int, rows: int, is_triangular: bool) -> cpp.Statement:
    """Return the statement that replaces the first rows of a matrix by those of its exponential."""
    arguments = (matrix, cpp.Integer(size), cpp.Integer(rows), cpp.Truth(is_triangular))
    return cpp.Evaluate(cpp.Call("nj_exponential", arguments))


# --- update --------------------------------------------------------------------------------------


def advanced(
    row: Row, value: Callable[[str], cpp.Expression], show: Callable[[Expression], cpp.Expression]
) -> cpp.Expression:
    """Return a variable's value after a step.

    Parameters
    ----------
    value
        A variable or an internal column.
    show
        A drive.
    """
    terms = [cpp.product(value(column), value(other)) for other, column in row.propagators.items()]
    terms += [
        value(column) if drive is None else cpp.product(value(column), show(drive))
        for drive, column in row.drives.items()
    ]
    if row.timer and list(row.drives) == [None]:
        return cpp.Call("nj_count", (value(row.variable), terms[0]))
    if row.timer:
        terms.insert(0, value(row.variable))
    return cpp.plus(*terms)
