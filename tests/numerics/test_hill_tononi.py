"""The neuron of Hill and Tononi against NEST's `ht_neuron`, which resets within a step: with small steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.numerics.network import generators, nest, record, record_spikes, reset, trace

H, END = 0.02, 60.0
NEAR = 3 * H
"""How far a spike may be from one of NEST's: the first is late by up to a step, later ones follow it."""

NAMES = {
    "V_m": "V_m",
    "Theta": "theta",
    "I_NaP": "I_NaP",
    "I_KNa": "I_KNa",
    "I_T": "I_T",
    "I_h": "I_h",
}
NESTS_NAMES = {
    "Tau_m": "tau_m",
    "Tau_theta": "tau_theta",
    "Tau_spike": "tau_spike",
    "Theta_eq": "theta_eq",
    "t_spike": "t_ref",
    "NMDA_Vact": "V_act_NMDA",
    **{
        ours.format(port): theirs.format(port)
        for port in ("AMPA", "NMDA", "GABA_A", "GABA_B")
        for ours, theirs in (
            ("{}_g_peak", "g_peak_{}"),
            ("{}_E_rev", "E_rev_{}"),
            ("{}_Tau_1", "tau_rise_{}"),
            ("{}_Tau_2", "tau_decay_{}"),
        )
    },
    **{
        ours.format(current): theirs.format(current)
        for current in ("NaP", "KNa", "T", "h")
        for ours, theirs in (("{}_g_peak", "g_peak_{}"), ("{}_E_rev", "E_rev_{}"))
    },
}
SAME = ("E_Na", "E_K", "g_NaL", "g_KL")
POPULATION = (
    {},
    {"T_g_peak": 3.0, "h_g_peak": 2.0, "Theta_eq": -53.0},
    {"Tau_spike": 1.0, "t_spike": 3.0, "AMPA_Tau_2": 4.0, "KNa_g_peak": 5.0, "g_KL": 0.8},
)
ARRIVALS = ((5.0, 1, 12.0), (8.0, 2, 20.0), (14.0, 3, 5.0), (20.0, 1, 25.0), (30.0, 4, 30.0), (41.0, 1, 12.0))


def equilibrium(v: float) -> dict[str, float]:
    """Return the gating variables at a constant potential, which NEST's neuron begins with."""
    return {
        "IT_m": 1 / (1 + math.exp(-(v + 59) / 6.2)),
        "IT_h": 1 / (1 + math.exp((v + 83) / 4)),
        "Ih_m": 1 / (1 + math.exp((v + 75) / 5.5)),
        "IKNa_D": 0.001 + 1250 * 0.025 / (1 + math.exp(-(v + 10) / 5)),
    }


def simulate() -> list[Any]:
    """Return spikes and traces of our neurons and of NEST's with the same spikes and currents."""
    reset(H)
    ours = nest.Create("hill_tononi_neuron", len(POPULATION))
    theirs = nest.Create("ht_neuron", len(POPULATION))
    for a, b, params in zip(ours, theirs, POPULATION, strict=True):
        a.set(params)
        values = {NESTS_NAMES.get(name, name): a.get(name) for name in (*NESTS_NAMES, *SAME)}
        b.set({**values, "instant_unblock_NMDA": True, "S_act_NMDA": 1 / a.NMDA_Sact})
        a.set({"V_m": b.V_m, **equilibrium(b.V_m)})
    current = nest.Create("dc_generator", params={"amplitude": 25.0, "start": 20.0, "stop": 50.0})
    sources = generators([[time] for time, _, _ in ARRIVALS])
    found = []
    for population, names in ((ours, NAMES), (theirs, {v: v for v in NAMES.values()})):
        for source, (_, receptor, weight) in zip(sources, ARRIVALS, strict=True):
            spec = {"weight": weight, "delay": 1.0, "receptor_type": receptor}
            nest.Connect(source, population, syn_spec=spec)
        nest.Connect(current, population)
        found.append((population, record(population, list(names), 0.1), record_spikes(population), names))
    nest.Simulate(END)
    return [
        (
            [trains_of(recorder, node) for node in nodes],
            {NAMES.get(name, name): trace(meter, nodes, name) for name in names},
        )
        for nodes, meter, recorder, names in found
    ]


def trains_of(recorder: Any, node: Any) -> np.ndarray:
    events = recorder.events
    return np.sort(events["times"][events["senders"] == node.global_id])


def test_it_is_the_neuron_of_nest_in_the_limit_of_small_steps() -> None:
    (ours, our_traces), (theirs, their_traces) = simulate()
    for mine, right in zip(ours, theirs, strict=True):
        assert len(right) >= 3
        assert len(mine) == len(right)
        assert np.abs(mine - right).max() <= NEAR
    first = round(min(train[0] for train in theirs) / 0.1) - 2
    assert first > 40
    for name, right in their_traces.items():
        mine = our_traces[name]
        assert np.abs(mine - right)[:first].max() <= 1e-4 * np.ptp(right), name
        assert np.median(np.abs(mine - right)) <= 2e-3 * np.ptp(right), name


def test_it_does_not_spike_for_ever() -> None:
    reset(0.1)
    neuron = nest.Create("hill_tononi_neuron", params={"I_e": 30.0})
    recorder, meter = record_spikes(neuron), record(neuron)
    nest.Simulate(50.0)
    count = recorder.n_events
    assert count >= 1
    neuron.I_e = -20.0
    nest.Simulate(100.0)
    assert recorder.n_events <= count + 1
    assert trace(meter, neuron)[-1] < -55.0
