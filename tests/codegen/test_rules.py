"""Plastic rules: where variables live and how events are processed must not show in the results."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from nestml_jit import codegen
from nestml_jit.dsl import load
from nestml_jit.oracle.values import Values
from tests.codegen.compiling import PACKAGE
from tests.codegen.harness import Block, Run, facts_for, models
from tests.codegen.test_delivery import POST, simulate, trains

FOUND = sorted((PACKAGE / "models").glob("*_synapse.nestml"))
FOUND += sorted((Path(sys.prefix) / "models").glob("synapses/*.nestml"))
STEPS = 1200
MODULATION = np.arange(1, STEPS, 13)


def rule_of(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(path.read_text(), str(path))[0]


def partner(rule):
    """Return a neuron that has whatever the continuous ports of a rule are called."""
    names = [port.name for port in rule.inputs if port.signal == "continuous"]
    states = "".join(f"\n        {name} real = 1.5" for name in names)
    return models(POST.replace("x real = 0", f"x real = 0{states}"))[0]


def outcome(rule, move, recent, advance):
    Block.ring_plan = {}
    facts = facts_for([rule], heterogeneous=("w",), move=move)
    block = Block(partner(rule), [rule], facts, lanes=70, recent=recent)
    defaults = Values(rule)
    declared = {item.name for item in (*rule.parameters, *rule.state)}
    values = {
        v.name: 1e-6 if v.name not in declared else float(defaults[v.name])
        for v in codegen.describe(rule).variables
        if v.kind != "internal"
    }
    for moved in block.fusion.moved:
        values[moved.column] = moved.default
    chosen = {"Wmax": 100.0, "eta": 0.5, "permanence": 50.0, "lambda_minus": 0.003}
    values |= {name: value for name, value in chosen.items() if name in values}
    values["w"] = np.linspace(20.0, 80.0, 70)
    delays = 1 + np.arange(70) % 17
    run = Run(block, 0, range(70), delays, values)
    for port in range(len(run.card.modulatory)):
        run.modulate(port, MODULATION)
    pre, post = trains(3, STEPS, 70, rate=0.03)
    for lane in range(0, 70, 3):
        post[lane] = np.union1d(post[lane], pre[::2] - delays[lane])
        post[lane] = post[lane][post[lane] > 0]
    early = set(range(7, STEPS, 97)) if advance else set()
    return simulate(block, run, set(pre), post, STEPS, early)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_results_do_not_depend_on_how_events_are_processed(path):
    rule = rule_of(path)
    try:
        facts = facts_for([rule], heterogeneous=("w",))
        _, card = codegen.generate(partner(rule), [rule], facts)
    except codegen.CannotGenerate as refused:
        pytest.skip(str(refused.diagnostics[0].message))
    expected = outcome(rule, True, False, False)
    assert np.isfinite(expected).all()
    variants = [(True, True, False), (False, False, False), (False, True, False)]
    if card.deliveries[0].uses_history:
        variants += [(True, True, True), (False, False, True)]
        assert np.ptp(expected[-1] - expected[0]) > 0
    for move, recent, advance in variants:
        assert outcome(rule, move, recent, advance) == pytest.approx(expected, rel=1e-11)
