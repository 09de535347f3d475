"""Random plastic networks: fused, with nothing moved, and the oracle give the same weights.

Rules are put together at random from traces, their use, third factors and statements in `update`; several
of them target one neuron model; parameters differ between connections or not; coincidences are frequent.
"""

import random
import warnings

import numpy as np
import pytest

from nestml_jit.card import Facts, SynapseFacts
from nestml_jit.dsl import load
from nestml_jit.oracle.reference_synapse import ReferenceSynapse
from tests.codegen.harness import Block, Run, models
from tests.codegen.rule_outcomes import ECHO, defaults

H = 0.125
STEPS = 300
LANES = 3
CONNECTIONS = 6


class Draft:
    """A rule that is drawn at random, as the lines of its blocks."""

    def __init__(self, number, draw):
        self.name = f"drawn_{number}_synapse"
        self.draw = draw
        self.state = ["w real = 1"]
        self.parameters = ["wmax real = 3", "rate real = 0.1"]
        self.equations = []
        self.ports = ["pre_spikes <- spike", "post_spikes <- spike"]
        self.body = {"pre": [], "post": [], "mod": []}
        self.update = []
        self.condition = []
        self.readable = []
        self.priorities = {}
        for index in range(draw.randint(1, 4)):
            self._trace(f"x{index}")
        self._extras()
        self._uses()
        handled = [port for port, lines in self.body.items() if lines]
        if len(handled) > 1 and draw.random() < 0.3:
            self.priorities = dict(zip(handled, draw.sample(range(12), len(handled)), strict=True))

    def _trace(self, name):
        """Add a variable that decays and jumps, or is a convolution."""
        draw = self.draw
        self.parameters.append(f"tau_{name} ms = {draw.choice([3, 8, 20])} ms")
        kind = draw.choice(["pre", "post", "post", "mod", "both"])
        if draw.random() < 0.2 and kind in ("pre", "post"):
            self.equations.append(f"kernel k_{name} = {draw.choice([1, 2])} * exp(-t / tau_{name})")
            self.equations.append(f"inline {name} real = convolve(k_{name}, {kind}_spikes)")
        else:
            self.state.append(f"{name} real = {draw.choice([0, 0, 0.5])}")
            other = f" + 0.2 * {draw.choice(self.readable)}" if self.readable and draw.random() < 0.3 else ""
            self.equations.append(f"{name}' = (-{name}{other}) / tau_{name}")
            for port in ("pre", "post") if kind == "both" else (kind,):
                self.body[port].append(f"{name} {draw.choice(['+=', '+=', '='])} {draw.choice([1, 0.5])}")
        self.readable.append(name)

    def _extras(self):
        draw = self.draw
        if self.body["mod"] or draw.random() < 0.2:
            self.ports.append("mod_spikes <- spike")
            self.body["mod"].append(self._change())
        if draw.random() < 0.25:
            self.ports.append("ca real <- continuous")
            self.readable.append("ca")
        if draw.random() < 0.25:
            self.state.append("aux real = 0")
            self.update.append(f"aux = 0.5 * aux + {draw.choice(self.readable)} * timestep() / 10 ms")
            self.readable.append("aux")
        if draw.random() < 0.2:
            self.condition.append(f"onCondition(w > 1.5):\n        w = w - {draw.choice([0.2, 1])}")

    def _change(self):
        """Return a statement that changes the weight."""
        draw = self.draw
        factor = draw.choice(self.readable)
        if draw.random() < 0.5:
            factor += f" * {draw.choice(self.readable)}"
        sign = draw.choice(["+", "-"])
        return f"w = min(wmax, max(0., w {sign} rate * {factor}))"

    def _uses(self):
        for port in ("pre", "post"):
            if self.draw.random() < 0.8:
                self.body[port].insert(self.draw.randint(0, len(self.body[port])), self._change())
        if self.draw.random() < 0.2:
            self.body["pre"].append("if w > 1:\n            w -= 0.01")
        weight = self.draw.choice(["w", "w", "w * wmax"])
        self.body["pre"].append(f"emit_spike({weight})")

    def text(self):
        def block(head, lines, end=""):
            return f"    {head}:\n" + "".join(f"        {line}{end}\n" for line in lines) if lines else ""

        handlers = ""
        for port, lines in self.body.items():
            rank = f", priority={self.priorities[port]}" if port in self.priorities and lines else ""
            handlers += block(f"onReceive({port}_spikes{rank})", lines)
        update = [*self.update, "integrate_odes()"]
        needs = any("'" in line for line in self.equations)
        return (
            f"model {self.name}:\n"
            + block("state", self.state)
            + block("parameters", self.parameters)
            + block("equations", self.equations)
            + block("input", self.ports)
            + block("output", ["spike"])
            + handlers
            + "".join(f"    {item}\n" for item in self.condition)
            + (block("update", update if needs else self.update))
        )


def drawn(seed):
    draw = random.Random(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drafts = [Draft(number, draw) for number in range(2)]
        return [load(draft.text(), "")[0] for draft in drafts], draw


def parameters_of(rule, draw):
    """Values that are given: the same for all connections, or different ones."""
    given = {"w": np.array([draw.uniform(0.5, 2) for _ in range(CONNECTIONS)])}
    for item in rule.parameters:
        if draw.random() < 0.25:
            factors = [draw.choice([0.5, 1, 2]) for _ in range(CONNECTIONS)]
            given[item.name] = item.value.value * np.array(factors)
    return given


def experiment(seed, steps=STEPS):
    """Rules, what is given, and trains of spikes of sources, neurons, and third parties."""
    rules, draw = drawn(seed)
    given = [parameters_of(rule, draw) for rule in rules]
    rng = np.random.default_rng(seed)
    post = [np.flatnonzero(rng.random(steps) < 0.04) + 1 for _ in range(LANES)]
    delays = rng.integers(1, 25, size=CONNECTIONS)
    pre = []
    for _ in rules:
        train = np.flatnonzero(rng.random(steps) < 0.03) + 1
        together = np.concatenate([post[i % LANES][::2] + delays[i] for i in range(CONNECTIONS)])
        train = np.concatenate([train, rng.choice(together, 5)])
        pre.append(np.sort(train[train <= steps]))
    mod = np.sort(np.concatenate([rng.integers(1, steps, 8), pre[0][::3], post[0][::2] + delays[0]]))
    return rules, given, pre, post, mod, delays


def simulated(seed, move, advance):
    """Emitted weights per rule, spike and connection, and the third factor at every step."""
    rules, given, pre, post, mod, delays = experiment(seed)
    facts = tuple(
        SynapseFacts(rule.name, tuple(sorted(name for name in values if name != "w")))
        for rule, values in zip(rules, given, strict=True)
    )
    block = Block(models(ECHO)[0], rules, Facts(facts, (), move), lanes=LANES, h=H, signal_steps=512)
    values = [defaults(rule, item) for rule, item in zip(rules, given, strict=True)]
    for moved in block.fusion.moved:
        value = values[[rule.name for rule in rules].index(moved.synapse)].get(moved.variable, moved.default)
        value = moved.default if np.ndim(value) else value
        block.columns[moved.column][:] = value
        for item in values:
            item[moved.column] = value
    block._history()
    block._block()
    lanes = np.arange(CONNECTIONS) % LANES
    runs = [Run(block, k, lanes, delays, item) for k, item in enumerate(values)]
    for run in runs:
        for port in range(len(run.card.modulatory)):
            run.modulate(port, mod)
    emitted, signal = [[] for _ in rules], []
    for step in range(1, STEPS + 1):
        for lane, train in enumerate(post):
            if step in train:
                block.add(step, 1, lane, 1.0)
                block.add(step, 2, lane, 1.0)
        block.run(1)
        signal.append(block["ca"].copy())
        for k, run in enumerate(runs):
            if step in pre[k]:
                run.spike(step, int(np.sum(pre[k] == step)))
                emitted[k].append(run.emitted.copy())
            elif advance and step % advance == 0 and run.functions.advance:
                run.advance(step)
    return [np.array(item) for item in emitted], np.array(signal)


def expected(seed, signal):
    rules, given, pre, post, mod, delays = experiment(seed)
    found = []
    for rule, values, train in zip(rules, given, pre, strict=True):
        weights = []
        for i in range(CONNECTIONS):
            own = {name: float(value[i]) for name, value in values.items()}
            continuous = {
                port.name: (lambda step, i=i: signal[step - 1, i % LANES])
                for port in rule.inputs
                if port.signal == "continuous"
            }
            synapse = ReferenceSynapse(rule, own, H, delays[i] * H, continuous)
            synapse.run(train, post[i % LANES], mod)
            last = dict(synapse.emitted)
            weights.append([last[step] for step in sorted(last)])
        found.append(np.transpose(weights))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_fused_not_fused_and_the_oracle_agree(seed):
    fused, signal = simulated(seed, True, 0)
    reference = expected(seed, signal)
    for variant in (fused, simulated(seed, True, 11)[0], simulated(seed, False, 13)[0]):
        for mine, theirs in zip(variant, reference, strict=True):
            assert mine == pytest.approx(theirs, rel=1e-6, abs=1e-7)
    for one, two in zip(fused, simulated(seed, False, 0)[0], strict=True):
        assert one == pytest.approx(two, rel=1e-11, abs=1e-12)
