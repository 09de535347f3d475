"""Which models can have gap junctions: what is inferred, what must be said, what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import nestml_jit
from nestml_jit.card import GapJunctions
from nestml_jit.codegen.model.configured import configured
from nestml_jit.codegen.plan.describe import describe
from nestml_jit.dsl import load
from nestml_jit.options import OptionError, Options
from tests.numerics.network import NEURON, nest, reset
from tests.numerics.test_gap_junctions import INTEGRATE_AND_FIRE, OURS, join

POTENTIAL = "membrane_potential_variable"

CHANGES: Mapping[str, tuple[tuple[str, str], str]] = {
    "no gap in a name": (
        ("{port}", "coupling"),
        "no continuous port with 'gap' in its name.*nest.jit.configure",
    ),
    "two ports": (
        ("{port} pA <-", "{port} pA <- continuous\n        my_gap pA <-"),
        "I_gap or my_gap.*configure",
    ),
    "two states": (("w' = (U - w)", "w' = (U - w + I_gap * 1 Mohm)"), "enters U', w'.*which state"),
    "not read": (("I + {port}", "I"), "no differential equation reads"),
    "read elsewhere": (("U += spikes", "U += I_gap / C * 1 ms + spikes"), "also read in a statement"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_ambiguous_or_cannot_work_is_refused_with_the_reason(what: str) -> None:
    change, message = CHANGES[what]
    text = INTEGRATE_AND_FIRE.replace(*change)
    name = f"{what.replace(' ', '_')}_neuron"
    (model,) = nest.jit.define(text.format(name=name, port="I_gap"))
    nodes = nest.Create(model, 2)
    with pytest.raises(nest.NESTErrors.IllegalConnection, match=message):
        join(nodes, {(0, 1): 1.0})
    assert nest.num_connections == 0


def test_what_is_ambiguous_can_be_settled() -> None:
    change, _ = CHANGES["two ports"]
    (model,) = nest.jit.define(
        INTEGRATE_AND_FIRE.replace(*change).format(name="settled_neuron", port="I_gap")
    )
    said = {"gap_current_port": "I_gap"}
    nest.jit.configure(model, gap_junctions=said)
    nodes = nest.Create(model, 2, params={"I": 10.0})
    nodes[1].I = 0.0
    join(nodes, {(0, 1): 10.0})
    nest.Simulate(200.0)
    assert pytest.approx((2.0 / 3.0, 1.0 / 3.0), abs=1e-5) == nodes.U
    with pytest.raises(nest.NESTErrors.KernelException, match="in use"):
        nest.jit.configure(model, gap_junctions={**said, "membrane_potential_variable": "w"})
    reset()
    with pytest.raises(OptionError, match="would have no gap junctions: no differential equation"):
        nest.jit.configure(model, gap_junctions={"gap_current_port": "my_gap"})


@pytest.mark.parametrize(
    ("model", "said", "message"),
    [
        (OURS, {"port": "I_gap"}, "no part of gap_junctions 'port'"),
        (OURS, {"gap_current_port": "I_gpa"}, "no continuous port 'I_gpa'; did you mean 'I_gap'"),
        (OURS, {"membrane_potential_variable": "V"}, "no state 'V'"),
        (OURS, {"membrane_potential_variable": "refr_t"}, "refr_t does not depend on"),
        (NEURON, {"membrane_potential_variable": "V_m"}, "gap_current_port. It has: I_stim"),
        ("stdp_synapse", {"gap_current_port": "pre_spikes"}, "no continuous port"),
    ],
)
def test_options_that_mean_nothing(model: str, said: dict[str, str], message: str) -> None:
    name = model if model != "stdp_synapse" else "stdp_synapse_nestml"
    with pytest.raises(OptionError, match=message):
        nest.jit.configure(name, gap_junctions=said)


def test_models_show_what_is_coupled() -> None:
    lines = str(nest.jit.model(OURS)).splitlines()
    (line,) = [line for line in lines if "gap junctions of V_m" in line]
    assert line.split()[0] == "I_gap"


LIBRARY = sorted((Path(nestml_jit.__path__[0]) / "models").glob("*_neuron.nestml"))


@pytest.mark.filterwarnings("ignore::nestml_jit.errors.NestmlWarning")  # that a model counts steps
@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_any_model_of_the_library_can_be_coupled_by_its_port_for_currents(path: Path) -> None:
    (model,) = load(path.read_text(encoding="utf-8"), str(path))
    options = Options(gap_junctions=(("gap_current_port", "I_stim"),))
    if path.stem == "amat2_psc_exp_neuron":  # its threshold depends on the derivative of the potential
        assert "which state" in describe(configured(model, options)).gap_junctions.refusal
        options = options.changed(gap_junctions={**dict(options.gap_junctions), POTENTIAL: "V_m"})
    if path.stem == "ignore_and_fire_neuron":
        with pytest.raises(OptionError, match="no continuous port 'I_stim'"):
            configured(model, options)
        return
    card = describe(configured(model, options))
    assert card.gap_junctions == GapJunctions("V_m", "I_stim")
    assert {"gsl_abs_error_tol", "gsl_rel_error_tol"} <= {item.name for item in card.variables}
