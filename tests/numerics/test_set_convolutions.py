"""Assignments to an inline that is a convolution: as if it were a state with the kernel's equation."""

from __future__ import annotations

import numpy as np
import pytest

from nestml_jit import dsl
from tests.numerics.network import generators, nest, record, reset, trace

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

INLINES = """
        kernel K = exp(-t / tau)
        kernel L' = M,
               M' = -M / tau - L / tau**2
        recordable inline I pA = g * convolve(K, spikes) / 2
        recordable inline J pA = convolve(L, spikes) * g
        recordable inline N real = -convolve(K, others)
"""
STATES = """
        I' = -I / tau
        J' = J$
        J$' = -J$ / tau - J / tau**2
        N' = -N / tau
"""
RECEIVE = """    onReceive(spikes):
        I += spikes * g / 2 * 1 s
        J$ += spikes * g / tau * 1 s
    onReceive(others):
        N -= others * 1 s
"""
NEURON = """model {name}_neuron:
    state:
        V mV = 0 mV
        U mV = 0 mV
        n integer = 0{states}
    equations:{equations}
        V' = -V / tau_m + (I + J) / C
        U' = -U / tau_m + (I + N * 1 pA) * (1 - U / 1 V) / C
    parameters:
        tau ms = 2 ms
        tau_m ms = 10 ms
        C pF = 100 pF
        g pA = 8 pA
    input:
        spikes <- spike
        others <- spike
    output:
        spike
    update:
        n += 1
        {before}
        integrate_odes()
        if n == 30:
            I = 0 pA
            J = 3 pA
        elif n == 42:
            {again}
            N *= 0.5
            I += 2 pA
        if n == 60:
            {only}
            i integer = 0
            while i < 3:
                i += 1
                I -= 0.5 pA
    {receive}
    onCondition(n % 37 == 0):
        I = -1 pA
        N /= 4
    onCondition(n == 50):
        J = 0 pA
"""
BEFORE = {
    "before": "I_old pA = I\n        N_old real = N",
    "again": "I = I_old\n            N = N_old",
    "only": "I = I_old",
}
"""Convolutions take up what `integrate_odes` and spikes do to them after `update`."""

NAMES = ("I", "J", "N", "V", "U")


def traces(text: str) -> dict[str, np.ndarray]:
    reset()
    (name,) = nest.jit.define(text)
    neurons = nest.Create(name, 2)
    neurons[1].set(tau=5.0, g=3.0)
    for port, times in ((1, [0.5, 2.0, 2.7, 6.1]), (2, [1.0, 3.9, 4.0])):
        nest.Connect(generators([times], 2.5), neurons, syn_spec={"delay": 0.3, "receptor_type": port})
    meter = record(neurons, list(NAMES))
    nest.Simulate(12.0)
    return {key: trace(meter, neurons, key) for key in NAMES}


def test_as_states_with_equations() -> None:
    """In `update`, loops, branches, conditions; exponential and higher kernels; factors; `+=` and others."""
    states = "\n        I pA = 0 pA\n        J pA = 0 pA\n        J$ pA/ms = 0 pA/ms\n        N real = 0"
    kernels = "\n        L real = 0\n        M 1/ms = 1 / tau"
    own = {
        "states": kernels,
        "equations": INLINES,
        "receive": "",
        "before": "",
        "again": "U = U",
        "only": "U = U",
    }
    found = traces(NEURON.format(name="inline", **own))
    other = {"states": states, "equations": STATES, "receive": RECEIVE.strip(), **BEFORE}
    right = traces(NEURON.format(name="state", **other))
    for key in NAMES:
        assert found[key] == pytest.approx(right[key], rel=1e-5, abs=1e-9), key
        assert np.abs(right[key]).max() > 0.1
    quiet = traces(NEURON.replace("n == 30", "n == -1").format(name="quiet", **own))
    assert np.abs(quiet["I"] - found["I"]).max() > 0.5


SYNAPSE = """model {name}_synapse:
    state:
        w real = 1
        n integer = 0{states}
    equations:{equations}
    parameters:
        tau ms = 5 ms
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    update:
        n += 1
        integrate_odes()
    onReceive(pre_spikes):
        w += x + y
        if w > 3:
            x = 0.25
        {pre}
        emit_spike(w)
    onReceive(post_spikes):
        w += 0.1
        {post}
    onCondition(w > 6):
        y *= 0.5
"""


def weights(text: str) -> list[float]:
    reset()
    (name,) = nest.jit.define(text)
    parrot = nest.Create("parrot_neuron")
    nest.Connect(generators([[1.0, 4.0, 9.0, 12.0, 20.0, 23.0]]), parrot)
    target = nest.Create("iaf_psc_exp_neuron", params={"I_e": 700.0})
    nest.Connect(parrot, target, syn_spec={"synapse_model": name, "delay": 1.0})
    found = []
    for _ in range(6):
        nest.Simulate(5.0)
        found.append(nest.GetConnections(parrot, target).get("w"))
    return found


def test_in_synapses() -> None:
    """The kernel's increment follows what a handler assigns."""
    inlines = """
        kernel K = exp(-t / tau)
        inline x real = 0.5 * convolve(K, pre_spikes)
        inline y real = convolve(K, post_spikes)
"""
    equations = "\n        x' = -x / tau\n        y' = -y / tau\n"
    states = "\n        x real = 0\n        y real = 0"
    found = weights(SYNAPSE.format(name="inline", states="", equations=inlines, pre="", post=""))
    right = weights(
        SYNAPSE.format(name="state", states=states, equations=equations, pre="x += 0.5", post="y += 1")
    )
    assert found == pytest.approx(right, rel=1e-12)
    assert len({round(value, 6) for value in found}) > 3


@pytest.mark.parametrize(
    ("inline", "words"),
    [
        ("convolve(K, spikes) + convolve(L, spikes)", "`I` is an inline and cannot be assigned to"),
        ("convolve(D, spikes)", "a convolution with the pulse `D`"),
        ("convolve(K, spikes) * convolve(L, spikes)", "`I` is an inline and cannot be assigned to"),
        ("2 + convolve(K, spikes)", "`I` is an inline and cannot be assigned to"),
    ],
)
def test_what_has_no_one_meaning_is_refused(inline: str, words: str) -> None:
    text = f"""model other_neuron:
    state:
        x real = 0
    equations:
        kernel K = exp(-t / 2 ms)
        kernel L = exp(-t / 3 ms)
        kernel D = delta(t)
        inline I real = {inline}
        x' = -x / 1 ms + I / 1 ms
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
        I = 0
"""
    _, found = dsl.diagnose(text)
    (error,) = [item for item in found if item.is_error]
    assert error.code == "E0501"
    assert words in error.message
