"""What is generated is looked up by everything that it depends on, and by nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from nestml_jit.cache import Store
from nestml_jit.card import Facts, SynapseFacts
from nestml_jit.lookup import LIBRARY
from nestml_jit.pipeline import Pipeline, Source


def source(name: str) -> Source:
    return Source((LIBRARY / f"{name}.nestml").read_text(), str(LIBRARY / f"{name}.nestml"), name, name)


NEURON, SYNAPSE = source("iaf_psc_exp_neuron"), source("static_synapse")
FACTS = Facts((SynapseFacts(SYNAPSE.name, (), ()),), ())


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    texts: list[str] = []
    return Pipeline(store, recorder=lambda _subject, text: texts.append(text))


def requests(root: Path) -> int:
    return len(list((root / "v1" / "generate").iterdir()))


def comment(item: Source) -> Source:
    return dataclasses.replace(item, text=item.text + "\n# a comment\n")


def renamed(item: Source) -> Source:
    return dataclasses.replace(item, name="another")


CHANGES: dict[str, tuple[Source, Source, Facts]] = {
    "the neuron's text": (comment(NEURON), SYNAPSE, FACTS),
    "the neuron's name": (renamed(NEURON), SYNAPSE, FACTS),
    "the synapse's text": (NEURON, comment(SYNAPSE), FACTS),
    "the synapse's name": (NEURON, renamed(SYNAPSE), Facts((SynapseFacts("another", (), ()),), ())),
    "what differs per connection": (NEURON, SYNAPSE, Facts((SynapseFacts(SYNAPSE.name, ("d",), ()),), ())),
    "whether variables are moved": (NEURON, SYNAPSE, dataclasses.replace(FACTS, move=False)),
    "the solver": (NEURON, SYNAPSE, dataclasses.replace(FACTS, solver="rk4")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_input_alone_makes_another_request(change: str, pipeline: Pipeline, root: Path) -> None:
    pipeline.generate(NEURON, [SYNAPSE], FACTS)
    assert requests(root) == 1
    neuron, synapse, facts = CHANGES[change]
    pipeline.generate(neuron, [synapse], facts)
    assert requests(root) == 2


def test_our_own_code_counts_and_the_place_of_a_file_does_not(
    pipeline: Pipeline, root: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.generate(NEURON, [SYNAPSE], FACTS)
    moved = dataclasses.replace(NEURON, filename="/somewhere/else.nestml")
    pipeline.generate(moved, [SYNAPSE], FACTS)
    assert requests(root) == 1
    monkeypatch.setattr("nestml_jit.pipeline.code_fingerprint", lambda *_: "other code")
    Pipeline(store, recorder=pipeline.recorder).generate(NEURON, [SYNAPSE], FACTS)
    assert requests(root) == 2
