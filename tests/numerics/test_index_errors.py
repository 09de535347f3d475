"""An index that a vector does not have ends the simulation wherever it is used, as in the oracle."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from nestml_jit.dsl import load
from nestml_jit.oracle.interpreter import InterpreterError
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.numerics.network import generators, nest, reset

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

FUNCTIONS = """\
    function picked(i integer) real:
        l[2] real = 1
        j integer = 0
        while j < 1:
            j += 1
        return l[i]
    function steps_to(goal real) integer:
        i integer = 0
        while i < goal:
            i += 1
        return i
    function gathered(last integer) real:
        i integer = 0
        sum real = 0
        for i in 0 ... last + 1 step 1:
            sum += m[i] * g[i > 1 ? 0 : i]
        return sum
"""
"""Of both models: a local vector, and vectors of the model's in loops."""

NEURON = f"""
model indexing_neuron:
    state:
        m[3] real = 1
        k integer = 0
        x real = 0
        s real = 0
        z real = 0
        h[n] real = 0
        y real = 0
    parameters:
        way integer = 0
        n integer = 2
        first integer = 0
        g[2] real = 2
    internals:
        chosen real = g[first]
    equations:
        x' = -x / (10 ms) + (way == 3 ? g[k] : 0) / (1 ms)
        z' = (way == 10 ? -z**3 : g[way == 9 ? k : 0]) / (1 ms)
        y' = 6 / (1 ms) + (way == 12 ? 0 * g[steps_to(y)] : 0) / (1 ms)
        recordable inline seen real = way == 4 ? g[k] : 0
    input:
        spikes <- spike
        some[2] <- spike
    output:
        spike
    update:
        integrate_odes()
        k += 1
        if way == 1 and k == 5:
            m[k] = 9.
        if way == 2 and k == 5:
            s = m[-k]
        if way == 5:
            s = picked(k)
        if way == 6 and k == 5:
            l[2] real = 1
            l[k] = 1
        if way == 8:
            h[k] = 1
        if way == 13:
            s = gathered(k)
        if way == 14:
            s = sized(k)
        i integer = 0
        for i in 0 ... 5 step 1:
            if i < 3 or way == 11:
                s += m[i] + chosen
    onReceive(some):
        x += some[way == 7 ? k : 0] * 1 s
{FUNCTIONS}    function sized(last integer) real:
        l[6] real = 0
        i integer = 0
        for i in 0 ... last + 1 step 1:
            l[i] = h[i]
        return l[0]
"""
SYNAPSE = f"""
model indexing_synapse:
    state:
        w real = 1
        m[3] real = 1
        k integer = 0
        x real = 0
        y real = 0
    parameters:
        way integer = 0
        g[2] real = 2
    equations:
        x' = -x / (10 ms) + (way == 3 ? g[k] : 0) / (1 ms)
        y' = 0.6 / (1 ms) + (way == 7 ? 0 * g[steps_to(y)] : 0) / (1 ms)
    input:
        pre <- spike
        post <- spike
    output:
        spike
    onReceive(pre):
        k += 1
        if way == 1 and k == 4:
            m[k] = 9.
        if way == 2 and k == 4:
            x = m[-k]
        if way == 5:
            x = picked(k)
        if way == 6:
            x = gathered(k)
        emit_spike(w)
    onReceive(post):
        if way == 4:
            x += m[k]
    update:
        integrate_odes()
{FUNCTIONS}"""
# what is said for each way of going wrong; the step in which it happens
IN_NEURONS = {
    1: ("element 5 of 'm' at 0.5 ms: there are 3", 5),
    2: ("element -5 of 'm' at 0.5 ms: there are 3", 5),
    3: ("element 2 of 'g' at 0.3 ms: there are 2", 3),
    4: ("element 1. of 'g' at 1 ms: there are 2", None),
    5: ("element 2 of 'l' at 0.2 ms: there are 2", 2),
    6: ("element 5 of 'l' at 0.5 ms: there are 2", 5),
    7: ("element 20 of 'some' at 2 ms: there are 2", 20),
    8: ("element 2 of 'h' at 0.2 ms: there are 2", 2),
    9: ("element 2 of 'g' at 0.3 ms: there are 2", 3),
    11: ("element 3 of 'm' at 0.1 ms: there are 3", 1),
    12: ("element 2 of 'g' at 0.2 ms: there are 2", 2),
    13: ("element 3 of 'm' at 0.3 ms: there are 3", 3),
    14: ("element 2 of 'h' at 0.2 ms: there are 2", 2),
}
IN_SYNAPSES = {
    1: "element 4 of 'm' at 5 ms: there are 3",
    2: "element -4 of 'm' at 5 ms: there are 3",
    3: "element 2 of 'g' at 4 ms: there are 2",
    4: "element [34] of 'm' at .* ms: there are 3",
    5: "element 2 of 'l' at 3 ms: there are 2",
    6: "element 3 of 'm' at 4 ms: there are 3",
    7: "element 2 of 'g' at 2 ms: there are 2",
}


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    """Leave nothing of a failure behind."""
    yield
    reset()


@pytest.mark.parametrize(
    ("way", "threads"), [*((way, 1) for way in (0, 10, *IN_NEURONS)), (0, 2), (3, 2), (4, 2), (8, 2)]
)
def test_neurons(way: int, threads: int) -> None:
    """Neurons that take other branches look nothing up there, and elements that `n` hides do not count."""
    reset(threads=threads)
    nest.jit.define(NEURON)
    neurons = nest.Create("indexing_neuron", 4)
    neurons[3].n = 5
    neurons[1].way = way
    nest.Connect(generators([[1.0]]), neurons, syn_spec={"receptor_type": 2, "delay": 1.0})
    meter = nest.Create("multimeter", params={"record_from": ["seen"]})
    nest.Connect(meter, neurons)
    if way in (0, 10):
        nest.Simulate(5.0)
        return
    problem = IN_NEURONS[way][0]
    with pytest.raises(
        nest.NESTErrors.KernelException, match=rf"Node 2 \(.*indexing_neuron.*\) has no {problem}"
    ):
        nest.Simulate(5.0)


def test_internals() -> None:
    """What an internal looks up is there when a parameter is set."""
    reset()
    nest.jit.define(NEURON)
    neurons = nest.Create("indexing_neuron", 3)
    with pytest.raises(nest.NESTErrors.BadProperty, match=r"ID 3: 'chosen'.* no element 2 in a vector of 2"):
        neurons[2].first = 2
    neurons[2].first = 1
    nest.Simulate(1.0)


@pytest.mark.parametrize("way", [way for way, (_, step) in IN_NEURONS.items() if step and way not in (8, 14)])
def test_the_oracle(way: int) -> None:
    """It stops in the same step."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (model,) = load(NEURON)
    oracle = ReferenceNeuron(model, {"way": way}, substeps=1)
    last = IN_NEURONS[way][1]
    assert last is not None
    for step in range(1, last):
        oracle.step()
        assert step < last
    with pytest.raises(InterpreterError, match="has no element"):
        oracle.step({"some[0]": 1.0} if way == 7 else {})


@pytest.mark.parametrize("target", ["iaf_psc_exp_neuron", "iaf_psc_exp"])
@pytest.mark.parametrize(
    ("way", "threads"), [*((way, 1) for way in (0, *IN_SYNAPSES)), (0, 2), (3, 2), (4, 2)]
)
def test_synapses(way: int, target: str, threads: int) -> None:
    """Onto neurons of ours and of NEST's, in handlers, equations and functions."""
    reset(threads=threads)
    nest.jit.define(SYNAPSE)
    parrots = nest.Create("parrot_neuron", 2)
    nest.Connect(generators([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]), parrots)
    neurons = nest.Create(target, 3, params={"I_e": 1000.0})
    spec = {"synapse_model": "indexing_synapse", "delay": 1.0}
    nest.Connect(parrots[:1], neurons, syn_spec=spec)
    nest.Connect(parrots[1:], neurons[1:2], syn_spec=spec | {"way": way})
    if way == 0:
        nest.Simulate(10.0)
        return
    problem = rf"from node {parrots[1].global_id} to node {neurons[1].global_id} \(.*indexing_synapse.*\)"
    with pytest.raises(nest.NESTErrors.KernelException, match=f"{problem} has no {IN_SYNAPSES[way]}"):
        nest.Simulate(10.0)


KNOWN = """
model known_neuron:
    state:
        v[n] real = 1
        x real = 0
        i integer = 0
    parameters:
        n integer = 3
        way integer = 0
    equations:
        x' = (way == 5 ? v[2] : 0) / (1 ms)
    input:
        spikes <- spike
    output:
        spike
    function third() real:
        return way == 4 ? v[2] : 0
    update:
        integrate_odes()
        v = v + 1
        x += n > 2 ? v[2] : v[1]
        if way == 1:
            x = v[2]
        if way == 2:
            v[2] = 7
        if way == 3:
            for i in 0 ... 3 step 1:
                x += v[i]
        if way == 6:
            for i in 0 ... 3 step 1:
                v[i] = 1
        x += third()
"""


@pytest.mark.parametrize("way", range(7))
def test_indices_that_are_known(way: int) -> None:
    """A kernel has the elements of the longest vector; what counts is the neuron's own."""
    reset()
    nest.jit.define(KNOWN)
    neurons = nest.Create("known_neuron", 3)
    neurons[1].n = 2
    neurons[2].n = 5
    neurons[0].way = way
    neurons[2].way = way
    nest.Simulate(1.0)
    assert neurons[1].v == pytest.approx([11.0, 11.0])
    assert neurons[2].v[3:] == pytest.approx([10.0, 10.0])  # elements that are added begin at 0
    if way:
        neurons[1].way = way
        with pytest.raises(
            nest.NESTErrors.KernelException, match=r"Node 2 .*has no element 2 of 'v'.* are 2"
        ):
            nest.Simulate(1.0)


LATER = """
model later_synapse:
    state:
        w real = 1
        k integer = 0
        m[3] real = 1
        x real = 0
    input:
        pre <- spike
        post <- spike
    output:
        spike
    onReceive(post):
        k += 1
        x = m[k]
    onReceive(pre):
        w = x
        emit_spike(w)
"""


@pytest.mark.parametrize(
    ("target", "threads"), [("iaf_psc_exp_neuron", 1), ("iaf_psc_exp", 1), ("iaf_psc_exp", 2)]
)
def test_looking_at_connections(target: str, threads: int) -> None:
    """Who looks is told at once, and the simulation goes on as long as no spike needs the element."""
    reset(threads=threads)
    nest.jit.define(LATER)
    parrots = nest.Create("parrot_neuron", 2)
    nest.Connect(generators([[1.0, 60.0]]), parrots)
    neurons = nest.Create(target, 2)
    nest.Connect(generators([[5.0, 15.0, 25.0, 35.0]]), neurons, syn_spec={"weight": 5000.0})
    nest.Connect(parrots, neurons, syn_spec={"synapse_model": "later_synapse", "delay": 1.0})
    found = nest.GetConnections(parrots, neurons)
    nest.Simulate(10.0)
    assert set(nest.jit.columns(found, at="now")["k"]) == {1}
    nest.Simulate(30.0)
    for _ in range(2):
        with pytest.raises(
            nest.NESTErrors.KernelException, match=r"later_synapse.* has no element 3 of 'm' at 3\d"
        ):
            nest.jit.columns(found, at="now")["k"][...]
    assert set(found.get("k")) == {0}
    nest.Simulate(10.0)
    with pytest.raises(
        nest.NESTErrors.KernelException, match=r"later_synapse.* has no element 3 of 'm' at 3"
    ):
        nest.Simulate(20.0)
