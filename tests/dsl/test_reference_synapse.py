"""The oracle for synapses: against plain formulas, a compiled kernel, and NEST's own model."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pytest

import nestml_jit
from nestml_jit import dsl
from nestml_jit.dsl.tree import Call, Model
from nestml_jit.oracle.reference_synapse import ReferenceSynapse, post_driven, roles
from tests.dsl.test_models import shipped

OWN = Path(nestml_jit.__file__).parent / "models"
SHIPPED = [path for path in shipped() if path.parent.name == "synapses"]
# Its own rule may let the synapse fall silent.
MAY_BE_SILENT = {"stdsp_synapse"}


def load(text: str) -> Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dsl.load(text)[0]


def train(rng: np.random.Generator, steps: int, rate: float = 0.02) -> list[int]:
    return [int(step) + 2 for step in np.flatnonzero(rng.random(steps) < rate)]


# --- all models of NESTML ---


def test_nestml_ships_ten_synapses() -> None:
    assert len(SHIPPED) == 10


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_synapses_run_and_stay_finite(path: Path) -> None:
    rng = np.random.default_rng(4)
    model = load(path.read_text(encoding="utf-8"))
    dendrite = {item.name: lambda step: 0.5 for item in model.inputs if item.signal == "continuous"}
    synapse = ReferenceSynapse(model, resolution=0.1, delay=1.5, continuous=dendrite)
    pre, post, third = (train(rng, 5000) for _ in range(3))
    emitted = synapse.run(pre, [*post, *(step - 15 for step in pre[::5])], third)
    assert [step for step, _ in emitted] == pre or path.stem in MAY_BE_SILENT
    assert np.isfinite([weight for _, weight in emitted]).all()
    numbers = [value for value in synapse.variables.values() if isinstance(value, (int, float))]
    assert len(numbers) == len(synapse.variables)
    assert np.isfinite(numbers).all()


# --- stdp ---

RULE = {
    "lambda": 0.02,
    "alpha": 1.1,
    "tau_tr_pre": 17.0,
    "tau_tr_post": 20.0,
    "mu_plus": 0.4,
    "mu_minus": 2.0,
}
STEPS = 4000
DELAY = 15


def trains_that_meet() -> tuple[list[int], list[int]]:
    """Return trains of which every third presynaptic spike meets a postsynaptic one at the synapse."""
    rng = np.random.default_rng(7)
    pre, post = train(rng, STEPS), train(rng, STEPS)
    return pre, sorted({*post, *(step - DELAY for step in pre[::3] if step > DELAY)})


def stdp_weights(pre: list[int], post: list[int]) -> list[float]:
    model = load((OWN / "stdp_synapse.nestml").read_text(encoding="utf-8"))
    synapse = ReferenceSynapse(model, {**RULE, "w": 50.0}, resolution=0.1, delay=0.1 * DELAY)
    return [weight for _, weight in synapse.run(pre, post)]


def place(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


PARTNER = """
model echo_neuron:
    state:
        x real = 0
        {states}
    parameters:
        tau ms = 30 ms
    equations:
        {equations}
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
"""A neuron that echoes its input, with variables that its spikes move away from where they rest."""

LIVELY = {"lambda_minus": 1e-4, "lambda_h": 0.01, "permanence": 50.0}
"""Values at which weights move about."""

KEPT = {"permanence"}
"""What weights depend on by a threshold."""

TOLERANCES = {"gsl_abs_error_tol": 1e-11, "gsl_rel_error_tol": 1e-11}

RESTING = {"V_m": -60.0}
STRENGTH = {"V_m": 15.0, "I_dend": 800.0}


def third_factors(rule: Model) -> list[str]:
    return [port.name for port in rule.inputs if port.signal == "continuous"]


def partner(rule: Model) -> Model:
    """Return a neuron that has what a synapse wants to read."""
    from tests.codegen.harness import models
    from tests.codegen.test_delivery import POST

    names = third_factors(rule)
    if not names:
        return models(POST)[0]
    states = "\n        ".join(f"{name} real = {RESTING.get(name, 0.0)}" for name in names)
    equations = "\n        ".join(
        f"{name}' = ({RESTING.get(name, 0.0)} - {name}) / tau + {STRENGTH.get(name, 1.0)} * forced"
        for name in names
    )
    return models(PARTNER.format(states=states, equations=equations))[0]


def compiled_weights(
    rule: Model, given: dict[str, float], pre: list[int], post: list[int]
) -> tuple[list[tuple[int, float]], dict[str, float], dict[str, list[float]]]:
    """Return what one connection to a neuron that echoes `post` emits, what it keeps, and what it reads."""
    from tests.codegen.harness import Block, Run, facts_for

    facts = facts_for([rule], heterogeneous=tuple({"w"} & set(given)))
    values = dict(ReferenceSynapse(rule, given).variables)
    moved = {f"{key}__for_{rule.name}": value for key, value in values.items()}
    block = Block(partner(rule), [rule], facts, lanes=1, h=0.1, parameters=moved, signal_steps=8192)
    run = Run(block, 0, [0], [DELAY], values | moved | TOLERANCES)
    weights = []
    signals: dict[str, list[float]] = {name: [] for name in third_factors(rule)}
    for step in range(1, STEPS + 1):
        if step in post:
            block.add(step, 1, 0, 1.0)
            block.add(step, 2, 0, 1.0)
        block.run(1)
        for name, seen in signals.items():
            seen.append(block[name][0])
        if step in pre:
            run.emitted[:] = math.nan
            run.spike(step)
            weights.append((step, run.emitted[0]))
    kept = {name: float(run[name][0]) for name in KEPT & values.keys()}
    return [item for item in weights if not math.isnan(item[1])], kept, signals


@pytest.mark.parametrize("path", [*sorted(OWN.glob("*_synapse.nestml")), *SHIPPED], ids=place)
def test_compiled_kernels_do_the_same(path: Path) -> None:
    rule = load(path.read_text(encoding="utf-8"))
    if any(isinstance(node, Call) and node.name.startswith("random_") for node in rule.walk()):
        pytest.skip("has random numbers")
    pre, post = trains_that_meet()
    given = {"w": 50.0} if "w" in (item.name for item in rule.state) else {}
    names = {item.name for item in (*rule.parameters, *rule.state)}
    given |= {key: value for key, value in (RULE | LIVELY).items() if key in names}
    weights, kept, signals = compiled_weights(rule, given, pre, post)
    continuous = {name: (lambda step, seen=seen: seen[step - 1]) for name, seen in signals.items()}
    exactly = given | TOLERANCES
    synapse = ReferenceSynapse(rule, exactly, resolution=0.1, delay=0.1 * DELAY, continuous=continuous)
    expected = synapse.run(pre, post)
    assert [step for step, _ in weights] == [step for step, _ in expected]
    found = [weight for _, weight in weights]
    tolerance = 1e-8 if rule.name == "clopath_synapse" else 1e-10
    assert found == pytest.approx([weight for _, weight in expected], rel=tolerance)
    assert kept == pytest.approx({name: synapse[name] for name in kept}, rel=tolerance)
    assert not signals or kept or len(set(found)) > 10
    assert not {0.0, 50.0, 100.0} & set(kept.values()), kept


def test_our_stdp_is_nests() -> None:
    import nestml_jit as nest

    pre, post = trains_that_meet()
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=0.1)
    # Both are relayed by a parrot, one step after the generator.
    source, target = nest.Create("parrot_neuron", 2)
    for spikes, neuron in ((pre, source), (post, target)):
        times = [round(0.1 * (step - 1), 1) for step in spikes]
        generator = nest.Create("spike_generator", params={"spike_times": times})
        nest.Connect(generator, neuron, syn_spec={"delay": 0.1})
    recorder = nest.Create("weight_recorder")
    rule = {"tau_plus": RULE["tau_tr_pre"], "Wmax": 100.0}
    rule |= {key: RULE[key] for key in ("lambda", "alpha", "mu_plus", "mu_minus")}
    nest.CopyModel("stdp_synapse", "recorded", {**rule, "weight_recorder": recorder})
    # A spike at receptor 1 of a parrot is not repeated.
    spec = {"synapse_model": "recorded", "weight": 50.0, "delay": 0.1 * DELAY, "receptor_type": 1}
    nest.Connect(source, target, syn_spec=spec)
    nest.Simulate(0.1 * STEPS + 10)
    weights = recorder.get("events")["weights"]
    assert len(weights) == len(pre)
    assert stdp_weights(pre, post) == pytest.approx(list(weights), rel=1e-10)


# --- triplet ---


def triplet(pre: list[int], post: list[int], delay: int, h: float, p: dict[str, float]) -> list[float]:
    """Pfister and Gerstner (2006): weights after each presynaptic spike, from sums over all earlier ones."""

    def trace(spikes: list[int], when: int, tau: float) -> float:
        return sum(math.exp(-(when - spike) * h / tau) for spike in spikes if spike < when)

    arriving = [step + delay for step in post]
    weight, weights = p["w"], []
    for when, is_pre in sorted([*((step, False) for step in arriving), *((step, True) for step in pre)]):
        if is_pre:
            depression = p["A2_minus"] + p["A3_minus"] * trace(pre, when, p["tau_x"])
            weight = max(0.0, weight - trace(arriving, when, p["tau_minus"]) * depression)
            weights.append(weight)
        else:
            potentiation = p["A2_plus"] + p["A3_plus"] * trace(arriving, when, p["tau_y"])
            weight = min(100.0, weight + trace(pre, when, p["tau_plus"]) * potentiation)
    return weights


def test_triplets_follow_the_plain_formula() -> None:
    (path,) = (path for path in SHIPPED if path.stem == "stdp_triplet_synapse")
    pre, post = trains_that_meet()
    synapse = ReferenceSynapse(load(path.read_text(encoding="utf-8")), {"w": 5.0}, delay=0.1 * DELAY)
    numbers = {key: value for key, value in synapse.variables.items() if isinstance(value, float)}
    emitted = synapse.run(pre, post)
    expected = triplet(pre, post, DELAY, 0.1, numbers)
    assert [weight for _, weight in emitted] == pytest.approx(expected, rel=1e-10)


# --- what the language says of single events ---

MINIMAL = """model a_synapse:
    state:
        w real = 1
        order real = 0
        seen real = 0
        y real = 0
        passed ms = 0 ms
        began ms = 0 ms
        at_post ms = 0 ms
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(post_spikes{post}):
        order = 2 * order + 1
        at_post = t
        y += 1
        seen += 100 * y
    onReceive(pre_spikes{pre}):
        order = 2 * order + 3
        seen += y
        emit_spike(w)
    update:
        passed += timestep()
        began = t
"""


def minimal(post: str = "", pre: str = "") -> ReferenceSynapse:
    return ReferenceSynapse(load(MINIMAL.format(post=post, pre=pre)), resolution=0.5, delay=2.0)


def test_post_comes_before_pre_unless_priorities_say_otherwise() -> None:
    for post, pre, expected in (
        ("", "", 5.0),
        (", priority=10", ", priority=9", 5.0),
        (", priority=2", ", priority=10", 7.0),
    ):
        synapse = minimal(post, pre)
        synapse.run([10], [6])
        assert synapse["order"] == expected


def test_post_driven_variables_are_read_before_the_spike() -> None:
    synapse = minimal()
    assert [item.target.name for item in post_driven(synapse.model, roles(synapse.model))] == ["y"]
    synapse.run([10, 11], [6])
    assert synapse["y"] == 1.0
    assert synapse["seen"] == 1.0  # at step 11: neither handler sees the spike at step 10


def test_times() -> None:
    synapse = minimal()
    assert synapse.run([20], [6]) == [(20, 1.0)]
    assert (synapse["passed"], synapse["began"], synapse["at_post"]) == (10.0, 5.0, 3.0)


def test_late_spikes_wait_for_the_next_presynaptic_one() -> None:
    synapse = minimal()
    synapse.run([10], [8])
    assert synapse["y"] == 0.0
    synapse.run([30])
    assert synapse["y"] == 1.0
    synapse.run([], [40])
    synapse.advance(44)
    assert synapse["y"] == 2.0


EQUATIONS = """model a_synapse:
    state:
        w real = 1
        x real = 1
        y real = 0.5
        z real = 0.1
        b real = 0
        g real = 3
    parameters:
        tau ms = 10 ms
    equations:
        kernel K = exp(-t / tau)
        kernel g' = -g / tau
        inline sum real = convolve(K, pre_spikes) + convolve(g, post_spikes)
        x' = y / tau
        y' = -x / tau
        z' = z * (1 - z) / tau
        b' = -b / tau + pre_spikes
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(post_spikes):
        w += 0
    onReceive(pre_spikes):
        emit_spike(w * sum)
    update:
        integrate_odes()
"""


def test_equations_and_convolutions() -> None:
    synapse = ReferenceSynapse(load(EQUATIONS), resolution=0.1, delay=1.0)
    emitted = synapse.run([10, 50], [30])
    assert emitted[0] == (10, 0.0)  # a handler sees what was before its spike
    assert emitted[1][1] == pytest.approx(math.exp(-0.4) + 3 * math.exp(-0.1), rel=1e-9)
    assert synapse["x"] == pytest.approx(math.cos(0.5) + 0.5 * math.sin(0.5), rel=1e-9)
    assert synapse["z"] == pytest.approx(1 / (1 + 9 * math.exp(-0.5)), rel=1e-9)
    assert synapse["b"] == pytest.approx(1 + math.exp(-0.4), rel=1e-9)


COUPLED = """model a_synapse:
    state:
        w real = 1
        a real = 1
        b real = 0
    parameters:
        tau ms = 10 ms
        drive real = 2
    equations:
        a' = -a / tau
        b' = (a + drive - b) / tau
    input:
        pre_spikes <- spike
    output:
        spike
    onReceive(pre_spikes):
        emit_spike(w)
    update:
        integrate_odes()
"""


def test_coupled_linear_equations_are_exact() -> None:
    synapse = ReferenceSynapse(load(COUPLED), resolution=0.1)
    synapse.run([300, 1300])
    age = 13.0
    assert synapse["a"] == pytest.approx(math.exp(-age), rel=1e-12)
    assert synapse["b"] == pytest.approx(age * math.exp(-age) + 2 * (1 - math.exp(-age)), rel=1e-12)
