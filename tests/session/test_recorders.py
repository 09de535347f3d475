"""Recorders show for our neurons what they show for NEST's: the same events in the same order."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import BUILT_IN, NEURON, nest

THEIRS = BUILT_IN[NEURON]
CURRENTS = {NEURON: "I_syn_exc", THEIRS: "I_syn_ex"}
RESOLUTION = 0.1  # ms
Events = list[tuple[int, dict[str, Any]]]


def begin(threads: int = 1, delay: float = 1.5) -> None:
    nest.ResetKernel()
    nest.set(resolution=RESOLUTION, local_num_threads=threads, min_delay=delay, max_delay=delay)


def population(model: str, size: int) -> Any:
    neurons = nest.Create(model, size, params={"I_e": 420.0})
    neurons.V_m = np.random.default_rng(size).uniform(-70.0, -56.0, size)
    return neurons


def steps(draw: random.Random, most: int) -> float:
    return round(draw.randint(1, most) * RESOLUTION, 1)


def multimeter(draw: random.Random, model: str) -> Any:
    window = {"start": steps(draw, 50), "stop": 5.0 + steps(draw, 300), "origin": steps(draw, 20)}
    names = draw.choice((["V_m"], [CURRENTS[model], "V_m"]))
    return nest.Create(
        "multimeter",
        params={
            "record_from": names,
            "interval": steps(draw, 25),
            "offset": draw.choice((0.0, 0.0, 0.0, steps(draw, 30))),
            "time_in_steps": draw.random() < 0.3,
            **(window if draw.random() < 0.5 else {}),
        },
    )


def spike_recorder(draw: random.Random) -> Any:
    params = {"start": steps(draw, 50), "time_in_steps": True} if draw.random() < 0.3 else {}
    return nest.Create("spike_recorder", params=params)


def simulate(draw: random.Random) -> None:
    """Simulate for some time, in one of two ways."""
    if draw.random() < 0.6:
        nest.Simulate(steps(draw, 150))
        return
    nest.Prepare()
    for _ in range(draw.randint(1, 3)):
        nest.Run(steps(draw, 40))
    nest.Cleanup()


def random_recordings(seed: int, model: str) -> Events:
    """Return what random recorders of a network have after each of several simulations."""
    draw = random.Random(seed)
    begin(draw.choice((1, 2)), delay := draw.choice((0.1, 0.7, 1.5)))
    spec = {"delay": delay}
    parts = [population(model, draw.randint(1, 70)) for _ in range(2)]
    theirs = population(THEIRS, 3)
    parts.append(population(model, draw.randint(1, 5)))
    meters = [multimeter(draw, model) for _ in range(3)]
    counters = [spike_recorder(draw) for _ in range(2)]
    for part in parts:
        nest.Connect(draw.choice(meters), part[:: draw.randint(1, 2)], syn_spec=spec)
        nest.Connect(part, draw.choice(counters), syn_spec=spec)
    nest.Connect(theirs, counters[0], syn_spec=spec)
    late = nest.Create("voltmeter", params={"interval": 0.4})
    found: Events = []
    for part in (*parts, None):
        simulate(draw)
        found += [(device.n_events, dict(device.events)) for device in (*meters, *counters, late)]
        for device in draw.sample(meters + counters, 2):
            device.n_events = 0
        if part is not None:
            nest.Connect(late, part, syn_spec=spec)
        parts[2].frozen = draw.random() < 0.4
    return found


def assert_same(ours: Events, theirs: Events) -> None:
    for (count, events), (their_count, their_events) in zip(ours, theirs, strict=True):
        assert count == their_count
        assert len(events) == len(their_events)
        for name, values in events.items():
            if name in ("times", "senders", "offsets"):
                np.testing.assert_array_equal(values, their_events[name])
            else:
                their_name = CURRENTS[THEIRS] if name == CURRENTS[NEURON] else name
                np.testing.assert_allclose(values, their_events[their_name], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_random_recorders_have_nests_events(seed: int) -> None:
    assert_same(random_recordings(seed, NEURON), random_recordings(seed, THEIRS))


def test_samples_are_those_of_nests_logger() -> None:
    """A multimeter that has a neuron of NEST's, too, is left to NEST; all else must be the same numbers."""
    begin(threads=2, delay=0.5)
    neurons, other = population(NEURON, 70), population(THEIRS, 1)
    meters = nest.Create("voltmeter", 2, params={"interval": 0.2})
    for meter in meters:
        nest.Connect(meter, neurons, syn_spec={"delay": 0.5})
    nest.Connect(meters[1], other, syn_spec={"delay": 0.5})
    for frozen in (), (3, 4), (0,):
        neurons.frozen = False
        for lane in frozen:
            neurons[lane].frozen = True
        nest.Simulate(7.3)
    ours, theirs = (meter.events for meter in meters)
    kept = theirs["senders"] != other.global_id
    assert 0 < len(kept) - np.sum(kept) < len(kept)
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name][kept])
    assert meters[0].n_events == len(ours["times"])
    found, of_both = map(nest.jit.recording, meters)
    columns = [of_both["senders"].tolist().index(sender) for sender in found["senders"].tolist()]
    np.testing.assert_array_equal(found["V_m"], of_both["V_m"][:, columns])
    assert np.sum(np.isnan(found["V_m"])) == found["V_m"].size - len(ours["times"]) > 0


def test_spikes_of_a_slice_are_in_the_order_of_nodes() -> None:
    """Blocks are called as a whole, NEST's nodes one by one; recorders show them as NEST does."""
    found = []
    for model in NEURON, THEIRS:
        begin()
        nodes = [population(name, 20) for name in (model, THEIRS, "iaf_psc_alpha", model, THEIRS)]
        recorder = nest.Create("spike_recorder")
        for some in nodes:
            nest.Connect(some, recorder, syn_spec={"delay": 1.5})
        nest.Simulate(200.0)
        found.append(recorder.events)
    assert len(found[0]["times"]) > 200
    for name in "times", "senders":
        np.testing.assert_array_equal(found[0][name], found[1][name])


def written(model: str, folder: Path) -> Mapping[str, str]:
    """Return the files that recorders write, without the lines about versions."""
    begin(threads=2)
    nest.set(data_path=str(folder), overwrite_files=True)
    neurons = population(model, 9)
    recorder = nest.Create("spike_recorder", params={"record_to": "ascii", "label": "spikes"})
    meter = nest.Create("multimeter", params={"record_to": "ascii", "record_from": ["V_m"], "interval": 0.5})
    both = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder, syn_spec={"delay": 1.5})
    nest.Connect(neurons[:4], both, syn_spec={"delay": 1.5})
    nest.Connect(meter, neurons, syn_spec={"delay": 1.5})
    nest.Simulate(60.0)
    assert both.n_events > 0
    return {
        path.name: "\n".join(sorted(path.read_text().splitlines()[2:])) for path in sorted(folder.iterdir())
    }


def test_files_are_nests(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    ours = written(NEURON, tmp_path / "ours")
    assert ours == written(THEIRS, tmp_path / "theirs")
    assert all(text.count("\n") > 2 for text in ours.values())


# --- arrays --------------------------------------------------------------------------------------------


def matrix(events: Mapping[str, Any], name: str) -> Any:
    """Return listed samples as a matrix with a row per time and a column per sender, both sorted."""
    rows = np.unique(events["times"], return_inverse=True)[1]
    columns = np.unique(events["senders"], return_inverse=True)[1]
    made = np.full((rows.max() + 1, columns.max() + 1), np.nan)
    made[rows, columns] = events[name]
    return made


@pytest.mark.parametrize("threads", [1, 2])
def test_recordings_are_what_events_are(threads: int) -> None:
    begin(threads)
    neurons = population(NEURON, 70)
    meter = nest.Create("multimeter", params={"record_from": ["V_m", "I_syn_exc"], "interval": 0.3})
    recorder = nest.Create("spike_recorder")
    nest.Connect(meter, neurons[:50], syn_spec={"delay": 1.5})
    nest.Connect(neurons, recorder, syn_spec={"delay": 1.5})
    for more in range(3):
        nest.Simulate(20.3)
        found, events = nest.jit.recording(meter), meter.events
        order = np.argsort(found["senders"])
        np.testing.assert_array_equal(found["times"], np.unique(events["times"]))
        np.testing.assert_array_equal(found["V_m"][:, order], matrix(events, "V_m"))
        np.testing.assert_array_equal(found["I_syn_exc"][:, order], matrix(events, "I_syn_exc"))
        for name, values in nest.jit.recording(recorder).items():
            np.testing.assert_array_equal(values, recorder.events[name])
        if more == 1:  # others have NaN for the time before
            nest.Connect(meter, neurons[50:], syn_spec={"delay": 1.5})
    assert np.isnan(found["V_m"]).any()


def test_arrays_are_no_copies_and_outlive_the_kernel() -> None:
    begin()
    neurons = population(NEURON, 30)
    meter = nest.Create("voltmeter", params={"interval": 0.1})
    recorder = nest.Create("spike_recorder", params={"time_in_steps": True})
    nest.Connect(meter, neurons, syn_spec={"delay": 1.5})
    nest.Connect(neurons, recorder, syn_spec={"delay": 1.5})
    assert nest.jit.recording(meter)["times"].size == 0
    nest.Simulate(50.0)
    first, spikes = nest.jit.recording(meter), nest.jit.recording(recorder)
    assert np.shares_memory(first["V_m"], nest.jit.recording(meter)["V_m"])
    assert np.shares_memory(spikes["times"], nest.jit.recording(recorder)["times"])
    assert spikes["times"].dtype == np.int64
    assert not first["V_m"].flags.writeable
    kept, kept_spikes = first["V_m"].copy(), spikes["times"].copy()
    for _ in range(20):  # memory grows, and moves
        nest.Simulate(50.0)
    longer = nest.jit.recording(meter)["V_m"]
    np.testing.assert_array_equal(longer[: len(kept)], kept)
    meter.n_events = recorder.n_events = 0
    assert nest.jit.recording(meter)["V_m"].shape[0] == 0
    assert (meter.n_events, recorder.n_events, len(recorder.events["times"])) == (0, 0, 0)
    nest.Simulate(5.0)
    assert nest.jit.recording(meter)["V_m"].size == meter.n_events == len(meter.events["V_m"]) > 0
    nest.ResetKernel()
    np.testing.assert_array_equal(first["V_m"], kept)
    np.testing.assert_array_equal(spikes["times"], kept_spikes)


def test_what_has_no_recording_says_so() -> None:
    begin()
    neurons = population(NEURON, 3)
    meters = nest.Create("voltmeter", 2)
    file = nest.Create("spike_recorder", params={"record_to": "ascii"})
    error = nest.NESTErrors.KernelException
    with pytest.raises(TypeError, match="is not one recorder"):
        nest.jit.recording(meters)
    with pytest.raises(error, match="has no recording"):
        nest.jit.recording(neurons[0])
    with pytest.raises(error, match='"ascii", where arrays cannot look'):
        nest.jit.recording(file)


def test_a_multimeter_asks_each_neuron_once() -> None:
    begin()
    neurons = population(NEURON, 3)
    meter = nest.Create("multimeter", params={"record_from": ["V_m", "nothing"]})
    with pytest.raises(nest.NESTErrors.IllegalConnection, match="unknown recordable nothing"):
        nest.Connect(meter, neurons, syn_spec={"delay": 1.5})
    meter = nest.Create("voltmeter")
    nest.Connect(meter, neurons, syn_spec={"delay": 1.5})
    with pytest.raises(nest.NESTErrors.IllegalConnection, match="only be connected once"):
        nest.Connect(meter, neurons, syn_spec={"delay": 1.5})
