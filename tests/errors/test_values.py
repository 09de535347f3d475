"""Values that a model refuses: NEST's exception with parameter and guard, and nothing is changed.

"Nothing" means all keys of the call and all nodes or connections that it was made for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.numerics.network import NEURON, STATIC, STDP, nest, record_spikes, reset

BAD = {
    "guard": ({"tau_m": -1.0}, "BadProperty", ["tau_m", "-1", "tau_m > 0 ms", NEURON]),
    "guard, not a number": ({"tau_m": float("nan")}, "BadProperty", ["tau_m", "nan", "tau_m > 0 ms"]),
    "guard of the last": ({"tau_m": [5.0, 6.0, -1.0]}, "BadProperty", ["tau_m", "-1", "tau_m > 0 ms"]),
    "type": ({"tau_m": [[1.0], [2.0], [3.0]]}, "TypeMismatch", ["tau_m"]),
    "type, text": ({"tau_m": ["a", "b", "c"]}, "TypeMismatch", ["tau_m"]),
    "unknown": ({"tau_foo": 1.0}, "UnaccessedDictionaryEntry", ["tau_foo"]),
    "internal": ({"unit_psc": 2.0}, "UnaccessedDictionaryEntry", ["unit_psc"]),
}

SYNAPSE_BAD = {
    "guard": ({"tau_tr_pre": -1.0}, "BadProperty", ["tau_tr_pre", "-1", "tau_tr_pre > 0 ms"]),
    "guard of the weight": ({"weight": -1.0}, "BadProperty", ["w", "-1", "w >= 0"]),
    "guard of the variable": ({"w": -1.0}, "BadProperty", ["w", "-1", "w >= 0"]),
    "unknown": ({"tau_foo": 1.0}, "UnaccessedDictionaryEntry", ["tau_foo"]),
    "delay": ({"delay": -1.0}, "BadDelay", ["-1"]),
}


def raises(kind: str, parts: list[str], act: Callable[[], Any]) -> None:
    with pytest.raises(getattr(nest.NESTErrors, kind)) as caught:
        act()
    for part in parts:
        assert part in str(caught.value)


def goes_on(neurons: Any) -> None:
    """Let the kernel show that it is all right."""
    neurons.set({"I_e": 2000.0})
    recorder = record_spikes(neurons)
    nest.Simulate(50.0)
    assert recorder.n_events >= len(neurons)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("case", BAD)
def test_set(case: str, order: int) -> None:
    bad, kind, parts = BAD[case]
    neurons = nest.Create(NEURON, 3, params={"C_m": 200.0, "tau_m": 9.0})
    values = dict(list({"C_m": 100.0, **bad, "E_L": -60.0}.items())[::order])
    before = neurons.get()
    raises(kind, parts, lambda: neurons.set(values))
    assert neurons.get() == before
    goes_on(neurons)


# Lists of one are taken for values.
SINGLE = {case: values for case, values in BAD.items() if case != "type"}


def last(bad: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value[-1] if isinstance(value, list) else value for key, value in bad.items()}


@pytest.mark.parametrize("case", SINGLE)
def test_set_of_one(case: str) -> None:
    bad, kind, parts = SINGLE[case]
    neuron = nest.Create(NEURON)
    before = neuron.get()
    value = last(bad)
    raises(kind, parts, lambda: neuron.set({"C_m": 100.0, **value, "E_L": -60.0}))
    assert neuron.get() == before
    goes_on(neuron)


@pytest.mark.parametrize("case", BAD)
def test_create(case: str) -> None:
    """As with NEST's own models, nodes that were made before the values were looked at stay."""
    bad, kind, parts = BAD[case]
    raises(kind, parts, lambda: nest.Create(NEURON, 3, params={"C_m": 100.0, **bad}))
    assert nest.Create(NEURON).C_m == 250.0
    goes_on(nest.Create(NEURON, 2))


@pytest.mark.parametrize("case", SINGLE)
def test_set_defaults(case: str) -> None:
    bad, kind, parts = SINGLE[case]
    before = nest.GetDefaults(NEURON)
    value = last(bad)
    raises(kind, parts, lambda: nest.SetDefaults(NEURON, {"C_m": 100.0, **value, "E_L": -60.0}))
    assert nest.GetDefaults(NEURON) == before
    goes_on(nest.Create(NEURON, 2))


@pytest.mark.parametrize("threads", [1, 2])
def test_values_that_are_drawn(threads: int) -> None:
    """One that is refused leaves all nodes as they were; the numbers are those of NEST's nodes."""
    found = []
    for model in (NEURON, "iaf_psc_exp"):
        reset(threads=threads, seed=6)
        nodes = nest.Create(model, 60)
        nodes.tau_m = nest.random.uniform(2.0, 20.0)
        before = nodes.get(["C_m", "tau_m", "V_m"])
        with pytest.raises(nest.NESTErrors.BadProperty):
            nodes.set(tau_m=nest.random.uniform(-1.0, 10.0))
        changed = nodes.get(["C_m", "tau_m", "V_m"]) != before
        assert changed is (model != NEURON)
        nodes.V_m = nest.random.uniform(-70.0, -60.0)
        found.append((before["tau_m"], nodes.V_m))
    assert found[0] == found[1]


def test_values_that_only_look_wrong() -> None:
    neurons = nest.Create(NEURON, 2, params={"C_m": 200, "refr_T": 0})
    neurons.set({"C_m": 300, "tau_m": [5, 6]})
    assert neurons.get(["C_m", "tau_m"]) == {"C_m": (300.0, 300.0), "tau_m": (5.0, 6.0)}
    goes_on(neurons)


def test_reading_what_is_not_there() -> None:
    neuron = nest.Create(NEURON)
    with pytest.raises(KeyError, match="tau_foo"):
        neuron.get("tau_foo")
    with pytest.raises(KeyError, match="tau_foo"):
        _ = neuron.tau_foo


# --- synapses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", SYNAPSE_BAD)
def test_connect(case: str) -> None:
    bad, kind, parts = SYNAPSE_BAD[case]
    pre, post = nest.Create("parrot_neuron", 2), nest.Create(NEURON, 2)
    raises(
        kind, parts, lambda: nest.Connect(pre, post, syn_spec={"synapse_model": STDP, "lambda": 0.5, **bad})
    )
    nest.Connect(pre, post, syn_spec=STDP)
    assert nest.GetConnections(pre, post, STDP)[0].get("lambda") == 0.01
    goes_on(post)


@pytest.mark.parametrize("case", SYNAPSE_BAD)
def test_set_of_connections(case: str) -> None:
    bad, kind, parts = SYNAPSE_BAD[case]
    pre, post = nest.Create("parrot_neuron", 2), nest.Create(NEURON, 2)
    nest.Connect(pre, post, syn_spec=STDP)
    connections = nest.GetConnections(pre, post, STDP)
    before = connections.get()
    raises(kind, parts, lambda: connections.set({"lambda": 0.5, **bad, "mu_plus": 0.5}))
    assert connections.get() == before
    goes_on(post)


def test_set_of_connections_of_which_one_is_refused() -> None:
    pre, post = nest.Create("parrot_neuron", 2), nest.Create(NEURON, 2)
    nest.Connect(pre, post, syn_spec=STDP)
    connections = nest.GetConnections(pre, post, STDP)
    before = connections.get()
    values = {"lambda": 0.5, "tau_tr_pre": [1.0, 2.0, 3.0, -4.0]}
    raises("BadProperty", ["tau_tr_pre", "-4"], lambda: connections.set(values))
    assert connections.get() == before
    goes_on(post)


@pytest.mark.parametrize("case", SYNAPSE_BAD)
def test_set_defaults_of_a_synapse(case: str) -> None:
    bad, kind, parts = SYNAPSE_BAD[case]
    before = nest.GetDefaults(STDP)
    raises(kind, parts, lambda: nest.SetDefaults(STDP, {"lambda": 0.5, **bad, "mu_plus": 0.5}))
    assert nest.GetDefaults(STDP) == before


# --- connections that cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize("synapse", ["static_synapse", STATIC, STDP])
@pytest.mark.parametrize("receptor", [1, 7])
def test_wrong_receptor(synapse: str, receptor: int) -> None:
    pre, post = nest.Create("parrot_neuron", 2), nest.Create(NEURON, 2)
    spec = {"synapse_model": synapse, "receptor_type": receptor}
    raises("UnknownReceptorType", [str(receptor), NEURON], lambda: nest.Connect(pre, post, syn_spec=spec))
    assert nest.num_connections == 0
    goes_on(post)


def test_wrong_receptor_of_a_current() -> None:
    neurons = nest.Create(NEURON, 2)
    current = nest.Create("dc_generator")
    raises(
        "UnknownReceptorType",
        ["3", NEURON],
        lambda: nest.Connect(current, neurons, syn_spec={"receptor_type": 3}),
    )
    goes_on(neurons)


SPIKES_ONLY = """model {name}:
    state:
        x real = 0
    input:
        spikes <- spike
    output:
        spike
    update:
        x += 0.5
    onReceive(spikes):
        x += spikes * 1 s
    onCondition(x > 20):
        x = 0
        emit_spike()
"""

CURRENT_ONLY = """model {name}:
    state:
        x real = 0
    input:
        current pA <- continuous
    output:
        spike
    update:
        x += 0.5 + current / 1 pA
    onCondition(x > 20):
        x = 0
        emit_spike()
"""


def test_current_to_a_model_without_a_continuous_port() -> None:
    nest.jit.define(SPIKES_ONLY.format(name="spikes_only"))
    neuron, current = nest.Create("spikes_only"), nest.Create("dc_generator")
    raises("IllegalConnection", ["spikes_only", "continuous"], lambda: nest.Connect(current, neuron))
    assert nest.num_connections == 0
    nest.Simulate(5.0)
    assert neuron.x > 0


def test_spikes_to_a_model_without_a_spike_port() -> None:
    nest.jit.define(CURRENT_ONLY.format(name="current_only"))
    neuron, source = nest.Create("current_only"), nest.Create("parrot_neuron")
    for synapse in ("static_synapse", STATIC, "stdp_synapse"):
        raises(
            "IllegalConnection",
            ["current_only", "spikes"],
            lambda synapse=synapse: nest.Connect(source, neuron, syn_spec=synapse),
        )
    nest.Simulate(5.0)
    assert neuron.x > 0


@pytest.mark.parametrize("target", ["spike_recorder", "volume_transmitter"])
def test_plastic_synapse_onto_a_node_that_keeps_no_spikes(target: str) -> None:
    source, node = nest.Create("parrot_neuron", 2), nest.Create(target)
    parts = [STDP, "target's spikes", f"'{target}'", str(node.global_id), "neuron model from NESTML"]
    raises("IllegalConnection", parts, lambda: nest.Connect(source, node, syn_spec=STDP))
    assert nest.num_connections == 0
    neurons = nest.Create(NEURON, 2)
    nest.Connect(source, neurons, syn_spec=STDP)
    goes_on(neurons)


@pytest.mark.parametrize("device", ["poisson_generator", "spike_generator", "dc_generator", "multimeter"])
def test_device_through_a_plastic_synapse(device: str) -> None:
    """As with NEST's own plastic synapses: devices have no spikes of their own to learn from."""
    neurons = nest.Create(NEURON, 2)
    for synapse, parts in (
        ("stdp_synapse", ["support"]),
        (STDP, [STDP, "dynamics of its own", "parrot_neuron"]),
    ):
        connect = functools.partial(nest.Connect, nest.Create(device), neurons, syn_spec=synapse)
        raises("IllegalConnection", parts, connect)
    assert nest.num_connections == 0
    goes_on(neurons)


def test_a_variable_that_cannot_be_recorded() -> None:
    neurons = nest.Create(NEURON, 2)
    meter = nest.Create("multimeter", params={"record_from": ["V_m", "V_foo"]})
    raises("IllegalConnection", ["V_foo"], lambda: nest.Connect(meter, neurons))
    goes_on(neurons)
