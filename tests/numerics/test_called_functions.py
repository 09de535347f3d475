"""Functions that are called as statements: prints and spikes in them, early returns, loops, recursion."""

from __future__ import annotations

import re

import pytest

from nestml_jit import dsl
from nestml_jit.codegen import CannotGenerate
from nestml_jit.codegen.plan.describe import describe
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.numerics.network import generators, nest, record_spikes, reset

pytestmark = pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")

FIRE = """
    function fire(v real, label string) void:
        if v < limit:
            println("{label} {v} below {limit}")
            return
        println("{label} {v}")
        emit_spike()
        return
"""
FUNCTIONS = """
    function count(n integer):
        i integer = 0
        for i in 0 ... n step 1:
            if i == 2:
                tell("two")
                return
            elif i > 5:
                return
            println("i {i}")
        tell("end")
        return
    function descend(n integer):
        m integer = n
        while m > 0:
            m -= 1
            if m == 1 and n > 2:
                tell("early")
                return
            tell("m")
        return
    function tell(label string):
        println("<" + label + ">")
        return
    function doubled(n integer) integer:
        tell("doubled")
        count(1)
        if n == 0:
            return 0
        println("n {n}")
        return 2 * n
    function again(n integer):
        if n > 0:
            println("again {n}")
            again(n - 1)
        return
"""
NEURON = f"""model calling_neuron:
    state:
        x real = 0
        n integer = 0
    parameters:
        limit real = 3
    input:
        spikes <- spike
    output:
        spike
    update:
        x += 1
        label string = "update"
        fire(x, label)
        if x > 2 and doubled(1) == 2:
            count(n)
        else:
            i integer = 0
            while i < 2:
                i += 1
                descend(i + n)
        n = doubled(n) + 1
        doubled(2)
        again(2)
    onReceive(spikes):
        tell("spike")
        fire(limit, "received")
    onCondition(x > 4):
        x = 0
        fire(x, "condition")
{FIRE}{FUNCTIONS}"""


def simulated(capfd: pytest.CaptureFixture[str]) -> list[str]:
    capfd.readouterr()
    nest.Simulate(1.0)
    return [line for line in capfd.readouterr().out.splitlines() if re.match(r"<|[a-z]+ -?\d", line)]


def test_in_neurons_as_the_interpreter_runs_them(capfd: pytest.CaptureFixture[str]) -> None:
    """Line by line, and spike by spike."""
    (model,) = dsl.load(NEURON)
    oracle = ReferenceNeuron(model)
    expected, spikes = [], 0
    for step in range(10):
        spikes += oracle.step({"spikes": 1.0} if step == 6 else {})
        printed = re.sub(r"(\d)\.0\b", r"\1", "".join(oracle.output))  # reals as printf's %g shows them
        expected += printed.splitlines()
        oracle.output.clear()
    reset()
    (name,) = nest.jit.define(NEURON)
    neuron = nest.Create(name)
    nest.Connect(generators([[0.2]]), neuron, syn_spec={"delay": 0.5})
    recorder = record_spikes(neuron)
    assert simulated(capfd) == expected
    assert len(expected) > 60
    assert recorder.n_events == spikes > 3


SYNAPSE = f"""model calling_synapse:
    state:
        w real = 2
        limit real = 1
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(post_spikes):
        tell("post")
        w += doubled(1)
    onReceive(pre_spikes):
        pass_on(w, "pre")
        count(2)
        again(1)
    function pass_on(weight real, label string):
        tell(label)
        if weight > limit:
            println("heavy {{weight}}")
            emit_spike(weight * 2)
            return
        emit_spike(weight)
        return
{FUNCTIONS}"""


def test_in_synapses(capfd: pytest.CaptureFixture[str]) -> None:
    reset()
    (name,) = nest.jit.define(SYNAPSE)
    parrot = nest.Create("parrot_neuron")
    nest.Connect(generators([[1.0, 8.0]]), parrot)
    target = nest.Create("iaf_psc_exp_neuron", params={"I_e": 1500.0})
    nest.Connect(parrot, target, syn_spec={"synapse_model": name, "weight": 0.5, "delay": 1.0})
    recorder = record_spikes(target)
    capfd.readouterr()
    nest.Simulate(11.0)
    lines = [line for line in capfd.readouterr().out.splitlines() if re.match(r"<|[a-z]+ -?\d", line)]
    pre = ["<pre>", "i 0", "i 1", "<end>", "again 1"]
    doubled = ["<post>", "<doubled>", "i 0", "<end>", "n 1"]
    spikes = [time for time in recorder.events["times"] if time < 8.0]
    assert spikes
    assert lines == [*pre, *doubled * len(spikes), "<pre>", f"heavy {0.5 + 2 * len(spikes):g}", *pre[1:]]
    assert nest.GetConnections(parrot).get("weight") == 0.5 + 2 * len(spikes)


def test_nothing_needs_to_be_declared(capfd: pytest.CaptureFixture[str]) -> None:
    """A model that is an update and a function."""
    reset()
    text = """model printing_thing:
    update:
        greet()
    function greet():
        println("<hello>")
        return
"""
    (name,) = nest.jit.define(text)
    nest.Create(name, 2)
    assert simulated(capfd) == ["<hello>"] * 20


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("    equations:\n        x' = -x / 1 ms * noted(x)\n", "E0701", "noted() prints"),
        ("    parameters:\n        p real = noted(2)\n", "E0701", "noted() prints"),
        ("    internals:\n        p real = noted(2)\n", "E0701", "noted() prints"),
    ],
)
def test_prints_where_nobody_says_how_often(place: str, code: str, words: str) -> None:
    text = f"""model noting_neuron:
    state:
        x real = 1
{place}    output:
        spike
    update:
        x += 0
{"        integrate_odes()" if "equations" in place else ""}
    function noted(a real) real:
        println("<noted>")
        return a
"""
    (model,) = dsl.load(text)
    with pytest.raises(CannotGenerate) as caught:
        describe(model)
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert words in found.message
    assert found.span.line == 5


ENDLESS = """
    function again(n real) real:
        return again(n + 1) + again(n + 2)
    function down(n integer) integer:
        return n <= 0 ? 0 : 1 + down(n - 1)
"""


@pytest.mark.parametrize("place", ["update", "equation"])
def test_recursion_without_end_in_neurons(place: str) -> None:
    """It ends the simulation; nine thousand calls are no such thing."""
    reset()
    statement = "x = k > 0 ? again(1) : down(9000)" if place == "update" else "integrate_odes()"
    equation = "x' = k > 0 ? again(x) / 1 ms : 0.1 / 1 ms" if place == "equation" else "y' = -y / 1 ms"
    text = f"""model {place}_recursive_neuron:
    state:
        x real = 0
        y real = 1
    equations:
        {equation}
    parameters:
        k integer = 0
    output:
        spike
    update:
        {statement}
        {"integrate_odes()" if place == "update" else ""}
{ENDLESS}"""
    (name,) = nest.jit.define(text)
    neurons = nest.Create(name, 2)
    nest.Simulate(0.2)
    assert neurons.x == pytest.approx([9000, 9000] if place == "update" else [0.02, 0.02])
    neurons[1].k = 1
    with pytest.raises(nest.NESTErrors.KernelException, match=r"Node 2 .* the function 'again' without end"):
        nest.Simulate(0.2)


def test_recursion_without_end_in_synapses() -> None:
    reset()
    text = f"""model recursive_synapse:
    state:
        w real = 1
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        w = again(w)
        emit_spike(w)
{ENDLESS}"""
    (name,) = nest.jit.define(text)
    parrot = nest.Create("parrot_neuron")
    nest.Connect(generators([[1.0]]), parrot)
    nest.Connect(parrot, nest.Create("iaf_psc_exp_neuron"), syn_spec={"synapse_model": name})
    with pytest.raises(nest.NESTErrors.KernelException, match=r"recursive_synapse.* 'again' without end"):
        nest.Simulate(5.0)
