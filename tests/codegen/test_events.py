"""Rules of any kind, event by event, against the oracle: moved or not, processed early or not."""

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


CASES = {
    "handlers of all kinds of spikes": """
    state:
        w real = 1
        n real = 0
        pre_tr real = 0
        post_tr real = 0
    parameters:
        tau ms = 9 ms
        tau_n ms = 30 ms
    equations:
        pre_tr' = -pre_tr / tau
        post_tr' = -post_tr / tau
        n' = -n / tau_n
"""
    + head()
    + """
    onReceive(mod_spikes):
        n += 0.5 + 0.1 * pre_tr
    onReceive(post_spikes):
        post_tr += 1
        w += 0.1 * pre_tr * n
    onReceive(pre_spikes):
        pre_tr += 1
        w -= 0.05 * post_tr
        emit_spike(w)
    update:
        integrate_odes()
""",
    "statements in update": """
    state:
        w real = 1
        n real = 0
        c real = 0
        events integer = 0
        pre_tr real = 0
        post_tr real = 0
    parameters:
        tau ms = 9 ms
        tau_c ms = 30 ms
    internals:
        rate 1/ms = (tau_c + tau) / (tau_c * tau)
    equations:
        pre_tr' = -pre_tr / tau
        post_tr' = -post_tr / tau
"""
    + head()
    + """
    onReceive(mod_spikes):
        n += 1. / tau
    onReceive(post_spikes):
        post_tr += 1
        c += pre_tr
    onReceive(pre_spikes):
        pre_tr += 1
        c -= post_tr
        emit_spike(w + 0.01 * events)
    update:
        w -= c * n / rate * expm1(-rate * timestep()) + 0.001 * t
        c = c * exp(-timestep() / tau_c)
        n = n * exp(-timestep() / tau)
        events += 1
        integrate_odes(pre_tr, post_tr)
""",
    "linear equations that depend on each other": """
    state:
        w real = 1
        a real = 0.5
        b real = 0
        c real = 0
        tick ms = 0 ms
    parameters:
        tau_a ms = 9 ms
        tau_b ms = 4 ms
        goal real = 0.3
    equations:
        a' = (goal - a) / tau_a
        b' = -b / tau_b + a / tau_a
        c' = -c / tau_b - b / tau_a + c / tau_a
        tick' = 1
"""
    + head()
    + """
    onReceive(mod_spikes):
        b += 0.2
    onReceive(post_spikes):
        w += 0.1 * c
        a += 0.1
    onReceive(pre_spikes):
        c += 0.3
        w += 0.01 * b + 0.001 * tick
        emit_spike(w * a)
    update:
        integrate_odes()
""",
    "conditions": """
    state:
        w real = 1
        x real = 0
        crossed integer = 0
    parameters:
        tau ms = 9 ms
    equations:
        x' = -x / tau
"""
    + head()
    + """
    onReceive(mod_spikes):
        x += 0.3
    onReceive(post_spikes):
        w += 0.01
        x += 0.5
    onReceive(pre_spikes):
        x += 0.4
        emit_spike(w + crossed)
    onCondition(x > 1):
        x = x - 1
        crossed += 1
    update:
        integrate_odes()
""",
    "convolutions": """
    state:
        w real = 1
        g real = 0
        g' 1/ms = 1 / tau
    parameters:
        tau ms = 9 ms
        tau_x ms = 5 ms
    equations:
        kernel slow = 3 * exp(-t / tau)
        kernel shape = e / tau_x * t * exp(-t / tau_x)
        kernel g'' = -2 / tau * g' - g / tau**2
        inline pre_tr real = convolve(slow, pre_spikes)
        inline post_tr real = convolve(slow, post_spikes)
        inline mod_tr real = convolve(shape, mod_spikes)
        inline post_shape real = convolve(shape, post_spikes)
        inline given real = convolve(g, pre_spikes)
"""
    + head()
    + """
    onReceive(mod_spikes):
        w += 0.01 * given
    onReceive(post_spikes):
        w += 0.1 * pre_tr + 0.02 * mod_tr - 0.1 * post_shape
    onReceive(pre_spikes):
        w -= 0.05 * post_tr + 0.1 * post_shape
        emit_spike(w + pre_tr)
    update:
        integrate_odes()
""",
    "spikes in equations": """
    state:
        w real = 1
        x real = 0
        y real = 0
    parameters:
        tau ms = 9 ms
    equations:
        kernel pulse = delta(t)
        x' = -x / tau + 2 * pre_spikes + convolve(pulse, mod_spikes)
        y' = -y / tau + 0.5 * post_spikes
"""
    + head()
    + """
    onReceive(post_spikes):
        w += 0.1 * x
    onReceive(pre_spikes):
        w -= 0.05 * y
        emit_spike(w + x)
    update:
        integrate_odes()
""",
    "functions, loops and vectors": """
    state:
        w real = 1
        bins[3] real = 0.5
        tr real = 0
        at integer = 0
    parameters:
        n integer = 3
        factor[3] real = 0.1
        tau ms = 9 ms
    equations:
        tr' = -tr / tau
        bins' = -bins / tau
    function largest(a real, b real) real:
        if a > b:
            return a
        return b
    function power_sum(x real, k integer) real:
        total real = 0
        i integer = 0
        for i in 0 ... k step 1:
            total += x**i + tr
        return total
"""
    + head()
    + """
    onReceive(mod_spikes):
        bins[at] += 0.1
        at = (at + 1) % 3
    onReceive(post_spikes):
        w += 0.01 * largest(tr, bins[1])
    onReceive(pre_spikes):
        i integer = 0
        for i in 0 ... n step 1:
            bins[i] += factor[i] * (i + 1)
        tr += power_sum(0.5, 3) / 10
        total real = 0
        while i > 0:
            i -= 1
            total += bins[i]
        emit_spike(w + total)
    update:
        integrate_odes()
""",
    "postsynaptic spikes drive more than decay": """
    state:
        w real = 1
        a real = 0.2
        b real = 0
        seen boolean = false
    parameters:
        tau ms = 9 ms
        tau_b ms = 14 ms
    equations:
        a' = -a / tau
        b' = (a - b) / tau_b
"""
    + head("mod_spikes <- spike")
    + """
    onReceive(post_spikes):
        a += 1 + 0.1 * b
        b += 0.1
        w += 0.01 * a
    onReceive(mod_spikes):
        w += 0.02 * b
    onReceive(pre_spikes):
        w -= 0.05 * a + 0.03 * b
        emit_spike(w)
    update:
        integrate_odes()
""",
}


PRIORITIES = (
    """
    state:
        w real = 1
        x real = 0
        tr real = 0
    parameters:
        tau ms = 9 ms
    equations:
        tr' = -tr / tau
"""
    + head()
    + """
    onReceive(mod_spikes{mod}):
        x = 3 * x + 1
        w += 0.01 * tr
    onReceive(post_spikes{post}):
        x = 0.5 * x + 2 + 0.001 * t
        tr += 1
    onReceive(pre_spikes{pre}):
        x = 0.2 * x - 1 - 0.01 * tr
        emit_spike(w + x)
    update:
        integrate_odes()
"""
)
ORDERS = {
    "post, mod, pre": (", priority=1", ", priority=2", ", priority=0"),
    "pre, post, mod": (", priority=9", ", priority=10", ", priority=11"),
    "pre, then the others": ("", ", priority=1", ", priority=2"),
}


@pytest.mark.parametrize("name", ORDERS)
def test_higher_priorities_come_first(name):
    mod, post, pre = ORDERS[name]
    compare(rule_of(PRIORITIES.format(mod=mod, post=post, pre=pre)))


NONLINEAR = (
    """
    state:
        w real = 1
        x real = 0.1
        y real = 0.2
        a real = 0.3
        tr real = 0.5
    parameters:
        tau ms = 9 ms
        k real = 1.5
    equations:
        x' = (k - x**2) / tau + 0.1 * tr / tau
        y' = (x - y) / tau + 0.01 * sin(t / tau) / tau
        a' = -a**3 / tau
        tr' = -tr / tau
"""
    + head()
    + """
    onReceive(mod_spikes):
        x += 0.2
    onReceive(post_spikes):
        tr += 1
        a += 0.5
        w += 0.1 * x
    onReceive(pre_spikes):
        y += 0.3
        w -= 0.02 * y * a
        emit_spike(w + tr)
    update:
        integrate_odes()
"""
)


@pytest.mark.parametrize("tau", [9.0, np.array([3.0, 9.0, 20.0, 50.0])], ids=["same", "different"])
def test_equations_that_are_not_linear(tau):
    given = {"tau": tau, "gsl_abs_error_tol": 1e-11, "gsl_rel_error_tol": 1e-11}
    compare(rule_of(NONLINEAR), given, tolerance=1e-8, substeps=8)


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


@pytest.mark.parametrize("name", CASES)
def test_rules_agree_with_the_oracle(name):
    tolerance = 2e-7 if name in ("convolutions",) else 1e-10
    compare(rule_of(CASES[name]), tolerance=tolerance)


@pytest.mark.parametrize("name", ["handlers of all kinds of spikes", "statements in update"])
def test_parameters_per_connection_take_effect(name):
    tau = np.array([3.0, 9.0, 20.0, 50.0])
    compare(rule_of(CASES[name]), {"tau": tau})


def test_coupled_equations_with_parameters_per_connection():
    rule = rule_of(CASES["linear equations that depend on each other"])
    compare(rule, {"tau_a": np.array([3.0, 9.0, 20.0, 4.0]), "goal": np.array([0.0, 0.1, 0.2, 0.3])})


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
