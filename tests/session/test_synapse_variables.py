"""Every variable of every synapse model of the library can be read and set, when connecting and later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nestml_jit
from tests.numerics.network import nest, parrots, reset, trains

STEMS = sorted(path.stem for path in (Path(nestml_jit.__path__[0]) / "models").glob("*_synapse.nestml"))
NEURON = "iaf_psc_exp_dend_neuron"
PORTS = {"stdsp_synapse": {"dAP_trace": "I_dend"}}
PRE, POST = 2, 3


@pytest.fixture(autouse=True)
def inferred_ports() -> Iterator[None]:
    """Leave the ports of models to be inferred, as other tests of this process expect."""
    yield
    reset()
    for stem in PORTS:
        nest.jit.configure(stem, ports={})


def prepared(stem: str) -> tuple[str, Any, Any]:
    """Return a model of our library under the name that it has in NEST, and nodes to connect."""
    reset()
    if stem in PORTS:
        nest.jit.configure(stem, ports=PORTS[stem])
    model = f"{stem}_nestml" if stem in nest.synapse_models else stem
    if "volume_transmitter" in nest.GetDefaults(model):
        nest.SetDefaults(model, {"volume_transmitter": nest.Create("volume_transmitter")})
    pre = parrots(trains(PRE, 60.0, 60.0))
    return model, pre, nest.Create(NEURON, POST, params={"I_e": 500.0})


def variables(model: str) -> dict[str, float]:
    """Return the variables that connections may have values of their own of, with the defaults."""
    defaults = nest.GetDefaults(model)
    known = set(nest.GetDefaults("static_synapse")) | {"volume_transmitter", "rate", "t_last_update"}
    return {name: value for name, value in defaults.items() if name not in known}


def near(value: float, number: int) -> Any:
    """Return another value that guards allow; NEST takes no arrays of booleans, but of integers."""
    if isinstance(value, bool):
        return number % 2
    return value + number if isinstance(value, int) else value * (1.0 - 0.001 * number) + 1.2345e-9 * number


@pytest.mark.parametrize("stem", STEMS)
def test_values_for_each_connection(stem: str) -> None:
    model, pre, post = prepared(stem)
    given = {
        name: [[near(value, PRE * j + i) for i in range(PRE)] for j in range(POST)]
        for name, value in variables(model).items()
    }
    assert "w" in given
    nest.Connect(pre, post, syn_spec={"synapse_model": model, "receptor_type": 1, **given})
    found = nest.GetConnections(pre, post)
    columns = found.get(["source", "target", *given])
    for number, (source, target) in enumerate(zip(columns["source"], columns["target"], strict=True)):
        place = post.tolist().index(target), pre.tolist().index(source)
        for name, rows in given.items():
            assert columns[name][number] == pytest.approx(rows[place[0]][place[1]], rel=1e-14), name


@pytest.mark.parametrize("stem", STEMS)
def test_values_drawn_at_random(stem: str) -> None:
    model, pre, post = prepared(stem)
    real = {name: value for name, value in variables(model).items() if isinstance(value, float)}
    ranges = {name: sorted((near(value, 1), near(value, 9))) for name, value in real.items()}
    drawn = {name: nest.random.uniform(*limits) for name, limits in ranges.items()}
    nest.Connect(pre, post, syn_spec={"synapse_model": model, "receptor_type": 1, **drawn})
    found = nest.GetConnections(pre, post).get(list(real))
    for name, (low, high) in ranges.items():
        assert len(set(found[name])) == PRE * POST, name
        assert low <= min(found[name]) <= max(found[name]) <= high, name


@pytest.mark.parametrize("stem", STEMS)
def test_values_set_before_and_after_a_simulation(stem: str) -> None:
    """A value that is set for one connection is what is read, until the next spike, and of no other."""
    model, pre, post = prepared(stem)
    nest.Connect(pre, post, syn_spec={"synapse_model": model, "receptor_type": 1, "delay": 1.5})
    for number in (1, 2):
        found = nest.GetConnections(pre, post)
        for name, value in variables(model).items():
            before = found.get(name)
            assert len(before) == PRE * POST
            new = not before[3] if isinstance(value, bool) else near(before[3], number)
            found[3].set({name: new})
            after = found.get(name)
            assert after[3] == pytest.approx(new, rel=1e-14), name
            assert np.delete(after, 3).tolist() == np.delete(before, 3).tolist(), name
        nest.Simulate(30.0)
    assert found.get("delay") == [1.5] * (PRE * POST)
