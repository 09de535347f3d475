"""The library's neurons that NEST has no model of, against scipy; see `channels` for the equations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.numerics.channels import CELLS, RECEPTORS, Drive, solve
from tests.numerics.network import generators, nest, record, record_spikes, reset, times, trace

H, END, DELAY = 0.1, 81.0, 1.0
CURRENT = (30.0, 60.0)
"""When the current is on. It reaches a neuron after the delay of its connection."""

GIVEN: Mapping[str, Mapping[str, float]] = {
    "hh_cond_exp_destexhe": {
        "sigma_noise_exc": 0.0,
        "sigma_noise_inh": 0.0,
        "tau_syn_exc": 3.0,
        "E_L": -75.0,
        "V_m": -75.0,
    },
    "terub_stn": {"tau_syn_inh": 3.0},
    "izhikevich_psc_alpha": {"refr_T": 0.5, "k": 2.0, "a": 0.05, "tau_syn_exc": 2.0},
}
AMPLITUDE = {
    "wb_cond_exp": 200.0,
    "wb_cond_multisyn": 200.0,
    "traub_psc_alpha": 500.0,
    "traub_cond_multisyn": 200.0,
    "hh_moto_5ht": 2000.0,
    "terub_stn": 30.0,
    "terub_gpe": 5.0,
    "hh_cond_exp_destexhe": 1500.0,
    "izhikevich_psc_alpha": 2000.0,
}
WEIGHTS = {
    "wb_cond_exp": (40.0, 5.0),
    "traub_psc_alpha": (400.0, 100.0),
    "hh_moto_5ht": (8000.0, 100.0),
    "terub_stn": (2.0, 1.0),
    "terub_gpe": (1.0, 0.3),
    "hh_cond_exp_destexhe": (60.0, 40.0),
    "izhikevich_psc_alpha": (400.0, 200.0),
}
AT = (12.0, 15.0, 50.0, 70.0)


def drive(name: str) -> Drive:
    """Return arrivals on each port, and the current."""
    weights = WEIGHTS.get(name)
    if weights:
        arrivals = {
            port: [(time + shift, weight * (1 + 0.1 * i)) for i, time in enumerate(AT)]
            for port, shift, weight in zip(("exc_spikes", "inh_spikes"), (0.0, 2.5), weights, strict=True)
        }
    else:
        arrivals = {
            port: [(time + 1.3 * number, weight) for time in AT]
            for number, (port, weight) in enumerate(zip(RECEPTORS, (50.0, 30.0, 15.0, 40.0), strict=True))
        }
    return Drive(arrivals, (AMPLITUDE[name], *(time + DELAY for time in CURRENT)))


def connect(neuron: Any, name: str) -> None:
    """Give a neuron the input that `drive` describes."""
    received = drive(name)
    for number, (port, arrivals) in enumerate(received.arrivals.items()):
        sign = -1.0 if port == "inh_spikes" else 1.0
        receptor = 0 if name in WEIGHTS else number + 1
        for time, weight in arrivals:
            spec = {"weight": sign * weight, "delay": DELAY, "receptor_type": receptor}
            nest.Connect(generators([[round(time - DELAY, 3)]]), neuron, syn_spec=spec)
    params = dict(zip(("amplitude", "start", "stop"), (received.current[0], *CURRENT), strict=True))
    source = nest.Create("dc_generator", params=params)
    nest.Connect(source, neuron, syn_spec={"delay": DELAY})


@pytest.fixture(scope="module")
def simulated() -> Mapping[str, Any]:
    """Return of each model its values in the beginning, what was recorded, and its spikes."""
    reset(H)
    neurons = {name: nest.Create(f"{name}_neuron", params=dict(GIVEN.get(name, {}))) for name in CELLS}
    begin = {name: neuron.get() for name, neuron in neurons.items()}
    for name, neuron in neurons.items():
        connect(neuron, name)
    meters = {name: record(neurons[name], CELLS[name].names) for name in CELLS}
    recorders = {name: record_spikes(neuron) for name, neuron in neurons.items()}
    nest.Simulate(END)
    return {
        name: (
            begin[name],
            {variable: trace(meters[name], neurons[name], variable)[:, 0] for variable in CELLS[name].names},
            times(meters[name]),
            recorders[name].events["times"].tolist(),
        )
        for name in CELLS
    }


@pytest.mark.parametrize("name", CELLS)
def test_variables_and_spikes_are_those_of_scipy(simulated: Mapping[str, Any], name: str) -> None:
    begin, found, stamps, spikes = simulated[name]
    cell = CELLS[name]
    p = {**begin, "peak": begin.get("V_T", 0.0) + 30.0}
    rows, expected = solve(cell, p, [begin[variable] for variable in cell.names], drive(name), END, H)
    at = np.rint(stamps / H).astype(int)
    assert at.tolist() == list(range(1, round((END - 1.0) / H) + 1))  # what is recorded arrives 1 ms later
    errors = {}
    for column, variable in enumerate(cell.names):
        right = rows[at, column]
        errors[variable] = np.abs(found[variable] - right).max() / np.ptp(right)
    assert max(errors.values()) < 2e-4, errors
    expected = [time for time in expected if time <= END - 1.0]
    assert len(expected) >= 3
    assert spikes == pytest.approx(expected, abs=1e-6)
