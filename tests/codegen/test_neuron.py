import math

import numpy as np
import pytest
from scipy.linalg import expm

from tests.codegen.harness import Block, library, models

LEAKY = """
model leaky_neuron:
    state:
        V_m mV = E_L
        I pA = 0 pA
    equations:
        I' = -I / tau_syn
        V_m' = -(V_m - E_L) / tau_m + (I + I_e + I_stim) / C_m
    parameters:
        C_m pF = 250 pF
        tau_m ms = 10 ms
        tau_syn ms = 2 ms
        E_L mV = -70 mV
        I_e pA = 0 pA
    input:
        spikes <- spike
        I_stim pA <- continuous
    update:
        integrate_odes()
    onReceive(spikes):
        I += spikes * 1 pA * 1 s
"""


def exact(x, tau_syn, tau_m, h=0.1, drive=-70 / 10 + 100 / 250):
    matrix = np.zeros((3, 3))
    matrix[0, 0] = -1 / tau_syn
    matrix[1] = [1 / 250, -1 / tau_m, drive - 70 / tau_m + 70 / 10]
    return expm(h * matrix) @ [*x, 1]


@pytest.mark.parametrize("tau_syn", [2.0, 10.0, 10.0 + 1e-9, 0.05, 300.0])
def test_linear_system_is_exact_also_for_equal_time_constants(tau_syn):
    block = Block(models(LEAKY)[0], parameters={"tau_syn": tau_syn, "I_e": 100.0})
    block.add(1, 0, 0, 500.0)
    current, potential = 0.0, -70.0
    for step in range(200):
        current, potential, _ = exact((current, potential), tau_syn, 10.0)
        current += 500.0 * (step == 0)
        block.run(1)
        assert block["I"][0] == pytest.approx(current, rel=1e-12)
        assert block["V_m"][0] == pytest.approx(potential, rel=1e-13)
    assert block["V_m"][1] < block["V_m"][0]


def test_parameters_per_lane_and_slices_do_not_matter():
    taus = np.linspace(1.0, 30.0, 128)
    one = Block(models(LEAKY)[0], lanes=100, parameters={"tau_syn": taus})
    two = Block(models(LEAKY)[0], lanes=100, parameters={"tau_syn": taus})
    for block in (one, two):
        for lane in range(100):
            block.add(3 + lane % 5, 0, lane, 100.0 + lane)
    one.run(30, slice_=1)
    two.run(30, slice_=15)
    assert np.array_equal(one["V_m"], two["V_m"])
    assert len(set(one["V_m"])) == 100


def test_ring_is_emptied_and_current_counts_in_the_next_step():
    block = Block(models(LEAKY)[0])
    block.add(1, 1, 0, 250.0)
    block.run(1)
    assert block["I_stim"][0] == 250.0
    assert block["V_m"][0] == pytest.approx(-70.0, abs=1e-12)
    block.run(1)
    assert block["I_stim"][0] == 0.0
    assert block["V_m"][0] == pytest.approx(-70 + 10 * (1 - math.exp(-0.01)), rel=1e-13)
    assert not block.ring.any()


@pytest.mark.parametrize("h", [0.1, 0.2, 0.25, 0.5, 1.0, 0.3, 0.7])
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 20, 33])
def test_refractoriness_has_the_exact_number_of_steps(h, steps):
    refractory = round(steps * h, 6)
    block = Block(
        library("iaf_psc_exp_neuron"), h=h, parameters={"refr_T": refractory, "I_e": 1e6, "V_th": -69.0}
    )
    block.run(200)
    times = [step for step, lane in block.spikes if lane == 0]
    assert set(np.diff(times)) == {steps + 1}


def test_timer_takes_the_values_of_exact_arithmetic():
    text = """
model clock_neuron:
    state:
        up ms = 0 ms
        down ms = 100 ms
        odd ms = 1 ms / 3
    equations:
        up' = 1
        down' = -1
        odd' = 1
    update:
        integrate_odes()
"""
    block = Block(models(text)[0])
    for step in range(1, 1500):
        block.run(1)
        assert block["up"][0] == step / 10
        assert block["down"][0] == (1000 - step) / 10
    assert block["odd"][0] == pytest.approx(1 / 3 + 149.9, rel=1e-12)


def test_padding_lanes_do_not_emit():
    block = Block(library("iaf_psc_exp_neuron"), lanes=5, parameters={"I_e": 1000.0})
    block.run(300)
    assert {lane for _, lane in block.spikes} == set(range(5))


def test_alpha_current_peaks_at_the_weight():
    block = Block(library("iaf_psc_alpha_neuron"), parameters={"tau_syn_exc": 2.0})
    block.add(1, 0, 0, 100.0)
    current = []
    for _ in range(60):
        block.run(1)
        current.append(block["I_kernel_exc__X__exc_spikes"][0])
    expected = [100 * math.e / 2 * t * math.exp(-t / 2) for t in np.arange(60) * 0.1]
    assert current == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert max(current) == pytest.approx(100.0)


KERNELS = """
model kernels_neuron:
    state:
        x real = 0
        y real = 0
        z real = 0
        s real = 0
        G real = 0
        G' ms**-1 = e / tau_1 * 1 ms**0
    equations:
        kernel A = exp(-t / tau_1) - exp(-t / tau_2)
        kernel B = t / tau_1 * exp(1 - t / tau_1) + 3
        kernel C = exp(-t / tau_2) * sin(2 * pi * t / tau_1 + phase)
        kernel G'' = -2 / tau_1 * G' - G / tau_1**2
        inline a real = convolve(A, spikes)
        inline b real = convolve(B, spikes)
        inline c real = convolve(C, spikes)
        inline g real = convolve(G, spikes)
        x' = (-x + a) / tau_1
        y' = (-y + b) / tau_1
        z' = (-z + c) / tau_1
        s' = (-s + g) / tau_1
    parameters:
        tau_1 ms = 3 ms
        tau_2 ms = 7 ms
        phase real = 0.5
    input:
        spikes <- spike
    update:
        integrate_odes()
"""


def test_kernels_as_functions_and_odes():
    block = Block(models(KERNELS)[0])
    block.add(1, 0, 0, 2.0)
    for step in range(100):
        block.run(1)
        t = 0.1 * step
        a = 2 * (math.exp(-t / 3) - math.exp(-t / 7))
        b = 2 * (t / 3 * math.exp(1 - t / 3) + 3)
        c = 2 * math.exp(-t / 7) * math.sin(2 * math.pi * t / 3 + 0.5)
        g = 2 * math.e / 3 * t * math.exp(-t / 3)
        assert block["A__X__spikes"][0] == pytest.approx(a, rel=1e-12, abs=1e-13)
        assert block["B__X__spikes"][0] == pytest.approx(b, rel=1e-11)
        assert block["C__X__spikes"][0] == pytest.approx(c, rel=1e-12, abs=1e-13)
        assert block["G__X__spikes"][0] == pytest.approx(g, rel=1e-12, abs=1e-13)


def test_damped_oscillator():
    text = """
model oscillator_neuron:
    state:
        x real = 1
        x' ms**-1 = 0 ms**-1
    equations:
        x'' = -x' / tau - x / tau**2
    parameters:
        tau ms = 5 ms
    update:
        integrate_odes()
"""
    block = Block(models(text)[0])
    matrix = np.array([[0, 1], [-1 / 25, -1 / 5]])
    block.run(70)
    assert [block["x"][0], block["x__d"][0]] == pytest.approx(expm(7 * matrix) @ [1, 0], rel=1e-12)


def test_names_mean_nothing():
    text = """
model names_neuron:
    state:
        E real = I
        S real = 0
        double real = 0
        class real = 1
    equations:
        E' = -E / N + h
        S' = (E - S) / lambda
        class' = -class / pi_
    parameters:
        I real = 2
        N ms = 4 ms
        h ms**-1 = 0.5 ms**-1
        lambda ms = 3 ms
        pi_ ms = 2 ms
        t_ real = 1
    update:
        double += class * t_
        integrate_odes()
"""
    block = Block(models(text)[0])
    block.run(10)
    assert block["E"][0] == pytest.approx(2 + (2 - 2) * math.exp(-1 / 4), rel=1e-13)
    assert block["class"][0] == pytest.approx(math.exp(-0.5), rel=1e-13)
    assert block["double"][0] == pytest.approx(sum(math.exp(-0.05 * k) for k in range(10)), rel=1e-13)


CONTROL = """
model control_neuron:
    state:
        n integer = 0
        x real = 0
        seen boolean = false
        order real = 0
    parameters:
        k integer = 7
    input:
        first <- spike
        second <- spike
    update:
        if n < 3:
            x += 1
        elif n < 5 and not seen:
            x += 10
        else:
            x += 100
            seen = true
        n += 1
    onReceive(first, priority=2):
        order = 10 * order + 1
    onReceive(second, priority=10):
        order = 10 * order + 2
    onCondition(n == 4):
        x = x + k // 2 + k / 2
        n += 0.9 * k
"""


def test_branches_integers_and_priorities():
    block = Block(models(CONTROL)[0])
    seen = []
    for _ in range(6):
        block.run(1)
        seen.append((block["n"][0], block["x"][0]))
    # n after step 4: trunc(4 + 6.3) = 10
    assert seen == [(1, 1), (2, 2), (3, 3), (10, 19.5), (11, 119.5), (12, 219.5)]
    assert block["seen"][0] == 1.0
    block.add(block.step + 1, 0, 1, 0.0)
    block.add(block.step + 1, 2, 1, 1.0)
    block.add(block.step + 1, 3, 1, 1.0)
    block.run(1)
    assert block["order"][1] == 21.0
    assert block["order"][0] == 0.0


def test_integrate_odes_with_arguments_leaves_the_others_alone():
    text = """
model parts_neuron:
    state:
        x real = 1
        y real = 1
    equations:
        x' = -x / (2 ms)
        y' = -y / (3 ms)
    update:
        integrate_odes(y)
"""
    block = Block(models(text)[0])
    block.run(10)
    assert block["x"][0] == 1.0
    assert block["y"][0] == pytest.approx(math.exp(-1 / 3), rel=1e-14)


def test_bare_port_and_delta_kernel_add_the_weight():
    text = """
model impulse_neuron:
    state:
        x mV = 0 mV
        y mV = 0 mV
    equations:
        kernel K = delta(t)
        x' = -x / tau + 3 mV * spikes
        y' = -y / tau + convolve(K, spikes) * 2 mV / 1 ms
    parameters:
        tau ms = 10 ms
    input:
        spikes <- spike
    update:
        integrate_odes()
"""
    block = Block(models(text)[0])
    block.add(2, 0, 0, 5.0)
    block.run(1)
    assert block["x"][0] == 0.0
    block.run(1)
    assert block["x"][0] == pytest.approx(15.0)
    assert block["y"][0] == pytest.approx(10.0)
    block.run(10)
    assert block["x"][0] == pytest.approx(15.0 * math.exp(-0.1))


def test_parrot_emits_from_its_handler():
    text = """
model echo_neuron:
    input:
        spikes <- spike
    output:
        spike
    onReceive(spikes):
        emit_spike()
"""
    block = Block(models(text)[0], lanes=3)
    block.add(2, 1, 1, 1.0)
    block.add(2, 0, 1, 5.0)
    block.run(5)
    assert block.spikes == [(2, 1)]


def test_values_that_move_on_and_are_cleared_in_one_step():
    """GCC 12 reorders such copies in vector loops unless it is told not to."""
    text = """
model shift_neuron:
    state:
        a real = 1
        b real = 2
        c real = 3
    update:
        a = b
        b = c
        c = 0
"""
    block = Block(models(text)[0], lanes=64)
    block.run(1)
    assert [block[name][5] for name in "abc"] == [2.0, 3.0, 0.0]
    block.run(1)
    assert [block[name][63] for name in "abc"] == [3.0, 0.0, 0.0]
