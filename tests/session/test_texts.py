"""Strings: as parameters, states and locals, joined, compared, and printed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.numerics.network import nest, reset

MODEL = """
model talking_neuron:
    state:
        word string = greeting + "!"
        count integer = 0
        x mV = 1.5 mV
        same boolean = false
        labels[2] string = "a"
    parameters:
        greeting string = "hello" [[greeting != ""]]
        mood string = "100% \\"fine\\" \\\\ äöü"
    internals:
        both string = greeting + ", " + mood
    input:
        spikes <- spike
    output:
        spike
    update:
        count += 1
        here string = "step " + count
        if count == 2:
            here = both
            word = twice(greeting)
        elif count == 3:
            word = count == 3 ? word + 1.5 : "never"
            labels[1] = word
        same = word == "hello!"
        println("{count}: {word} at {x}, " + here + (same ? " same" : " other"))
    function twice(s string) string:
        result string = s
        i integer = 0
        for i in 0 ... 1 step 1:
            result = result + s
        return result
"""


@pytest.fixture
def name() -> str:
    (made,) = nest.jit.define(MODEL)
    return str(made)


def test_texts_are_read_and_set(name: str) -> None:
    neurons = nest.Create(name, 3)
    assert neurons[0].get("mood") == '100% "fine" \\ äöü'
    assert neurons.word == ("hello!",) * 3
    neurons[1].set(greeting="bye")
    assert neurons.greeting == ("hello", "bye", "hello")
    assert neurons[1].word == "hello!"
    assert neurons[1].both.startswith("bye, 100%")
    assert nest.Create(name, params={"greeting": "good day"}).word == "good day!"
    assert nest.Create(name, params={"greeting": "good day", "word": "?"}).word == "?"
    assert list(neurons[0].labels) == ["a", "a"]
    neurons[0].labels = ["b", "c"]
    assert neurons[0].get("labels[1]") == "c"
    nest.SetDefaults(name, {"greeting": "hi"})
    assert nest.Create(name).word == "hi!"


def test_what_is_no_text_is_refused(name: str) -> None:
    neuron = nest.Create(name)
    with pytest.raises(nest.NESTErrors.TypeMismatch):
        neuron.greeting = 1.0
    with pytest.raises(nest.NESTErrors.BadProperty, match="greeting"):
        neuron.greeting = ""
    assert neuron.greeting == "hello"
    assert not {"word", "labels[0]"} & set(neuron.recordables)


@pytest.mark.parametrize("threads", [1, 2])
def test_texts_in_a_simulation(name: str, threads: int) -> None:
    reset(threads=threads)
    neurons = nest.Create(name, 5)
    neurons[1].greeting = "bye"
    nest.Simulate(0.1)
    assert neurons.same == (True,) * 5
    nest.Simulate(0.1)
    assert neurons[:2].word == ("hellohello", "byebye")
    nest.Simulate(0.1)
    assert neurons[:2].word == ("hellohello1.5", "byebye1.5")
    assert list(neurons[1].labels) == ["a", "byebye1.5"]
    assert neurons[1].same is False


def test_what_is_printed(name: str) -> None:
    lines = ["import nestml_jit as nest", "nest.verbosity = nest.VerbosityLevel.ERROR"]
    lines += [f"nest.jit.define({MODEL!r})", f"neuron = nest.Create({name!r})", "nest.Simulate(0.3)"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert [line for line in done.stdout.splitlines() if " at " in line] == [
        "1: hello! at 1.5 mV, step 1 same",
        '2: hellohello at 1.5 mV, hello, 100% "fine" \\ äöü other',
        "3: hellohello1.5 at 1.5 mV, step 3 other",
    ]


SPELLING = """
model spelling_synapse:
    state:
        w real = 1
        word string = "a"
    parameters:
        letter string = "b"
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        word = word + letter
        emit_spike(w)
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_texts_of_synapses(threads: int) -> None:
    reset(threads=threads)
    nest.jit.define(SPELLING)
    nest.CopyModel("spelling_synapse", "copied_synapse", {"letter": "x"})
    pre, post = nest.Create("parrot_neuron"), nest.Create("iaf_psc_exp", 3)
    nest.Connect(nest.Create("spike_generator", params={"spike_times": [1.0, 3.0]}), pre)
    nest.Connect(pre, post, syn_spec={"synapse_model": "copied_synapse"})
    (connections := nest.GetConnections(pre, post))[0].letter = "yy"
    nest.Simulate(10.0)
    spelt = dict(zip(connections.target, connections.word, strict=True))
    assert [spelt.pop(connections[0].target), *spelt.values()] == ["ayyyy", "axx", "axx"]
    connections[1].word = "new"
    assert connections[1].get(["word", "letter"]) == {"word": "new", "letter": "x"}
    with pytest.raises(nest.NESTErrors.TypeMismatch):
        connections[1].letter = 3.0
