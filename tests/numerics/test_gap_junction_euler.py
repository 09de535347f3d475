"""Gap junctions with Euler's methods: their error is of the first order, and vanishes with the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import scipy.integrate

from tests.numerics.network import nest, reset
from tests.numerics.test_gap_junctions import RELAXED, join

MODEL = """
model quadratic_gap_neuron:
    state:
        U mV = start
        w mV = 0 mV
    parameters:
        start mV = 0 mV
        I pA = 0 pA
        C pF = 100 pF
        tau ms = 10 ms
        tau_w ms = 5 ms
        bend real = 0.02
    equations:
        U' = (-U - bend * U**2 / (1 mV) - w) / tau + (I + I_gap) / C
        w' = (U - w) / tau_w
    input:
        I_gap pA <- continuous
    output:
        spike
    update:
UPDATE"""

WHOLE = "        integrate_odes()\n"
BRANCHES = """        if U > 1 mV:
            integrate_odes(U, w)
        else:
            integrate_odes(U, w)
"""
START, DRIVE = np.array([6.0, 0.0, 3.0]), np.array([30.0, 0.0, -10.0])
JUNCTIONS = {(0, 1): 8.0, (1, 2): 3.0}
TIME = 8.0


def exact() -> np.ndarray:
    """Return the potentials at the end, and then `w`."""

    def slopes(_t: float, x: np.ndarray) -> np.ndarray:
        u, w = x[:3], x[3:]
        gap = np.zeros(3)
        for (i, j), g in JUNCTIONS.items():
            gap[i] += g * (u[j] - u[i])
            gap[j] += g * (u[i] - u[j])
        return np.concatenate([(-u - 0.02 * u**2 - w) / 10.0 + (DRIVE + gap) / 100.0, (u - w) / 5.0])

    solved = scipy.integrate.solve_ivp(slopes, (0.0, TIME), [*START, 0.0, 0.0, 0.0], rtol=1e-11, atol=1e-12)
    return np.asarray(solved.y[:, -1])


def simulated(model: str, step: float, setting: Mapping[str, Any], threads: int = 1) -> np.ndarray:
    reset(threads=threads)
    nest.set(resolution=step, **setting)
    nodes = nest.Create(model, 3)
    for node, start, drive in zip(nodes, START, DRIVE, strict=True):
        node.set(start=start, U=start, I=drive)
    join(nodes, JUNCTIONS)
    nest.Simulate(TIME)
    return np.array([*nodes.U, *nodes.w])


@pytest.mark.parametrize("solver", ["forward_euler", "exponential_euler"])
@pytest.mark.parametrize("update", [WHOLE, BRANCHES], ids=["whole", "branches"])
def test_errors_are_of_the_first_order(solver: str, update: str) -> None:
    text = MODEL.replace("UPDATE", update).replace("quadratic", f"{solver}_{len(update)}")
    (model,) = nest.jit.define(text)
    nest.jit.configure(model, solver=solver)
    wanted = exact()
    for setting in (
        {**RELAXED, "wfr_interpolation_order": 3},
        {**RELAXED, "wfr_interpolation_order": 0},
        {"use_wfr": False},
    ):
        errors = [np.abs(simulated(model, step, setting) - wanted).max() for step in (0.2, 0.1, 0.05, 0.025)]
        assert errors[0] < 0.1, (setting, errors)
        ratios = np.array(errors[:-1]) / np.array(errors[1:])
        assert np.all((ratios > 1.8) & (ratios < 2.2)), (setting, errors)
    assert (simulated(model, 0.1, setting, threads=2) == simulated(model, 0.1, setting)).all()


def test_other_methods_have_smaller_errors() -> None:
    """So the errors above are those of Euler's methods, not of the junctions."""
    (model,) = nest.jit.define(MODEL.replace("UPDATE", WHOLE))
    nest.jit.configure(model, solver="rk4")
    found = simulated(model, 0.1, {**RELAXED, "wfr_interpolation_order": 3})
    assert np.abs(found - exact()).max() < 1e-5
