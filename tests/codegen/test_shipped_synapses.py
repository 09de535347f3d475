"""What is inferred of the synapse models that NESTML ships, without any configuration."""

import sys
import warnings
from pathlib import Path

import pytest

from nestml_jit import codegen
from nestml_jit.dsl import load
from tests.codegen.harness import facts_for, models
from tests.codegen.test_delivery import POST

FOLDER = Path(sys.prefix) / "models" / "synapses"
PRE, POST_PORT = "pre_spikes", "post_spikes"
STDP = (PRE, POST_PORT, (), (), "w", ("post_trace",))
INFERRED = {
    "neuromodulated_stdp_synapse": (PRE, POST_PORT, ("mod_spikes",), (), "w", ("post_tr",)),
    "noisy_synapse": (PRE, "", (), (), "w", ()),
    "static_synapse": (PRE, "", (), (), "w", ()),
    "stdp_nn_pre_centered_synapse": STDP,
    "stdp_nn_restr_symm_synapse": STDP,
    "stdp_nn_symm_synapse": STDP,
    "stdp_synapse": STDP,
    "stdp_triplet_synapse": (PRE, POST_PORT, (), (), "w", ("tr_o1", "tr_o2")),
    "stdsp_synapse": (PRE, POST_PORT, (), ("dAP_trace",), "w", ()),
    "tsodyks_synapse": (PRE, "", (), (), "w", ()),
}


def shipped():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {path.stem: load(path.read_text(), str(path))[0] for path in sorted(FOLDER.glob("*.nestml"))}


SHIPPED = shipped()


def test_all_of_them_are_listed():
    assert sorted(SHIPPED) == sorted(INFERRED)


@pytest.mark.parametrize("name", INFERRED)
def test_roles_and_places_are_inferred(name):
    rule = SHIPPED[name]
    card = codegen.describe(rule)
    states = "".join(f"\n        {port} pA = 0 pA" for port in card.continuous)
    neuron = models(POST.replace("x real = 0", f"x real = 0{states}"))[0]
    _, fusion = codegen.generate(neuron, [rule], facts_for([rule]))
    delivery = fusion.deliveries[0]
    roles = (card.pre, card.post, card.modulatory, card.continuous, card.weight)
    assert (*roles, delivery.moved) == INFERRED[name]
    assert delivery.modulatory == card.modulatory
    assert delivery.signals == tuple((port, port) for port in card.continuous)
    assert delivery.flush == bool(card.continuous)
