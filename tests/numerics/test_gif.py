"""Generalised integrate-and-fire neurons: a hard threshold gives NEST's, a soft one follows the hazard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import generators, nest, record, record_spikes, reset, spikes, trace, trains

H, END = 0.1, 400.0
HARD = {"Delta_V": 1e-6, "V_T_star": -50.0, "V_reset": -58.0, "refr_T": 3.0}
ADAPTING = {
    "n_sfa": 2,
    "q_sfa": [4.0, 1.5],
    "tau_sfa": [20.0, 90.0],
    "n_stc": 3,
    "q_stc": [40.0, 10.0, -5.0],
    "tau_stc": [5.0, 60.0, 15.0],
}
POPULATION: tuple[Mapping[str, Any], ...] = (
    {"I_e": 60.0},
    {**ADAPTING, "I_e": 120.0},
    {**ADAPTING, "I_e": 150.0, "tau_syn_exc": 4.0, "g_L": 3.0, "refr_T": 0.5},
)
NESTS_NAMES = {
    "refr_T": "t_ref",
    "tau_syn_exc": "tau_syn_ex",
    "tau_syn_inh": "tau_syn_in",
    "E_exc": "E_ex",
    "E_inh": "E_in",
}
SEEN = ("V_m", "E_sfa", "I_stc")
WEIGHTS = {"gif_psc_exp": (40.0, -30.0), "gif_cond_exp": (1.0, -1.0)}
MANY, SOFT = 300, {"lambda_0": 0.05, "V_T_star": -70.0, "V_reset": -70.0, "refr_T": 2.0}


def in_nests_words(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters under NEST's names; the numbers of components follow from the lists there."""
    named = {
        NESTS_NAMES.get(key, key): value for key, value in params.items() if key not in ("n_sfa", "n_stc")
    }
    return named | ({"lambda_0": 1000.0 * params["lambda_0"]} if "lambda_0" in params else {})


@dataclass(frozen=True)
class Found:
    """Of our neurons and of NEST's: spikes and traces with a hard threshold, spikes with a soft one."""

    hard: tuple[list[tuple[float, int]], list[tuple[float, int]]]
    traces: Mapping[str, tuple[np.ndarray, np.ndarray]]
    soft: tuple[list[tuple[float, int]], list[tuple[float, int]]]


def drive(name: str, neurons: Any, later: float) -> None:
    """Send the same spikes and currents; what reaches NEST's neuron may have to be sent later."""
    rows = trains(2, 200.0, END, seed=5)
    for source, weight in zip(generators(rows), WEIGHTS[name], strict=True):
        nest.Connect(source, neurons, syn_spec={"weight": weight, "delay": 1.0 + later})
    current = nest.Create("dc_generator", params={"amplitude": 30.0, "start": 100.0, "stop": 250.0})
    nest.Connect(current, neurons)


@pytest.fixture(scope="module")
def found() -> Mapping[str, Found]:
    """Simulate both models at once, with a hard threshold and with a soft one."""
    reset(H)
    made: dict[str, list[Any]] = {}
    for name in WEIGHTS:
        hard = {**HARD, "lambda_0": 10.0}
        ours, theirs = nest.Create(f"{name}_neuron", len(POPULATION)), nest.Create(name, len(POPULATION))
        for mine, right, params in zip(ours, theirs, POPULATION, strict=True):
            mine.set({**hard, **params})
            right.set(in_nests_words({**hard, **params}))
        if name == "gif_cond_exp":
            theirs.gsl_error_tol = 1e-8
        soft = nest.Create(f"{name}_neuron", MANY, SOFT), nest.Create(name, MANY, in_nests_words(SOFT))
        drive(name, ours, 0.0)
        drive(name, theirs, H if name == "gif_psc_exp" else 0.0)
        nodes = [ours, theirs, *soft]
        made[name] = [nodes, [record_spikes(one) for one in nodes], [record(one, SEEN) for one in nodes[:2]]]
    nest.Simulate(END)
    return {name: read(*recorded) for name, recorded in made.items()}


def read(nodes: list[Any], recorders: list[Any], meters: list[Any]) -> Found:
    of = [spikes(recorder, one) for recorder, one in zip(recorders, nodes, strict=True)]
    traces = {name: (trace(meters[0], nodes[0], name), trace(meters[1], nodes[1], name)) for name in SEEN}
    return Found((of[0], of[1]), traces, (of[2], of[3]))


@pytest.mark.parametrize("name", WEIGHTS)
def test_with_a_hard_threshold_they_are_those_of_nest(found: Mapping[str, Found], name: str) -> None:
    ours, theirs = found[name].hard
    assert ours == theirs
    assert min(sum(index == i for _, index in theirs) for i in range(len(POPULATION))) >= 5
    tolerance = 1e-9 if name == "gif_psc_exp" else 1e-5
    for variable, (mine, right) in found[name].traces.items():
        assert np.ptp(right) > 5.0, variable
        assert np.abs(mine - right).max() <= tolerance, variable


@pytest.mark.parametrize("index", [0, 1], ids=["ours", "NEST's"])
@pytest.mark.parametrize("name", WEIGHTS)
def test_intervals_follow_the_hazard(found: Mapping[str, Found], name: str, index: int) -> None:
    """At the threshold the hazard is lambda_0 in each step that is not refractory."""
    first = {}
    for time, neuron in found[name].soft[index]:
        first.setdefault(neuron, []).append(time)
    p = -np.expm1(-SOFT["lambda_0"] * H)
    waits = np.array([times[0] / H for times in first.values()])
    assert len(waits) == MANY
    assert abs(waits.mean() - 1 / p) < 4.5 * np.sqrt((1 - p) / p**2 / MANY)
    gaps = np.concatenate([np.diff(times[:4]) / H for times in first.values()])
    refractory = SOFT["refr_T"] / H
    assert gaps.min() >= refractory + 1 - 1e-6
    assert abs((gaps - refractory).mean() - 1 / p) < 4.5 * np.sqrt((1 - p) / p**2 / len(gaps))
    assert (gaps - refractory).std() == pytest.approx(np.sqrt(1 - p) / p, rel=0.15)
