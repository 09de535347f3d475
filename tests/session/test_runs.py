"""Runs in a loop: kernels are bound anew if, and only if, something has changed that they depend on."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from nestml_jit.host.library import Host
from nestml_jit.session.binding import Binding
from tests.numerics.network import NEURON, STATIC, STDP, nest, reset

SYMMETRIC = {"rule": "one_to_one", "make_symmetric": True}


@pytest.fixture
def bindings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return a list to which each begin of a simulation adds "resumed" or "bound".

    One that was resumed is checked: working the bindings out again must find nothing to do.
    """
    begun: list[str] = []
    resume, begin = Host.resume, Host.begin_run

    def resume_checked(host: Host) -> bool:
        if not resume(host):
            return False
        begun.append("resumed")
        assert host.take_pairs() == []
        resolution, seed, _grows = host.settings()
        binding: Binding = nest._session._binding
        assert binding._fusions(resolution, seed) == {}
        assert resume(host)  # `take_pairs` and the rest have changed nothing
        return True

    def begin_noted(host: Host) -> None:
        begun.append("bound")
        begin(host)

    monkeypatch.setattr(Host, "resume", resume_checked)
    monkeypatch.setattr(Host, "begin_run", begin_noted)
    yield begun
    nest.Create(NEURON)
    nest.jit.configure(NEURON, move=True)


def network() -> Any:
    neurons = nest.Create(NEURON, 3, params={"I_e": 600.0})
    nest.Connect(neurons, neurons, syn_spec={"synapse_model": STDP, "weight": 20.0, "delay": 1.0})
    return neurons


# --- what changes nothing, and what does -------------------------------------------------------------


def test_runs_in_a_loop_bind_once(bindings: list[str]) -> None:
    neurons = network()
    voltage = nest.jit.columns(neurons)["V_m"]
    nest.Prepare()
    for _ in range(5):
        nest.Run(1.0)
        voltage[...] = voltage[...] - 0.1
        neurons[0].get("V_m")
        neurons.I_e = 610.0
        nest.GetConnections().get("weight")
    nest.Cleanup()
    nest.Simulate(1.0)
    assert bindings == ["bound", *["resumed"] * 6]


def test_a_run_takes_few_calls_of_python() -> None:
    network()
    calls = []
    with nest.RunManager():
        nest.Run(1.0)
        sys.setprofile(lambda frame, event, _argument: calls.append(frame) if event == "call" else None)
        nest.Run(1.0)
        sys.setprofile(None)
    assert 0 < len(calls) < 20


CHANGES: dict[str, Callable[[Any], object]] = {
    "Create": lambda _neurons: nest.Create(NEURON),
    "Create of another model": lambda _neurons: nest.Create("iaf_psc_alpha_neuron"),
    "Connect": lambda neurons: nest.Connect(neurons[0], neurons[1], syn_spec=STATIC),
    "Connect again": lambda neurons: nest.Connect(neurons[0], neurons[1], syn_spec=STDP),
    "Disconnect": lambda _neurons: nest.GetConnections(synapse_model=STDP)[0].disconnect(),
    "set of connections": lambda _neurons: nest.GetConnections().set(weight=3.0),
    "SetDefaults of a neuron": lambda _neurons: nest.SetDefaults(NEURON, {"tau_m": 11.0}),
    "SetDefaults of a synapse": lambda _neurons: nest.SetDefaults(STDP, {"lambda": 0.02}),
    "CopyModel": lambda _neurons: nest.CopyModel(NEURON, "copy"),
    "seed": lambda _neurons: nest.set(rng_seed=77),
    "configure": lambda _neurons: nest.jit.configure(NEURON, move=True),
    "structural plasticity": lambda _neurons: nest.EnableStructuralPlasticity(),
    "moved parameter": lambda neurons: neurons[:3].set({f"tau_tr_post__for_{STDP}": 21.0}),
    "gap junction": lambda neurons: nest.Connect(neurons[3], neurons[4], SYMMETRIC, "gap_junction"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_binds_anew(change: str) -> None:
    neurons = network() + nest.Create("hh_psc_alpha_gap_neuron", 2)
    host = nest._session.host
    host.begin_run()
    assert host.is_bound
    CHANGES[change](neurons)
    assert not host.is_bound


# --- any calls in any order ----------------------------------------------------------------------------


class Program:
    """Random calls between short runs; the same seed makes the same calls."""

    def __init__(self, seed: int, *, always_anew: bool) -> None:
        self.random = random.Random(seed)
        self._always_anew = always_anew
        self.neurons = [network()]

    def play(self, calls: int) -> Iterator[np.ndarray]:
        """Make that many calls; yield after each what neurons and connections then show."""
        actions = [getattr(self, name) for name in dir(self) if name.startswith("do_")]
        for _ in range(calls):
            for action in self.random.choices(actions, k=self.random.choice([0, 1, 2])):
                action()
            if self._always_anew:
                nest._session.note_change()
            nest.Simulate(self.random.choice([0.5, 2.0]))
            yield self.shown()

    def shown(self) -> np.ndarray:
        states = [np.atleast_1d(nodes.V_m) for nodes in self.neurons]
        connections = nest.GetConnections()
        found = connections.get(["source", "target", "weight"])
        return np.concatenate([*states, *(np.atleast_1d(found[name]) for name in found)])

    def _any(self) -> Any:
        return self.random.choice(self.neurons)

    def _plastic(self) -> Any:
        return nest.GetConnections(self._any(), synapse_model=STDP)

    def do_create(self) -> None:
        self.neurons.append(nest.Create(NEURON, self.random.choice([1, 2]), params={"I_e": 500.0}))

    def do_connect(self) -> None:
        synapse = self.random.choice([STATIC, STDP])
        nest.Connect(self._any(), self._any(), syn_spec={"synapse_model": synapse, "weight": 10.0})

    def do_disconnect(self) -> None:
        connections = self._plastic()
        if len(connections):
            connections[self.random.randrange(len(connections))].disconnect()

    def do_set_weight(self) -> None:
        connections = self._plastic()
        if len(connections):
            connections.set(weight=self.random.uniform(5.0, 30.0))

    def do_set_parameter(self) -> None:
        """Connections come to differ in a parameter of what neurons keep for them."""
        connections = self._plastic()
        if len(connections):
            value = self.random.choice([20.0, 31.0])
            self.random.choice([connections, connections[0]]).set(tau_tr_post=value)

    def do_set_common_parameter(self) -> None:
        nest.GetConnections(synapse_model=STDP).set(tau_tr_post=self.random.choice([20.0, 25.0]))

    def do_set_neuron(self) -> None:
        self._any().set(I_e=self.random.uniform(400.0, 700.0), tau_m=self.random.choice([10.0, 12.0]))

    def do_write_column(self) -> None:
        nest.jit.columns(self._any())["V_m"] = -70.0 + self.random.random()

    def do_set_kept(self) -> None:
        with contextlib.suppress(nest.NESTErrors.UnaccessedDictionaryEntry):  # while connections keep it
            self._any().set({f"tau_tr_post__for_{STDP}": self.random.choice([20.0, 22.0])})

    def do_set_defaults(self) -> None:
        nest.SetDefaults(STDP, {"tau_tr_post": self.random.choice([20.0, 23.0])})

    def do_set_neuron_defaults(self) -> None:
        nest.SetDefaults(NEURON, {"E_L": self.random.choice([-70.0, -69.0])})

    def do_configure(self) -> None:
        nest.jit.configure(NEURON, move=self.random.choice([True, False]))

    def do_seed(self) -> None:
        nest.rng_seed = self.random.randrange(1, 1000)

    def do_look(self) -> None:
        nest.GetConnections().get("weight")
        nest.GetDefaults(STDP)


@pytest.mark.parametrize("seed", range(6))
def test_any_calls_between_runs_count_as_if_all_was_bound_anew(seed: int, bindings: list[str]) -> None:
    found = []
    for always_anew in (False, True):
        reset()
        nest.Create(NEURON)
        nest.jit.configure(NEURON, move=True)
        found.append(list(Program(seed, always_anew=always_anew).play(12)))
    assert bindings.count("resumed") > 1
    for mine, theirs in zip(*found, strict=True):
        assert np.array_equal(mine, theirs)
