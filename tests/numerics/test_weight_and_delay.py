"""Variables that are the weight and the delay of a connection, under every name and in every place."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from nestml_jit import dsl
from nestml_jit.errors import NestmlErrors
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from tests.numerics.network import generators, nest, parrots, reset

BadProperty = nest.NESTErrors.BadProperty

RELAY = """
model told_neuron:
    state:
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
"""

EVERYWHERE = """
model everywhere_synapse:
    state:
        {weight} real = 1 @nest::weight
        {state}
        begun real = 2 * {delay} / 1 ms + 10 * {weight}
        z real = 1
        y real = 0
        seen, late, passed, met real = 0
        moved_trace, driven real = 0
    parameters:
        {parameter}
        half ms = {delay} / 2 [[ half < 100 ms ]]
        tau ms = 9 ms
    internals:
        twice ms = 2 * {delay}
        sum real = half / tau + twice / 1 ms
    equations:
        z' = ({delay} / 1 ms - z) / tau
        y' = (1 - y**2) / {delay} / 10
        moved_trace' = -moved_trace / tau
        driven' = -driven / (10 * {delay})
        inline third real = {delay} / 3 ms
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    function scaled(x ms) real:
        return x / 1 ms + half / 1 ms
    onReceive(post_spikes):
        moved_trace += 1
        driven += {delay} / 1 ms
        late += {delay} / 1 ms * (1 + {weight} / 100)
    onReceive(pre_spikes):
        seen += scaled({delay}) + third + sum
        {weight} += 0.01 * moved_trace + 0.001 * driven
        emit_spike({weight} * {delay} / 1 ms)
    onCondition(seen > 4 * {delay} / 1 ms):
        met += {delay} / 1 ms
    update:
        passed += {delay} * timestep() / 1 ms**2
        integrate_odes()
"""
"""A rule of which every part reads the delay and the weight."""

PLAIN = """
model plain_synapse:
    state:
        {weight} real = 1 @nest::weight
        {state}
        seen, tr_post real = 0
    parameters:
        {parameter}
        tau ms = 9 ms
    equations:
        tr_post' = -tr_post / (tau + {delay})
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(post_spikes):
        tr_post += {delay} / 1 ms
        {weight} += 0.01 * {delay} / 1 ms
    onReceive(pre_spikes):
        seen += {delay} / 1 ms
        {weight} += 0.01 * tr_post
        emit_spike({weight})
    update:
        integrate_odes()
"""
"""A rule that is delivered in batches."""

PRE = [[2.0, 8.0, 20.0, 31.0, 50.0], [5.0, 9.0, 33.0, 47.0]]
POST = [4.0, 15.0, 29.0, 45.0, 47.0, 55.0]
DELAYS = (1.0, 2.5, 4.04)
"""The last one is not on the grid."""

FORMS = {
    "parameter": {"delay": "d", "parameter": "d ms = 2 ms @nest::delay", "state": "", "weight": "w"},
    "state": {"delay": "d", "parameter": "", "state": "d ms = 2 ms @nest::delay", "weight": "weight"},
    "configured": {"delay": "length", "parameter": "length ms = 2 ms", "state": "", "weight": "size"},
    "named": {"delay": "delay", "parameter": "delay real = 2", "state": "", "weight": "weight"},
}


def text_of(template: str, form: str) -> str:
    names = dict(FORMS[form])
    if names["delay"] == "delay":  # a plain number
        template = template.replace("{delay}", "({delay} * 1 ms)")
    text = template.format(**names).replace("_synapse:", f"_{form}_synapse:")
    return text.replace("half ms", "half ms")


def made(template: str, form: str) -> str:
    (name,) = nest.jit.define(text_of(template, form))
    if form == "configured":
        nest.jit.configure(name, delay="length", weight="size")
    return str(name)


@functools.cache
def expected(template: str, delay: float, pre: tuple[float, ...]) -> Mapping[str, Any]:
    """Return what the oracle says of all variables after the last presynaptic spike; names do not matter."""
    (model,) = dsl.load(text_of(template, "parameter"))
    synapse = ReferenceSynapse(model, {"w": delay / 2.0}, delay=delay, substeps=10)
    # parrots spike a ms after they are told to
    synapse.run([round((t + 1.0) * 10) for t in pre], [round((t + 1.0) * 10) for t in POST])
    return synapse.variables


def targets(kind: str) -> tuple[Any, dict[str, int]]:
    """Return a neuron of ours or of NEST's that spikes when told, and the receptor of synapses."""
    if kind == "ours":
        nest.jit.define(RELAY)
        post = nest.Create("told_neuron", 2)
        nest.Connect(generators([POST]), post, syn_spec={"receptor_type": 2, "delay": 1.0})
        return post, {"receptor_type": 1}
    post = nest.Create("parrot_neuron", 2)
    nest.Connect(generators([POST]), post, syn_spec={"delay": 1.0})
    return post, {"receptor_type": 1}


def assert_as_expected(name: str, template: str, form: str, pre: Any, post: Any) -> None:
    found = nest.GetConnections(pre, post, name)
    assert len(found) == len(pre) * len(post) * len(DELAYS)
    for connection in found:
        values = connection.get()
        wanted = dict(expected(template, values["delay"], tuple(PRE[pre.tolist().index(values["source"])])))
        names = FORMS[form]
        assert values["delay"] == values[names["delay"]] == wanted.pop("d")
        assert values["weight"] == values[names["weight"]]
        values["w"] = values["weight"]
        for variable, value in wanted.items():
            tolerance = 1e-6 if variable == "y" else 1e-9  # of the numerical solver
            assert values[variable] == pytest.approx(value, tolerance, 1e-12), (variable, values["delay"])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", ["ours", "nest"])
def test_every_place_sees_the_delay(kind: str, threads: int) -> None:
    reset(threads=threads)
    pre = parrots(PRE)
    post, spec = targets(kind)
    names = {
        (template, form): made(template, form)
        for template, form in itertools.product((EVERYWHERE, PLAIN), FORMS)
    }
    for delay, name in itertools.product(DELAYS, names.values()):
        nest.Connect(
            pre,
            post,
            syn_spec={"synapse_model": name, "delay": delay, "weight": round(delay, 1) / 2.0, **spec},
        )
    nest.Simulate(70.0)
    for (template, form), name in names.items():
        assert_as_expected(name, template, form, pre, post)


# --- one variable under two names -------------------------------------------------------------------


@pytest.fixture
def pair() -> tuple[Any, Any]:
    reset()
    nest.jit.define(RELAY)
    return nest.Create("told_neuron", 2), nest.Create("told_neuron", 2)


SPEC = {"receptor_type": 1}


def shown(connections: Any, form: str) -> list[tuple[float, float]]:
    """Return weight and delay of connections; all names must agree."""
    names = FORMS[form]
    rows = connections.get(["weight", "delay", names["weight"], names["delay"]])
    assert rows["weight"] == rows[names["weight"]]
    assert rows["delay"] == rows[names["delay"]]
    values = np.atleast_1d(rows["weight"]), np.atleast_1d(rows["delay"])
    return sorted(zip(values[0].tolist(), values[1].tolist(), strict=True))


@pytest.mark.parametrize("form", ["parameter", "state", "configured"])
def test_names_that_contradict_each_other_are_an_error(form: str, pair: tuple[Any, Any]) -> None:
    pre, post = pair
    name = made(PLAIN, form)
    d = FORMS[form]["delay"]
    w = FORMS[form]["weight"]
    clashes: list[dict[str, Any]] = [{d: 3.0, "delay": 4.0}]
    if w != "weight":
        clashes.append({w: 3.0, "weight": 2.0})
    for number, clash in enumerate(clashes):
        each = {key: np.full((2, 2), value) for key, value in clash.items()}
        drawn = {key: nest.random.uniform(value, value + 1e-9) for key, value in clash.items()}
        for given in (clash, each, drawn):
            with pytest.raises(BadProperty, match="cannot be both"):
                nest.Connect(pre, post, syn_spec={"synapse_model": name, **SPEC, **given})
        with pytest.raises(BadProperty, match="cannot be both"):
            nest.SetDefaults(name, clash)
        with pytest.raises(BadProperty, match="cannot be both"):
            nest.CopyModel(name, f"{name}_{number}", clash)
        assert nest.num_connections == 0
        nest.Connect(pre, post, syn_spec={"synapse_model": name, **SPEC})
        before = shown(nest.GetConnections(), form)
        with pytest.raises(BadProperty, match="cannot be both"):
            nest.GetConnections().set(clash)
        assert shown(nest.GetConnections(), form) == before == [(1.0, 2.0)] * 4
        nest.Disconnect(nest.GetConnections())
        assert nest.num_connections == 0


@pytest.mark.parametrize("form", list(FORMS))
def test_names_that_agree_or_repeat_a_default_are_not(form: str, pair: tuple[Any, Any]) -> None:
    pre, post = pair
    name = made(PLAIN, form)
    d = FORMS[form]["delay"]
    w = FORMS[form]["weight"]
    nest.SetDefaults(name, {w: 3.0, "weight": 3.0, d: 1.52, "delay": 1.5})
    keys = {w, d, "weight", "delay", "tau"}
    defaults = {key: value for key, value in nest.GetDefaults(name).items() if key in keys}
    assert defaults["weight"] == defaults[w] == 3.0
    assert defaults["delay"] == defaults[d] == 1.5
    for more in ({"weight": 2.0}, {w: 2.0}):
        for other in ({"delay": 2.5}, {d: 2.5}, {d: 2.52}):
            spec = {"synapse_model": name, **SPEC, **defaults, **more, **other}
            nest.Connect(pre, post, syn_spec=spec)
    assert shown(nest.GetConnections(), form) == [(2.0, 2.5)] * 24
    values = nest.GetConnections()[3].get()
    some = {key: value for key, value in values.items() if key in keys}
    nest.GetConnections()[3].set({**some, "weight": 5.0, "delay": 3.0})
    assert shown(nest.GetConnections()[3], form) == [(5.0, 3.0)]
    nest.CopyModel(name, f"{name}_copy", {**defaults, w: 7.0, d: 4.0})
    copied = nest.GetDefaults(f"{name}_copy")
    assert (copied["weight"], copied[w], copied["delay"], copied[d]) == (7.0, 7.0, 4.0, 4.0)


@pytest.mark.parametrize("form", list(FORMS))
def test_delays_that_differ_and_change(form: str, pair: tuple[Any, Any]) -> None:
    """Arrays, random numbers, and what is set between two runs reach the handlers."""
    pre, post = pair
    name = made(PLAIN, form)
    d = FORMS[form]["delay"]
    times = [5.0, 15.0, 25.0]
    nest.Connect(generators([times]), pre, syn_spec={"receptor_type": 2, "delay": 1.0})
    delays = [[1.0, 2.0], [3.0, 4.0]]
    nest.Connect(pre, post, syn_spec={"synapse_model": name, "delay": delays, **SPEC})
    nest.Connect(pre, post, syn_spec={"synapse_model": name, d: nest.random.uniform(1.0, 5.0), **SPEC})
    nest.Simulate(20.0)
    found = nest.GetConnections(pre, post)
    delay, seen = np.array(found.get("delay")), np.array(found.get("seen"))
    assert len(set(delay.tolist())) > 5
    assert np.round(delay, 1).tolist() == pytest.approx(delay, abs=1e-12)
    assert seen == pytest.approx(2.0 * delay)
    found.set({d: [2.0] * 8})
    assert found.get("delay") == [2.0] * 8
    nest.Simulate(20.0)
    assert found.get("seen") == pytest.approx(seen + 2.0)


def test_a_late_connection_has_a_trace_of_its_own_delay(pair: tuple[Any, Any]) -> None:
    pre, post = pair
    name = made(PLAIN, "parameter")
    nest.Connect(generators([POST]), post, syn_spec={"receptor_type": 2, "delay": 1.0})
    nest.Connect(generators([[100.0]]), pre, syn_spec={"receptor_type": 2, "delay": 1.0})
    spec = {"synapse_model": name, "delay": 2.5, **SPEC}
    nest.Connect(pre[0], post, syn_spec=spec)
    nest.Simulate(80.0)
    nest.Connect(pre[1], post, syn_spec=spec)
    nest.Simulate(40.0)
    early, late = (nest.GetConnections(source, post).get("tr_post") for source in pre)
    assert min(early) > 1e-4
    assert late == pytest.approx(early, rel=1e-9)


# --- what no connection can have --------------------------------------------------------------------

REFUSED = {
    "is not a time": ("parameters:\n        d mV = 1 mV @nest::delay", ""),
    "and is @homogeneous": ("parameters:\n        d ms = 1 ms @homogeneous @nest::delay", ""),
    "is changed by the model": ("state:\n        d ms = 1 ms @nest::delay", "d += 1 ms"),
    "are both @nest::delay": ("parameters:\n        d, c ms = 1 ms @nest::delay", ""),
    "word for the delay of a connection, which is d": (
        "parameters:\n        d ms = 1 ms @nest::delay\n        delay ms = 2 ms",
        "",
    ),
    "word for the weight of a connection, which is v": (
        "parameters:\n        v real = 1 @nest::weight\n        weight real = 2",
        "",
    ),
}


@pytest.mark.parametrize("reason", list(REFUSED))
def test_what_cannot_be_weight_or_delay(reason: str, pair: tuple[Any, Any]) -> None:
    block, statement = REFUSED[reason]
    text = f"""
model wrong_synapse:
    {block}
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        {statement}
        emit_spike(1.0)
"""
    (name,) = nest.jit.define(text)
    with pytest.raises(NestmlErrors, match=reason):
        nest.Connect(*pair, syn_spec={"synapse_model": name})


def test_a_weight_that_all_have_cannot_be_set_for_one(pair: tuple[Any, Any]) -> None:
    text = """
model common_synapse:
    parameters:
        w real = 1 @homogeneous
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        emit_spike(w)
"""
    (name,) = nest.jit.define(text)
    pre, post = pair
    for key in ("w", "weight"):
        with pytest.raises(nest.NESTErrors.NotImplemented, match="common to all connections"):
            nest.Connect(pre, post, syn_spec={"synapse_model": name, key: 2.0, **SPEC})
    nest.SetDefaults(name, {"weight": 2.0})
    nest.Connect(pre, post, syn_spec={"synapse_model": name, **SPEC})
    with pytest.raises(nest.NESTErrors.NotImplemented, match="common to all connections"):
        nest.GetConnections().weight = 3.0
    assert set(nest.GetConnections().get("w")) == {2.0}


def test_a_weight_needs_a_variable(pair: tuple[Any, Any]) -> None:
    """What is emitted need not be a variable; then there is nothing to set. NEST's neurons get it, too."""
    text = """
model constant_synapse:
    parameters:
        g real = 2
    internals:
        twice real = 2 * g
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        emit_spike({emitted})
"""
    pre, post = pair
    nest.Connect(generators([[1.0, 4.0]]), pre, syn_spec={"receptor_type": 2, "delay": 1.0})
    foreign = nest.Create("iaf_psc_delta", params={"tau_m": 1e9, "E_L": 0.0, "V_th": 1e3, "V_m": 0.0})
    for emitted in ("3.0", "twice"):
        (name,) = nest.jit.define(text.format(emitted=emitted).replace("constant", f"constant_{emitted[0]}"))
        with pytest.raises(BadProperty, match="no variable that is the weight"):
            nest.Connect(pre, post, syn_spec={"synapse_model": name, "weight": 1.0, **SPEC})
        nest.Connect(pre[0], post[0], syn_spec={"synapse_model": name, "delay": 1.5, **SPEC})
        nest.Connect(pre[0], foreign, syn_spec={"synapse_model": name})
    nest.Simulate(10.0)
    assert post[0].received == 2 * (3.0 + 4.0)
    assert foreign.V_m == pytest.approx(14.0, rel=1e-6)
