"""How models and reports look as text, as HTML, and in terminals."""

from __future__ import annotations

import io
from html.parser import HTMLParser

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
