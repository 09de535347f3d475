"""What rules do event by event: as kernels, moved or not, processed early or not, and as the oracle."""

import warnings

import numpy as np
import pytest

from nestml_jit import codegen
from nestml_jit.dsl import load
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from tests.codegen.harness import Block, Run, facts_for, models

ECHO = """
model echo_neuron:
    state:
        x real = 0
        ca real = 0.25
    parameters:
        tau ms = 7 ms
    equations:
        ca' = -ca / tau + 0.1 * forced
        recordable inline doubled real = 2 * ca
    input:
        spikes <- spike
        forced <- spike
    output:
        spike
    onReceive(spikes):
        x += spikes * 1 s
    onReceive(forced):
        emit_spike()
    update:
        integrate_odes()
"""
H = 0.125
STEPS = 400
DELAYS = (1, 8, 13, 40)


def rule_of(body, name="some_synapse"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(f"model {name}:\n{body}", "")[0]


def defaults(rule, given):
    """Values of a synapse's variables, as the host finds them."""
    reference = ReferenceSynapse(rule, given={name: float(np.ravel(v)[0]) for name, v in given.items()})
    values = {}
    for variable in codegen.describe(rule).variables:
        if variable.name in given:
            values[variable.name] = given[variable.name]
        elif variable.default is not None and len(variable.default.arguments) == 1:
            values[variable.name] = variable.default.arguments[0]
        else:
            values[variable.name] = float(reference.variables[variable.name])
    return values


def trains(seed, rate=0.03, steps=STEPS):
    """Spikes of the source, of each target, and of a third party, with many coincidences."""
    rng = np.random.default_rng(seed)
    pre = np.flatnonzero(rng.random(steps) < rate) + 1
    pre = np.sort(np.concatenate([pre, pre[::5]]))
    post = []
    for delay in DELAYS:
        train = np.flatnonzero(rng.random(steps) < rate) + 1
        post.append(np.unique(np.concatenate([train, pre[::3] - delay])))
        post[-1] = post[-1][post[-1] > 0]
    mod = np.sort(np.concatenate([np.flatnonzero(rng.random(steps) < rate) + 1, pre[1::4], pre[1::8]]))
    return pre, post, mod


def kernel_outcome(rule, given, trains_, move=True, advance=0, ports=(), signal_steps=1024):
    """What a kernel emits at every spike, and the state in the end, for one connection per delay."""
    pre, post, mod = trains_
    heterogeneous = tuple(name for name, value in given.items() if np.ndim(value))
    block = Block(
        models(ECHO)[0],
        [rule],
        facts_for([rule], heterogeneous, move=move),
        lanes=len(DELAYS),
        h=H,
        signal_steps=signal_steps,
    )
    values = defaults(rule, given)
    for moved in block.fusion.moved:
        value = values.get(moved.variable, moved.default)
        value = moved.default if np.ndim(value) else value
        block.columns[moved.column][:] = value
        values[moved.column] = value
    block._history()
    block._block()
    run = Run(block, 0, range(len(DELAYS)), DELAYS, values)
    for port in range(len(run.card.modulatory)):
        run.modulate(port, mod[port::2] if len(run.card.modulatory) > 1 else mod)
    emitted, signals = [], []
    for step in range(1, STEPS + 1):
        for lane, train in enumerate(post):
            if step in train:
                block.add(step, 1, lane, 1.0)
                block.add(step, 2, lane, 1.0)
        block.run(1)
        signals.append(block["ca"].copy())
        if step in pre:
            run.emitted[:] = np.nan
            run.spike(step, int(np.sum(pre == step)))
            emitted.append((step, run.emitted.copy()))
        elif advance and step % advance == 0:
            run.advance(step)
    return emitted, run, np.array(signals)


def oracle_outcome(rule, given, trains_, signals, ports=None, substeps=4):
    pre, post, mod = trains_
    found = []
    for i, delay in enumerate(DELAYS):
        own = {name: float(np.broadcast_to(value, len(DELAYS))[i]) for name, value in given.items()}
        continuous = {
            name: (lambda step, scale=scale, i=i: scale * signals[step - 1, i])
            for name, scale in (ports or {}).items()
        }
        synapse = ReferenceSynapse(rule, own, H, delay * H, continuous, substeps)
        synapse.run(pre, post[i], mod)
        found.append(synapse)
    return found


def compare(rule, given=None, seed=1, tolerance=1e-10, ports=None, variants=None, substeps=4):
    """Compare a kernel with the oracle for all that it emits and keeps."""
    given = given or {}
    trains_ = trains(seed)
    oracles = None
    for move, advance in variants or ((True, 0), (False, 0), (True, 17), (False, 17)):
        emitted, run, signals = kernel_outcome(rule, given, trains_, move, advance)
        oracles = oracles or oracle_outcome(rule, given, trains_, signals, ports, substeps)
        for i, oracle in enumerate(oracles):
            expected = dict(oracle.emitted)
            mine = {step: weights[i] for step, weights in emitted if not np.isnan(weights[i])}
            assert sorted(mine) == sorted(expected)
            steps = sorted(mine)
            assert [mine[s] for s in steps] == pytest.approx(
                [expected[s] for s in steps], rel=tolerance, abs=tolerance
            ), (move, advance, i)
    return run


HEAD = """
    input:
        pre_spikes <- spike
        post_spikes <- spike
        {ports}
    output:
        spike
"""


def head(ports="mod_spikes <- spike"):
    return HEAD.format(ports=ports)
