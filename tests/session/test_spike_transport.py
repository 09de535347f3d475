"""Kernel settings that change how spikes travel: whatever the rule and the models, they reach all targets.

Connections of a source are made in several calls, so that they lie together or apart. NEST sorts them, or
(without compressed spikes) sends a spike to each stretch of them that has the same source.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.numerics.network import BUILT_IN, NEURON, STATIC, STDP, generators, nest, parrots, reset, trains
from tests.session.sides import raised

SETTINGS: dict[str, dict[str, Any]] = {
    "usual": {},
    "not compressed": {"use_compressed_spikes": False},
    "not kept": {"keep_source_table": False},
    "not compressed, not kept": {"use_compressed_spikes": False, "keep_source_table": False},
    "off the grid": {},
    "off the grid, not compressed": {"use_compressed_spikes": False},
    "small buffers": {
        "spike_buffer_grow_extra": 0.0,
        "spike_buffer_shrink_limit": 0.9,
        "spike_buffer_shrink_spare": 0.0,
        "growth_factor_buffer_target_data": 1.01,
        "max_buffer_size_target_data": 8,
    },
    "small buffers, not compressed": {
        "use_compressed_spikes": False,
        "max_buffer_size_target_data": 8,
        "adaptive_target_buffers": False,
    },
    "delays": {"min_delay": 0.5, "max_delay": 7.0, "use_compressed_spikes": False},
}
NAMES = {
    "static": (NEURON, STATIC),
    "plastic": (NEURON, STDP),
    "NEST's static onto ours": (NEURON, "static_synapse"),
    "ours onto NEST's": (BUILT_IN[NEURON], STDP),
    "our static onto NEST's": (BUILT_IN[NEURON], STATIC),
}
SIZE = 8
RULES: tuple[dict[str, Any], ...] = (
    {"rule": "one_to_one"},
    {"rule": "all_to_all"},
    {"rule": "fixed_indegree", "indegree": 3},
    {"rule": "fixed_outdegree", "outdegree": 3},
    {"rule": "fixed_total_number", "N": 40},
    {"rule": "pairwise_bernoulli", "p": 0.4},
    {"rule": "pairwise_poisson", "pairwise_avg_num_conns": 1.5},
    {"rule": "symmetric_pairwise_bernoulli", "p": 0.4, "make_symmetric": True, "allow_autapses": False},
)
WEIGHT = 45.0


class Side:
    """The same network of either side: neurons that are driven, and sources that reach them by all rules."""

    def __init__(self, neuron: str, synapse: str, settings: str, threads: int) -> None:
        reset(threads=threads, seed=5)
        nest.set(**SETTINGS[settings])
        self.synapse = synapse
        spike_times = trains(SIZE, 80.0, 200.0)
        self.pre = self._precise(spike_times) if "off the grid" in settings else parrots(spike_times)
        self.lone = parrots([[20.0 * k + 5.0 for k in range(9)]])  # no two connections between the same nodes
        self.post = nest.Create(neuron, SIZE)
        force = generators(trains(SIZE, 60.0, 200.0, seed=4))
        nest.Connect(force, self.post, "one_to_one", {"weight": 4000.0})
        self.recorder = nest.Create("spike_recorder")
        nest.Connect(self.post, self.recorder)
        self.meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 1.0})
        nest.Connect(self.meter, self.post)

    def _precise(self, spike_times: list[list[float]]) -> Any:
        """Return sources that spike between two steps, with which all spikes travel with offsets."""
        between = [[time + 0.037 for time in row] for row in spike_times]
        params = [{"spike_times": row, "precise_times": True} for row in between]
        sources = nest.Create("parrot_neuron_ps", SIZE)
        nest.Connect(nest.Create("spike_generator", SIZE, params=params), sources, "one_to_one")
        assert nest.off_grid_spiking
        return sources

    def connect(self, sources: Any, targets: Any, rule: dict[str, Any], delay: float, **more: Any) -> None:
        spec = {"synapse_model": self.synapse, "weight": WEIGHT, "delay": delay, **more}
        nest.Connect(sources, targets, rule, spec)

    def connect_all(self) -> None:
        for number, rule in enumerate(RULES):
            among_themselves = rule["rule"].startswith("symmetric")
            self.connect(self.post if among_themselves else self.pre, self.post, rule, 1.0 + 0.3 * number)
        for k in range(3):  # one connection after the other: a source's lie apart
            for source in range(SIZE):
                ends = (np.array(nodes[i].tolist()) for nodes, i in ((self.pre, source), (self.post, k)))
                values = {"weight": np.array([WEIGHT]), "delay": np.array([1.5 + 0.2 * k])}
                nest.Connect(*ends, "one_to_one", {"synapse_model": self.synapse, **values})
        self.connect(self.lone, self.post, {"rule": "all_to_all"}, 2.0)
        self.connect(self.pre[0], self.post, {"rule": "all_to_all"}, 2.0)

    def change(self) -> list[str]:
        """Make and take away connections of a network that was simulated."""
        return raised(
            lambda: self.connect(self.pre[1], self.post[::2], {"rule": "all_to_all"}, 1.5),
            lambda: self.connect(self.post[:2], self.post[2:4], {"rule": "one_to_one"}, 1.2),
            lambda: nest.Disconnect(
                self.lone, self.post[3], conn_spec="one_to_one", syn_spec={"synapse_model": self.synapse}
            ),
            lambda: self.connect(self.lone, self.post[3], {"rule": "one_to_one"}, 1.0),
        )

    def shown(self) -> tuple[Any, np.ndarray]:
        """Return what must be equal, and numbers that must be nearly so."""
        events = self.recorder.events
        potential = self.meter.events
        order = np.lexsort((potential["senders"], potential["times"]))
        connections = self.rows()
        spikes = sorted(zip(events["times"].tolist(), events["senders"].tolist(), strict=True))
        ends = [row[:3] for row in connections]
        return (spikes, ends), np.concatenate([potential["V_m"][order], [row[3] for row in connections]])

    def rows(self) -> list[tuple[float, ...]]:
        if not nest.keep_source_table:
            return []
        sources = self.pre + self.lone + self.post
        found = nest.GetConnections(sources, self.post, self.synapse)
        columns = found.get(["source", "target", "delay", "weight"])
        rounded = [
            np.round(np.atleast_1d(columns[key]), 9) for key in ("source", "target", "delay", "weight")
        ]
        return sorted(zip(*(column.tolist() for column in rounded), strict=True))


def simulated(neuron: str, synapse: str, settings: str, threads: int) -> list[Any]:
    side = Side(neuron, synapse, settings, threads)
    side.connect_all()
    nest.Simulate(60.0)
    found: list[Any] = [side.shown()]
    if nest.keep_source_table:  # without it NEST itself ends with a segmentation fault
        found.append(side.change())
    nest.Simulate(60.0)
    found.append(side.shown())
    nest.Prepare()
    nest.Run(30.0)
    nest.Run(30.0)
    nest.Cleanup()
    return [*found, side.shown()]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("settings", SETTINGS)
def test_spikes_reach_all_targets(settings: str, threads: int) -> None:
    theirs: dict[str, list[Any]] = {}
    for pair, (neuron, synapse) in NAMES.items():
        built_in = BUILT_IN.get(synapse, synapse)
        if built_in not in theirs:
            theirs[built_in] = simulated(BUILT_IN[NEURON], built_in, settings, threads)
            assert len(theirs[built_in][-1][0][0]) > 80
        ours = simulated(neuron, synapse, settings, threads)
        for mine, their in zip(ours, theirs[built_in], strict=True):
            if isinstance(mine, list):
                assert mine == their, pair
                continue
            assert mine[0] == their[0], pair
            assert np.allclose(mine[1], their[1], rtol=1e-9, atol=1e-9), pair
