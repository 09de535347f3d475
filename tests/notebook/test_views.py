"""How models and reports look as text, as HTML, and in terminals."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from pathlib import Path

import pytest

from nestml_jit.pynest.view import Table, as_html
from tests.numerics.network import NEURON, STDP, nest, reset
from tests.session.texts import relaxing


class Reader(HTMLParser):
    """Collects the texts of an HTML page's cells, and checks that elements are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data


def cells(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader.cells


def test_texts_are_not_taken_for_markup() -> None:
    html = as_html("<b>", "&", [Table("a < b", [["<script>", "x"], ["y"]], ["'h'"])], is_open=True)
    assert cells(html) == ["'h'", "", "<script>", "x", "y", ""]
    assert "<script>" not in html
    assert "<b>" not in html.replace("<b>&lt;b&gt;</b>", "").replace("<b>a &lt; b</b>", "")


def test_lists_of_models(tmp_path: Path) -> None:
    reset()
    everything = nest.jit.models()
    assert {NEURON, "stdp_synapse_nestml"} <= set(everything.names)
    assert {item.kind for item in everything} == {"neuron", "synapse"}
    assert nest.jit.models("STDP of triplets").names == ["stdp_triplet_synapse_nestml"]
    synapses = nest.jit.models("stdp*", kind="synapse")
    assert len(synapses) == len(cells(synapses._repr_html_())) / 4 - 1
    nest.jit.define(relaxing("my_own_neuron"))
    (tmp_path / "another.nestml").write_text(relaxing("my_own_neuron", tau=3.0))
    nest.jit.path.append(tmp_path)
    try:
        (found,) = nest.jit.models("my_own*")
        assert (found.name, found.kind, found.file) == ("my_own_neuron", "neuron", "")
    finally:
        nest.jit.path.remove(tmp_path)
    assert nest.Create(synapses and found.name).model == found.name


def test_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    shown = repr(nest.jit)
    names = {line.split()[0].strip(".").partition("(")[0] for line in shown.splitlines()[1:]}
    assert names == {name for name in dir(nest.jit) if not name.startswith("_")}


def test_models() -> None:
    neuron, synapse = nest.jit.model(NEURON), nest.jit.model("stdp_synapse_nestml")
    assert (neuron.kind, synapse.kind) == ("neuron", "synapse")
    assert str(neuron).startswith(f"model {NEURON}\n")
    assert "tau_m" in cells(neuron._repr_html_())
    assert "postsynaptic spikes" in cells(synapse._repr_html_())
    assert repr(synapse).startswith("<synapse model stdp_synapse_nestml: parameters lambda, ")
    nest.jit.define(relaxing("just_defined"))
    assert nest.jit.model("just_defined").name == "just_defined"


@pytest.mark.parametrize(("name", "hint"), [("iaf_psc_exp", "NEST's own"), ("iaf_psc_exp_neuro", NEURON)])
def test_names_that_are_no_nestml_models(name: str, hint: str) -> None:
    with pytest.raises(nest.NESTErrors.UnknownModelName, match=hint):
        nest.jit.model(name)


def test_reports() -> None:
    reset()
    neurons = nest.Create(NEURON, 2)
    nest.Connect(neurons, neurons, syn_spec=STDP)
    nest.Simulate(1.0)
    report = nest.jit.report()
    found = cells(report._repr_html_())
    assert found[:4] == ["neuron", "with synapses", NEURON, STDP]
    assert {"compile", "exact propagator", "V_m"} <= set(found)
    assert repr(report) == str(report)
    reset()


def test_rich() -> None:
    rich = pytest.importorskip("rich.console")
    console = rich.Console(file=io.StringIO(), width=200)
    console.print(nest.jit.model(NEURON), nest.jit.report())
    text = console.file.getvalue()
    assert "membrane time constant" in text or "tau_m" in text
    assert f"neuron {NEURON}" in text
    assert "from the cache" in text
