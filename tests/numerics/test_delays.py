"""Delayed variables in simulations: any split, any number of threads, delays that are set later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.numerics.network import generators, nest, record, reset, trace

MODEL = """
model feedback_neuron:
    state:
        x real = 1
        z real = 0.5
    equations:
        recordable inline old real = x(t - d)
        x' = -x(t - d) / tau + spikes * 1 s / 1 ms
        z' = -z**3 / tau + x(t - d) / tau
    parameters:
        tau ms = 10 ms
        d ms = 1.5 ms
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
"""
DELAYS = [0.0, 0.1, 0.7, 1.5, 3.2] * 14
SPIKES = [3.0, 8.0, 21.0]


def measure(pieces: Sequence[float], threads: int = 1) -> dict[str, np.ndarray]:
    reset(threads=threads)
    (name,) = nest.jit.define(MODEL)
    neurons = nest.Create(name, len(DELAYS))
    neurons.d = DELAYS
    nest.Connect(generators([SPIKES]), neurons, syn_spec={"weight": 0.25, "delay": 1.0})
    meter = record(neurons, ["x", "z", "old"])
    for piece in pieces:
        nest.Simulate(piece)
    return {key: trace(meter, neurons, key) for key in ("x", "z", "old")}


def expected_x(delay: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x at the end of each step, and the value that the step read with the delay."""
    back = round(delay / 0.1)
    arrivals = {round((time + 1.0) / 0.1) for time in SPIKES}
    x, old = [1.0], []
    for step in range(1, steps + 1):
        old.append(x[step - 1 - back] if step > back else 0.0)
        x.append(x[-1] - 0.01 * old[-1] + (250.0 if step in arrivals else 0.0))
    return np.array(x[1:]), np.array(old)


def test_traces() -> None:
    found = measure([40.0, 0.1])
    for column, delay in enumerate(DELAYS):
        x, old = expected_x(delay, 400)
        assert np.allclose(found["x"][:400, column], x, rtol=1e-12, atol=0.0)
        assert np.allclose(found["old"][:400, column], old, rtol=1e-12, atol=0.0)


@pytest.mark.parametrize(
    ("pieces", "threads"), [([40.1], 2), ([0.1, 3.3, 0.2, 36.5], 1), ([10.0] * 4 + [0.1], 4)]
)
def test_any_division(pieces: Sequence[float], threads: int) -> None:
    expected, found = measure([40.0, 0.1]), measure(pieces, threads)
    for key, values in expected.items():
        assert np.array_equal(found[key], values)


@pytest.mark.parametrize("delay", [1.5, 0.3, 6.0])
def test_a_delay_that_is_set_between_simulations_and_neurons_that_come_later(delay: float) -> None:
    """Of the past as much is known as the longest delay so far needed: 16 steps here."""
    (name,) = nest.jit.define(MODEL)
    neurons = nest.Create(name, 3)
    nest.Simulate(10.0)
    neurons.d = delay
    late = nest.Create(name, 70)
    nest.Simulate(10.0)
    x = [1.0]
    for step in range(200):
        read = step - (15 if step < 100 else round(delay / 0.1))
        is_known = read >= (84 if step >= 100 else 0)
        x.append(x[-1] - 0.01 * (x[read] if is_known else 0.0))
    assert neurons[1].x == pytest.approx(x[200], rel=1e-12)
    assert late[69].x == pytest.approx(x[100], rel=1e-12)


def test_a_frozen_neuron_has_a_past_too() -> None:
    (name,) = nest.jit.define(MODEL)
    neurons = nest.Create(name, 2)
    nest.Simulate(5.0)
    value = neurons[0].x
    neurons[0].frozen = True
    nest.Simulate(5.0)
    assert neurons[0].x == value
    neurons[0].frozen = False
    nest.Simulate(0.1)
    assert neurons[0].x == pytest.approx(value - 0.01 * value, rel=1e-12)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_a_delay_that_is_no_time(bad: float) -> None:
    (name,) = nest.jit.define(MODEL)
    neurons = nest.Create(name, 2)
    neurons[1].d = bad
    with pytest.raises(nest.NESTErrors.BadProperty, match=f"'x' .* node {neurons[1].global_id}"):
        nest.Simulate(1.0)
