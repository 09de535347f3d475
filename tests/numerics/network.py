"""Networks for tests: a fresh kernel, input that is the same in every run, and what was recorded.

Whatever is read from recorders comes in an order that does not depend on the number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

# The kernels that tests compile are nobody's but theirs.
os.environ.setdefault("NESTML_JIT_CACHE", str(Path(__file__).parents[2] / ".nestml_jit_cache"))

import nestml_jit as nest

NEURON = "iaf_psc_exp_neuron"
ALPHA = "iaf_psc_alpha_neuron"
STATIC = "static_synapse_nestml"
STDP = "stdp_synapse_nestml"

BUILT_IN = {NEURON: "iaf_psc_exp", ALPHA: "iaf_psc_alpha", STATIC: "static_synapse", STDP: "stdp_synapse"}
"""NEST's models that mean the same as ours."""

_NESTS_NAMES = {
    "tau_syn_exc": "tau_syn_ex",
    "tau_syn_inh": "tau_syn_in",
    "refr_T": "t_ref",
    "tau_tr_pre": "tau_plus",
    "w": "weight",
}

Spikes = list[tuple[float, int]]


def reset(resolution: float = 0.1, threads: int = 1, seed: int = 1) -> None:
    """Begin with an empty kernel."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=resolution, local_num_threads=threads, rng_seed=seed)


def in_nests_words(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters of our models under the names that NEST's models have for them."""
    return {_NESTS_NAMES.get(name, name): value for name, value in params.items()}


def ids(nodes: Any) -> np.ndarray:
    return np.array(nodes.tolist())


def index_of(nodes: Any, node_ids: Iterable[int]) -> np.ndarray:
    """Return the positions of nodes in a collection."""
    known, wanted = ids(nodes), np.array(list(node_ids), dtype=int)
    order = np.argsort(known)
    found = (
        order[np.searchsorted(known, wanted, sorter=order) % max(1, len(order))] if len(wanted) else wanted
    )
    assert np.array_equal(known[found], wanted)
    return found


def record_spikes(nodes: Any) -> Any:
    recorder = nest.Create("spike_recorder")
    nest.Connect(nodes, recorder)
    return recorder


def spikes(recorder: Any, nodes: Any) -> Spikes:
    """Return the times of spikes and the positions of their senders in a collection, sorted."""
    events = recorder.events
    return sorted(zip(events["times"].tolist(), index_of(nodes, events["senders"]).tolist(), strict=True))


def record(nodes: Any, names: Sequence[str] = ("V_m",), interval: float | None = None, **more: Any) -> Any:
    interval = nest.resolution if interval is None else interval
    meter = nest.Create("multimeter", params={"record_from": list(names), "interval": interval, **more})
    nest.Connect(meter, nodes)
    return meter


def trace(meter: Any, nodes: Any, name: str = "V_m") -> np.ndarray:
    """Return what a multimeter recorded of a variable: one row per time, one column per node."""
    events = meter.events
    order = np.lexsort((index_of(nodes, events["senders"]), events["times"]))
    return np.asarray(events[name])[order].reshape(-1, len(nodes))


def times(meter: Any) -> np.ndarray:
    return np.unique(meter.events["times"])


def trains(count: int, rate: float, duration: float, seed: int = 3, grid: float = 1.0) -> list[list[float]]:
    """Return random spike times in ms on a grid, so that they are the same in every run and thread."""
    random = np.random.default_rng(seed)
    steps = int(duration / grid) - 1
    rows = random.random((count, steps)) < rate * grid * 1e-3
    return [[round(float(step + 1) * grid, 6) for step in np.flatnonzero(row)] for row in rows]


def generators(spike_times: Iterable[Sequence[float]], weight: float = 1.0) -> Any:
    params = [{"spike_times": list(row), "spike_weights": [weight] * len(row)} for row in spike_times]
    return nest.Create("spike_generator", len(params), params=params)


def parrots(spike_times: Sequence[Sequence[float]]) -> Any:
    """Return neurons that spike one ms after the times given."""
    relay = nest.Create("parrot_neuron", len(spike_times))
    nest.Connect(generators(spike_times), relay, "one_to_one", {"delay": 1.0})
    return relay


def weights(
    source: Any, target: Any, synapse: str, name: str = "weight"
) -> dict[tuple[int, int, int], float]:
    """Return a variable of connections by source, target (as positions) and number of the multapse."""
    found = nest.GetConnections(source, target, synapse_model=synapse).get(["source", "target", name])
    columns = [np.atleast_1d(found[key]) for key in ("source", "target", name)]
    result: dict[tuple[int, int, int], float] = {}
    rows = zip(index_of(source, columns[0]), index_of(target, columns[1]), columns[2], strict=True)
    for pre, post, value in rows:
        number = sum(key[:2] == (pre, post) for key in result) if (pre, post, 0) in result else 0
        result[int(pre), int(post), number] = float(value)
    return result


def assert_same_weights(
    ours: Mapping[Any, float], theirs: Mapping[Any, float], tolerance: float = 1e-10
) -> None:
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        assert abs(ours[key] - value) <= tolerance * abs(value), (key, ours[key], value)
