"""A network that must not depend on the number of processes; writes what of it each process has.

One network per start, and nothing is connected after connections were looked at: NEST 3.10 itself crashes
or delivers wrongly with more than two processes when it passes on connections for a second time (see
https://github.com/nest/nest-simulator/issues/3489).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nestml_jit as nest

NEURON = "iaf_psc_exp_neuron"
STDP = "stdp_synapse_nestml"
VIRTUAL_PROCESSES = 4
SIZE = 24

NOISY = """
model noisy_neuron:
    state:
        x real = 0
    input:
        spikes <- spike
    output:
        spike
    update:
        x += random_normal(0, 1)
    onReceive(spikes):
        x += spikes * 1 ms
    onCondition(x > 4):
        x = 0
        emit_spike()

model chain_neuron:
    state:
        v[n] real = 1
    parameters:
        n integer = 2
    input:
        spikes <- spike
    output:
        spike
    update:
        i integer = 0
        for i in 0...n step 1:
            v[i] += 0.05 * (i + 1)
        if v[n - 1] > 2:
            v[n - 1] = 0
            emit_spike()
    onReceive(spikes):
        v[0] += spikes * 1 ms

model ports_neuron:
    state:
        v[n] real = 0
    parameters:
        n integer = 2
    input:
        spikes[n] <- spike
        more <- spike
    output:
        spike
    onReceive(spikes):
        v += spikes * 1 s
    onReceive(more):
        v[0] += 100 * more * 1 s
    onCondition(v[n - 1] > 2.5):
        v[n - 1] = 0
        emit_spike()
"""


def record(nodes: Any) -> Any:
    recorder = nest.Create("spike_recorder")
    nest.Connect(nodes, recorder)
    return recorder


def spikes(recorder: Any) -> list[tuple[float, int]]:
    events = recorder.events
    return sorted(zip(events["times"].tolist(), events["senders"].tolist(), strict=True))


def connections(synapse: str, *names: str) -> list[list[Any]]:
    """Return source, target and variables of the connections that end in this process."""
    found = nest.GetConnections(synapse_model=synapse)
    if len(found) == 0:
        return []
    values = found.get(["source", "target", "delay", *names])
    columns = [values[name] if isinstance(values[name], list) else [values[name]] for name in values]
    order = list(values)
    rows = [
        [row[order.index(name)] for name in ("source", "target", "delay", *names)]
        for row in zip(*columns, strict=True)
    ]
    return sorted(rows)


def local(nodes: Any, name: str) -> dict[int, float]:
    """Return a variable of the nodes that live in this process."""
    return {node.global_id: node.get(name) for node in nodes if node.get("local")}


def drive(nodes: Any, rate: float = 8000.0) -> None:
    noise = nest.Create("poisson_generator", params={"rate": rate})
    relay = nest.Create("parrot_neuron", len(nodes))
    nest.Connect(noise, relay)
    nest.Connect(relay, nodes, "one_to_one", {"weight": 60.0, "delay": 1.0})


def static() -> dict[str, Any]:
    nodes = nest.Create(NEURON, SIZE)
    nodes.set([{"I_e": 400.0 + 5.0 * index} for index in range(SIZE)])
    rule = {"rule": "fixed_indegree", "indegree": 5}
    weight = nest.random.normal(30.0, 5.0)
    spec = {"synapse_model": "static_synapse_nestml", "weight": weight, "delay": 1.5}
    nest.Connect(nodes, nodes, rule, spec)
    meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 0.5})
    nest.Connect(meter, nodes[5:7])
    recorder = record(nodes)
    nest.Simulate(50.0)
    nest.Simulate(50.0)
    events = meter.events
    traces = sorted(
        zip(events["senders"].tolist(), events["times"].tolist(), events["V_m"].tolist(), strict=True)
    )
    return {
        "spikes": spikes(recorder),
        "traces": traces,
        "connections": connections("static_synapse_nestml", "w"),
    }


def plastic(neuron: str = NEURON, synapse: str = STDP) -> dict[str, Any]:
    nodes = nest.Create(neuron, SIZE)
    drive(nodes)
    rule = {"rule": "fixed_indegree", "indegree": 6}
    nest.Connect(nodes, nodes, rule, {"synapse_model": synapse, "weight": 50.0, "delay": 1.2})
    recorder = record(nodes)
    nest.Simulate(150.0)
    nest.Simulate(50.0)
    return {"spikes": spikes(recorder), "connections": connections(synapse, "weight")}


def moved() -> dict[str, Any]:
    found = plastic()
    nodes = nest.NodeCollection(list(range(1, SIZE + 1)))
    name = f"post_trace__for_{STDP}"
    return {
        "spikes": found["spikes"],
        "traces": sorted(local(nodes, name).items()),
        "connections": connections(STDP, "post_trace", "pre_trace"),
    }


def one_connection_differs() -> dict[str, Any]:
    """A parameter of a single connection, which one process has; the variable cannot be moved then."""
    nodes = nest.Create(NEURON, SIZE)
    drive(nodes)
    spec = {"synapse_model": STDP, "weight": 50.0}
    nest.Connect(nodes, nodes, {"rule": "fixed_indegree", "indegree": 6}, spec)
    recorder = record(nodes)
    own = nest.GetConnections(target=nodes[3], synapse_model=STDP)
    if len(own) > 0:
        own[0].tau_tr_post = 5.0
    nest.Simulate(150.0)
    return {
        "spikes": spikes(recorder),
        "connections": connections(STDP, "weight", "tau_tr_post"),
        "own": [len(own)],
    }


def one_process_has_all() -> dict[str, Any]:
    """A single neuron: other processes have neither nodes nor connections of these models."""
    pre = nest.Create("parrot_neuron", 8)
    generators = nest.Create("spike_generator", 8)
    for index, generator in enumerate(generators):
        generator.set(spike_times=[3.0 + index + 7.0 * k for k in range(8)])
    nest.Connect(generators, pre, "one_to_one")
    post = nest.Create(NEURON, 1, params={"I_e": 420.0})
    nest.Connect(pre, post, syn_spec={"synapse_model": STDP, "weight": 300.0})
    before = sorted(name for name in nest.GetDefaults(NEURON) if "__for_" in name)
    recorder = record(post)
    nest.Simulate(80.0)
    return {
        "spikes": spikes(recorder),
        "connections": connections(STDP, "weight"),
        "columns": [before],
    }


def random_numbers() -> dict[str, Any]:
    nodes = nest.Create("noisy_neuron", SIZE)
    nest.Connect(nodes, nodes, {"rule": "fixed_indegree", "indegree": 2}, {"weight": 0.1})
    recorder = record(nodes)
    nest.Simulate(20.0)
    return {"spikes": spikes(recorder), "states": sorted(local(nodes, "x").items())}


def vectors() -> dict[str, Any]:
    """One neuron has larger vectors than the others: all processes need room for them."""
    nodes = nest.Create("chain_neuron", 6)
    nodes[2].n = 5
    recorder = record(nodes)
    nest.Simulate(20.0)
    return {"spikes": spikes(recorder), "states": [list(node.v) for node in nodes if node.local]}


def ports() -> dict[str, Any]:
    """One neuron has more ports than the others: all processes need rows for them."""
    sources = nest.Create("chain_neuron", 5)
    nodes = nest.Create("ports_neuron", 6)
    nodes[2].n = 5
    nodes[3].n = 1
    for index, size in enumerate((2, 2, 5, 1, 2, 2)):
        for receptor in range(1, size + 2):
            spec = {"synapse_model": "static_synapse_nestml", "receptor_type": receptor, "weight": 1.0}
            nest.Connect(sources[receptor % 5], nodes[index], syn_spec=spec)
    recorder = record(nodes)
    nest.Simulate(60.0)
    return {"spikes": spikes(recorder), "states": [list(node.v) for node in nodes if node.local]}


def recorded(neuron: str = NEURON) -> dict[str, Any]:
    """Neurons and nodes of other kinds in turns, connected to recorders before and after a simulation."""
    groups, recorders = [], []
    for size in (1, 2, 5, 9):
        groups.append(nest.Create(neuron, size, params={"I_e": 400.0 + 30.0 * size}))
        groups.append(nest.Create("iaf_psc_alpha", size, params={"I_e": 500.0}))
        recorders += [record(group[len(group) // 2 :]) for group in groups]
    nest.Simulate(60.0)
    nest.CopyModel("static_synapse", "late")
    recorders.append(nest.Create("spike_recorder"))
    nest.Connect(groups[-2] + groups[-1], recorders[-1], syn_spec={"synapse_model": "late"})
    nest.Simulate(60.0)
    found = [(index, *spike) for index, recorder in enumerate(recorders) for spike in spikes(recorder)]
    return {"spikes": found}


def recorded_of_nest() -> dict[str, Any]:
    return recorded("iaf_psc_exp")


def of_nest() -> dict[str, Any]:
    return plastic("iaf_psc_exp", "stdp_synapse")


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    case.__name__: case
    for case in (
        static,
        plastic,
        moved,
        one_connection_differs,
        one_process_has_all,
        random_numbers,
        vectors,
        ports,
        recorded,
        recorded_of_nest,
        of_nest,
    )
}


if __name__ == "__main__":
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=0.1, total_num_virtual_procs=VIRTUAL_PROCESSES, rng_seed=7)
    nest.jit.define(NOISY)
    results = CASES[sys.argv[1]]()
    results["stages"] = [[stage.name, stage.subject, stage.cached] for stage in nest.jit.report().stages]
    Path(os.environ["RESULT"]).write_text(json.dumps(results))
