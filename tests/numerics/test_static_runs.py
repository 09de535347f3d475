"""Static connections that are all alike are delivered by a shorter way: it must not be seen."""

from __future__ import annotations

import numpy as np
import pytest

import nestml_jit as nest

TARGETS = 70


def _network(neuron, synapse, weights, delays):
    """Two sources onto many targets: returns the targets and their connections."""
    sources = nest.Create("spike_generator", 2, params={"spike_times": [1.0, 5.0, 5.1, 40.0, 80.0]})
    parrots = nest.Create("parrot_neuron", 2)
    nest.Connect(sources, parrots, "one_to_one")
    targets = nest.Create(neuron, TARGETS)
    spec = {"synapse_model": synapse, "weight": weights, "delay": delays}
    nest.Connect(parrots, targets, "all_to_all", spec)
    return parrots, targets


@pytest.mark.parametrize("change", ["nothing", "one weight", "one delay", "sign of one", "all weights"])
def test_changes_between_simulations_take_effect(change):
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    potentials = []
    for neuron, synapse in (
        ("iaf_psc_exp", "static_synapse"),
        ("iaf_psc_exp_neuron", "static_synapse_nestml"),
    ):
        parrots, targets = _network(neuron, synapse, 30.0, 1.0)
        # delays may not leave the range that they had in the first simulation
        nest.Connect(parrots[0], targets[0], syn_spec={"synapse_model": synapse, "delay": 3.0, "weight": 1.0})
        potentials.append((parrots, targets, synapse))
    nest.Simulate(20.0)
    for parrots, targets, synapse in potentials:
        one = nest.GetConnections(parrots[1], targets[7], synapse)
        every = nest.GetConnections(parrots, targets, synapse)
        if change == "one weight":
            one.weight = 55.0
        elif change == "one delay":
            one.delay = 2.0
        elif change == "sign of one":
            one.weight = -30.0
        elif change == "all weights":
            every.weight = 12.5
    nest.Simulate(70.0)
    built_in, ours = (np.array(targets.V_m) for _, targets, _ in potentials)
    assert np.ptp(built_in) > 0.0
    np.testing.assert_allclose(ours, built_in, rtol=0, atol=1e-9)
