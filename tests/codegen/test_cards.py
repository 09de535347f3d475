import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nestml_jit import codegen
from nestml_jit.card import FusionCard, NeuronCard, PairCard, Receptor, SynapseCard, from_json, to_json
from nestml_jit.errors import NestmlErrors
from tests.codegen.harness import facts_for, library, models

ROOT = Path(__file__).parents[2]

GENERATE = """
import hashlib, json, dataclasses
from tests.codegen.harness import facts_for, library
from nestml_jit import codegen
from nestml_jit.card import to_json
neuron = library("iaf_psc_exp_neuron")
rules = [library(n + "_synapse") for n in ("static", "stdp", "neuromodulated_stdp", "noisy")]
source, card = codegen.generate(neuron, rules, facts_for(rules))
print(hashlib.sha256((source + json.dumps(to_json(card))).encode()).hexdigest())
"""


def test_generated_text_does_not_depend_on_hash_seeds():
    found = set()
    for seed in ("0", "1", "2", "3", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-W", "ignore", "-c", GENERATE]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout.split()[-1])
    assert len(found) == 1


def test_cards_survive_json():
    neuron, rule = library("iaf_psc_alpha_neuron"), library("stdp_synapse")
    _, fusion = codegen.generate(neuron, [rule], facts_for([rule]))
    cards = [
        (NeuronCard, codegen.describe(neuron)),
        (SynapseCard, codegen.describe(rule)),
        (PairCard, codegen.pair(neuron, rule)),
        (FusionCard, fusion),
    ]
    for kind, card in cards:
        assert from_json(kind, to_json(card)) == card


def test_card_of_a_neuron():
    card = codegen.describe(library("iaf_psc_exp_neuron"))
    assert isinstance(card, NeuronCard)
    assert card.receptors == (Receptor(0, "EXC_SPIKES_INH_SPIKES", 0, 1),)
    assert card.channels == 3
    assert [(port.name, port.receptor, port.channel) for port in card.continuous] == [("I_stim", 0, 2)]
    kinds = [variable.kind for variable in card.variables]
    assert kinds == sorted(kinds, key=["parameter", "internal", "input", "state", "convolution"].index)
    recordable = [variable.name for variable in card.variables if variable.recordable]
    assert recordable == ["V_m", "refr_t", "I_syn_exc", "I_syn_inh"]
    assert card.variables[0].guards[0].text == "C_m > 0 pF"


def test_card_of_a_synapse():
    card = codegen.describe(library("stdp_synapse"))
    assert isinstance(card, SynapseCard)
    assert (card.weight, card.pre, card.post, card.plastic) == ("w", "pre_spikes", "post_spikes", True)
    assert not codegen.describe(library("static_synapse")).plastic


def test_pair_lists_what_moves():
    card = codegen.pair(library("iaf_psc_exp_neuron"), library("stdp_synapse"))
    assert [(moved.column, moved.kind, moved.default) for moved in card.moved] == [
        ("post_trace__for_stdp_synapse", "state", 0.0),
        ("tau_tr_post__for_stdp_synapse", "parameter", 20.0),
    ]


PORTS = """
model ports_neuron:
    state:
        x real = 0
    input:
{ports}
    output:
        spike
"""


@pytest.mark.parametrize(
    ("ports", "receptors"),
    [
        (["a <- spike"], [(0, 0, 0)]),
        (["a <- inhibitory spike"], [(0, 0, 0)]),
        (["a <- spike", "b <- spike"], [(1, 0, 0), (2, 1, 1)]),
        (["i <- inhibitory spike", "up <- excitatory spike"], [(0, 1, 0)]),
        (["a <- spike", "up <- excitatory spike", "i <- inhibitory spike"], [(1, 0, 0), (2, 1, 2)]),
    ],
)
def test_receptors(ports, receptors):
    text = PORTS.format(ports="\n".join("        " + port for port in ports))
    card = codegen.describe(models(text)[0])
    assert [(r.number, r.positive, r.negative) for r in card.receptors] == receptors


@pytest.mark.parametrize("name", ["frozen", "recordables"])
def test_names_that_nest_has_for_something_else(name):
    text = PORTS.format(ports="        a <- spike") + f"    parameters:\n        {name} real = 1\n"
    with pytest.raises(NestmlErrors, match=f"{name} is .* of every node of NEST") as caught:
        codegen.describe(models(text)[0])
    assert caught.value.diagnostics[0].span.line == len(text.splitlines())


@pytest.mark.parametrize("block", ["parameters", "internals"])
@pytest.mark.parametrize("name", ["target", "receptor", "sizeof", "synapse_model"])
def test_names_that_connections_have_for_something_else(name, block):
    text = f"""
model taking_synapse:
    {block}:
        {name} real = 1
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        emit_spike({name})
"""
    with pytest.raises(NestmlErrors, match=f"{name} is .* of every connection of NEST"):
        codegen.describe(models(text)[0])


def test_a_tolerance_of_the_solver_is_a_parameter():
    text = "model m_neuron:\n    state:\n        gsl_abs_error_tol real = 1\n    update:\n"
    with pytest.raises(NestmlErrors, match="is a tolerance of the numerical solver"):
        codegen.describe(models(text + "        gsl_abs_error_tol += 1\n")[0])


def test_ambiguous_ports_say_what_to_write():
    text = """
model unclear_synapse:
    state:
        w real = 1
    input:
        a <- spike
        b <- spike
        c <- spike
    output:
        spike
    onReceive(a):
        emit_spike(w)
"""
    with pytest.raises(NestmlErrors) as caught:
        codegen.describe(models(text)[0])
    (found,) = caught.value.diagnostics
    assert found.code == "E0702"
    assert found.span.line == 8
    assert "post spike" in found.hint


def test_text_of_the_kernel_names_lines_of_the_model():
    neuron = library("iaf_psc_exp_neuron")
    source, _ = codegen.generate(neuron, [], facts_for([]))
    line = neuron.update[0].span.line
    assert f"// iaf_psc_exp_neuron:{line}" in source
    assert hashlib.sha256(source.encode()).hexdigest()
