"""What neurons keep of their past takes little memory, and how they keep it changes no bit of a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import (
    NEURON,
    STATIC,
    STDP,
    Spikes,
    nest,
    parrots,
    record_spikes,
    reset,
    spikes,
    trains,
    weights,
)
from tests.session.texts import counting

NEVER, ALWAYS, USUAL = 10**6, 1, 64
END = 1997.0


@pytest.fixture(autouse=True)
def usual_limit() -> Iterator[None]:
    yield
    _limit(USUAL)


def _limit(entries: int) -> None:
    nest.Create(NEURON)  # the host is there now
    nest.jit._session.host.set_history_limit(entries)


def taken() -> int:
    """Return the bytes that the neurons' past takes."""
    return int(nest.jit._session.host.history_bytes(NEURON))


def simulate(
    limit: int,
    model: str,
    synapse: str,
    spec: dict[str, Any],
    threads: int = 1,
    durations: Sequence[float] = (2000.0,),
) -> tuple[dict[tuple[int, int, int], float], Spikes, int]:
    """Let neurons spike fast while some of their inputs are silent for long; all spike in the end."""
    reset(threads=threads)
    _limit(limit)
    rows = [[50.0, 51.0, 60.0, 1900.0], [10.0], [1995.0], [], *trains(4, 20.0, 1990.0)]
    pre = parrots([sorted({*row, END}) for row in rows])
    post = nest.Create(model, 3, params={"I_e": 700.0})
    delay = np.tile(np.linspace(1.0, 8.0, 8).round(1), (3, 1))
    nest.Connect(pre, post, syn_spec={"synapse_model": synapse, "delay": delay, **spec})
    recorder = record_spikes(post)
    for duration in durations:
        nest.Simulate(duration)
    return weights(pre, post, synapse), spikes(recorder, post), taken()


SPEC = {"weight": 30.0, "lambda": 0.002}
CASES = {
    "moved": (NEURON, STDP, SPEC),
    "kept by connections": (
        NEURON,
        STDP,
        {**SPEC, "tau_tr_post": np.tile(np.linspace(10.0, 30.0, 8), (3, 1))},
    ),
    "own clocks": (NEURON, STDP, {**SPEC, "tau_tr_pre": np.tile(np.linspace(10.0, 30.0, 8), (3, 1))}),
    "NEST's neuron": ("iaf_psc_exp", STDP, SPEC),
}


@pytest.mark.parametrize("case", CASES)
def test_results_do_not_depend_on_when_the_past_is_used(case: str) -> None:
    model, synapse, spec = CASES[case]
    expected, sent, kept = simulate(NEVER, model, synapse, spec)
    assert len(sent) > 500
    for limit, threads, durations in (
        (ALWAYS, 1, (2000.0,)),
        (ALWAYS, 2, (0.3, 999.7, 1000.0)),
        (USUAL, 1, (2000.0,)),
    ):
        found, again, less = simulate(limit, model, synapse, spec, threads, durations)
        assert again == sent
        assert found == expected
        assert less < kept or model != NEURON


def test_a_trace_that_is_only_read_does_not_keep_the_past() -> None:
    """The neuron keeps the trace, and connections have nothing to do with single spikes."""
    (model,) = nest.jit.define(counting("remembering_synapse"))
    expected, sent, kept = simulate(NEVER, NEURON, model, {})
    found, again, less = simulate(ALWAYS, NEURON, model, {})
    assert again == sent
    assert len(set(expected.values())) > 3
    assert found == expected
    assert less < kept


def test_a_spike_that_silent_inputs_may_ask_for_takes_few_bytes() -> None:
    reset()
    _limit(USUAL)
    pre, silent = parrots(trains(3, 50.0, 20.0)), nest.Create("parrot_neuron", 20)
    post = nest.Create(NEURON, 10, params={"I_e": 2000.0, "refr_T": 0.5})
    nest.Connect(pre + silent, post, syn_spec={"synapse_model": STDP, "weight": 1.0})
    nest.Connect(silent, post, syn_spec={"synapse_model": STATIC})
    recorder = record_spikes(post)
    nest.Simulate(1000.0)
    early, count = taken(), recorder.n_events
    nest.Simulate(3000.0)
    assert recorder.n_events - count > 10000
    assert taken() - early < 2 * (recorder.n_events - count)


def test_static_synapses_keep_no_past() -> None:
    """Only a plastic synapse that spikes now and then looks back, and not far."""
    reset()
    _limit(NEVER)
    pre, silent = parrots([[float(t) for t in range(10, 1990, 20)]]), nest.Create("parrot_neuron")
    post = nest.Create(NEURON, params={"I_e": 1000.0})
    nest.Connect(pre, post, syn_spec={"synapse_model": STDP, "weight": 1.0})
    nest.Connect(silent, post, syn_spec={"synapse_model": STATIC})
    nest.Simulate(2000.0)
    assert taken() <= 2 * 32 * 24
