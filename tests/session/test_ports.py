"""Vectors of ports whose size is a parameter, against models whose ports are written out one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from nestml_jit import codegen
from nestml_jit.card import NeuronCard
from nestml_jit.dsl import load
from tests.numerics.network import STATIC, generators, nest, parrots, reset, trains

SIZED = """
model sized_ports_neuron:
    state:
        v[n] real = 0
        seen[n] real = 0
        last real = 0
        balance real = 0
        charge[m] real = 0
        y real = 0
    parameters:
        n integer = 2
        m integer = 1
        tau ms = 3 ms
    equations:
        kernel K = exp(-t / tau)
        v' = -v / (2 * tau) + convolve(K, spikes) / 1 ms
        y' = -y / tau + convolve(K, last_spikes) / 1 ms
    input:
        spikes[n] <- spike
        exc[m] <- excitatory spike
        current[m] pA <- continuous
        inh[m] <- inhibitory spike
        other pA <- continuous
        last_spikes <- spike
    output:
        spike
    update:
        integrate_odes()
        i integer = 0
        for i in 0 ... m step 1:
            charge[i] += current[i] / 1 pA + 0.01 * other / 1 pA
    onReceive(spikes):
        seen += spikes * 1 s
    onReceive(exc):
        i integer = 0
        for i in 0 ... m step 1:
            balance += (i + 1) * exc[i] * 1 s
    onReceive(inh):
        i integer = 0
        for i in 0 ... m step 1:
            balance -= 0.1 * (i + 1) * inh[i] * 1 s
    onReceive(last_spikes):
        last += 1
"""
SIZES = [(2, 1), (1, 2), (4, 3)]


def written_out(n: int, m: int) -> str:
    """Return the model above with sizes n and m, without any vector."""
    first, second = range(n), range(m)
    lines = [
        f"model written_{n}_{m}_neuron:",
        "    state:",
        *(f"        {name}_{k} real = 0" for k in first for name in ("v", "seen")),
        *(f"        {name} real = 0" for name in ("last", "balance", "y")),
        *(f"        charge_{k} real = 0" for k in second),
        "    parameters:",
        "        tau ms = 3 ms",
        "    equations:",
        "        kernel K = exp(-t / tau)",
        *(f"        v_{k}' = -v_{k} / (2 * tau) + convolve(K, spikes_{k}) / 1 ms" for k in first),
        "        y' = -y / tau + convolve(K, last_spikes) / 1 ms",
        "    input:",
        *(f"        spikes_{k} <- spike" for k in first),
        *(f"        exc_{k} <- excitatory spike" for k in second),
        *(f"        current_{k} pA <- continuous" for k in second),
        *(f"        inh_{k} <- inhibitory spike" for k in second),
        "        other pA <- continuous",
        "        last_spikes <- spike",
        "    output:",
        "        spike",
        "    update:",
        "        integrate_odes()",
        *(f"        charge_{k} += current_{k} / 1 pA + 0.01 * other / 1 pA" for k in second),
        *(f"    onReceive(spikes_{k}):\n        seen_{k} += spikes_{k} * 1 s" for k in first),
        *(f"    onReceive(exc_{k}):\n        balance += {k + 1} * exc_{k} * 1 s" for k in second),
        *(f"    onReceive(inh_{k}):\n        balance -= {0.1 * (k + 1)} * inh_{k} * 1 s" for k in second),
        "    onReceive(last_spikes):\n        last += 1",
    ]
    return "\n".join(lines) + "\n"


def sized(**params: Any) -> Any:
    (name,) = nest.jit.define(SIZED)
    return nest.Create(name, params=params)


def state(node: Any, n: int, m: int) -> list[float]:
    """Return the states of a node of either model."""
    values = node.get()
    if "n" in values:
        assert [len(values[name]) for name in ("v", "seen", "charge")] == [n, n, m]
        vectors = [*values["v"], *values["seen"], *values["charge"]]
    else:
        vectors = [values[f"{name}_{k}"] for name in ("v", "seen") for k in range(n)]
        vectors += [values[f"charge_{k}"] for k in range(m)]
    return [*vectors, values["last"], values["balance"], values["y"]]


def drive(nodes: Any, n: int, m: int, seed: int) -> None:
    """Let random spikes and constant currents arrive at all receptors, by our synapses and NEST's."""
    random = np.random.default_rng(seed)
    sources = parrots(trains(n + m + 1, 200.0, 30.0, seed))
    for receptor in range(1, n + m + 2):
        for synapse in (STATIC, "static_synapse"):
            spec = {"synapse_model": synapse, "receptor_type": receptor}
            spec |= {"weight": random.normal(), "delay": round(random.uniform(1.0, 6.0), 1)}
            nest.Connect(sources[receptor - 1], nodes, syn_spec=spec)
    for receptor in range(m + 1):
        for synapse in (STATIC, "static_synapse"):
            current = nest.Create("dc_generator", params={"amplitude": random.normal()})
            nest.Connect(current, nodes, syn_spec={"synapse_model": synapse, "receptor_type": receptor})
            assert set(nest.GetConnections(current, nodes).receptor) == {receptor}


def receptors(node: Any) -> dict[str, int]:
    """Return the receptors by name; a pair of ports is named by both, and has a name for each besides."""
    names: dict[int, str] = {}
    for name, number in node.receptor_types.items():
        names[number] = max(name, names.get(number, ""), key=len)
    return {name: number for number, name in names.items()}


@pytest.mark.parametrize("threads", [1, 2])
def test_neurons_of_all_sizes_are_as_if_written_out(threads: int) -> None:
    reset(threads=threads)
    pairs = []
    for seed, (n, m) in enumerate(SIZES):
        nodes = nest.Create(nest.jit.define(written_out(n, m))[0]) + sized(n=n, m=m)
        assert nodes[0].receptor_types == nodes[1].receptor_types
        assert len(receptors(nodes[0])) == n + m + 1
        assert list(nodes[1].continuous_inputs.values()) == list(range(m + 1))
        pairs.append((nodes, n, m, seed))
    for pair in pairs[:2]:
        drive(*pair)
    nest.Simulate(15.0)
    sized(n=6, m=5)  # spikes that are on their way find another kernel
    drive(*pairs[2])
    nest.Simulate(20.0)
    for nodes, n, m, _seed in pairs:
        explicit, ours = (state(node, n, m) for node in nodes)
        assert np.count_nonzero(explicit) >= len(explicit) - 1
        assert ours == pytest.approx(explicit, rel=1e-12, abs=1e-12)


def test_names_and_numbers_follow_the_size() -> None:
    node = sized(n=3, m=2)
    assert node.receptor_types["EXC_1"] == node.receptor_types["INH_1"] == 5
    assert receptors(node) == {
        **{f"SPIKES_{k}": k + 1 for k in range(3)},
        "EXC_0_INH_0": 4,
        "EXC_1_INH_1": 5,
        "LAST_SPIKES": 6,
    }
    assert node.continuous_inputs == {"current[0]": 0, "current[1]": 1, "other": 2}
    node.set(n=1)
    assert receptors(node) == {"SPIKES_0": 1, "EXC_0_INH_0": 2, "EXC_1_INH_1": 3, "LAST_SPIKES": 4}
    nest.SetDefaults("sized_ports_neuron", {"n": 4})
    nest.CopyModel("sized_ports_neuron", "wide_ports", {"m": 3})
    for model, size in (("sized_ports_neuron", 6), ("wide_ports", 8)):
        assert max(nest.GetDefaults(model, "receptor_types").values()) == size
        assert max(nest.Create(model).receptor_types.values()) == size
    assert node.receptor_types["LAST_SPIKES"] == 4


LISTS = (
    "a[2] <- spike; b <- excitatory spike; c[3] <- inhibitory spike; d <- excitatory spike",
    "a <- excitatory spike; b[1] <- inhibitory spike",
    "i[2] <- inhibitory spike; x[1] <- excitatory spike; plain <- spike; more[2] <- excitatory spike",
    "i <- inhibitory spike; x <- excitatory spike; other <- inhibitory spike",
)


@pytest.mark.parametrize("listed", LISTS)
def test_the_host_numbers_as_the_description_does(listed: str) -> None:
    lines = "".join(f"        {line}\n" for line in listed.split("; "))
    text = f"model numbered_neuron:\n    input:\n{lines}    output:\n        spike\n"
    (name,) = nest.jit.define(text)
    card = codegen.describe(load(text)[0])
    assert isinstance(card, NeuronCard)
    expected = {receptor.name: receptor.number for receptor in card.receptors}
    assert receptors(nest.Create(name)) == expected
    assert len(expected) > 1 or list(expected) == ["A_B_0"]


def test_pairs_are_made_anew() -> None:
    (name,) = nest.jit.define("""
model unequal_ports_neuron:
    state:
        x real = 0
    parameters:
        half integer = 1
    internals:
        whole integer = 2 * half
    input:
        inh[half] <- inhibitory spike
        exc[whole] <- excitatory spike
        more <- inhibitory spike
    output:
        spike
    update:
        i integer = 0
        for i in 0 ... whole step 1:
            x += 10.0**i * exc[i] * 1 s
        for i in 0 ... half step 1:
            x += 0.1**(i + 1) * inh[i] * 1 s
        x += 1e6 * more * 1 s
""")
    nodes = nest.Create(name, 2, params={"half": [1, 2]})
    with pytest.raises(nest.NESTErrors.BadProperty, match="set it with set"):
        nest.jit.columns(nodes)["half"] = 3
    assert receptors(nodes[0]) == {"EXC_0_INH_0": 1, "EXC_1_MORE": 2}
    assert receptors(nodes[1]) == {"EXC_0_INH_0": 1, "EXC_1_INH_1": 2, "EXC_2_MORE": 3, "EXC_3": 4}
    for synapse in (STATIC, "static_synapse"):
        sources = parrots([[1.0]])
        for weight in (1.0, -1.0):
            spec = {"synapse_model": synapse, "receptor_type": 2, "weight": weight}
            nest.Connect(sources, nodes, syn_spec=spec)
    nest.Simulate(5.0)
    assert nodes.x == pytest.approx((2 * (10.0 + 1e6), 2 * (10.0 + 0.01)))


REFUSED: list[tuple[Mapping[str, int], str]] = [
    ({"n": 1}, r"goes to SPIKES_1, its receptor 2, which would vanish or become another one"),
    ({"n": 3}, r"goes to LAST_SPIKES, its receptor 4"),
    ({"m": 2}, r"goes to other, its receptor 1"),
    ({"n": 0}, "must be between 1 and"),
]


@pytest.mark.parametrize(("sizes", "reason"), REFUSED)
def test_receptors_in_use_keep_their_numbers(sizes: Mapping[str, int], reason: str) -> None:
    nodes = sized() + sized()
    receptor = 4 if sizes == {"n": 3} else 2
    nest.Connect(generators([[1.0]]), nodes[1], syn_spec={"receptor_type": receptor, "weight": 2.0})
    nest.Connect(nest.Create("dc_generator"), nodes[1], syn_spec={"receptor_type": 1})
    with pytest.raises(nest.NESTErrors.BadProperty, match=reason):
        nodes.set({"tau": 5.0, **sizes})
    assert nodes.get(["n", "m", "tau"]) == {"n": (2, 2), "m": (1, 1), "tau": (3.0, 3.0)}
    if sizes != {"n": 0}:
        nodes[0].set(sizes)
    nest.Simulate(3.0)
    assert (nodes[1].seen[1], nodes[1].last) == ((2.0, 0.0) if receptor == 2 else (0.0, 1.0))


ONE_VECTOR = """
model growing_ports_neuron:
    state:
        x[n] real = 0
    parameters:
        n integer = 2
    input:
        spikes[n] <- spike
    output:
        spike
    onReceive(spikes):
        x = x + spikes * 1 s
"""


@pytest.mark.parametrize("synapse", [STATIC, "static_synapse"])
def test_receptors_are_added_while_connections_exist(synapse: str) -> None:
    (name,) = nest.jit.define(ONE_VECTOR)
    node, other = nest.Create(name), nest.Create(name)
    sources = parrots([[1.0, 4.0], [2.0, 5.0]])

    def connect(source: Any, receptor: int, weight: float) -> None:
        spec = {"synapse_model": synapse, "receptor_type": receptor, "weight": weight, "delay": 1.5}
        nest.Connect(source, node, syn_spec=spec)

    connect(sources[0], 2, 3.0)
    with pytest.raises(nest.NESTErrors.UnknownReceptorType):
        connect(sources[1], 3, 5.0)
    nest.Simulate(3.0)  # the first spike is on its way
    assert node.x.tolist() == [0.0, 0.0]
    node.n = 4
    connect(sources[1], 4, 5.0)
    with pytest.raises(nest.NESTErrors.UnknownReceptorType):
        nest.Connect(sources, other, syn_spec={"synapse_model": synapse, "receptor_type": 4})
    nest.Simulate(6.0)
    assert node.x.tolist() == [0.0, 6.0, 0.0, 5.0]
    assert sorted(nest.GetConnections(target=node, synapse_model=synapse).receptor) == [2, 4]
    with pytest.raises(nest.NESTErrors.BadProperty, match="SPIKES_3, its receptor 4"):
        node.n = 3
    other.n = 1
    assert other.receptor_types == {"SPIKES_0": 1}


def test_receptors_are_added_between_two_runs() -> None:
    (name,) = nest.jit.define(ONE_VECTOR)
    node = nest.Create(name)
    sources = parrots([[1.0, 4.0]])
    nest.Connect(sources, node, syn_spec={"synapse_model": STATIC, "receptor_type": 2, "delay": 1.5})
    nest.Prepare()
    nest.Run(3.0)
    node.n = 3
    nest.Run(2.0)
    assert node.x.tolist() == [0.0, 1.0, 0.0]
    nest.Run(2.0)
    assert node.x.tolist() == [0.0, 2.0, 0.0]
    nest.Cleanup()


def test_weight_recorders_see_the_numbers() -> None:
    nodes = sized(n=1) + sized(n=3)
    recorder = nest.Create("weight_recorder")
    nest.CopyModel(STATIC, "recorded_static", {"weight_recorder": recorder})
    sources = parrots([[1.0]])
    for node, receptor in zip(nodes, (3, 5), strict=True):
        nest.Connect(sources, node, syn_spec={"synapse_model": "recorded_static", "receptor_type": receptor})
    nest.Simulate(4.0)
    assert nodes.last == (1.0, 1.0)
    assert sorted(recorder.events["receptors"]) == [3, 5]


@pytest.mark.parametrize("synapse", [STATIC, "static_synapse"])
def test_receptors_are_free_again_without_connections(synapse: str) -> None:
    """However the connections go: one by one, as a collection, or with devices."""
    (name,) = nest.jit.define(ONE_VECTOR)
    node = nest.Create(name)
    sources = parrots([[1.0], [2.0], [3.0]])
    spec = {"synapse_model": synapse, "delay": 1.5}
    for number, source in enumerate(sources, 1):
        node.n = 3
        nest.Connect(source, node, syn_spec={**spec, "receptor_type": number})
    device = nest.Create("spike_generator", params={"spike_times": [4.0]})
    nest.Simulate(1.0)

    def is_refused(n: int) -> bool:
        try:
            node.n = n
        except nest.NESTErrors.BadProperty:
            return True
        return False

    assert is_refused(2)
    nest.Disconnect(sources[2], node, syn_spec={"synapse_model": synapse})
    assert not is_refused(2)
    assert is_refused(1)
    nest.GetConnections(sources[1], node).disconnect()
    assert not is_refused(1)
    node.n = 2
    nest.Connect(device, node, syn_spec={"receptor_type": 2})
    assert is_refused(1)
    nest.Simulate(6.0)
    assert node.x.tolist() == [1.0, 1.0]
    nest.ResetKernel()
    nest.Create(name).n = 1
