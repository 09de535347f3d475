"""Vectors as users see them: whole by their name, element by element, and of a size that is a parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import generators, nest, record, reset, trace

MODEL = """
model sized_neuron:
    state:
        v[n] real = start
        x[2] real = 1
        x'[2] 1/ms = 0 / 1 ms
        k[3] integer = 1
        b[2] boolean = true
        total real = 0
    equations:
        v' = -v / tau
        x'' = -x / (4 ms**2)
    parameters:
        n integer = 2
        start real = 2
        tau[n] ms = 10 ms [[tau > 0 ms]]
        w[n] real = 0.5
    internals:
        half[n] ms = tau / 2
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
        i integer = 0
        total = 0
        for i in 0 ... n step 1:
            total += v[i] * w[i]
"""


@pytest.fixture
def name() -> str:
    (made,) = nest.jit.define(MODEL)
    return str(made)


def decayed(values: list[float], tau: float, duration: float) -> list[float]:
    return [value * math.exp(-duration / tau) for value in values]


def test_whole_vectors_and_their_elements(name: str) -> None:
    neurons = nest.Create(name, 3)
    assert neurons[0].v.tolist() == [2.0, 2.0]
    assert [type(item) for item in neurons[0].get("k")] == [np.int64] * 3
    assert neurons[0].b.tolist() == [True, True]
    neurons.v = [3.0, 4.0]
    neurons[1].set({"v[1]": 5.0})
    neurons[2].set(v=np.array([6, 7]), k=[1, 2, 3])
    assert [node.v.tolist() for node in neurons] == [[3.0, 4.0], [3.0, 5.0], [6.0, 7.0]]
    assert neurons.get("v[1]") == (4.0, 5.0, 7.0)
    assert neurons[2].k.tolist() == [1, 2, 3]
    nest.Simulate(2.0)
    assert neurons[2].v.tolist() == pytest.approx(decayed([6.0, 7.0], 10.0, 2.0), rel=1e-13)
    assert neurons[0].x.tolist() == pytest.approx([math.cos(1.0)] * 2, rel=1e-13)
    assert neurons[0].x__d.tolist() == pytest.approx([-math.sin(1.0) / 2] * 2, rel=1e-13)


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"v": [1.0, 2.0, 3.0]}, "'v' is a vector of 2 real numbers; 3 were given"),
        ({"v": []}, "0 were given"),
        ({"v": 1.0}, "1 were given"),
        ({"k": [1.0, 2.0, 3.0]}, "'k' is a vector of 3 integers; something else was given"),
        ({"v": ["a", "b"]}, "something else was given"),
        ({"tau": [1.0, 0.0]}, r"'tau\[1\]' = 0 ms violates its guard \[\[ tau > 0 ms \]\]"),
        ({"v": [8.0, 9.0], "v[1]": 7.0}, r"'v' and 'v\[1\]' are given different values"),
        ({"n": 0}, "'n' = 0 is the size of the vector"),
        ({"n": 1000000}, "must be between 1 and 100000"),
        ({"n": 3}, r"'tau\[2\]' = 0 ms violates its guard"),
        ({"half": [1.0, 2.0]}, "half"),
    ],
)
def test_what_does_not_fit_changes_nothing(name: str, values: Mapping[str, Any], part: str) -> None:
    neurons = nest.Create(name, 2)
    before = neurons[0].get()
    with pytest.raises(nest.NESTError, match=part):
        neurons.set({"start": 5.0, **values})
    after = neurons[0].get()
    assert {key: repr(value) for key, value in after.items()} == {
        key: repr(value) for key, value in before.items()
    }
    nest.Simulate(1.0)


def test_what_is_read_can_be_set_with_changes(name: str) -> None:
    neurons = nest.Create(name, 2)
    read = {key: neurons[0].get()[key] for key in ("v", "v[0]", "v[1]", "tau", "tau[0]", "tau[1]", "n")}
    neurons[1].set({**read, "v": [5.0, 6.0], "tau[1]": 3.0})
    assert neurons[1].v.tolist() == [5.0, 6.0]
    assert neurons[1].tau.tolist() == [10.0, 3.0]


def test_another_size_at_creation_and_later(name: str) -> None:
    neurons = nest.Create(name, 3)
    neurons.v = [3.0, 4.0]
    nest.Simulate(1.0)
    neurons[1].set(n=4, tau=[1.0, 2.0, 3.0, 4.0])
    first = decayed([3.0, 4.0], 10.0, 1.0)
    assert neurons[1].v.tolist() == pytest.approx([*first, 0.0, 0.0])
    assert neurons[1].half.tolist() == [0.5, 1.0, 1.5, 2.0]
    assert len(neurons[0].v) == 2
    assert "v[3]" in neurons[1].get("recordables")
    assert "v[3]" not in neurons[0].get("recordables")
    assert "v[2]" not in neurons[0].get()
    late = nest.Create(name, params={"n": 3, "start": 7.0, "v[2]": 8.0})
    assert late.v.tolist() == [7.0, 7.0, 8.0]
    assert late.tau.tolist() == [10.0] * 3
    nest.Simulate(1.0)
    assert neurons[0].v.tolist() == pytest.approx(decayed([3.0, 4.0], 10.0, 2.0), rel=1e-12)
    assert late.v.tolist() == pytest.approx(decayed([7.0, 7.0, 8.0], 10.0, 1.0), rel=1e-12)
    assert late.total == pytest.approx(0.5 * sum(decayed([22.0], 10.0, 1.0)), rel=1e-12)
    assert neurons[0].total == pytest.approx(0.5 * sum(neurons[0].v), rel=1e-12)
    neurons[1].n = 1
    assert neurons[1].v.tolist() == pytest.approx([first[0] * math.exp(-1.0)])
    neurons[1].set(n=2, tau=[1.0, 1.0])
    assert neurons[1].v.tolist()[1] == 0.0


def test_short_and_long_vectors_in_one_tile_stay_finite(name: str) -> None:
    text = MODEL.replace("sized_neuron", "stiff_neuron").replace("-v / tau", "-v**3 / tau")
    (stiff,) = nest.jit.define(text)
    neurons = nest.Create(stiff, 2)
    neurons[1].set(n=5, tau=[1.0] * 5)
    neurons[1].v = [1.0] * 5
    nest.Simulate(5.0)
    assert neurons[0].v.tolist() == pytest.approx([1 / math.sqrt(2 * 5 / 10 + 1 / 4)] * 2, rel=1e-4)
    assert neurons[1].v.tolist() == pytest.approx([1 / math.sqrt(2 * 5 + 1)] * 5, rel=1e-4)


def test_sizes_of_defaults_and_copies(name: str) -> None:
    nest.CopyModel(name, "long", {"n": 4, "v": [1.0, 2.0, 3.0, 4.0]})
    nest.CopyModel("long", "longer", {"n": 5})
    assert nest.GetDefaults("long", "v").tolist() == [1.0, 2.0, 3.0, 4.0]
    assert nest.GetDefaults(name, "v").tolist() == [2.0, 2.0]
    assert nest.GetDefaults("longer", "tau").tolist() == [10.0] * 5
    neurons = nest.Create("long") + nest.Create(name) + nest.Create("longer")
    assert [len(node.v) for node in neurons] == [4, 2, 5]
    nest.Simulate(1.0)
    assert neurons[0].v.tolist() == pytest.approx(decayed([1.0, 2.0, 3.0, 4.0], 10.0, 1.0))
    nest.SetDefaults(name, {"n": 3})
    assert nest.Create(name).v.tolist() == [2.0] * 3


def test_elements_are_recorded_under_both_names(name: str) -> None:
    neurons = nest.Create(name, 2)
    neurons[1].v = [3.0, 4.0]
    meter = record(neurons, ["v[0]", "v[1]", "V_1"])
    nest.Simulate(3.0)
    assert np.array_equal(trace(meter, neurons, "v[1]"), trace(meter, neurons, "V_1"))
    steps = np.arange(1, 20) * 0.1
    assert np.allclose(trace(meter, neurons, "v[1]")[:19, 1], 4.0 * np.exp(-steps / 10.0), rtol=1e-12)
    assert np.allclose(trace(meter, neurons, "v[0]")[:19, 0], 2.0 * np.exp(-steps / 10.0), rtol=1e-12)


def test_random_values_for_every_element(name: str) -> None:

    for threads in (1, 2):
        reset(threads=threads)
        neurons = nest.Create(name, 40, params={"v": nest.random.uniform(1.0, 2.0)})
        values = np.array([node.v for node in neurons]).ravel()
        assert len(set(values)) == 80
        assert 1.0 <= values.min() < values.max() <= 2.0


def test_ports_by_an_index_that_is_computed() -> None:
    (name,) = nest.jit.define("""
model chosen_port_neuron:
    state:
        x[n] real = 0
        y real = 0
    parameters:
        n integer = 3
        which integer = 1
    input:
        spikes[n] <- spike
        current[2] pA <- continuous
    output:
        spike
    update:
        y = current[which] / 1 pA
    onReceive(spikes):
        i integer = 0
        for i in 0 ... n step 1:
            x[i] += spikes[n - 1 - i] * 1 s
""")
    neurons = nest.Create(name, 2, params={"which": [0, 1]})
    for receptor in (1, 2, 3):
        spec = {"receptor_type": receptor, "weight": 10.0**receptor}
        nest.Connect(generators([[1.0, 2.0]]), neurons, syn_spec=spec)
    for receptor in (0, 1):
        current = nest.Create("dc_generator", params={"amplitude": 5.0 + receptor})
        nest.Connect(current, neurons, syn_spec={"receptor_type": receptor})
    nest.Simulate(6.0)
    assert [node.x.tolist() for node in neurons] == [[2000.0, 200.0, 20.0]] * 2
    assert neurons.y == (5.0, 6.0)


def test_arrays_of_several_dimensions_are_refused_with_words(name: str) -> None:
    """NEST refuses them as well, with the same exception."""
    deep = np.ones((2, 2))
    neurons = nest.Create(name, 2)
    calls = [
        lambda: neurons.set(v=deep),
        lambda: setattr(neurons, "w", deep),
        lambda: neurons[0].set({"k": np.ones((1, 3), dtype=int)}),
        lambda: nest.Create(name, 2, params={"v": deep}),
        lambda: nest.SetDefaults(name, {"v": deep}),
        lambda: nest.CopyModel(name, f"{name}_copy", {"v": deep}),
    ]
    for call in calls:
        with pytest.raises(
            TypeError, match=r"'\w' was given an array of 2 dimensions, \(\d, \d\)\. A vector"
        ):
            call()
    assert [node.w.tolist() for node in neurons] == [[0.5, 0.5]] * 2
    nest.jit.columns(neurons)["w[1]"] = deep[:, 0] * [3, 4]
    assert [node.w.tolist() for node in neurons] == [[0.5, 3.0], [0.5, 4.0]]
    with pytest.raises(KeyError, match=r"'w' is a vector.*'w\[0\]'"):
        nest.jit.columns(neurons)["w"]
