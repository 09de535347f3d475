"""What the neurons of the library do beyond NEST's built-ins, or differently."""

from __future__ import annotations

import numpy as np
import pytest

from tests.numerics.network import generators, nest, record, record_spikes, spikes, trace
from tests.numerics.test_library import by_neuron


def test_spikes_during_the_refractory_period_of_iaf_psc_delta_are_lost() -> None:
    neuron = nest.Create("iaf_psc_delta_neuron", params={"refr_T": 5.0})
    for source, weight in zip(generators([[10.0], [13.0]]), (20.0, 3.0), strict=True):
        nest.Connect(source, neuron, syn_spec={"weight": weight, "delay": 1.0})
    recorder, meter = record_spikes(neuron), record(neuron)
    nest.Simulate(30.0)
    assert spikes(recorder, neuron) == [(11.0, 0)]
    assert np.all(trace(meter, neuron) == -70.0)


def test_a_beta_function_of_equal_times_is_an_alpha_function() -> None:
    alpha = nest.Create("iaf_cond_alpha_neuron", params={"tau_syn_exc": 2.0})
    beta = nest.Create("iaf_cond_beta_neuron", 2)
    beta.tau_syn_rise_E = [2.0, 2.0 + 1e-5]
    neurons = alpha + beta[0] + beta[1]
    meters = [record(neuron) for neuron in neurons]
    nest.Connect(generators([[5.0, 12.0]]), neurons, syn_spec={"weight": 5.0})
    nest.Simulate(50.0)
    expected, same, close = (trace(meter, neuron) for meter, neuron in zip(meters, neurons, strict=True))
    assert np.ptp(expected) > 1.0
    assert np.abs(same - expected).max() <= 1e-9
    assert np.abs(close - expected).max() <= 1e-4


def test_amat2_is_mat2_without_the_component_that_depends_on_the_potential() -> None:
    neurons = {name: nest.Create(f"{name}_neuron") for name in ("mat2_psc_exp", "amat2_psc_exp")}
    names = ("tau_m", "C_m", "alpha_1", "alpha_2")
    neurons["amat2_psc_exp"].set(dict(neurons["mat2_psc_exp"].get(names), omega=15.0, I_e=500.0))
    neurons["mat2_psc_exp"].set({"omega": 15.0, "I_e": 500.0})
    meters = [record(neuron, ("V_m", "V_th")) for neuron in neurons.values()]
    recorders = [record_spikes(neuron) for neuron in neurons.values()]
    nest.Simulate(500.0)
    mat2, amat2 = (
        [spikes(recorder, neuron), *(trace(meter, neuron, name).ravel() for name in ("V_m", "V_th"))]
        for recorder, meter, neuron in zip(recorders, meters, neurons.values(), strict=True)
    )
    assert mat2[0] == amat2[0]
    assert len(mat2[0]) > 5
    assert np.allclose(mat2[1:], amat2[1:], rtol=0.0, atol=1e-9)


def test_amat2_with_equal_time_constants() -> None:
    """NEST's implementation excludes these; here they are the limit of nearly equal ones."""
    neurons = nest.Create("amat2_psc_exp_neuron", 2, params={"beta": 0.5, "I_e": 200.0, "omega": 8.0})
    for neuron, difference in zip(neurons, (0.0, 1e-6), strict=True):
        neuron.set(tau_m=5.0, tau_syn_exc=5.0 + difference, tau_v=5.0 - difference)
    nest.Connect(generators([[10.0, 20.0]]), neurons, syn_spec={"weight": 100.0})
    meter = record(neurons, ("V_m", "V_th_v"))
    nest.Simulate(100.0)
    for name in ("V_m", "V_th_v"):
        values = trace(meter, neurons, name)
        assert np.ptp(values) > 1.0
        assert np.abs(values[:, 0] - values[:, 1]).max() <= 1e-5


HH_STATE = ("V_m", "Act_m", "Act_n", "Inact_h")


@pytest.mark.parametrize("v_m", [-40.0, -55.0, -40.0 + 1e-6])
def test_rates_of_hh_psc_alpha_are_continuous(v_m: float) -> None:
    neurons = nest.Create("hh_psc_alpha_neuron", 2)
    neurons[0].set(nest.Create("hh_psc_alpha_neuron", params={"V_m_init": v_m}).get(HH_STATE))
    neurons[1].set(nest.Create("hh_psc_alpha_neuron", params={"V_m_init": v_m + 1e-7}).get(HH_STATE))
    meter = record(neurons)
    nest.Simulate(5.0)
    values = trace(meter, neurons)
    assert np.all(np.isfinite(values))
    assert np.abs(values[:, 0] - values[:, 1]).max() <= 1e-3


@pytest.mark.parametrize("v_m", [-50.0, -48.0, -23.0])
def test_rates_of_hh_cond_exp_traub_are_continuous(v_m: float) -> None:
    neurons = nest.Create("hh_cond_exp_traub_neuron", 2)
    neurons.V_m = [v_m, v_m + 1e-7]
    meter = record(neurons)
    nest.Simulate(5.0)
    values = trace(meter, neurons)
    assert np.all(np.isfinite(values))
    assert np.abs(values[:, 0] - values[:, 1]).max() <= 1e-3


@pytest.mark.parametrize("delta_t", [0.2, 0.8, 5.0])
def test_any_sharpness_of_the_upstroke(delta_t: float) -> None:
    """The exponential at V_peak would be up to e**250."""
    neuron = nest.Create("aeif_cond_exp_neuron", params={"Delta_T": delta_t, "I_e": 900.0})
    recorder = record_spikes(neuron)
    nest.Simulate(200.0)
    assert len(spikes(recorder, neuron)) >= 3
    assert 0.0 < neuron.w < 1000.0


def test_ignore_and_fire_keeps_its_rhythm() -> None:
    neurons = nest.Create("ignore_and_fire_neuron", 4)
    neurons.set({"firing_rate": [10.0, 10.0, 7.0, 250.0], "phase": [0.5, 1.0, 0.01, 0.25]})
    nest.Connect(generators([[float(time) for time in range(1, 300)]]), neurons, syn_spec={"weight": 1e3})
    recorder = record_spikes(neurons)
    nest.Simulate(150.0)
    nest.Simulate(250.0)
    expected = ((50.1, 100.0), (100.1, 100.0), (1.6, 142.9), (1.1, 4.0))
    for train, (first, period) in zip(by_neuron(recorder, neurons), expected, strict=True):
        assert np.allclose(train, np.arange(first, 400.0 + 1e-9, period), rtol=0.0, atol=1e-9)


def test_phases_of_ignore_and_fire() -> None:
    neurons = nest.Create("ignore_and_fire_neuron", 50, params={"phase": nest.random.uniform(0.01, 1.0)})
    drawn = np.array(neurons.phase)
    recorder, meter = record_spikes(neurons), record(neurons, ("phase", "phase_steps"))
    nest.Simulate(200.0)
    first = np.array([train[0] for train in by_neuron(recorder, neurons)])
    assert len(set(first)) > 40
    assert np.abs(first - 0.15 - 100.0 * drawn).max() <= 0.05 + 1e-9
    recorded = trace(meter, neurons, "phase")
    assert 0.0 < recorded.min() < 0.01
    assert recorded.max() == 1.0
    with pytest.raises(nest.NESTErrors.BadProperty, match="phase"):
        neurons.phase = 1.5
