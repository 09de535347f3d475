"""A neuron of two compartments with calcium dynamics, as published, from the constructs that such models use.

The equations, without the code, are those of the Ca-AdEx neuron (Pastorelli et al. 2025,
doi:10.3389/fncom.2025.1566196): an adaptive exponential soma, a dendrite with a calcium current and a
potassium current that calcium opens, and Nernst's potential. Powers, functions with loops and logarithms
are in initial values, internals, guards and equations.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

from nestml_jit.dsl import load
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.numerics.network import generators, nest, record, record_spikes, reset, trace

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

H = 0.1
MODEL = """
model calcium_dendrite_neuron:
    state:
        V_soma mV = E_soma
        V_dend mV = E_dend
        adapted mV = 0 mV
        left ms = 0 ms
        calcium mmol = calcium_rest
        m real = sigmoid(E_dend, m_half, m_slope)
        h real = sigmoid(E_dend, h_half, h_slope)
        k real = opened(calcium_rest)
    equations:
        inline soma mV = min(V_soma, V_max)
        inline dend mV = min(V_dend, V_max)
        kernel g_soma = (e / tau_alpha) * t * exp(-t / tau_alpha)
        kernel g_dend = scale * (exp(-t / tau_decay) - exp(-t / tau_rise))
        inline I_soma pA = convolve(g_soma, spikes_soma) * nS * (0 mV - soma)
        inline I_dend pA = convolve(g_dend, spikes_dend) * nS * (0 mV - V_dend)
        inline blocked real = 1 + 0.3 * exp(-0.1 * V_dend / 1 mV)
        inline I_slow pA = convolve(g_dend, spikes_slow) * nS * (0 mV - V_dend) / blocked
        inline I_exp pA = g_soma_leak * delta * exp((soma - V_turn) / delta)
        inline I_between pA = g_between * (V_soma - V_dend)
        recordable inline E_calcium mV = nernst(calcium)
        recordable inline I_calcium pA = g_calcium * m * h * (E_calcium - V_dend)
        recordable inline I_potassium pA = g_potassium * k * (E_potassium - V_dend)
        inline leak_soma pA = g_soma_leak * (E_soma - soma)
        inline leak_dend pA = g_dend_leak * (E_dend - dend)
        V_soma' = (leak_soma + I_exp + I_soma - g_adapt * adapted + I_e - I_between) / C_soma
        V_dend' = (leak_dend + I_dend + I_slow + I_calcium + I_potassium + I_between) / C_dend
        adapted' = -adapted / tau_adapt
        m' = (sigmoid(V_dend, m_half, m_slope) - m) / tau_m
        h' = (sigmoid(V_dend, h_half, h_slope) - h) / tau_h
        calcium' = influx * I_calcium * 1 mmol / (1 ms) + (calcium_rest - calcium) / tau_calcium
        k' = (opened(calcium) - k) / tau_k
        left' = -1e3 * ms / s
    parameters:
        C_soma pF = 247 pF
        C_dend pF = 24 pF
        g_soma_leak nS = 5 nS
        g_dend_leak nS = 3.4 nS
        g_between nS = 20 nS
        g_adapt nS = 1.1 nS
        g_calcium nS = 21 nS
        g_potassium nS = 13 nS
        E_soma mV = -69 mV
        E_dend mV = -55 mV
        E_potassium mV = -90 mV
        V_turn mV = -50 mV
        V_th mV = -40 mV
        V_reset mV = -62 mV
        V_max mV = 50 mV
        delta mV = 2 mV
        jump mV = 40 mV
        dead ms = 0.95 ms
        tau_alpha ms = 0.5 ms
        tau_rise ms = 0.2 ms
        tau_decay ms = 3 ms [[peak(tau_rise, tau_decay) > 0.1]]
        tau_adapt ms = 500 ms
        tau_m ms = 15 ms
        tau_h ms = 80 ms
        tau_k ms = 1 ms
        tau_calcium ms = 104 ms
        m_half mV = -9 mV
        m_slope real = 0.5
        h_half mV = -21 mV
        h_slope real = -0.5
        calcium_rest mmol = 0.0001 mmol [[opened(calcium_rest) < 0.5]]
        calcium_half mmol = 0.00043 mmol
        calcium_out mmol = 2 mmol
        steepness real = 4.8 [[pow(steepness, 2) >= 1]]
        influx pA**-1 = 4e-8 pA**-1
        temperature real = 309.15
        I_e pA = 0 pA
    internals:
        scale real = 1 / peak(tau_rise, tau_decay)
    input:
        spikes_soma <- spike
        spikes_dend <- spike
        spikes_slow <- spike
    output:
        spike
    update:
        if left > 0 ms:
            integrate_odes(V_dend, adapted, calcium, m, h, k, left)
        else:
            integrate_odes(V_soma, V_dend, adapted, calcium, m, h, k)
    onCondition(left <= 0 ms and V_soma >= V_th):
        left = dead
        V_soma = V_reset
        adapted += jump
        emit_spike()
    function sigmoid(v mV, half mV, slope real) real:
        return 1 / (1 + exp(slope * (v - half) / 1 mV))
    function opened(calcium mmol) real:
        return 1 / (1 + pow(calcium_half / calcium, steepness))
    function nernst(calcium mmol) mV:
        return 1000 mV * 8.31441 * temperature * ln(calcium_out / calcium) / (2 * 96489)
    function peak(rise ms, decay ms) real:
        found real = 0
        last real = -1
        time ms = 0 ms
        while found > last:
            last = found
            time += 0.01 ms
            found = exp(-time / decay) - exp(-time / rise)
        return last
"""
ARRIVALS = {
    "spikes_soma": {20.0: 300.0, 45.0: 500.0},
    "spikes_dend": {45.0: 300.0, 46.5: 300.0, 70.0: 200.0},
    "spikes_slow": {71.0: 60.0},
}
END = 82.0
STATES = ("V_soma", "V_dend", "adapted", "calcium", "m", "h", "k")
SEEN = (*STATES, "E_calcium", "I_calcium", "I_potassium")


def build() -> Any:
    reset(H)
    (name,) = nest.jit.define(MODEL)
    return nest.Create(name, 3)


def opened(calcium: float) -> float:
    return 1.0 / (1.0 + (0.00043 / calcium) ** 4.8)


def test_initial_values_are_those_of_the_functions() -> None:
    neuron = build()[0]
    assert neuron.m == pytest.approx(1 / (1 + math.exp(0.5 * (-55 + 9))), rel=1e-14)
    assert neuron.h == pytest.approx(1 / (1 + math.exp(-0.5 * (-55 + 21))), rel=1e-14)
    assert neuron.k == pytest.approx(opened(0.0001), rel=1e-14)
    other = nest.Create("calcium_dendrite_neuron", params={"calcium_rest": 0.0003})
    assert other.k == pytest.approx(opened(0.0003), rel=1e-14)
    times = np.arange(0, 10.0, 0.01)
    assert neuron.scale == pytest.approx(1 / np.max(np.exp(-times / 3) - np.exp(-times / 0.2)), rel=1e-12)


@pytest.mark.parametrize(
    ("values", "guard"),
    [
        ({"steepness": 0.5}, r"pow\(steepness, 2\)"),
        ({"calcium_rest": 0.001}, r"opened\(calcium_rest\)"),
        ({"tau_decay": 0.21}, r"peak\(tau_rise, tau_decay\)"),
    ],
)
def test_guards_call_functions(values: dict[str, float], guard: str) -> None:
    neurons = build()
    with pytest.raises(nest.NESTErrors.BadProperty, match=guard):
        neurons.set(values)
    assert neurons[0].get(next(iter(values))) != next(iter(values.values()))


def test_it_behaves_as_the_oracle() -> None:
    """Somatic spikes, a calcium spike of the dendrite, and the currents that end it."""
    neurons = build()
    driven = neurons[1]
    driven.I_e = 50.0
    receptors = driven.receptor_types
    for port, arrivals in ARRIVALS.items():
        for time, weight in arrivals.items():
            spec = {"weight": weight, "delay": 1.0, "receptor_type": receptors[port.upper()]}
            nest.Connect(generators([[time - 1.0]]), driven, syn_spec=spec)
    meter, recorder = record(driven, list(SEEN)), record_spikes(driven)
    nest.Simulate(END)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (model,) = load(MODEL)
    oracle = ReferenceNeuron(model, {"I_e": 50.0}, resolution=H, substeps=6)
    expected = []
    for step in range(1, round(END / H)):
        arrived = {
            port: arrivals[step * H]
            for port, arrivals in ARRIVALS.items()
            if step * H in arrivals  # all are exact
        }
        oracle.step(arrived)
        expected.append([oracle[name] for name in STATES])
    spikes = np.rint(recorder.events["times"] / H).astype(int).tolist()
    assert spikes == [round(time / H) for time in oracle.spikes]
    assert len(spikes) >= 4
    for column, name in enumerate(STATES):
        found = trace(meter, driven, name)[:, 0]
        right = np.array(expected)[: len(found), column]
        assert len(found) > 700
        assert np.allclose(found, right, rtol=1e-3, atol=1e-3 * np.ptp(right)), name
    calcium = trace(meter, driven, "calcium")[:, 0]
    assert calcium.max() > 4 * calcium.min()
    nernst = 1000 * 8.31441 * 309.15 * np.log(2 / calcium) / (2 * 96489)
    assert trace(meter, driven, "E_calcium")[:, 0] == pytest.approx(nernst, rel=1e-12)
