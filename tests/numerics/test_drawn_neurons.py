"""Neuron models that are drawn at random: results are the same however they are simulated, bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.drawn_neurons import DrawnNeuron
from tests.numerics.network import generators, nest, record, record_spikes, reset, spikes

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

MODELS = tuple(DrawnNeuron(number, noisy) for number, noisy in [(0, True), (1, True), (2, False), (3, True)])
TEXTS = tuple(model.text() for model in MODELS)
SIZE = 70
DURATION = 100.0


@dataclass(frozen=True)
class Outcome:
    """Spikes of a population and all that can be recorded, one array per variable."""

    spikes: list[tuple[float, int]]
    traces: dict[str, np.ndarray]

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Outcome)
        assert self.spikes == other.spikes
        for name, values in self.traces.items():
            assert np.array_equal(values, other.traces[name]), name
        return True


def all_at_once(name: str) -> Any:
    return nest.Create(name, SIZE)


def in_pieces(name: str) -> Any:
    nest.GetDefaults("iaf_psc_exp_neuron")
    nest.CopyModel(name, f"{name}_unused")
    return nest.Create(name) + nest.Create(name, 2) + nest.Create(name, SIZE - 3)


def without_stop() -> None:
    nest.Simulate(DURATION)


def with_stops() -> None:
    nest.Simulate(0.3)
    with nest.RunManager():
        for duration in (7.7, 0.1, 41.9):
            nest.Run(duration)
    nest.Simulate(DURATION - 50.0)


def connect(neurons: Any, part: int) -> None:
    """Give neurons input, and connect them; sums of weights are the same in any order."""
    receptors = (
        list(neurons[0].get("receptor_types").values()) if "receptor_types" in neurons[0].get() else [0]
    )
    for receptor in receptors:
        for number, weight in enumerate((1.0, -0.5, 0.25)):
            times = [round(1.0 + 0.1 * ((37 * step + 11 * number + part) % 950), 1) for step in range(60)]
            spec = {"weight": weight, "delay": 1.0 + number, "receptor_type": receptor}
            nest.Connect(generators([sorted(set(times))]), neurons[number::2], syn_spec=spec)
        spec = {"weight": 0.0625, "delay": 1.5, "receptor_type": receptor}
        nest.Connect(neurons[:20], neurons[10:], syn_spec=spec)
    for number in range(len([line for line in MODELS[part].inputs if "continuous" in line])):
        current = nest.Create("dc_generator", params={"amplitude": 10.0, "start": 30.0, "stop": 70.0})
        nest.Connect(current, neurons[::3], syn_spec={"receptor_type": number})


def simulate(
    threads: int = 1,
    create: Callable[[str], Any] = all_at_once,
    run: Callable[[], None] = without_stop,
    interval: float = 0.1,
) -> list[Outcome]:
    reset(threads=threads)
    names = [name for text in TEXTS for name in nest.jit.define(text)]
    populations = [create(name) for name in names]
    watched = []
    for part, neurons in enumerate(populations):
        neurons.tau_m = np.linspace(5.0, 15.0, SIZE).tolist()
        neurons.dead = [0.1 * (index % 30) for index in range(SIZE)]
        connect(neurons, part)
        recordables = list(neurons[0].recordables)
        meter = record(neurons, recordables, interval) if interval else None
        watched.append((neurons, record_spikes(neurons), meter, recordables))
    run()
    return [
        Outcome(spikes(recorder, neurons), traces(meter, recordables) if meter else {})
        for neurons, recorder, meter, recordables in watched
    ]


def traces(meter: Any, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return one row per time and one column per neuron, for each variable."""
    events = meter.events
    order = np.lexsort((events["senders"], events["times"]))
    return {name: np.asarray(events[name])[order].reshape(-1, SIZE) for name in names}


@pytest.fixture(scope="module")
def expected() -> Sequence[Outcome]:
    return simulate()


def test_what_is_drawn(expected: Sequence[Outcome]) -> None:
    for outcome in expected:
        assert len({index for _time, index in outcome.spikes}) > SIZE / 2
        assert all(np.isfinite(values).all() for values in outcome.traces.values())
        moving = [name for name, values in outcome.traces.items() if np.ptp(values) > 0]
        assert len(moving) == len(outcome.traces)
    together = "".join(TEXTS)
    for part in (
        "random_normal",
        "random_uniform",
        "random_poisson",
        "convolve",
        "(t - lag",
        "''",
        "while",
        "priority",
    ):
        assert part in together, part


@pytest.mark.parametrize(
    ("threads", "create", "run"),
    [
        (2, all_at_once, without_stop),
        (4, in_pieces, without_stop),
        (1, in_pieces, with_stops),
        (2, in_pieces, with_stops),
    ],
)
def test_threads_order_and_division_do_not_matter(
    threads: int, create: Callable[[str], Any], run: Callable[[], None], expected: Sequence[Outcome]
) -> None:
    assert simulate(threads, create, run) == expected


@pytest.mark.parametrize(("threads", "interval"), [(1, 0.7), (4, 0.7), (2, 2.0), (1, 0.0)])
def test_recording_changes_nothing(threads: int, interval: float, expected: Sequence[Outcome]) -> None:
    """Steps in which nobody looks are made in larger pieces."""
    for found, full in zip(simulate(threads, interval=interval), expected, strict=True):
        assert found.spikes == full.spikes
        every = round(interval / 0.1)
        for name, values in found.traces.items():
            assert np.array_equal(values, full.traces[name][every - 1 :: every][: len(values)]), name
            assert len(values) >= (DURATION - 2.0) / interval - 1
