"""Random numbers, messages and texts of rules, and when a rule may emit."""

import numpy as np
import pytest

from nestml_jit import codegen
from tests.codegen.harness import Block, Run, facts_for, models
from tests.codegen.rule_outcomes import ECHO, H, defaults, head, rule_of

NOISY = (
    """
    state:
        w real = 1
        last real = 0
    parameters:
        sd real = 0.5
"""
    + head()
    + """
    onReceive(post_spikes):
        last = random_normal(0, sd)
    onReceive(pre_spikes):
        first real = random_uniform(0, 1)
        second real = random_uniform(0, 1)
        emit_spike(w + 10 * first + 1000 * second + 1e6 * last)
"""
)


def noise(lanes, delays, source=1, seed=1, steps=(5, 9, 30), node=1, advance=()):
    """Weights that connections of one source emit; targets have node IDs from `node` on."""
    rule = rule_of(NOISY)
    block = Block(models(ECHO)[0], [rule], facts_for([rule], ()), lanes=4, h=H)
    block.node_id[:] = np.arange(node, node + len(block.node_id))
    block.block.seed = seed
    run = Run(block, 0, lanes, delays, defaults(rule, {}))
    run.source_id = source
    found = []
    for step in range(1, max(steps) + 1):
        if step % 7 == 0:
            for lane in range(4):
                block.add(step, 1, lane, 1.0)
                block.add(step, 2, lane, 1.0)
        block.run(1)
        if step in steps:
            run.spike(step)
            found.append(run.emitted.copy())
        elif step in advance:
            run.advance(step)
    return np.array(found)


def test_random_numbers_belong_to_the_connection_and_the_time():
    together = noise([0, 1, 2, 2, 2], [8, 8, 8, 8, 9])
    assert len(np.unique(together.round(6))) == together.size
    assert np.array_equal(noise([1, 2], [8, 9])[:, 0], together[:, 1])
    assert np.array_equal(noise([1, 2], [8, 9])[:, 1], together[:, 4])
    # on another thread the neuron is another lane
    assert np.array_equal(noise([0], [8], node=2)[:, 0], together[:, 1])
    for other in (noise([0], [8], source=2), noise([0], [8], seed=2), noise([0], [8], steps=(6, 10, 31))):
        assert not np.isclose(other[:, 0], together[:, 0]).any()


def test_random_numbers_do_not_depend_on_when_spikes_are_processed():
    expected = noise([0, 1, 2, 3], [1, 8, 13, 4])
    assert np.array_equal(noise([0, 1, 2, 3], [1, 8, 13, 4], advance=(15, 20, 25)), expected)


def test_random_numbers_have_their_distributions():
    text = NOISY.replace("w + 10 * first + 1000 * second + 1e6 * last", "w + random_normal(5, sd)")
    rule = rule_of(text)
    block = Block(models(ECHO)[0], [rule], facts_for([rule], ()), lanes=64, h=H)
    run = Run(block, 0, range(64), [8] * 64, defaults(rule, {}))
    found = []
    for step in range(1, 101):
        run.spike(step)
        found.append(run.emitted.copy())
    assert np.mean(found) == pytest.approx(6, abs=0.03)
    assert np.std(found) == pytest.approx(0.5, rel=0.05)
    assert np.corrcoef(np.transpose(found)[:8])[0, 1:] == pytest.approx(0, abs=0.4)


def test_messages_name_the_values_of_the_connection():
    text = NOISY.replace("last = random_normal(0, sd)", 'println("w is {w}, t is {t}")')
    rule = rule_of(text)
    block = Block(models(ECHO)[0], [rule], facts_for([rule], ()), lanes=2, h=H)
    run = Run(block, 0, [0, 1], [8, 8], {**defaults(rule, {}), "w": [1.5, 2.5]})
    block.add(3, 1, 1, 1.0)
    block.add(3, 2, 1, 1.0)
    block.run(20)
    run.spike(20)
    assert block.messages == [(1, 0, "w is 2.5, t is 0.375 ms\n")]


def test_a_synapse_may_emit_at_times_of_its_own():
    text = NOISY.replace("last = random_normal(0, sd)", "emit_spike(1)")
    card = codegen.describe(rule_of(text))
    assert card.emits_apart
    assert card.pre == "pre_spikes"
    assert not codegen.describe(rule_of(NOISY)).emits_apart


def test_texts_and_functions_without_a_value():
    text = NOISY.replace("last real = 0", 'label string = "a"').replace(
        "last = random_normal(0, sd)",
        'label = label + "b"\n        nothing(w)\n        println("now " + label)',
    )
    text = text.replace(" + 1e6 * last", "")
    text += "    function nothing(x real) void:\n        return\n"
    rule = rule_of(text)
    block = Block(models(ECHO)[0], [rule], facts_for([rule], ()), lanes=1, h=H)
    run = Run(block, 0, [0], [8], {"w": 1.0, "sd": 0.5, "label": block._intern(b"a")})
    for step in (3, 5):
        block.add(step, 1, 0, 1.0)
        block.add(step, 2, 0, 1.0)
    block.run(20)
    run.spike(20)
    assert [text for _, _, text in block.messages] == ["now a\n", "now ab\n"]
