"""The synapse models that the installed NESTML brings pair with neurons in NEST, and do what the oracle says.

Nothing is configured but one port that no neuron has a variable for; what is inferred of the models is
listed in tests/codegen/test_shipped_synapses.py.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nestml_jit.dsl import load
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from tests.numerics.network import (
    generators,
    index_of,
    nest,
    parrots,
    record,
    record_spikes,
    reset,
    spikes,
    trace,
    trains,
)

FOUND = sorted((Path(sys.prefix) / "models").glob("synapses/*.nestml"))
NEURONS = ("shipped_iaf_psc_exp_neuron", "shipped_iaf_cond_exp_neuron", "iaf_psc_exp", "parrot_neuron")
RANDOM = {"noisy_synapse"}
PORTS = {"stdsp_synapse": {"dAP_trace": "I_syn_exc"}}
"""What a port of a name that no neuron knows is bound to; others than the first have nothing like it."""

H, DURATION = 0.1, 200.0
PRE, POST, DELAY = 4, 2, 2.0
GIVEN = {"lambda": 0.05, "lambda_minus": 1e-4, "lambda_h": 0.01, "permanence": 50.0}
pytestmark = pytest.mark.skipif(not FOUND, reason="NESTML is not installed")


def define(path: Path) -> str:
    """Make a model known as `shipped_<name>`, since our library has some of the same names."""
    text = path.read_text(encoding="utf-8").replace(f"model {path.stem}:", f"model shipped_{path.stem}:")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(nest.jit.define(text)[0])


def tree(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(path.read_text(encoding="utf-8"), str(path))[0]


def pairs(stem: str, neuron: str) -> bool:
    return stem not in PORTS or neuron == NEURONS[0]


def given(path: Path) -> dict[str, float]:
    """Return values with which weights move about."""
    model = tree(path)
    names = {item.name for item in (*model.state, *model.parameters)}
    return {name: value for name, value in {**GIVEN, "w": 30.0}.items() if name in names}


class Network:
    """Neurons of each kind that get input by each of the models."""

    def __init__(self) -> None:
        reset(H)
        for neuron in NEURONS[:2]:
            define(Path(sys.prefix) / "models" / "neurons" / f"{neuron.removeprefix('shipped_')}.nestml")
        self.pre = parrots(trains(PRE, 60.0, DURATION))
        self.mod_times = trains(1, 40.0, DURATION, seed=9)[0]
        transmitter = nest.Create("volume_transmitter")
        nest.Connect(parrots([self.mod_times]), transmitter, syn_spec={"delay": 1.0})
        force = generators(trains(POST, 60.0, DURATION, seed=4))
        self.post, self.received, self.emitted = {}, {}, {}
        for neuron in NEURONS:
            self.post[neuron] = nest.Create(neuron, POST)
            weight = 1000.0 if "cond" in neuron else 20000.0
            nest.Connect(force, self.post[neuron], "one_to_one", {"weight": weight, "delay": 1.0})
            self.received[neuron] = record_spikes(self.post[neuron])
        for path in FOUND:
            model = define(path)
            if path.stem in PORTS:
                nest.jit.configure(model, ports=PORTS[path.stem])
            self.emitted[path.stem] = nest.Create("weight_recorder")
            more = {"volume_transmitter": transmitter} if "mod_spikes" in path.read_text() else {}
            nest.SetDefaults(model, {"weight_recorder": self.emitted[path.stem], **more})
            for neuron, post in self.post.items():
                if pairs(path.stem, neuron):
                    spec = {"synapse_model": model, "delay": DELAY, **given(path)}
                    spec |= {"receptor_type": 1} if neuron == "parrot_neuron" else {}
                    nest.Connect(self.pre, post, syn_spec=spec)
        self.sent = record_spikes(self.pre)
        self.meter = record(self.post[NEURONS[0]], ["I_syn_exc"])


@pytest.fixture(scope="module")
def simulated() -> Mapping[str, Any]:
    """Return spike steps of all nodes, third factors, and what each model emitted: [model][neuron][i, j]."""
    network = Network()
    nest.Simulate(DURATION)
    emitted: dict[str, Any] = {}
    for stem, recorder in network.emitted.items():
        events = recorder.events
        columns = zip(*(events[key] for key in ("times", "senders", "targets", "weights")), strict=True)
        emitted[stem] = {neuron: {} for neuron in NEURONS}
        for _time, sender, target, weight in sorted(columns):
            neuron = next(name for name, post in network.post.items() if target in post.tolist())
            key = index_of(network.pre, [sender])[0], index_of(network.post[neuron], [target])[0]
            emitted[stem][neuron].setdefault((int(key[0]), int(key[1])), []).append(float(weight))
    return {
        "pre": steps(network.sent, network.pre),
        "post": {name: steps(network.received[name], post) for name, post in network.post.items()},
        "mod": [round((time + 2.0) / H) for time in network.mod_times],
        "I_syn_exc": trace(network.meter, network.post[NEURONS[0]], "I_syn_exc"),
        "emitted": emitted,
    }


def steps(recorder: Any, nodes: Any) -> list[list[int]]:
    found = spikes(recorder, nodes)
    return [[round(time / H) for time, index in found if index == i] for i in range(len(nodes))]


def test_there_are_ten() -> None:
    assert len(FOUND) == 10


@pytest.mark.parametrize(
    ("path", "neuron"),
    [
        pytest.param(path, neuron, id=f"{path.stem} onto {neuron}")
        for path in FOUND
        for neuron in NEURONS
        if pairs(path.stem, neuron)
    ],
)
def test_weights_are_those_of_the_oracle(simulated: Mapping[str, Any], path: Path, neuron: str) -> None:
    found, post = simulated["emitted"][path.stem][neuron], simulated["post"][neuron]
    arrived = [step for step in simulated["pre"][0] if step <= round((DURATION - 1.0) / H)]
    assert len(arrived) > 5
    assert min(map(len, post)) >= 5
    for i in range(PRE):
        for j in range(POST):
            if path.stem in RANDOM:
                assert np.std(found[i, j]) > 0.1
                continue
            continuous = {
                port: (lambda step, j=j: signal(simulated, step, j)) for port in PORTS.get(path.stem, ())
            }
            synapse = ReferenceSynapse(tree(path), given(path), H, DELAY, continuous)
            synapse.run(simulated["pre"][i], post[j], simulated["mod"])
            expected = [weight for _, weight in synapse.emitted]
            mine = found.get((i, j), [])
            assert len(expected) - len(mine) in (0, 1)  # a spike of the last ms is not delivered any more
            assert mine == pytest.approx(expected[: len(mine)], rel=1e-10)


def signal(simulated: Mapping[str, Any], step: int, index: int) -> float:
    return float(simulated["I_syn_exc"][min(step, len(simulated["I_syn_exc"])) - 1, index])
