"""Variables of connections as arrays: reading, setting and matrices, compared with NEST's dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import NEURON, STATIC, STDP, nest, parrots, reset, trains

get = nest.SynapseCollection.get.__wrapped__
set_ = nest.SynapseCollection.set.__wrapped__
"""NEST's own methods, which look up a dictionary of each connection."""


def network(threads: int = 1, simulate: bool = True) -> tuple[Any, Any]:
    """Return sources and targets; some pairs have two connections, one of them static."""
    reset(threads=threads)
    pre, post = parrots(trains(9, 60.0, 60.0)), nest.Create(NEURON, 7, params={"I_e": 500.0})
    weights = np.linspace(10.0, 40.0, 63).reshape(7, 9)
    delays = 1.0 + 0.1 * np.arange(63).reshape(7, 9)
    nest.Connect(pre, post, syn_spec={"synapse_model": STDP, "weight": weights, "delay": delays})
    nest.Connect(pre[:3], post, syn_spec={"synapse_model": STATIC, "weight": 5.0})
    if simulate:
        nest.Simulate(50.0)
    return pre, post


def found(order: Callable[[Any], Any] = lambda all_: all_, model: str = STDP) -> Any:
    return order(nest.GetConnections(synapse_model=model))


def sorted_by_ends(connections: Any) -> list[Any]:
    """Return the objects of a collection in an order that does not depend on threads."""
    order = np.lexsort((connections.get("target"), connections.get("source")))
    return [connections._datum[k] for k in order]


ORDERS: dict[str, Callable[[Any], Any]] = {
    "all": lambda all_: all_,
    "backwards": lambda all_: all_[::-1],
    "some": lambda all_: nest.SynapseCollection(sorted_by_ends(all_)[3:50:2]),
    "one": lambda all_: nest.SynapseCollection(sorted_by_ends(all_)[:1]),
}


# --- reading -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("simulate", [True, False])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("order", ORDERS)
def test_columns_are_what_get_shows(order: str, threads: int, simulate: bool) -> None:
    network(threads, simulate)
    connections = found(ORDERS[order])
    columns, shown = nest.jit.columns(connections), get(connections)
    assert {"weight", "w", "delay", "pre_trace", "post_trace", "tau_tr_post"} <= set(columns)
    for name in columns:
        assert np.array_equal(columns[name], np.atleast_1d(shown[name])), name
    assert np.array_equal(columns.sources, np.atleast_1d(shown["source"]))
    assert np.array_equal(columns.targets, np.atleast_1d(shown["target"]))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_present_is_what_dictionaries_say_of_it(threads: int) -> None:
    network(threads)
    connections = found()
    now = nest.jit.columns(connections, at="now")
    with nest._session.host.showing_now():
        shown = get(connections)
    for name in now:
        assert np.array_equal(now[name], shown[name]), name
    assert not np.array_equal(now["weight"], nest.jit.columns(connections)["weight"])


@pytest.mark.parametrize("threads", [1, 2])
def test_chosen_connections_are_those_that_getconnections_finds(threads: int) -> None:
    pre, post = network(threads)
    for source, target, model in ((pre, post, STDP), (pre[2:5], None, STDP), (None, post[::3], STATIC)):
        columns = nest.jit.columns(source=source, target=target, synapse_model=model)
        connections = nest.GetConnections(source, target, synapse_model=model)
        theirs = sorted(zip(*(connections.get(name) for name in ("source", "target", "weight")), strict=True))
        ours = zip(
            columns.sources.tolist(), columns.targets.tolist(), columns["weight"].tolist(), strict=True
        )
        assert sorted(ours) == theirs


KEYS: tuple[Any, ...] = (
    *("weight", "delay", "source", "post_trace", "nothing", "synapse_model", None),
    *(["weight", "w"], ("target", "port"), ["nothing"], []),
)


@pytest.mark.parametrize("keys", KEYS, ids=str)
def test_get_returns_what_nests_own_returns(keys: Any) -> None:
    network()
    for connections in (found(), found(ORDERS["backwards"]), found(model=STATIC)[:2], nest.GetConnections()):
        outcomes = []
        for method in (get, nest.SynapseCollection.get):
            try:
                outcomes.append(repr(method(connections, keys)))
            except KeyError as error:
                outcomes.append(repr(error))
        assert outcomes[0] == outcomes[1]


# --- setting -----------------------------------------------------------------------------------------


def values_for(connections: Any) -> np.ndarray:
    """Return a value for each connection that follows from its ends, for NEST finds threads in any order."""
    ends = (np.atleast_1d(connections.get(name)) for name in ("source", "target"))
    return 10.0 + np.add(*ends) % 23


def rows(*names: str) -> list[tuple[Any, ...]]:
    """Return what connections show, sorted by their ends."""
    shown = get(found(), ["source", "target", *names])
    return sorted(zip(*shown.values(), strict=True))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", ["weight", "w", "tau_tr_post", "pre_trace"])
def test_what_is_set_has_the_same_effect(name: str, order: str, threads: int) -> None:
    """One after the other by NEST's dictionaries, and as a column: also in the next simulation."""
    shown = []
    for use_columns in (False, True):
        network(threads)
        connections = found(ORDERS[order])
        values = values_for(connections)
        if use_columns:
            nest.jit.columns(connections)[name] = values
        else:
            set_(connections, {name: values.tolist() if len(values) > 1 else values[0]})
        now = rows("weight", "tau_tr_post", "pre_trace")
        nest.Simulate(20.0)
        shown.append((now, rows("weight", "post_trace")))
    assert shown[0] == shown[1]


@pytest.mark.parametrize(
    "params",
    [
        {"weight": 3.0},
        {"weight": 3},
        {"weight": [float(k) for k in range(63)]},
        {"weight": np.arange(63.0)},
        {"weight": list(range(63))},
        {"delay": 2.0},
        {"weight": 4.0, "Wmax": 90.0},
        {"weight": [1.0, 2.0]},
        {"weight": "heavy"},
        {"weight": None},
        {"weight": [True] * 63},
        {"weight": np.ones((63, 1))},
        {"Wmax": -1.0},
        {"Wmax": [50.0] * 62 + [-1.0]},
        {"nothing": 1.0},
        {"tau_tr_pre": float("nan")},
        {"post_trace": 0.5},
    ],
    ids=str,
)
def test_set_does_what_nests_own_does(params: dict[str, Any]) -> None:
    """Values, exceptions and their texts are the same, and nothing is set if there is one."""
    outcomes = []
    for method in (set_, nest.SynapseCollection.set):
        network()
        try:
            method(found(), dict(params))
            text = ""
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
        outcomes.append((text, repr(get(found()))))
    assert outcomes[0] == outcomes[1]


def test_columns_check_what_they_are_given() -> None:
    network()
    columns = nest.jit.columns(found())
    before = columns["Wmax"]
    with pytest.raises(nest.NESTErrors.BadProperty, match="Wmax"):
        columns["Wmax"] = np.where(np.arange(63) == 62, -1.0, 50.0)
    assert np.array_equal(columns["Wmax"], before)
    with pytest.raises(ValueError, match="63 values"):
        columns["weight"] = [1.0, 2.0]
    with pytest.raises(TypeError, match="real"):
        columns["weight"] = ["heavy"] * 63
    with pytest.raises(KeyError, match="is no column of connections of"):
        columns["nothing"] = 1.0
    with pytest.raises(TypeError, match=r"set\(delay="):
        columns["delay"] = 1.0


def test_columns_of_connections_that_have_changed_are_refused() -> None:
    pre, _post = network()
    columns = nest.jit.columns(source=pre, synapse_model=STDP)
    found()[0].disconnect()
    with pytest.raises(nest.NESTErrors.KernelException, match="select them again"):
        columns["weight"] = 1.0
    assert len(nest.jit.columns(source=pre, synapse_model=STDP)["weight"]) == 62
    columns = nest.jit.columns(source=pre, synapse_model=STDP)
    reset()
    with pytest.raises(nest.NESTErrors.KernelException, match="select them again"):
        columns["weight"]


def test_connections_from_devices_have_columns_too() -> None:
    reset()
    neurons = nest.Create(NEURON, 40)
    nest.Connect(nest.Create("poisson_generator"), neurons, syn_spec={"synapse_model": STATIC, "weight": 2.0})
    columns = nest.jit.columns(nest.GetConnections())
    columns["weight"] = np.arange(40.0)
    assert columns["weight"].tolist() == list(range(40))
    assert columns.targets.tolist() == neurons.tolist()


def test_what_has_no_columns_says_what_to_use() -> None:
    pre, post = network(simulate=False)
    with pytest.raises(TypeError, match="NodeCollection or a SynapseCollection"):
        nest.jit.columns(STDP)
    with pytest.raises(nest.NESTErrors.KernelException, match="synapse_model must be given"):
        nest.jit.columns(source=pre)
    with pytest.raises(nest.NESTErrors.KernelException, match="get"):
        nest.jit.columns(synapse_model="static_synapse")
    with pytest.raises(TypeError, match="either a collection"):
        nest.jit.columns(found(), source=pre)
    with pytest.raises(KeyError, match=r"get\('tau_tr_post__for_stdp_synapse_nestml'\)"):
        nest.jit.columns(post)["tau_tr_post__for_stdp_synapse_nestml"]
    with pytest.raises(KeyError, match="their columns are"):
        nest.jit.columns(post)["nothing"]


# --- matrices ----------------------------------------------------------------------------------------


def expected(pre: Any, post: Any, name: str, absent: float) -> np.ndarray:
    matrix = np.full((len(post), len(pre)), absent)
    for item in nest.GetConnections(pre, post, synapse_model=STDP):
        row = item.get()
        place = post.tolist().index(row["target"]), pre.tolist().index(row["source"])
        matrix[place] = row[name] + (0.0 if np.isnan(matrix[place]) else matrix[place])
    return matrix


@pytest.mark.parametrize("threads", [1, 2])
def test_a_matrix_has_a_row_per_target(threads: int) -> None:
    pre, post = network(threads)
    found()[10:20].disconnect()
    for sources, targets in ((pre, post), (pre[2:5], post[::3])):
        weights = expected(sources, targets, "weight", 0.0)
        assert np.array_equal(nest.jit.matrix(sources, targets, synapse_model=STDP), weights)
        sparse = nest.jit.matrix(sources, targets, synapse_model=STDP, sparse=True)
        assert np.array_equal(sparse.toarray(), weights)
        assert sparse.nnz == len(nest.GetConnections(sources, targets, synapse_model=STDP))
        delays = nest.jit.matrix(sources, targets, "delay", synapse_model=STDP)
        assert np.array_equal(delays, expected(sources, targets, "delay", np.nan), equal_nan=True)


def test_weights_of_parallel_connections_add_up() -> None:
    pre, post = network(simulate=False)
    nest.Connect(pre[0], post[1], syn_spec={"synapse_model": STDP, "weight": 100.0})
    matrix = nest.jit.matrix(pre, post, synapse_model=STDP)
    assert np.array_equal(matrix, expected(pre, post, "weight", 0.0))
    assert matrix[1, 0] > 100.0
    assert nest.jit.matrix(pre, post, synapse_model=STDP, sparse=True)[1, 0] == matrix[1, 0]
    with pytest.raises(ValueError, match="several connections from node"):
        nest.jit.matrix(pre, post, "delay", synapse_model=STDP)
