"""What connections show, what is set and what they would be now, for rules that NEST has not.

The oracle tells: third factors at spikes and in every step, equations that are not linear and lie between
spikes of both sides, a trace that the neuron keeps, delayed variables, and a rule that time alone drives.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from nestml_jit import dsl
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from tests.numerics.network import NEURON, nest, parrots, record, record_spikes, reset, spikes, trace

USUAL = 64
TEMPLATE = """
model {name}_shown_synapse:
    state:
        w real = 1
        x real = {x}
        post_trace real = 0
    parameters:
        tau ms = 30 ms
        eta real = 0.02
    equations:
        post_trace' = -post_trace / tau
{equations}
    input:
        pre_spikes <- spike
        post_spikes <- spike
{port}
    output:
        spike
    onReceive(post_spikes):
        {at_post}
        post_trace += 1
    onReceive(pre_spikes):
        {at_pre}
        emit_spike(0.1 * w)
    update:
        integrate_odes()
"""
PORT = "        V_m mV <- continuous"
CHANGES = {
    "trace": {"at_post": "w += eta * (5 - w) * post_trace", "at_pre": "x += w * post_trace"},
    "gated": {"port": PORT, "at_post": "w += eta * (5 - w) * (V_m / 1 mV + 60) / 10", "at_pre": "x += w"},
    "filtered": {
        "port": PORT,
        "equations": "        x' = ((V_m / 1 mV + 70) / 20 - x * w) / tau",
        "at_post": "w += eta * (5 - w) * x",
    },
    "curved": {"equations": "        x' = -x * x / tau", "at_post": "x += 0.3 * w", "at_pre": "w += eta * x"},
    "delayed": {
        "x": "0.5",
        "equations": "        x' = (w - 2 * x(t - 4.3 ms) - x(t - tau / 2)) / tau",
        "at_post": "w += eta * (5 - w) * x",
        "at_pre": "x += 0.2 * w",
    },
    "fading": {"x": "0.5", "equations": "        x' = -x * x / tau", "at_pre": "x += 0.5 * w"},
}
TEXTS = {
    name: TEMPLATE.format(
        **{"x": "0", "equations": "", "port": "", "at_post": "", "at_pre": "", **changes}, name=name
    )
    for name, changes in CHANGES.items()
}
PRE, POST = 4, 2
Key = tuple[str, int, int]
Shown = dict[Key, dict[str, float]]


@pytest.fixture(autouse=True)
def usual_limit() -> Iterator[None]:
    yield
    limit(USUAL)


def limit(entries: int) -> None:
    nest.Create(NEURON)  # the host is there now
    nest.jit._session.host.set_history_limit(entries)


def columns(pre: Any, post: Any, name: str, at: str | None = None) -> Shown:
    """Return the variables of connections of a model, in an order that does not depend on threads."""
    found = nest.GetConnections(pre, post, synapse_model=f"{name}_shown_synapse")
    values = nest.jit.columns(found, at=at)
    pairs = zip(
        np.subtract(found.source, pre[0].global_id), np.subtract(found.target, post[0].global_id), strict=True
    )
    return {
        (name, int(i), int(j)): {key: float(values[key][row]) for key in ("w", "x", "post_trace")}
        for row, (i, j) in enumerate(pairs)
    }


class Network:
    """Sources, some all but silent, neurons that spike, and a synapse of each model between any two."""

    def __init__(self, seed: int, threads: int, entries: int) -> None:
        self.random = np.random.default_rng(seed)
        reset(threads=threads)
        limit(entries)
        steps = np.arange(2.0, 250.0)
        rates = [0.1, 0.03, 0.01, 0.0]
        self.pre = parrots([steps[self.random.random(len(steps)) < rate].tolist() for rate in rates])
        self.post = nest.Create(NEURON, POST, params=[{"I_e": 2500.0}, {"I_e": 600.0}])
        self.delays = self.random.integers(10, 50, (POST, PRE)) / 10
        for name, text in TEXTS.items():
            nest.jit.define(text)
            spec = {"synapse_model": f"{name}_shown_synapse", "delay": self.delays}
            nest.Connect(self.pre, self.post, syn_spec=spec)
        self.sent, self.received = record_spikes(self.pre), record_spikes(self.post)
        self.meter = record(self.post)

    def set_some(self, name: str) -> dict[Key, float]:
        """Give some connections of a model a weight."""
        found = nest.GetConnections(self.pre, self.post, synapse_model=f"{name}_shown_synapse")
        first = self.pre[0].global_id, self.post[0].global_id
        ends = [(int(c.source) - first[0], int(c.target) - first[1]) for c in found]
        chosen = {}
        for i in range(PRE):
            for j in range(POST):
                value = self.random.uniform(0.5, 2.0)
                if self.random.random() < 0.3:
                    found[ends.index((i, j))].w = value
                    chosen[name, i, j] = value
        return chosen

    def oracles(self) -> dict[Key, Callable[[float], ReferenceSynapse]]:
        """Return for each connection what makes its oracle process all until a time in ms, and returns it."""
        sent, received = spikes(self.sent, self.pre), spikes(self.received, self.post)
        assert len(received) > 20
        values = trace(self.meter, self.post)
        made = {}
        for name, text in TEXTS.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = dsl.load(text)[0]
            for i in range(PRE):
                for j in range(POST):
                    signal = {"V_m": lambda step, j=j: float(values[step - 1, j])} if "V_m" in text else {}
                    oracle = ReferenceSynapse(
                        model, delay=float(self.delays[j, i]), continuous=signal, substeps=1
                    )
                    mine = [time for time, index in sent if index == i]
                    theirs = [time for time, index in received if index == j]
                    made[name, i, j] = feeder(oracle, mine, theirs)
        return made


def feeder(
    oracle: ReferenceSynapse, pre: list[float], post: list[float]
) -> Callable[[float], ReferenceSynapse]:
    fed = [-1.0, -1.0]

    def until(now: float) -> ReferenceSynapse:
        """Presynaptic spikes of the slice before `now` are not delivered yet."""
        arrived = [time for time in pre if fed[0] < time <= now - 1.0 + 1e-6]
        spiked = [time for time in post if fed[1] < time <= now + 1e-6]
        fed[:] = now - 1.0 + 1e-6, now + 1e-6
        oracle.run([round(10 * time) for time in arrived], [round(10 * time) for time in spiked])
        return oracle

    return until


def simulate(network: Network) -> list[tuple[float, Shown, Shown, dict[Key, float]]]:
    """Return for some moments what is shown, what would be if all was up to date, and what is set then."""
    moments = []
    for piece in [*network.random.integers(1, 45, 6).tolist(), 1]:
        nest.Simulate(float(piece))
        shown, present, chosen = {}, {}, {}
        for name in TEXTS:
            shown |= columns(network.pre, network.post, name)
            present |= columns(network.pre, network.post, name, at="now")
            chosen |= network.set_some(name)
        moments.append((float(nest.biological_time), shown, present, chosen))
    nest.Simulate(2.0)  # the last values reach the meter
    return moments


@pytest.mark.parametrize("seed", [1, 2])
def test_the_oracle_shows_the_same_at_any_moment(seed: int) -> None:
    network = Network(seed, 1, USUAL)
    moments = simulate(network)
    oracles = network.oracles()
    for now, shown, present, chosen in moments:
        for key, until in oracles.items():
            oracle = until(now)
            wanted = {name: oracle.variables[name] for name in shown[key]}
            assert shown[key] == pytest.approx(wanted, rel=1e-5, abs=1e-7), (now, key)
            ahead = copy.deepcopy(oracle)
            ahead.advance(round(10 * now))
            ahead._to(round(10 * now))
            wanted = {name: ahead.variables[name] for name in shown[key]}
            assert present[key] == pytest.approx(wanted, rel=1e-5, abs=1e-7), (now, key)
            if key in chosen:
                oracle.variables["w"] = chosen[key]
    for threads, entries in ((2, USUAL), (4, 1)):
        assert simulate(Network(seed, threads, entries)) == moments
