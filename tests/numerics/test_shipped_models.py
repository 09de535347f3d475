"""The neuron models that the installed NESTML brings: one second with input on every port.

That they agree step by step with the interpreter is tested in tests/codegen/test_oracle.py. All are
simulated at once, under names of their own, since some of our library have the same names.
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
from tests.numerics.network import generators, nest, record, record_spikes, reset, trace

FOUND = sorted((Path(sys.prefix) / "models").glob("neurons/*.nestml"))
DURATION = 1000.0
pytestmark = pytest.mark.skipif(not FOUND, reason="NESTML is not installed")


def define(path: Path) -> tuple[str, Any]:
    """Make a model known as `shipped_<name>`; returns that name and its tree."""
    name = f"shipped_{path.stem}"
    text = path.read_text(encoding="utf-8").replace(f"model {path.stem}:", f"model {name}:")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert nest.jit.define(text) == [name]
        return name, load(text, str(path))[0]


def weight_of(model: Any) -> float:
    """Return a weight with which a few spikes per second are no catastrophe: most count in nS or pA."""
    if "terub_gpe" in model.name:
        return 0.01  # its inhibitory current has the sign of an excitatory one, and so feeds itself
    in_millivolt = "delta" in model.name or "izhikevich" in model.name
    return 0.5 if in_millivolt or "cond" in model.name or "terub" in model.name else 50.0


def connect(node: Any, model: Any) -> int:
    """Give every port input; returns how many ports there are."""
    status = node.get()
    receptors = list(status["receptor_types"].values()) if "receptor_types" in status else [0]
    spiking = [port for port in model.inputs if port.signal == "spike"]
    for receptor in receptors if spiking else []:
        times = [10.0 + 7.3 * receptor + 40.0 * index for index in range(20)]
        for sign in (1.0, -1.0):
            source = generators([[round(time + (sign < 0), 1) for time in times]], sign)
            spec = {"weight": weight_of(model), "delay": 1.0, "receptor_type": receptor}
            nest.Connect(source, node, syn_spec=spec)
    continuous = [port for port in model.inputs if port.signal == "continuous"]
    for number in range(len(continuous)):
        current = nest.Create("dc_generator", params={"amplitude": 10.0, "start": 100.0, "stop": 700.0})
        nest.Connect(current, node, syn_spec={"receptor_type": number})
    return len(spiking) + len(continuous)


@pytest.fixture(scope="module")
def simulated() -> Mapping[str, tuple[dict[str, Any], dict[str, Any], int]]:
    """Return for each model what its neuron was before and after, and its number of spikes."""
    reset()
    made = {path.stem: define(path) for path in FOUND}
    nodes = {stem: nest.Create(name) for stem, (name, _model) in made.items()}
    for stem, (_name, model) in made.items():
        connect(nodes[stem], model)
    before = {stem: node.get() for stem, node in nodes.items()}
    recorders = {stem: record_spikes(node) for stem, node in nodes.items()}
    nest.Simulate(DURATION)
    return {stem: (before[stem], node.get(), recorders[stem].n_events) for stem, node in nodes.items()}


def test_there_are_thirty() -> None:
    assert len(FOUND) == 30


@pytest.mark.parametrize("stem", [path.stem for path in FOUND])
def test_one_second_with_input_on_every_port(simulated: Mapping[str, Any], stem: str) -> None:
    before, after, count = simulated[stem]
    names = [name for name in after["recordables"] if name in after]
    values = {name: after[name] for name in names}
    assert names or stem == "ignore_and_fire_neuron"
    assert all(np.isfinite(value) for value in values.values()), values
    assert count > 0 or any(before[name] != value for name, value in values.items())


def test_conductance_noise_has_its_mean_and_variance() -> None:
    """Two Ornstein-Uhlenbeck processes, of 12 nS and 3 nS, 57 nS and 6.6 nS (mean, standard deviation)."""
    reset()
    name, _model = define(next(path for path in FOUND if path.stem == "hh_cond_exp_destexhe_neuron"))
    neurons = nest.Create(name, 200)
    names = ("g_noise_exc", "g_noise_inh")
    meter = record(neurons, names, 1.0)
    nest.Simulate(200.0)
    for variable, mean, deviation, tau in zip(names, (12.0, 57.0), (3.0, 6.6), (2.7, 10.5), strict=True):
        values = trace(meter, neurons, variable)
        late = values[round(4 * tau) :]
        assert late.mean() == pytest.approx(mean, abs=0.05 * deviation)
        assert late.std() == pytest.approx(deviation, rel=0.05)
        pairs = np.corrcoef(late[:-1].ravel(), late[1:].ravel())
        assert pairs[0, 1] == pytest.approx(np.exp(-1.0 / tau), abs=0.03)
