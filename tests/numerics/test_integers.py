"""Integers have 64 bits wherever a model has them: neurons and synapses against Python's integers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import generators, nest, reset

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

MULTIPLIER, INCREMENT = 6364136223846793005, 1442695040888963407
BEYOND = 2**53 + 1
NEURON = f"""
model whole_neuron:
    state:
        lcg integer = seed
        xs integer = 88172645463325252
        v[3] integer = half
        xr real = 0
        f integer = 0
        odd boolean = false
        q integer = 0
        spoken string = ""
    parameters:
        seed integer = {BEYOND} [[ seed != 7 ]]
        mul integer = {MULTIPLIER}
        far real = 1e300
        d integer = 3
        g[2] integer = {BEYOND}
        seeds[d] integer = seed
    internals:
        half integer = mul // 2
        low integer = -9223372036854775807 - 1
    equations:
        recordable inline shown integer = lcg % 1000
    input:
        spikes <- spike
    output:
        spike
    update:
        lcg = mul * lcg + {INCREMENT}
        xs = xs ^ (xs << 13)
        xs = xs ^ shifted(xs, 7)
        xs = xs ^ (xs << 17)
        i integer = 0
        for i in 0 ... 3 step 1:
            v[i] += g[i % 2]
        f = power(3, 60) + max(lcg, {BEYOND}) - clip(xs, -5, 5) + 7**70
        odd = lcg % 2 != 0
        q = lcg // d + lcg % d + -low // -1 + abs(low) + ~xs
        xr = lcg
        if xr == lcg and lcg > {BEYOND} and not odd:
            emit_spike()
        if odd:
            q = far
            q += -far // 1
    onReceive(spikes):
        spoken = "seed " + seed
    function shifted(x integer, count integer) integer:
        mask integer = (1 << (64 - count)) - 1
        return (x >> count) & mask
    function power(x integer, count integer) integer:
        y integer = 1
        j integer = 0
        while j < count:
            y *= x
            j += 1
        return y
"""
SYNAPSE = f"""
model whole_synapse:
    state:
        w real = 1
        lcg integer = seed
        history[2] integer = {BEYOND}
        n integer = 0
        seen integer = {BEYOND}
    parameters:
        seed integer = {BEYOND}
        mul integer = {MULTIPLIER}
        d integer = 1
    internals:
        half integer = mul // 2
    input:
        pre <- spike
        post <- spike
    output:
        spike
    onReceive(pre):
        lcg = mul * lcg + half
        history[n % 2] += lcg
        n += 1
        w = n // d
        emit_spike(w)
    onReceive(post):
        seen += 2
"""


def wrapped(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63


def quotient(left: int, right: int) -> int:
    return abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)


def of_python(seed: int, steps: int, initial: int | None = None) -> dict[str, Any]:
    """Return what the neuron's states are after some steps."""
    lcg, xs, v = seed if initial is None else initial, 88172645463325252, [MULTIPLIER // 2] * 3
    spikes, q, f = 0, 0, 0
    for _ in range(steps):
        lcg = wrapped(MULTIPLIER * lcg + INCREMENT)
        xs ^= wrapped(xs << 13)
        xs ^= xs % 2**64 >> 7
        xs ^= wrapped(xs << 17)
        v = [wrapped(item + BEYOND) for item in v]
        f = wrapped(3**60 + max(lcg, BEYOND) - min(5, max(xs, -5)) + 7**70)
        remainder = lcg - 3 * quotient(lcg, 3)
        q = wrapped(quotient(lcg, 3) + remainder - 2**63 - 2**63 + ~xs)
        if lcg % 2:
            q = -(2**63)  # what no integer can be becomes the smallest one
        spikes += float(lcg) > BEYOND and lcg > BEYOND and lcg % 2 == 0
    odd = lcg % 2 != 0
    return {"lcg": lcg, "xs": xs, "v": v, "f": f, "q": q, "odd": odd, "xr": float(lcg), "spikes": spikes}


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    reset()


@pytest.mark.parametrize("threads", [1, 2])
def test_neurons(threads: int) -> None:
    reset(threads=threads)
    nest.jit.define(NEURON)
    neurons = nest.Create("whole_neuron", 70)
    given = {0: BEYOND, 3: 2**62 + 1, 66: -(2**63)}
    other = nest.Create("whole_neuron", params={"seed": 2**62 + 1})
    neurons[3].lcg = given[3]
    neurons[66].set(lcg=given[66])
    recorder, meter = nest.Create("spike_recorder"), nest.Create("multimeter", params={"interval": 0.1})
    meter.record_from = ["lcg", "xr", "shown"]
    nest.Connect(neurons, recorder)
    nest.Connect(meter, neurons[66:67])
    nest.Simulate(5.0)
    nest.Simulate(2.0)
    for index, seed in given.items():
        expected = of_python(seed, 70)
        found = neurons[index].get(["lcg", "xs", "f", "q", "odd", "xr"])
        assert found == {name: expected[name] for name in found}
        assert list(neurons[index].v) == expected["v"]
        assert isinstance(found["lcg"], int)
        spikes = np.sum(recorder.events["senders"] == neurons[index].global_id)
        assert abs(int(spikes) - int(expected["spikes"])) <= 15  # those of the last slice are on their way
    assert other.lcg == of_python(2**62 + 1, 70)["lcg"]
    last = of_python(given[66], 60)
    at = list(np.round(meter.events["times"], 1)).index(6.0)
    assert meter.events["lcg"][at] == float(last["lcg"]) == meter.events["xr"][at]
    assert meter.events["shown"][at] == last["lcg"] - 1000 * quotient(last["lcg"], 1000)


def test_setting_and_reading() -> None:
    reset()
    nest.jit.define(NEURON)
    assert nest.GetDefaults("whole_neuron", "seed") == BEYOND
    assert nest.GetDefaults("whole_neuron", "half") == MULTIPLIER // 2
    nest.SetDefaults("whole_neuron", {"mul": 2**62 + 3})
    neurons = nest.Create("whole_neuron", 3, params={"seed": [BEYOND, -1, 2**63 - 1]})
    assert list(neurons.lcg) == list(neurons.seed) == [BEYOND, -1, 2**63 - 1]
    assert list(neurons.half) == [(2**62 + 3) // 2] * 3
    assert list(neurons[1].seeds) == [-1] * 3
    neurons[1].d = 5
    assert list(neurons[1].seeds) == [-1] * 3 + [0] * 2
    neurons[0].g = [2**60 + 1, -(2**60) - 1]
    assert list(neurons[0].g) == [2**60 + 1, -(2**60) - 1]
    assert neurons[0].get("low") == -(2**63)
    nest.CopyModel("whole_neuron", "whole_copy", {"seed": BEYOND + 2})
    assert nest.Create("whole_copy").lcg == BEYOND + 2
    with pytest.raises(nest.NESTErrors.BadProperty, match=r"'seed' = 7 violates"):
        neurons.seed = 7
    for wrong in (1.5, 2.0):
        with pytest.raises(nest.NESTErrors.TypeMismatch):
            neurons.seed = wrong
    with pytest.raises((OverflowError, nest.NESTErrors.TypeMismatch)):
        neurons.seed = 2**63
    assert list(neurons.seed) == [BEYOND, -1, 2**63 - 1]


def test_columns() -> None:
    reset()
    nest.jit.define(SIMPLE)
    neurons = nest.Create("plain_neuron", 70)
    columns = nest.jit.columns(neurons)
    values = np.arange(70) + 2**60 + 1
    columns["n"] = values
    assert columns["n"].dtype == np.int64
    assert np.array_equal(columns["n"][...], values)
    columns["n"][3:5] = [-1, -(2**63)]
    columns["n"][5] = 2.0**40
    [(_, view)] = columns["n"].views()
    assert list(view[2:7]) == list(neurons[2:7].n) == [2**60 + 3, -1, -(2**63), 2**40, 2**60 + 7]
    for wrong in (1.5, 2.0**63, np.nan, np.uint64(2**63)):
        with pytest.raises(nest.NESTErrors.BadProperty, match="must be an integer"):
            columns["n"] = wrong
    nest.Simulate(1.0)
    assert view[3] == neurons[3].n == 9


SIMPLE = """
model plain_neuron:
    state:
        n integer = 0
    input:
        spikes <- spike
    output:
        spike
    update:
        n += 1
"""
DIVIDING = """
model dividing_neuron:
    state:
        n integer = 0
        x real = 0
    parameters:
        d integer = 5
        way integer = 0
    equations:
        x' = way == 2 ? 5 // (n - d) / (1 ms) : 0 / (1 ms)
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
        n += 1
        if way == 1:
            x = 5 % (n - d)
"""


@pytest.mark.parametrize(("way", "threads"), [(0, 1), (1, 1), (2, 1), (1, 2)])
def test_division_by_zero_ends_the_simulation(way: int, threads: int) -> None:
    reset(threads=threads)
    nest.jit.define(DIVIDING)
    neurons = nest.Create("dividing_neuron", 3)
    neurons[1].way = way
    if not way:
        nest.Simulate(1.0)
        return
    when = {1: "0.5", 2: "0.6"}[way]
    with pytest.raises(
        nest.NESTErrors.KernelException, match=rf"Node 2 .* divides an integer by zero at {when} ms"
    ):
        nest.Simulate(1.0)


@pytest.mark.parametrize(("target", "threads"), [("iaf_psc_exp_neuron", 1), ("iaf_psc_exp", 2)])
def test_synapses(target: str, threads: int) -> None:
    reset(threads=threads)
    nest.jit.define(SYNAPSE)
    parrots = nest.Create("parrot_neuron", 2)
    nest.Connect(generators([[1.0, 2.0, 3.0, 4.0, 5.0]]), parrots)
    neurons = nest.Create(target, 3)
    spec = {"synapse_model": "whole_synapse", "delay": 1.0}
    nest.Connect(parrots[:1], neurons, syn_spec=spec)
    nest.Connect(parrots[1:], neurons, syn_spec=spec | {"seed": -(2**62) - 1, "lcg": -3})
    found = nest.GetConnections(parrots, neurons, "whole_synapse")
    found[0].mul = 2**61 + 5
    assert found.get("half")[:2] == [(2**61 + 5) // 2, MULTIPLIER // 2]
    nest.Simulate(10.0)
    for source in parrots:
        for connection in nest.GetConnections(source, neurons, "whole_synapse"):
            values = connection.get()
            lcg = BEYOND if values["seed"] == BEYOND else -3
            history, mul = [BEYOND, BEYOND], values["mul"]
            for n in range(5):
                lcg = wrapped(mul * lcg + mul // 2)
                history[n % 2] = wrapped(history[n % 2] + lcg)
            assert (values["lcg"], values["n"], values["w"]) == (lcg, 5, 5.0)
            assert list(values["history"]) == history
            assert values["seen"] == BEYOND


def quick(name: str, change: str) -> str:
    """Return a synapse model whose integers have every place that there is in simple rules."""
    return f"""
model {name}:
    state:
        w integer = 1
        x real = 0
        y real = 0
        origin integer = {BEYOND}
        own integer = {BEYOND}
        seen integer = -{BEYOND}
    parameters:
        mul integer = {MULTIPLIER}
        d integer = 7
        jump integer = 2
        squared integer = 2
        tau ms = 1e300 ms
    equations:
        x' = -x / tau
        y' = -y / tau
    input:
        pre <- spike
        post <- spike
    output:
        spike
    update:
        integrate_odes()
    onReceive(post):
        seen = mul * seen + 3
        y += jump
        own = mul * own + origin
    onReceive(pre):
        origin = mul * origin + {INCREMENT}
        x += jump**squared
        own = own ^ (seen {change} d)
        w = own & 1023
        emit_spike(w * x * y)
"""


def quick_states(spikes: list[tuple[float, str]], divides: bool) -> dict[str, Any]:
    """Return what the states of such a synapse are after spikes that reach it, with their ports."""
    origin, own, seen, x, y = BEYOND, BEYOND, -BEYOND, 0, 0
    for _, port in sorted(spikes):
        if port == "post":
            own = wrapped(MULTIPLIER * own + origin)
            seen = wrapped(MULTIPLIER * seen + 3)
            y += 2
        else:
            origin = wrapped(MULTIPLIER * origin + INCREMENT)
            own ^= quotient(seen, 7) if divides else seen >> 7
            x += 4
    return {"origin": origin, "own": own, "seen": seen, "x": x, "y": y, "w": own & 1023}


@pytest.mark.parametrize(("target", "threads"), [("iaf_psc_exp_neuron", 1), ("iaf_psc_exp", 2)])
def test_places_in_synapses(target: str, threads: int) -> None:
    reset(threads=threads)
    rules = {"quick_shifting_synapse": ">>", "quick_dividing_synapse": "//"}
    nest.jit.define("".join(quick(name, change) for name, change in rules.items()))
    before = [5.0, 17.3, 25.0, 40.2, 40.9]
    parrots = nest.Create("parrot_neuron", 20)
    nest.Connect(generators([before]), parrots)
    neurons = nest.Create(target, 11)
    kick = generators([[3.0, 9.0, 15.0, 21.0, 22.5, 30.0, 33.0, 36.0, 44.0]])
    nest.Connect(kick, neurons, syn_spec={"weight": 1e5})
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    for name in rules:
        nest.Connect(parrots, neurons, syn_spec={"synapse_model": name, "delay": 1.2})
    nest.Simulate(28.0)
    for name in rules:
        nest.Connect(parrots[:1], neurons[:1], syn_spec={"synapse_model": name, "delay": 1.2})
    nest.Simulate(32.0)
    times = recorder.events["times"][recorder.events["senders"] == neurons[0].global_id]
    assert len(times) >= 8
    spikes = [(time + 1.0, "pre") for time in before] + [(time + 1.2, "post") for time in times]
    last = max(time for time, port in spikes if port == "pre")  # connections show what they had then
    spikes = [(time, port) for time, port in spikes if time <= last]
    for name in rules:
        expected = quick_states(spikes, name == "quick_dividing_synapse")
        *found, late = nest.GetConnections(parrots, neurons[:1], name).get()["seen"]
        assert set(found) == {expected["seen"]} == {late}
        for connection in nest.GetConnections(parrots[1:], neurons, name)[:30:7]:
            assert {key: connection.get(key) for key in expected} == expected
    nest.GetConnections(synapse_model="quick_dividing_synapse").d = 0
    nest.Simulate(1.0)
    nest.Connect(generators([[62.0]]), parrots)
    with pytest.raises(nest.NESTErrors.KernelException, match="divides an integer by zero"):
        nest.Simulate(5.0)
