"""Solutions of equations in plain Python: exact for linear ones, in many small steps for all others."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

Numbers: TypeAlias = "dict[str, float]"
Matrix: TypeAlias = "list[list[float]]"


def runge_kutta(
    state: Numbers, slopes: Callable[[float, Numbers], Numbers], duration: float, count: int
) -> Numbers:
    """Advance with the classical method of fourth order.

    Parameters
    ----------
    state
        The values at time 0.
    slopes
        Returns the derivatives, given the time and the values.
    duration
        Length of the interval.
    count
        Number of steps.
    """
    step = duration / count
    for index in range(count):
        start = index * step
        k1 = slopes(start, state)
        k2 = slopes(start + step / 2, _moved(state, k1, step / 2))
        k3 = slopes(start + step / 2, _moved(state, k2, step / 2))
        k4 = slopes(start + step, _moved(state, k3, step))
        state = {
            key: value + step / 6 * (k1[key] + 2 * k2[key] + 2 * k3[key] + k4[key])
            for key, value in state.items()
        }
    return state


def _moved(state: Numbers, slopes: Numbers, step: float) -> Numbers:
    return {key: value + step * slopes[key] for key, value in state.items()}


def linear_solution(state: Numbers, slopes: Callable[[Numbers], Numbers], duration: float) -> Numbers:
    """Advance x' = A x + b exactly; `A` and `b` are found by evaluating the derivatives.

    Parameters
    ----------
    state
        The values at the start.
    slopes
        Returns the derivatives, which are linear in the values.
    duration
        Length of the interval.
    """
    keys = list(state)
    zeros = dict.fromkeys(keys, 0.0)
    drive = slopes(zeros)
    columns = {key: slopes({**zeros, key: 1.0}) for key in keys}
    rates = {row: {key: columns[key][row] - drive[row] for key in keys} for row in keys}
    if all(rates[row][key] == 0 for row in keys for key in keys if row != key):
        return {key: _relaxed(state[key], rates[key][key], drive[key], duration) for key in keys}
    rows = [[*(rates[row][key] * duration for key in keys), drive[row] * duration] for row in keys]
    made = exponential([*rows, [0.0] * (len(keys) + 1)])
    start = [*(state[key] for key in keys), 1.0]
    return {
        key: math.fsum(factor * value for factor, value in zip(row, start, strict=True))
        for key, row in zip(keys, made, strict=False)
    }


def _relaxed(value: float, rate: float, drive: float, duration: float) -> float:
    """Return the solution of x' = rate * x + drive."""
    if rate == 0:
        return value + drive * duration
    grown = value * math.exp(rate * duration)
    return grown + drive * math.expm1(rate * duration) / rate if drive else grown


def counted(value: float, slope: float, duration: float) -> float:
    """Return the solution of x' = slope in decimal arithmetic, so that 1.5 less 15 times 0.1 is 0.

    Examples
    --------
    >>> counted(0.3, -1.0, 0.1)
    0.2
    """
    if not all(map(math.isfinite, (value, slope, duration))):
        return value + slope * duration
    return float(Decimal(repr(value)) + Decimal(repr(slope)) * Decimal(repr(duration)))


def exponential(matrix: Matrix) -> Matrix:
    """Return the exponential of a matrix: a power series of a small multiple, squared repeatedly."""
    size = len(matrix)
    norm = max(sum(map(abs, row)) for row in matrix)
    halvings = max(0, math.frexp(norm)[1] + 2)
    small = [[value / 2**halvings for value in row] for row in matrix]
    unit = [[float(row == column) for column in range(size)] for row in range(size)]
    total, term = unit, unit
    for order in range(1, 18):
        term = [[value / order for value in row] for row in _product(term, small)]
        total = [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(total, term, strict=True)]
    for _ in range(halvings):
        total = _product(total, total)
    return total


def _product(left: Matrix, right: Matrix) -> Matrix:
    columns = list(zip(*right, strict=True))
    return [
        [math.fsum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in left
    ]
