"""Every call of PyNEST once with NESTML models in each place, against the same with NEST's own models.

A call returns what it found, in words that do not depend on the models' names. NEST's models give what is
expected.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot

from tests.numerics.network import NEURON, STATIC, STDP, nest, reset


@dataclass(frozen=True)
class Models:
    """Which models a network is of."""

    neuron: str
    synapse: str
    plastic: str

    def neutral(self, value: Any) -> Any:
        """Return what a call found without the names of models."""
        text = json.dumps(value, default=lambda item: np.asarray(item).tolist())
        names = {self.neuron: "NEURON", self.synapse: "SYNAPSE", self.plastic: "PLASTIC"}
        for name, word in names.items():
            text = text.replace(f'"{name}"', f'"{word}"')
        return json.loads(text)


BUILT_IN = Models("iaf_psc_exp", "static_synapse", "stdp_synapse")
MIXTURES = {
    "neurons": Models(NEURON, "static_synapse", "stdp_synapse"),
    "synapses": Models("iaf_psc_exp", STATIC, "stdp_synapse"),
    "both": Models(NEURON, STATIC, STDP),
}


@dataclass(frozen=True)
class Network:
    """Parrots that send to a layer of neurons, each kind of synapse in use.

    Attributes
    ----------
    sources
        Four parrots, the first of which gets spikes.
    layer
        Nine neurons on a grid.
    """

    models: Models
    sources: Any
    layer: Any
    folder: Path


def network(models: Models, folder: Path) -> Network:
    reset()
    sources = nest.Create("parrot_neuron", 4)
    spikes = nest.Create("spike_generator", params={"spike_times": [1.0, 5.0, 9.0]})
    nest.Connect(spikes, sources[0], syn_spec="static_synapse_hom_w")  # which no mixture is about
    layer = nest.Create(models.neuron, positions=nest.spatial.grid([3, 3], extent=[3.0, 3.0]))
    layer.tau_m = 12.0
    nest.Connect(sources, layer, syn_spec={"synapse_model": models.synapse, "weight": 50.0, "delay": 1.5})
    nest.Connect(sources[0], layer, syn_spec={"synapse_model": models.plastic, "weight": 30.0, "delay": 1.0})
    return Network(models, sources, layer, folder)


CALLS: dict[str, Callable[[Network], Any]] = {}
"""For each call of PyNEST what is done with it."""


def call(*names: str) -> Callable[[Callable[[Network], Any]], Callable[[Network], Any]]:
    """Note which calls a function is about; they are named like in PyNEST."""

    def note(function: Callable[[Network], Any]) -> Callable[[Network], Any]:
        CALLS.update(dict.fromkeys(names, function))
        return function

    return note


def made(net: Network, synapse: str) -> Any:
    found = nest.GetConnections(synapse_model=synapse).get(["source", "target", "weight", "delay"])
    return sorted(zip(*map(np.atleast_1d, found.values()), strict=True)) if found else []


def voltages(net: Network) -> list[float]:
    return [round(value, 9) for value in net.layer.V_m]


# --- nodes ---------------------------------------------------------------------------------------


@call("Create")
def create(net: Network) -> Any:
    some = nest.Create(net.models.neuron, 3, {"C_m": [200.0, 250.0, 300.0], "tau_m": 12.0})
    free = nest.Create(net.models.neuron, positions=nest.spatial.free([[0.0, 1.0], [2.0, 3.0]]))
    return [
        some.get(["C_m", "tau_m", "model"]),
        free.spatial["positions"],
        nest.Create(net.models.neuron).V_m,
    ]


@call("GetStatus", "SetStatus")
def status(net: Network) -> Any:
    nest.SetStatus(net.layer, {"I_e": 10.0})
    nest.SetStatus(net.layer[:2], "V_m", [-60.0, -61.0])
    synapses = nest.GetConnections(net.sources, synapse_model=net.models.synapse)
    nest.SetStatus(synapses, [{"weight": float(number)} for number in range(len(synapses))])
    return [
        nest.GetStatus(net.layer, ["V_m", "I_e"]),
        nest.GetStatus(synapses, "weight"),
        json.loads(nest.GetStatus(net.layer[:2], "V_m", output="json")),
    ]


@call("GetNodes", "GetLocalNodeCollection", "PrintNodes")
def nodes(net: Network) -> Any:
    nest.PrintNodes()
    return [
        nest.GetNodes({"model": net.models.neuron}).tolist(),
        nest.GetLocalNodeCollection(net.layer).tolist(),
    ]


@call("GetDefaults", "SetDefaults")
def defaults(net: Network) -> Any:
    nest.SetDefaults(net.models.neuron, {"tau_m": 21.0})
    nest.SetDefaults(net.models.neuron, "C_m", 240.0)
    nest.SetDefaults(net.models.synapse, {"weight": 3.0})
    made_now = nest.Create(net.models.neuron)
    nest.Connect(net.sources[1], made_now, syn_spec=net.models.synapse)
    return [
        nest.GetDefaults(net.models.neuron, ["tau_m", "C_m", "element_type"]),
        nest.GetDefaults(net.models.synapse, "weight"),
        nest.GetDefaults(net.models.plastic, ["delay", "synapse_model"]),
        json.loads(nest.GetDefaults(net.models.neuron, "tau_m", output="json")),
        made_now.get(["tau_m", "C_m"]),
        nest.GetConnections(target=made_now).weight,
    ]


@call("CopyModel")
def copy(net: Network) -> Any:
    nest.CopyModel(net.models.neuron, "neuron_copy", {"tau_m": 9.0})
    nest.CopyModel(net.models.synapse, "synapse_copy", {"weight": 7.0})
    nest.CopyModel(net.models.plastic, "plastic_copy", {"delay": 2.0})
    copies = nest.Create("neuron_copy", 2)
    nest.Connect(net.sources, copies, syn_spec="synapse_copy")
    nest.Connect(net.sources, copies, syn_spec={"synapse_model": "plastic_copy", "weight": 20.0})
    nest.Simulate(20.0)
    return [copies.get(["tau_m", "model"]), made(net, "synapse_copy"), np.round(copies.V_m, 9)]


@call("Models")
def models(net: Network) -> Any:
    used = {net.models.neuron, net.models.synapse, net.models.plastic}
    assert used <= set(nest.node_models) | set(nest.synapse_models)
    assert used <= set(nest.GetKernelStatus(["node_models", "synapse_models"])[0]) | set(nest.synapse_models)
    return None


# --- connections ---------------------------------------------------------------------------------


@call("Connect", "GetConnections", "CollocatedSynapses")
def connect(net: Network) -> Any:
    models = net.models
    more = nest.Create(models.neuron, 4)
    spec = {"synapse_model": models.synapse, "weight": nest.random.uniform(1.0, 2.0), "delay": 2.0}
    nest.Connect(net.sources, more, "one_to_one", models.synapse)
    nest.Connect(net.sources, more, {"rule": "fixed_indegree", "indegree": 2}, spec)
    both = nest.CollocatedSynapses(spec, {"synapse_model": models.plastic, "weight": 3.0})
    nest.Connect(net.sources, more, {"rule": "fixed_outdegree", "outdegree": 1}, both)
    ones = np.ones(4)
    arrays = {"synapse_model": models.synapse, "weight": 4.0 * ones, "delay": ones}
    nest.Connect(np.array(net.sources.tolist()), np.array(more.tolist()), "one_to_one", arrays)
    got = nest.Connect(more, more, syn_spec=models.synapse, return_synapsecollection=True)
    return [made(net, models.synapse), made(net, models.plastic), len(got), got.synapse_model[:2]]


@call("Disconnect")
def disconnect(net: Network) -> Any:
    spec = {"synapse_model": net.models.synapse}
    nest.Disconnect(net.sources[:2], net.layer[:2], conn_spec="one_to_one", syn_spec=spec)
    nest.GetConnections(net.sources[2], synapse_model=net.models.synapse).disconnect()
    return made(net, net.models.synapse)


@call("TripartiteConnect")
def tripartite(net: Network) -> Any:
    third = nest.Create(net.models.neuron, 2)
    synapses = {
        "primary": net.models.plastic,
        "third_in": net.models.synapse,
        "third_out": net.models.synapse,
    }
    nest.TripartiteConnect(
        net.sources,
        net.layer,
        third,
        {"rule": "tripartite_bernoulli_with_pool", "p_primary": 0.5, "p_third_if_primary": 0.5}
        if "tripartite_bernoulli_with_pool" in nest.connection_rules
        else {"rule": "pairwise_bernoulli", "p": 0.5},
        {"rule": "third_factor_bernoulli_with_pool", "p": 0.5, "pool_size": 1},
        {place: {"synapse_model": name, "weight": 2.0} for place, name in synapses.items()},
    )
    nest.Simulate(5.0)
    return [made(net, net.models.plastic), made(net, net.models.synapse)]


@call("EnableStructuralPlasticity", "DisableStructuralPlasticity", "SetKernelStatus", "GetKernelStatus")
def structural_plasticity(net: Network) -> Any:
    nest.CopyModel(net.models.synapse, "growing", {"weight": 1.0, "delay": 1.0})
    pair = {"synapse_model": "growing", "post_synaptic_element": "Den", "pre_synaptic_element": "Axon"}
    nest.SetKernelStatus({"structural_plasticity_synapses": {"one": pair}})
    nest.structural_plasticity_update_interval = 10.0
    curve = {"growth_curve": "linear", "z": 2.0, "growth_rate": 0.0, "eps": 5.0, "continuous": False}
    growing = nest.Create(net.models.neuron, 6, {"synaptic_elements": {"Den": curve, "Axon": curve}})
    nest.EnableStructuralPlasticity()
    nest.Simulate(30.0)
    nest.DisableStructuralPlasticity()
    elements = [item["Den"]["z_connected"] for item in growing.synaptic_elements]
    return [made(net, "growing"), elements, nest.GetKernelStatus("structural_plasticity_synapses")]


@call("DumpLayerConnections", "DumpLayerNodes")
def dump(net: Network) -> Any:
    nest.Connect(
        net.layer, net.layer, {"rule": "pairwise_bernoulli", "p": 0.5}, {"synapse_model": net.models.synapse}
    )
    nest.DumpLayerConnections(net.layer, net.layer, net.models.synapse, str(net.folder / "connections"))
    nest.DumpLayerNodes(net.layer, str(net.folder / "nodes"))
    return [sorted((net.folder / name).read_text().splitlines()) for name in ("connections", "nodes")]


# --- space ---------------------------------------------------------------------------------------


@call("CreateMask", "CreateParameter", "Displacement", "Distance", "FindCenterElement", "GetPosition")
@call("FindNearestElement", "SelectNodesByMask", "GetSourceNodes", "GetSourcePositions", "GetTargetNodes")
@call("GetTargetPositions")
def space(net: Network) -> Any:
    layer, synapse = net.layer, net.models.synapse
    mask = nest.CreateMask("circular", {"radius": 1.2})
    strength = nest.CreateParameter("constant", {"value": 2.5})
    rule = {
        "rule": "pairwise_bernoulli",
        "p": nest.spatial_distributions.gaussian(nest.spatial.distance, std=1.0),
    }
    nest.Connect(
        layer,
        layer,
        {**rule, "mask": {"circular": {"radius": 1.2}}},
        {"synapse_model": synapse, "weight": strength},
    )
    return [
        made(net, synapse),
        nest.Displacement(layer[:2], layer[2:4]),
        nest.Distance(layer[:2], layer[2:4]),
        nest.FindCenterElement(layer).tolist(),
        nest.GetPosition(layer),
        nest.FindNearestElement(layer, [0.9, 0.9]).tolist(),
        nest.SelectNodesByMask(layer, [0.0, 0.0], mask).tolist(),
        [item.tolist() for item in nest.GetSourceNodes(layer, layer[4:6], synapse)],
        nest.GetSourcePositions(layer, layer[4:6], synapse),
        [item.tolist() for item in nest.GetTargetNodes(layer[4:6], layer, synapse)],
        nest.GetTargetPositions(layer[4:6], layer, synapse),
    ]


@call("PlotLayer", "PlotSources", "PlotTargets", "PlotProbabilityParameter")
def plots(net: Network) -> Any:
    layer, synapse = net.layer, net.models.synapse
    nest.Connect(layer, layer, syn_spec={"synapse_model": synapse})
    figures = [
        nest.PlotLayer(layer),
        nest.PlotSources(layer, layer[4], synapse),
        nest.PlotTargets(layer[4], layer, synapse),
    ]
    axes = pyplot.figure().gca()
    nest.PlotProbabilityParameter(
        layer[4], nest.spatial_distributions.exponential(nest.spatial.distance), ax=axes
    )
    figures.append(axes.figure)
    found = [
        [sorted(np.asarray(dots.get_offsets()).tolist()) for dots in figure.gca().collections]
        for figure in figures
    ]
    pyplot.close("all")
    return found


# --- simulations ---------------------------------------------------------------------------------


@call("Simulate")
def simulate(net: Network) -> Any:
    nest.Simulate(20.0)
    return [voltages(net), [round(row[2], 9) for row in made(net, net.models.plastic)], nest.biological_time]


@call("Prepare", "Run", "Cleanup")
def prepare(net: Network) -> Any:
    nest.Prepare()
    nest.Run(10.0)
    nest.Run(10.0)
    nest.Cleanup()
    return voltages(net)


@call("RunManager")
def run_manager(net: Network) -> Any:
    with nest.RunManager():
        nest.Run(20.0)
    return voltages(net)


@call("ResetKernel")
def reset_kernel(net: Network) -> Any:
    nest.Simulate(5.0)
    nest.ResetKernel()
    assert nest.network_size == 0
    again = network(net.models, net.folder)
    nest.Simulate(5.0)
    return voltages(again)


@call("raster_plot", "voltage_trace")
def recorded(net: Network) -> Any:
    recorder, meter = nest.Create("spike_recorder"), nest.Create("voltmeter")
    net.layer.I_e = 900.0
    nest.Connect(net.layer, recorder)
    nest.Connect(meter, net.layer[:2])
    nest.Simulate(40.0)
    nest.raster_plot.from_device(recorder)
    dots = pyplot.gcf().axes[0].lines[0].get_xydata()
    pyplot.figure()
    nest.voltage_trace.from_device(meter)
    lines = [np.round(line.get_xydata(), 9) for line in pyplot.gca().lines]
    pyplot.close("all")
    return [sorted(np.round(dots, 6).tolist()), lines]


# --- values --------------------------------------------------------------------------------------


@call("serialize_data", "to_json")
def serialise(net: Network) -> Any:
    synapses = nest.GetConnections(net.sources[:1], synapse_model=net.models.synapse)
    return [
        nest.serialize_data(net.layer.get(["V_m", "model"])),
        json.loads(nest.to_json(net.layer)),
        json.loads(synapses.get(["weight", "synapse_model"], output="json")),
        net.layer.get("V_m", output="pandas").to_dict(),
    ]


NO_MODELS = {
    "Cleanup": "",
    "ConnectionRules": "",
    "GetLocalVPs": "",
    "Install": "has tests of its own: tests/session/test_names.py",
    "NumProcesses": "",
    "Rank": "",
    "SetAcceptableLatency": "needs MUSIC",
    "SetMaxBuffered": "needs MUSIC",
    "SyncProcesses": "",
    "get_verbosity": "",
    "help": "shows NEST's documentation",
    "message": "",
    "set_verbosity": "",
}
"""Calls that take no model and no node."""


def test_no_call_is_left_out() -> None:
    """A call that NEST adds has to be added here."""
    names = {
        name for name in set(dir(nest)) - {"visualization", "server", "cycle_time_log"} if name[0] != "_"
    }
    functions = {name for name in names if inspect.isfunction(getattr(nest, name))}
    assert functions <= set(CALLS) | set(NO_MODELS)


@pytest.fixture(scope="module")
def expected() -> Mapping[str, Any]:
    """What was found with NEST's models, by call; filled when it is needed."""
    return {}


@pytest.fixture(autouse=True)
def kernel() -> Iterator[None]:
    yield
    reset()


@pytest.mark.filterwarnings(r"ignore:\s*\w+\(\) (is deprecated|leads to)")
@pytest.mark.parametrize("mixture", MIXTURES)
@pytest.mark.parametrize(
    "name", sorted({function.__name__: name for name, function in CALLS.items()}.values())
)
def test_call(name: str, mixture: str, tmp_path: Path, expected: dict[str, Any]) -> None:
    act = CALLS[name]
    if name not in expected:
        expected[name] = BUILT_IN.neutral(act(network(BUILT_IN, tmp_path)))
    models = MIXTURES[mixture]
    found = models.neutral(act(network(models, tmp_path)))
    assert found == expected[name]


# --- errors --------------------------------------------------------------------------------------


def plasticity_of(synapse: str) -> None:
    pair = {"synapse_model": synapse, "post_synaptic_element": "Den", "pre_synaptic_element": "Axon"}
    nest.structural_plasticity_synapses = {"one": pair}


def connect_with(net: Network, **more: Any) -> None:
    nest.Connect(net.sources, net.layer, syn_spec={"synapse_model": net.models.synapse, **more})


def tripartite_with(net: Network, synapse: str) -> None:
    specs = {"primary": synapse, "third_in": synapse, "third_out": synapse}
    rule = {"rule": "third_factor_bernoulli_with_pool", "p": 0.5, "pool_size": 1}
    nest.TripartiteConnect(
        net.sources, net.layer, net.layer[:1], {"rule": "pairwise_bernoulli", "p": 0.5}, rule, specs
    )


MISTAKES: dict[str, Callable[[Network], Any]] = {
    "create, unknown parameter": lambda net: nest.Create(net.models.neuron, params={"nonsense": 1.0}),
    "create, wrong type": lambda net: nest.Create(net.models.neuron, params={"C_m": "much"}),
    "create, out of range": lambda net: nest.Create(net.models.neuron, params={"C_m": -1.0}),
    "create, negative number": lambda net: nest.Create(net.models.neuron, -1),
    "create, too few values": lambda net: nest.Create(net.models.neuron, 3, {"C_m": [1.0, 2.0]}),
    "create, a synapse": lambda net: nest.Create(net.models.synapse),
    "set, unknown parameter": lambda net: net.layer.set(nonsense=1.0),
    "set, attribute": lambda net: setattr(net.layer, "nonsense", 1.0),
    "set, wrong type": lambda net: net.layer.set(C_m="much"),
    "set, out of range": lambda net: net.layer.set(tau_m=-1.0),
    "set, too few values": lambda net: net.layer.set(C_m=[1.0, 2.0]),
    "get, unknown": lambda net: net.layer.get("nonsense"),
    "get, attribute": lambda net: net.layer.nonsense,
    "get, several": lambda net: net.layer.get(["V_m", "nonsense"]),
    "defaults, unknown parameter": lambda net: nest.SetDefaults(net.models.neuron, {"nonsense": 1.0}),
    "defaults, out of range": lambda net: nest.SetDefaults(net.models.neuron, {"C_m": -1.0}),
    "defaults, of a synapse": lambda net: nest.SetDefaults(net.models.synapse, {"nonsense": 1.0}),
    "defaults, unknown key": lambda net: nest.GetDefaults(net.models.neuron, "nonsense"),
    "copy, name is taken": lambda net: nest.CopyModel(net.models.neuron, "iaf_psc_alpha"),
    "copy, own name": lambda net: nest.CopyModel(net.models.synapse, net.models.synapse),
    "copy, unknown parameter": lambda net: nest.CopyModel(net.models.neuron, "mine", {"nonsense": 1.0}),
    "connect, unknown parameter": lambda net: connect_with(net, nonsense=1.0),
    "connect, receptor": lambda net: connect_with(net, receptor_type=9),
    "connect, negative delay": lambda net: connect_with(net, delay=-1.0),
    "connect, delay below the resolution": lambda net: connect_with(net, delay=0.01),
    "connect, wrong type": lambda net: connect_with(net, weight="much"),
    "connect, a neuron": lambda net: nest.Connect(net.sources, net.layer, syn_spec=net.models.neuron),
    "connect, unknown rule": lambda net: nest.Connect(net.sources, net.layer, "nonsense", net.models.synapse),
    "connections of a neuron": lambda net: nest.GetConnections(synapse_model=net.models.neuron),
    "connections, unknown parameter": lambda net: nest.GetConnections(synapse_model=net.models.synapse).set(
        nonsense=1.0
    ),
    "connections, unknown": lambda net: nest.GetConnections(synapse_model=net.models.synapse).get("nonsense"),
    "disconnect, none there": lambda net: nest.Disconnect(
        net.layer, net.sources, conn_spec="all_to_all", syn_spec={"synapse_model": net.models.synapse}
    ),
    "record, unknown": lambda net: nest.Connect(
        nest.Create("multimeter", params={"record_from": ["nonsense"]}), net.layer
    ),
    "resolution, nodes exist": lambda net: setattr(nest, "resolution", 0.5),
    "threads, nodes exist": lambda net: setattr(nest, "local_num_threads", 2),
    "plasticity of a neuron": lambda net: plasticity_of(net.models.neuron),
    "tripartite of a neuron": lambda net: tripartite_with(net, net.models.neuron),
    "simulate for less than nothing": lambda net: nest.Simulate(-1.0),
    "run without prepare": lambda net: nest.Run(1.0),
    "prepare twice": lambda net: (nest.Prepare(), nest.Prepare()),
}


def mistake(models: Models, name: str, folder: Path) -> type[BaseException] | None:
    """Make a mistake; return what was raised. The network still works, unless it was left prepared."""
    net = network(models, folder)
    before = nest.num_connections, nest.network_size
    caught = None
    try:
        MISTAKES[name](net)
    except Exception as error:
        caught = type(error)
    if name in ("prepare twice", "simulate for less than nothing"):
        nest.Cleanup()  # NEST wants that as well
    if not name.startswith("record"):
        assert nest.num_connections == before[0]
    nest.Simulate(10.0)
    assert max(net.layer.V_m) > -70.0
    return caught


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_raise_what_they_raise_with_nests_models(name: str, tmp_path: Path) -> None:
    expected = mistake(BUILT_IN, name, tmp_path)
    assert {kind: mistake(models, name, tmp_path) for kind, models in MIXTURES.items()} == dict.fromkeys(
        MIXTURES, expected
    )
