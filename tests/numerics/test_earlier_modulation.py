"""Spikes that a volume transmitter had, and had not delivered, when a connection was made.

NEST's transmitter hands over all spikes since its last delivery, and its synapse takes all that it gets.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import NEURON, nest, parrots, record_spikes, reset, spikes

OURS, NESTS = "neuromodulated_stdp_synapse", "stdp_dopamine_synapse"
RELEASED = [2.0, 4.3, 5.0, 9.1, 13.0, 14.7, 15.0, 22.2, 30.0, 31.0, 47.0]
EARLY = [5.0, 17.0, 23.5, 36.0, 52.0]
LATE = [7.0, 18.2, 25.5, 38.0, 39.0]
SEEN = ("source", "target", "weight", "c", "n")


class Network:
    """Neurons that two sources drive; their modulated connections are made one after the other.

    Parameters
    ----------
    neuron, synapse
        Models.
    interval
        How many slices there are between two deliveries.
    """

    def __init__(self, neuron: str, synapse: str, interval: int, threads: int) -> None:
        reset(threads=threads)
        nest.set(min_delay=1.0, max_delay=4.0)
        self.synapse = synapse
        modulating, self.early, self.late = (parrots([train]) for train in (RELEASED, EARLY, LATE))
        self.transmitter = nest.Create("volume_transmitter", params={"deliver_interval": interval})
        nest.Connect(modulating, self.transmitter)
        nest.SetDefaults(synapse, {"volume_transmitter": self.transmitter, "A_plus": 0.5, "A_minus": 0.7})
        self.post = nest.Create(neuron, 2)
        for source in (self.early, self.late):
            nest.Connect(source, self.post, syn_spec={"weight": 2000.0, "delay": 1.0})

    def connect(self, source: Any, **spec: Any) -> None:
        nest.Connect(source, self.post, syn_spec={"synapse_model": self.synapse, "weight": 20.0, **spec})

    def look(self) -> np.ndarray:
        """Return all connections, [connection, variable], in a certain order."""
        found = nest.GetConnections(synapse_model=self.synapse).get(SEEN)
        rows = np.array([found[name] for name in SEEN]).T
        return rows[np.lexsort(rows.T[1::-1])]


def seen(
    neuron: str, synapse: str, interval: int, made: float, durations: list[float], threads: int
) -> np.ndarray:
    """Return what connections show, [moment, connection, variable], one of which comes late."""
    net = Network(neuron, synapse, interval, threads)
    net.connect(net.early, delay=1.0)
    nest.Simulate(made)
    net.connect(net.late, delay=2.0)
    found = [net.look()]
    for duration, now in zip(durations, accumulate(durations, initial=made), strict=False):
        nest.Simulate(duration)
        found.append(net.look())
        if (now + duration) % interval:
            found[-1][:, SEEN.index("n")] = 0.0  # NEST's is that at the last modulatory spike
    return np.array(found[1:])


@pytest.mark.parametrize(("neuron", "threads"), [(NEURON, 1), (NEURON, 2), ("iaf_psc_exp", 1)])
def test_late_connections_hear_them_as_nests_do(neuron: str, threads: int) -> None:
    heard = 0
    durations = [0.5, 1.0, 2.0, 20.0]
    for interval in (1, 4, 5):
        for made in (7.5, 16.8, 33.0):
            theirs = seen("iaf_psc_exp", NESTS, interval, made, durations, threads)
            ours = seen(neuron, OURS, interval, made, durations, threads)
            assert np.allclose(ours, theirs, rtol=1e-9, atol=1e-11), (interval, made)
            early = [time + 2.0 for time in RELEASED if time + 2.0 <= made]
            heard += max(early) > made // interval * interval
    assert heard == 7


@pytest.mark.parametrize("neuron", [NEURON, "iaf_psc_exp"])
def test_postsynaptic_traces_are_left_alone(neuron: str) -> None:
    """A trace with a time constant of its own is kept by the connection, and was driven all the time."""
    net = Network(neuron, OURS, 5, 1)
    recorder = record_spikes(net.post[0])
    net.connect(net.early, delay=1.0)
    nest.Simulate(33.0)
    net.connect(net.late, delay=2.0, tau_tr_post=7.0)
    nest.Simulate(11.0)
    trace = nest.jit.columns(nest.GetConnections(net.late, net.post[0], OURS), at="now")["post_tr"]
    arrived = np.array([time + 2.0 for time, _ in spikes(recorder, net.post[:1])])
    expected = np.exp((arrived[arrived < 44.05] - 44.0) / 7.0).sum()
    assert expected > 0.5
    assert trace == pytest.approx([expected], rel=1e-9)


def test_looking_at_the_present_hears_them_too() -> None:
    net = Network(NEURON, OURS, 5, 1)
    net.connect(net.early, delay=1.0)
    nest.Simulate(33.0)  # with spikes at 32 and 33 ms, and the last delivery at 30 ms
    net.connect(net.late, delay=2.0)
    nest.Simulate(1.0)
    found = nest.GetConnections(net.late, synapse_model=OURS)
    expected = (np.exp(-2.0 / 200.0) + np.exp(-1.0 / 200.0)) / 200.0
    assert found.get("n") == [0.0, 0.0]
    assert np.allclose(nest.jit.columns(found, at="now")["n"], expected, rtol=1e-12)
    assert found.get("n") == [0.0, 0.0]
