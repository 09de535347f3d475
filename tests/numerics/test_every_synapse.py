"""Every plastic synapse model of the library: moved or not, and with values of its own for each connection.

Targets spike when they are told to, and have all variables that third factors read, as functions of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import generators, nest, parrots, reset, trains
from tests.session.test_synapse_variables import STEMS, variables

STAGE = """
model stage_neuron:
    state:
        V_m mV = -60 mV
        I_dend pA = 0 pA
        dAP_trace pA = 0 pA
        received real = 0
    input:
        spikes <- spike
        forced <- spike
    output:
        spike
    onReceive(spikes):
        received += spikes * 1 s
    onReceive(forced):
        emit_spike()
    update:
        V_m = -60 mV + 30 mV * sin(t / 7 ms)
        I_dend = 60 pA * (1 + sin(t / 11 ms))
        dAP_trace = 2 pA * (1 + sin(t / 13 ms))
"""
PLASTIC = [stem for stem in STEMS if stem != "static_synapse"]
DURATION = 160.0
GENTLE = {"stdsp_synapse": {"lambda_h": 0.01, "lambda_minus": 0.02, "permanence": 12.0}}
"""Defaults with which values stay within their bounds."""


def stage(threads: int = 1, move: bool = True, size: int = 1) -> tuple[Any, Any]:
    """Return sources and targets in a new kernel."""
    reset(threads=threads)
    nest.set(min_delay=1.0, max_delay=3.0)
    nest.jit.define(STAGE)
    nest.jit.configure("stage_neuron", move=move)
    post = nest.Create("stage_neuron", size)
    (row,) = trains(1, 60.0, DURATION, seed=5)
    nest.Connect(generators([row]), post, syn_spec={"receptor_type": 2, "delay": 1.0})
    return parrots(trains(2, 70.0, DURATION)), post


def named(stem: str, modulated: list[Any]) -> str:
    """Return a model's name in NEST, after it was given a volume transmitter if it needs one."""
    model = f"{stem}_nestml" if stem in nest.synapse_models else stem
    if "volume_transmitter" in nest.GetDefaults(model):
        if not modulated:
            modulated.append(nest.Create("volume_transmitter", params={"deliver_interval": 5}))
            nest.Connect(parrots(trains(1, 80.0, DURATION, seed=7)), modulated[0])
        nest.SetDefaults(model, {"volume_transmitter": modulated[0]})
    if stem in GENTLE:
        nest.SetDefaults(model, GENTLE[stem])
    return model


def final(pre: Any, post: Any, model: str) -> dict[str, np.ndarray]:
    """Return all variables of connections, ordered by their ends and delays."""
    found = nest.GetConnections(pre, post, model)
    columns = found.get(["source", "target", "delay", *variables(model)])
    order = np.lexsort((columns["delay"], columns["target"], columns["source"]))
    return {name: np.asarray(columns[name])[order] for name in variables(model)}


@dataclass(frozen=True)
class Outcome:
    """What connections of each model have in the end, and which of it the neuron keeps or could keep."""

    values: dict[str, dict[str, np.ndarray]]
    traces: dict[str, list[str]]


def everything(move: bool, threads: int) -> Outcome:
    """Simulate all models at once; connections of copies come in the middle."""
    pre, post = stage(threads, move, size=2)
    pre += parrots([[time + DURATION / 2.0 for time in (10.0, 31.0, 55.0)]])  # silent until copies come
    modulated: list[Any] = []
    models = [named(stem, modulated) for stem in PLASTIC]
    for model in models:
        for delay in (1.0, 3.0):
            nest.Connect(pre, post, syn_spec={"synapse_model": model, "receptor_type": 1, "delay": delay})
    nest.Simulate(DURATION / 2.0)
    late = [f"{model}_late" for model in models]
    for model, copy in zip(models, late, strict=True):
        nest.CopyModel(model, copy)
        nest.Connect(pre, post, syn_spec={"synapse_model": copy, "receptor_type": 1, "delay": 3.0})
    nest.Simulate(DURATION / 2.0)
    kept = post[0].get()
    traces = {
        model: [name for name in variables(model) if f"{name}__for_{model}" in kept] for model in models
    }
    return Outcome({model: final(pre, post, model) for model in models + late}, traces)


@pytest.fixture(scope="module")
def moved() -> Outcome:
    return everything(True, 1)


@pytest.fixture(scope="module")
def kept() -> Outcome:
    return everything(False, 2)


def test_moving_is_not_visible(moved: Outcome, kept: Outcome) -> None:
    """Nor is it for copies that are new to a neuron with a past."""
    for model, values in moved.values.items():
        for name, value in values.items():
            assert kept.values[model][name] == pytest.approx(value, rel=1e-10, abs=1e-12), (model, name)


def test_late_connections_are_as_if_they_had_always_been_there(moved: Outcome, kept: Outcome) -> None:
    """Of a source that has been silent before: what postsynaptic spikes drive is the same."""
    compared = 0
    for model, names in moved.traces.items():
        for name in names:
            for outcome in (moved, kept):
                early = outcome.values[model][name].reshape(3, 2, 2)[2, :, 1]  # by source, target, delay
                late = outcome.values[f"{model}_late"][name].reshape(3, 2)[2]
                assert early.min() > 0.0
                assert late == pytest.approx(early, rel=1e-12), (model, name)
                compared += 1
    assert compared >= 2 * 8


def other(value: float) -> float:
    """Return another value of a variable, within its bounds; NEST takes integers for booleans."""
    if isinstance(value, bool):
        return 1 - value
    if isinstance(value, int):
        return value + 1
    return value * (0.8 if value == 1.0 else 1.2) if value else 0.3


def simulated(stem: str, given: dict[str, Any], size: int) -> tuple[dict[str, np.ndarray], list[list[float]]]:
    """Return all variables of connections in the end, and what each has emitted, by source and target."""
    pre, post = stage(size=size)
    model = named(stem, [])
    recorder = nest.Create("weight_recorder")
    nest.SetDefaults(model, {"weight_recorder": recorder})
    nest.Connect(pre, post, syn_spec={"synapse_model": model, "receptor_type": 1, "delay": 2.0, **given})
    nest.Simulate(DURATION)
    columns = [recorder.events[name] for name in ("senders", "targets", "times", "weights")]
    rows = sorted(zip(*columns, strict=True))
    ends = [(i, j) for i in pre.tolist() for j in post.tolist()]
    return final(pre, post, model), [[row[3] for row in rows if row[:2] == end] for end in ends]


@pytest.mark.parametrize("stem", PLASTIC)
def test_a_value_of_a_single_connection_takes_effect(stem: str) -> None:
    """Target number k has another value of variable number k; so have all in the reference of that number."""
    stage()
    defaults = variables(named(stem, []))
    names, size = list(defaults), len(defaults)
    plain = {name: int(value) if isinstance(value, bool) else value for name, value in defaults.items()}
    given = {name: np.full((size, 2), value) for name, value in plain.items()}
    for k, (name, value) in enumerate(defaults.items()):
        given[name][k] = other(value)
    alone, sent = simulated(stem, given, size)
    usual, usually = simulated(stem, {}, size)
    effective = 0
    for k, name in enumerate(names):
        # All are given, since initial values may depend on parameters.
        expected, emitted = simulated(stem, {**plain, name: other(defaults[name])}, size)
        mine = [k, size + k]
        for variable in names:
            wanted = expected[variable][mine]
            assert alone[variable][mine] == pytest.approx(wanted, rel=1e-9, abs=1e-12), (name, variable)
        for i in mine:
            assert sent[i] == pytest.approx(emitted[i], rel=1e-9, abs=1e-12), name
        others = [variable for variable in names if variable != name]
        differs = any((expected[variable] != usual[variable])[mine].any() for variable in others)
        effective += differs or emitted[k] != usually[k]
    assert effective >= size // 2
