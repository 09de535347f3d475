"""Plastic networks that are drawn at random: fused, not fused, and the oracle, spike by spike in NEST.

Rules are those of `tests/codegen/test_random_rules.py`; here they meet NEST's delivery, transmitters, several
threads and divided simulations.
"""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
import pytest

from nestml_jit import dsl
from nestml_jit.dsl.tree import Model
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from tests.codegen.rule_outcomes import ECHO
from tests.codegen.test_random_rules import Draft
from tests.numerics.network import generators, index_of, nest, parrots, record, reset, trace

H = 0.125
DURATION = 60.0
PRE, POST = 4, 3
FORCED = 2
"""Receptor of the port that makes the neuron spike."""

Emitted = dict[tuple[int, int, float], list[float]]


class Network:
    """What is drawn for a seed: two rules, what is given for their connections, and all spike times in ms."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(1000 + seed)
        drafts = [Draft(number, draw) for number in (10 * seed, 10 * seed + 1)]
        self.texts = [draft.text() for draft in drafts]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.rules: list[Model] = [dsl.load(text)[0] for text in self.texts]
        self.given = [self._given(rule, draw) for rule in self.rules]
        rng = np.random.default_rng(seed)
        self.delays = H * rng.integers(8, 30, (POST, PRE))
        self.post = [times(rng, 12) for _ in range(POST)]
        together = [self.post[j][::2] + self.delays[j, i] for i in range(PRE) for j in range(POST)]
        self.pre = [np.unique([*times(rng, 6), *rng.choice(np.concatenate(together), 6)]) for _ in range(PRE)]
        self.pre = [row[row < DURATION - 5.0] for row in self.pre]
        self.mod = np.unique([*times(rng, 6), *self.pre[0][1::2]])

    def _given(self, rule: Model, draw: random.Random) -> dict[str, np.ndarray]:
        """Return weights, and values of some parameters, for each connection."""
        given = {"w": np.array([[draw.uniform(0.5, 2.0) for _ in range(PRE)] for _ in range(POST)])}
        for item in rule.parameters:
            if draw.random() < 0.25:
                factors = [[draw.choice([0.5, 1, 2]) for _ in range(PRE)] for _ in range(POST)]
                given[item.name] = float(item.value.value) * np.array(factors)  # type: ignore[union-attr]
        return given

    def simulated(self, move: bool, threads: int) -> tuple[list[Emitted], np.ndarray]:
        """Return the weights of all events of both rules, and what the neurons' `ca` was at each step."""
        reset(H, threads)
        nest.jit.define(ECHO)
        nest.jit.configure("echo_neuron", move=move)
        post = nest.Create("echo_neuron", POST)
        early = generators([(row - 1.0).tolist() for row in self.post])
        nest.Connect(early, post, "one_to_one", {"delay": 1.0, "receptor_type": FORCED})
        pre = parrots([(row - 1.0).tolist() for row in self.pre])
        transmitter = nest.Create("volume_transmitter")
        nest.Connect(parrots([(self.mod - 2.0).tolist()]), transmitter, syn_spec={"delay": 1.0})
        recorders = []
        for text, rule, given in zip(self.texts, self.rules, self.given, strict=True):
            nest.jit.define(text)
            recorders.append(nest.Create("weight_recorder"))
            modulated = any(port.name == "mod_spikes" for port in rule.inputs)
            more = {"volume_transmitter": transmitter} if modulated else {}
            nest.SetDefaults(rule.name, {"weight_recorder": recorders[-1], **more})
            values = {name: value.tolist() for name, value in given.items()}
            spec = {"synapse_model": rule.name, "delay": self.delays.tolist(), "receptor_type": 1, **values}
            nest.Connect(pre, post, syn_spec=spec)
        meter = record(post, ["ca"])
        for duration in (0.4 * DURATION, 0.6 * DURATION):
            nest.Simulate(duration)
        return [emitted(recorder, pre, post) for recorder in recorders], trace(meter, post, "ca")

    def expected(self, ca: np.ndarray) -> list[Emitted]:
        """Return what the oracle says."""
        found: list[Emitted] = []
        for rule, given in zip(self.rules, self.given, strict=True):
            found.append({})
            for i in range(PRE):
                for j in range(POST):
                    own = {name: float(value[j, i]) for name, value in given.items()}
                    continuous = {
                        port.name: (lambda step, j=j: float(ca[step - 1, j]))
                        for port in rule.inputs
                        if port.signal == "continuous"
                    }
                    synapse = ReferenceSynapse(rule, own, H, self.delays[j, i], continuous)
                    synapse.run(*(steps(row) for row in (self.pre[i], self.post[j], self.mod)))
                    for step, weight in synapse.emitted:
                        found[-1].setdefault((i, j, round(step * H, 6)), []).append(weight)
        return found


def times(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return spike times between 5 ms and shortly before the end."""
    return H * np.unique(rng.integers(round(5.0 / H), round((DURATION - 6.0) / H), count))


def steps(row: np.ndarray) -> list[int]:
    return [round(time / H) for time in row]


def emitted(recorder: Any, pre: Any, post: Any) -> Emitted:
    events = recorder.events
    found: Emitted = {}
    columns = index_of(pre, events["senders"]), index_of(post, events["targets"]), events["times"]
    for i, j, time, weight in zip(*columns, events["weights"], strict=True):
        found.setdefault((int(i), int(j), round(float(time), 6)), []).append(float(weight))
    return found


def assert_close(found: list[Emitted], wanted: list[Emitted], rel: float) -> None:
    for one, two in zip(found, wanted, strict=True):
        assert len(two) > 50
        assert one.keys() == two.keys()
        for key, weights in two.items():
            assert one[key] == pytest.approx(weights, rel=rel, abs=rel), key


@pytest.mark.parametrize("seed", range(4))
def test_fused_not_fused_and_the_oracle_agree(seed: int) -> None:
    network = Network(seed)
    fused, ca = network.simulated(move=True, threads=1)
    assert_close(fused, network.expected(ca), 1e-6)
    assert_close(network.simulated(move=True, threads=2)[0], fused, 1e-13)
    assert_close(network.simulated(move=False, threads=2)[0], fused, 1e-10)
