"""Renaming what a model declares changes names in its kernel, and nothing else.

Every name of a model becomes a placeholder such as `name7of`. Where that stands in the generated text, and in
the card, the kernel of the renamed model must have the other name; all else must be the same.
"""

from __future__ import annotations

import random
import re
import warnings
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import nestml_jit
from nestml_jit import codegen, dsl
from nestml_jit.card import Facts, SynapseFacts
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.model.roles import roles
from nestml_jit.dsl.expected import KEYWORDS
from nestml_jit.dsl.predefined import FUNCTIONS, NODE_METHODS, VARIABLES
from nestml_jit.dsl.tree import Declaration, Function, Inline, InputPort, Kernel, Model
from nestml_jit.dsl.units import is_unit_name
from nestml_jit.solvers import METHODS
from tests.codegen.rule_outcomes import ECHO
from tests.codegen.test_random_rules import Draft
from tests.drawn_neurons import DrawnNeuron

FOLDER = Path(nestml_jit.__path__[0]) / "models"
SYNAPSES = tuple(sorted(path.stem for path in FOLDER.glob("*_synapse.nestml")))
NEURONS = tuple(sorted(path.stem for path in FOLDER.glob("*_neuron.nestml")))
DRAWN = tuple(range(12))
DRAWN_NEURONS = tuple(f"drawn {number}" for number in range(12))

HOSTILE = """
tau_leak_pre k_x i_y k_ i_ c_w v_w s_tau m_x g_ca a_x b_x q_x z_x l_x_1 n_x_1 held_x_ fixed x Z ZZ then before
block tile lag lane l i d h n run step now key steps elapsed steps_there draw1 random elapsed_there target
table_0 scalar scratch spike t_spike t_last t_done until multiplicity repeat delay_steps message emission take
many few batch past value values nj_emit nj_decay_0 NJ_TILE std double int const auto class namespace namex
namex_any $ $x x$ m1 f1 e1 e1_any x_of since1
""".split()
"""Names that mean something in C++ or in what the generator writes, or look like that."""


def is_legal(name: str) -> bool:
    """Whether variables, functions, ports and models may have a name that has no meaning of its own."""
    meanings = {*KEYWORDS, *FUNCTIONS, *VARIABLES, *NODE_METHODS, "weight", "delay"}
    return name not in meanings and not is_unit_name(name) and "__" not in name


BROAD = """
model broad_synapse:
    state:
        w real = 1
        v[3] real = 0
        first real = 0
        second real = 0
        calcium real = 0
        slow real = 1
        bent real = 0.5
        count integer = 0
        u real = 0
    parameters:
        tau ms = 20 ms
        gain[3] real = 1
        limit real = 3
        top integer = 3
    internals:
        half ms = tau / 2
    equations:
        kernel shape = exp(-t / half)
        inline input_ real = convolve(shape, mod_spikes)
        first' = -first / tau
        second' = (first - second) / half
        calcium' = (ca - calcium) / tau
        slow' = -slow / tau * other
        bent' = -bent**3 / tau + input_ * 0.01 / ms
        u' = -u(t - 2 ms) / tau
    input:
        pre_spikes <- spike
        post_spikes <- spike
        mod_spikes <- spike
        ca real <- continuous
        other real <- continuous
    output:
        spike
    onReceive(pre_spikes):
        i integer = 0
        for i in 0 ... top step 1:
            v[i] += gain[i] * bounded(slow + i)
        first += v[2]
        w += 0.01 * calcium + random_uniform(0, 0.1)
        emit_spike(bounded(w))
    onReceive(post_spikes):
        count += 1
        slow = min(limit, slow + 0.1)
        u += 1
    onReceive(mod_spikes):
        w -= 0.1 * other
        println("weight " + w)
    onCondition(bent > 2):
        bent = 0
    update:
        w += 0.001 * timestep() * bent / 1 ms
        integrate_odes()
    function bounded(x real) real:
        if x > limit:
            return limit
        return x
"""
"""A rule with much of what the language has."""

BROAD_NEURON = """
model broad_neuron:
    state:
        V real = 0
        W real = 0
        m real = 0
        refr ms = 0 ms
        count integer = 0
        v[3] real = 0
        flag boolean = false
        inside real = 0
    parameters:
        tau ms = 20 ms
        tau_ad ms = 100 ms
        theta real = 1
        several integer = 3
        on boolean = true
        gain[3] real = 1
    internals:
        half ms = tau / 2
        steps_of_dead integer = steps(2 ms)
    equations:
        kernel shape = exp(-t / half)
        inline input_ real = convolve(shape, exc)
        inline doubled real = 2 * V
        V' = -V / tau + input_ / ms + drive / ms - W(t - 2 ms) / tau
        W' = (V**3 - W) / tau_ad
        m' = (1 / (1 + exp(-V)) - m * V) / half
        refr' = -1
    input:
        exc <- excitatory spike
        inh <- inhibitory spike
        drive real <- continuous
    output:
        spike
    onReceive(inh):
        V -= inh * s
        count += 1
    onReceive(exc):
        i integer = 0
        for i in 0 ... several step 1:
            v[i] += gain[i] * bounded(V + i)
            while v[i] > 5:
                v[i] = v[i] / 2
    onCondition(V > theta and not flag):
        emit_spike()
        V = 0
        refr = 2 ms
        println("spike of " + count)
    update:
        flag = on and refr > 0
        if refr > 0:
            integrate_odes(W, refr)
        else:
            integrate_odes()
        change real = random_normal(0, 0.1)
        if V > 0.5:
            W += change
            inside = change * v[1]
        elif V < -0.5:
            inside = 0
    function bounded(x real) real:
        if x > theta:
            return theta
        elif x < -5:
            return bounded(x + 1)
        return x
"""
"""A neuron with much of what the language has."""

legal = st.one_of(
    st.sampled_from([name for name in HOSTILE if is_legal(name)]),
    st.from_regex(r"[A-Za-z_$][A-Za-z0-9_$]{0,9}", fullmatch=True).filter(is_legal),
)

# --- renaming a text -------------------------------------------------------------------------------

_TOKENS = re.compile(r'""".*?"""|"(?:[^"\\]|\\.)*"|#[^\n]*|[A-Za-z_$][A-Za-z0-9_$]*|.', re.DOTALL)


def declared(model: Model) -> Iterator[str]:
    """Iterate over the names that a model declares, its own first."""
    yield model.name
    for node in model.walk():
        if isinstance(node, (Declaration, Inline, InputPort, Function)):
            yield node.name
        elif isinstance(node, Kernel):
            yield from (equation.name for equation in node.equations)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a text with other names, in all places but texts and comments."""
    return "".join(names.get(token, token) for token in _TOKENS.findall(text))


def with_roles(text: str) -> str:
    """Return a model whose ports have qualifiers, so that their names have no meaning."""
    model = load(text)
    found = roles(model)
    marks = {found.pre: "pre", found.post: "post", **dict.fromkeys(found.modulatory, "mod")}
    for port, mark in marks.items():
        if port:
            text = re.sub(rf"\b{re.escape(port)}(\s*)<- *(?:\w+ )?spike", rf"{port}\1<- {mark} spike", text)
    return text


def load(text: str) -> Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dsl.load(text, "")[0]


# --- kernels ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Models and what a script does with them, before anything is renamed.

    Names are those of the synapses, or of the neuron if there are none.

    Attributes
    ----------
    synapses
        Their texts.
    varying
        Which parameters differ between connections, for each synapse.
    """

    neuron: str
    synapses: tuple[str, ...]
    varying: tuple[tuple[str, ...], ...]
    move: bool
    solver: str = "auto"

    def names(self) -> tuple[str, ...]:
        """Return the names that the models declare."""
        texts = self.synapses or (self.neuron,)
        return tuple(dict.fromkeys(name for text in texts for name in declared(load(text))))

    def kernel(self, names: Mapping[str, str]) -> tuple[str, str]:
        """Return the text of the kernel and its card, with other names."""
        neuron = load(renamed(self.neuron, names))
        rules = [load(renamed(text, names)) for text in self.synapses]
        facts = tuple(
            SynapseFacts(rule.name, tuple(sorted(names.get(name, name) for name in varying)))
            for rule, varying in zip(rules, self.varying, strict=True)
        )
        text, card = codegen.generate(neuron, rules, Facts(facts, (), self.move, self.solver))
        return re.sub(r"nj_[0-9a-f]{16}\b", "nj_namespace", text), repr(card)


@cache
def case(name: str | int) -> Case:
    """Return a shipped synapse, `BROAD`, or two drawn ones of which some parameters differ."""
    if isinstance(name, int):
        draw = random.Random(name)
        texts = tuple(with_roles(Draft(number, draw).text()) for number in range(2))
        varying = tuple(
            tuple(item.name for item in load(text).parameters if draw.random() < 0.25) for text in texts
        )
        return Case(ECHO, texts, varying, move=name % 3 > 0)
    if "synapse" not in name and name != "broad":
        kind, _, solver = name.partition(" with ")
        return Case(neuron_text(kind), (), (), move=True, solver=solver or "auto")
    text = with_roles(BROAD if name == "broad" else (FOLDER / f"{name}.nestml").read_text())
    model = load(text)
    ports = [port.name for port in model.inputs if port.signal == "continuous" and port.name != "ca"]
    states = "".join(f"        {port} real = 0\n" for port in ports)
    neuron = ECHO.replace("    parameters:\n", f"{states}    parameters:\n")
    return Case(neuron, (text,), ((),), move=True)


def neuron_text(name: str) -> str:
    """Return a shipped neuron, a drawn one (`drawn 3`), or `BROAD_NEURON`."""
    if name.startswith("drawn "):
        number = int(name.removeprefix("drawn "))
        return DrawnNeuron(number, noisy=number % 2 > 0).text()
    return BROAD_NEURON if name == "broad neuron" else (FOLDER / f"{name}.nestml").read_text()


@cache
def with_placeholders(name: str | int) -> tuple[tuple[str, ...], str, str]:
    """Return the names of a case, and its kernel and card with a placeholder for each."""
    found = case(name)
    names = found.names()
    return (names, *found.kernel({old: f"name{index}of" for index, old in enumerate(names)}))


_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*"|//[^\n]*)')


def filled_in(text: str, names: tuple[str, ...], is_cpp: bool) -> str:
    """Return a text with names for the placeholders, which C++ spells differently outside of texts."""
    for index, name in enumerate(names):
        salts = [f"{zlib.crc32(item.encode())}u" for item in (f"name{index}of", name)]
        text = text.replace(*salts)  # of a model's random numbers
    parts = _QUOTED.split(text) if is_cpp else ["", text]
    spelled = [identifier, str]

    def replaced(part: str, spell: int) -> str:
        return re.sub(r"name(\d+)of", lambda found: str(spelled[spell](names[int(found[1])])), part)

    return "".join(replaced(part, index % 2) for index, part in enumerate(parts))


def check(name: str | int, new: tuple[str, ...]) -> None:
    """Compare the kernel of a case with other names with that of the placeholders."""
    names, text, card = with_placeholders(name)
    changed, changed_card = case(name).kernel(dict(zip(names, new, strict=True)))
    assert changed.splitlines() == filled_in(text, new, is_cpp=True).splitlines()
    assert changed_card == filled_in(card, new, is_cpp=False)


@st.composite
def names_of(draw: st.DrawFn, name: str | int) -> tuple[str, ...]:
    """Draw different names for all that a case declares."""
    count = len(with_placeholders(name)[0])
    return tuple(draw(st.lists(legal, min_size=count, max_size=count, unique=True)))


@pytest.mark.parametrize("name", [*SYNAPSES, "broad", *DRAWN])
def test_names_of_synapses_mean_nothing(name: str | int) -> None:
    @settings(deadline=None, max_examples=6, derandomize=True, phases=[Phase.generate])
    @given(names_of(name))
    def compare(new: tuple[str, ...]) -> None:
        check(name, new)

    compare()


def test_a_trace_called_leak_stays_fast() -> None:
    """A table of decay factors is no matter of how a time constant is called."""
    found = case("stdp_synapse")
    names = {name: name for name in found.names()} | {"tau_tr_pre": "tau_leak_pre"}
    text, _ = found.kernel(names)
    assert "nj_fill_decay(scratch + 0, h * -(1.0 / s_tau_leak_pre));" in text
    assert text == found.kernel({})[0].replace("tau_tr_pre", "tau_leak_pre")


SOLVERS = [f"{name} with {solver}" for name in ("broad neuron", "izhikevich_neuron") for solver in METHODS]


@pytest.mark.parametrize("name", [*NEURONS, "broad neuron", *DRAWN_NEURONS, *SOLVERS])
def test_names_of_neurons_mean_nothing(name: str) -> None:
    @settings(deadline=None, max_examples=6, derandomize=True, phases=[Phase.generate])
    @given(names_of(name))
    def compare(new: tuple[str, ...]) -> None:
        check(name, new)

    compare()


@pytest.mark.parametrize("name", ["block", "tile", "l", "code", "e1"])
def test_a_neuron_of_any_name_has_a_fused_loop(name: str) -> None:
    """A comment that says where the model's text is does not keep steps from being fused."""
    text, _ = case("iaf_psc_exp_neuron").kernel({"iaf_psc_exp_neuron": name})
    assert "advance_part" in text
    assert f"// {name}:" in text
