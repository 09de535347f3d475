"""Names of variables: different ones stay different in C++, and locals mean what they hide."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nestml_jit import dsl
from nestml_jit.codegen import CannotGenerate, pair
from nestml_jit.codegen.model import names as naming
from nestml_jit.codegen.model.names import (
    KINDS,
    canonical,
    convolved,
    element,
    identifier,
    kept_for,
    local,
    shown,
)
from nestml_jit.codegen.model.normal import normalise
from nestml_jit.codegen.plan.describe import describe
from nestml_jit.codegen.plan.ports import channels
from nestml_jit.dsl.tree import Model
from nestml_jit.errors import NestmlErrors
from nestml_jit.oracle.reference import ReferenceNeuron
from tests.codegen.harness import Block

CODEGEN = Path(naming.__file__).parents[1]

declared = st.from_regex(r"[A-Za-z_$][A-Za-z0-9_$]{0,6}", fullmatch=True) | st.sampled_from(
    [
        "Z",
        "ZZ",
        "ZS",
        "$",
        "a$b",
        "aZSb",
        "a_S_b",
        "v",
        "v_element_0",
        "vZb0Ze",
        "y__d",
        "yZd",
        "x_1",
        "K__X__p",
    ]
)
variables = (
    st.builds(canonical, declared, st.integers(0, 3))
    | st.builds(element, st.builds(canonical, declared, st.integers(0, 2)), st.integers(0, 20))
    | st.builds(canonical, st.builds(convolved, declared, declared), st.integers(0, 2))
    | st.builds(convolved, declared, st.builds(element, declared, st.integers(0, 20)))
    | st.builds(local, declared, st.integers(1, 20))
    | st.builds(kept_for, declared, declared)
)
generated = variables | st.builds("{}({})".format, st.sampled_from(["in", "next", "P"]), variables)


@settings(deadline=None)
@given(st.sampled_from(sorted(KINDS)), generated, st.sampled_from(sorted(KINDS)), generated)
def test_different_variables_have_different_identifiers(
    kind: str, name: str, other_kind: str, other: str
) -> None:
    one, two = f"{kind}_{identifier(name)}", f"{other_kind}_{identifier(other)}"
    assert (one == two) == ((kind, name) == (other_kind, other))
    assert re.fullmatch(r"\w+", one, re.ASCII)
    # with the number of a fresh variable behind it
    assert (f"{one}_1" == f"{two}_12") is False


@settings(deadline=None)
@given(generated)
def test_identifiers_can_be_read_back(name: str) -> None:
    spelled = {text: character for character, text in naming._SPELLED.items()}
    read = re.sub(r"Z.", lambda found: spelled[found.group()], identifier(name))
    assert read == name


def test_generated_code_has_no_other_identifiers_of_these_kinds() -> None:
    sources = "\n".join(path.read_text() for path in sorted(CODEGEN.rglob("*.py")))
    kinds = set(re.findall(r"\b([A-Za-z_]+)_\{identifier\(", sources))
    kinds |= set(re.findall(r"\bnamed\([\"'](\w+)[\"']", sources))
    assert kinds == set(KINDS)
    assert not any("_" in kind for kind in KINDS)
    own = re.compile(rf"(?<![\w.])(?:{'|'.join(sorted(KINDS))})_[A-Za-z]\w*")
    templates = sorted(CODEGEN.rglob("templates/*"))
    assert templates
    for path in templates:
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert not own.findall(text), path.name


def load(text: str) -> Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dsl.load(text)[0]


HOSTILE = """
model Z$Z:
    state:
        y real = 1
        y' 1/ms = 0.5/ms
        y'' 1/ms**2 = 0.25/ms**2
        y__ real = 2
        a$b real = 1
        a_S_b real = 2
        aZSb real = 3
        $ real = 4
        v[3] real = 5
        v_element_0 real = 6
        vZb0Ze real = 7
        out[3] real = 0
        total real = 0
        seen real = 0
        I_0 real = 0
    parameters:
        x real = 3
        P real = 1
        int real = 2
    equations:
        kernel K = exp(-t / 2 ms)
        kernel int_ = t / 1 ms * exp(-t / 2 ms)
        inline twice real = 2 * x
        inline K_ real = convolve(K, p[1]) + convolve(K, p_) + convolve(int_, p[0])
        y''' = -y''/ 3 ms - y' / 9 ms**2
        y__' = -y__ / 2 ms
        a$b' = -a$b * a_S_b / 20 ms
        a_S_b' = -a_S_b * aZSb / 20 ms
        aZSb' = -$ * 0.1/ms
        v_element_0' = -v_element_0 / 3 ms + K_ / 1 ms
    input:
        p[2] <- spike
        p_ <- spike
    update:
        integrate_odes()
        y__d real = 10 * x
        x real = y__d + y'
        K__X__p_1 real = 1000
        total = twice + x + f(x, y__d) + $$(2) + K__X__p_1 + K_
        if x > 0:
            v real = 17
            total += v
        i integer = 0
        for i in 0 ... 3 step 1:
            out[i] = v[i] + v_element_0 + i
            v[i] += 1
        seen = class(y__d)
    onReceive(p):
        P real = 3 * P
        I_0 += P
    function f(y__d real, y real) real:
        z real = y
        if y > 0:
            x real = 100
            z += x
        return x + z - y__d
    function $$(x real) real:
        P real = 0
        while P < 3:
            P += 1
        return twice_(x) + P
    function twice_(P real) real:
        return P + x
    function class(x real) real:
        z real = 0
        if x > 0:
            P real = 1
            z = P
        z += P
        while z < 2 * x:
            z += int
        return z
"""


def test_a_model_with_names_that_collided() -> None:
    model = load(HOSTILE)
    block, oracle = Block(model, lanes=1, h=0.125), ReferenceNeuron(model, resolution=0.125)
    ports, rows = ["p[0]", "p[1]", "p_"], channels(normalise(model))
    for step in range(8):
        weights = {port: 1.0 + index + step for index, port in enumerate(ports)}
        for port, weight in weights.items():
            block.add(step + 1, rows[port], 0, weight)
        block.add(step + 1, rows["count(p[0])"], 0, 1.0)
        block.run(1)
        oracle.step(weights)
    for variable in describe(model).variables:
        if variable.kind == "state" and "[" not in variable.name:
            key = re.sub(r"__(d+)$", lambda found: "'" * len(found.group(1)), variable.name)
            assert block[variable.name][0] == pytest.approx(oracle[key], rel=1e-6), variable.name
    assert [block[f"out[{index}]"][0] for index in range(3)] == pytest.approx(oracle["out"], rel=1e-6)


def test_what_users_see_is_never_ambiguous() -> None:
    text = "model m:\n    state:\n        y real = 1\n        y' 1/ms = 0/ms\n        y__d real = 1\n"
    text += "    equations:\n        y'' = -y / 1 ms**2\n    update:\n        integrate_odes()\n"
    with pytest.raises(NestmlErrors) as caught:
        load(text)
    (error,) = (item for item in caught.value.diagnostics if item.severity == "error")
    assert (error.code, error.span.line) == ("E0212", 5)
    assert "y'" in error.message


SYNAPSE = """
model {name}:
    state:
        w real = 1
        {trace} real = 0
    parameters:
        tau ms = 20 ms
    equations:
        {trace}' = -{trace} / tau
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    onReceive(post_spikes):
        {trace} += 1
    onReceive(pre_spikes):
        w += {trace}
        emit_spike(w)
    update:
        integrate_odes()
"""


def test_what_a_neuron_keeps_for_a_synapse_has_a_name_of_its_own() -> None:
    state = "    state:\n        u__for_s_synapse real = 0\n"
    neuron = load(f"model n:\n{state}    update:\n        u__for_s_synapse += 1\n")
    found = pair(neuron, load(SYNAPSE.format(name="s_synapse", trace="r")))
    assert [item.column for item in found.moved] == ["r__for_s_synapse", "tau__for_s_synapse"]
    for name, trace in (("s_synapse", "u"), ("b__for_c_synapse", "a"), ("c_synapse", "a__for_b")):
        with pytest.raises(CannotGenerate, match="ambiguous"):
            pair(neuron, load(SYNAPSE.format(name=name, trace=trace)))


def test_names_are_shown_as_ever() -> None:
    assert [shown(name) for name in ("x", "x''", "v[1]", "v'[1]", "K*p", "K*p.1'", "x@s", "P(x',y)")] == [
        "x", "x__dd", "v[1]", "v__d[1]", "K__X__p", "K__X__p_1__d", "x__for_s", "P(x__d,y)",
    ]  # fmt: skip


PRINTS = """
model printing_neuron:
    state:
        v[3] mV = 1.5 mV
        y real = 2
        y' 1/ms = 0.5 / 1 ms
        k integer = 1
    parameters:
        x real = 7
    equations:
        inline twice mV = 2 * v[1]
        y'' = -y / 9 ms**2
    update:
        v[2] = 4 mV
        println("{v[0]}, {v[2]}, {v[k]}, {v[k + 1]}, {v[ k-1 ]}")
        x real = 3
        println("{x} {twice} {k} {nobody} {y'}{x}")
        integrate_odes()
"""


def test_texts_show_elements_derivatives_inlines_and_locals() -> None:
    block = Block(load(PRINTS), lanes=1, h=0.1)
    block.run(1)
    assert [text for _lane, _level, text in block.messages] == [
        "1.5 mV, 4 mV, 1.5 mV, 4 mV, 1.5 mV\n",
        "3 3 mV 1 {nobody} 0.5 1/ms3\n",
    ]


@pytest.mark.parametrize("shown_name", ["v", "local_v"])
def test_texts_show_no_whole_vectors(shown_name: str) -> None:
    text = PRINTS.replace("{nobody}", f"{{{shown_name}}}").replace(
        "        x real = 3\n", "        x real = 3\n        local_v [2] real = 1\n"
    )
    model = load(text)
    with pytest.raises(CannotGenerate, match=f"`{shown_name}` is a vector") as caught:
        Block(model, lanes=1, h=0.1)
    assert caught.value.diagnostics[0].hint == f"name its elements: `{shown_name}[0]`"
