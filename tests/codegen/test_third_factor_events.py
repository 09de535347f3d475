"""Rules that read third factors at events, against the oracle."""

import pytest

from nestml_jit import codegen
from tests.codegen.harness import facts_for, models
from tests.codegen.rule_outcomes import ECHO, compare, head, rule_of

THIRD = (
    """
    state:
        w real = 1
        m real = 0
        low real = 0
        tr real = 0
    parameters:
        tau ms = 9 ms
    equations:
        low' = (ca - low) / tau
        tr' = -tr / tau
"""
    + head("mod_spikes <- spike\n        ca real <- continuous\n        doubled real <- continuous")
    + """
    onReceive(mod_spikes):
        m += ca
    onReceive(post_spikes):
        tr += 1
        w += 0.1 * doubled + 0.01 * low
    onReceive(pre_spikes):
        w -= 0.05 * ca * tr
        emit_spike(w + m)
    update:
        integrate_odes()
"""
)


def test_third_factors_have_the_value_at_the_time_of_the_event():
    rule = rule_of(THIRD)
    run = compare(rule, ports={"ca": 1.0, "doubled": 2.0})
    assert run.card.flush
    assert run.card.signals == (("ca", "ca"), ("doubled", "doubled"))


def test_third_factors_of_the_presynaptic_handler_need_no_past():
    text = THIRD.replace("0.1 * doubled + 0.01 * low", "0.1").replace("m += ca", "m += 1")
    text = text.replace("(ca - low)", "-low")
    assert not compare(rule_of(text), ports={"ca": 1.0, "doubled": 2.0}).card.flush


def test_a_port_without_a_variable_tells_the_line_to_write():
    rule = rule_of(THIRD.replace("ca real <-", "calcium real <-").replace("ca ", "calcium "))
    with pytest.raises(codegen.CannotGenerate) as refused:
        codegen.generate(models(ECHO)[0], [rule], facts_for([rule]))
    assert 'nest.jit.configure("some_synapse", ports={"calcium": "ca"})' in str(refused.value)
