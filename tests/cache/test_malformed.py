"""Data of another form than the stages of the pipeline read: they are found out anew, and replaced."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nestml_jit.ahead.record import Recorder, read_records
from nestml_jit.cache import Roots, Store
from nestml_jit.cache.digest import digest
from nestml_jit.cache.entry import _canonical
from nestml_jit.card import Facts, SynapseFacts
from nestml_jit.lookup import LIBRARY
from nestml_jit.pipeline import Pipeline, Source
from tests.cache.test_hostile import JUNK, places


def source(name: str) -> Source:
    return Source((LIBRARY / f"{name}.nestml").read_text(), str(LIBRARY / f"{name}.nestml"), name, name)


NEURON, SYNAPSE = source("iaf_psc_exp_neuron"), source("stdp_synapse")
FACTS = Facts((SynapseFacts(SYNAPSE.name, (), ()),), ())

STAGES: dict[str, Callable[[Pipeline], object]] = {
    "names": lambda pipeline: pipeline.names_in(NEURON.text, NEURON.filename),
    "card": lambda pipeline: pipeline.describe(NEURON),
    "pair": lambda pipeline: pipeline.pair(NEURON, SYNAPSE),
    "generate": lambda pipeline: pipeline.generate(NEURON, [SYNAPSE], FACTS),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Pipeline, dict[str, object]]:
    """A cache with the results of all stages, the pipeline that has parsed the models, and the results."""
    root = tmp_path_factory.mktemp("malformed") / "cache"
    pipeline = Pipeline(Store(Roots(root)))
    return root, pipeline, {stage: act(pipeline) for stage, act in STAGES.items()}


def damaged(value: Any, chance: random.Random) -> Any:
    """Return JSON data of which a few are of another type, not there, or new."""
    holder = copy.deepcopy([value])
    found = list(places(holder))
    for _number in range(chance.choice((1, 1, 2))):
        container, key = chance.choice(found[: 1 + int(len(found) * chance.random())])
        try:
            if chance.random() < 0.3:
                del container[key]
            else:
                container[key] = chance.choice(JUNK)
        except (KeyError, IndexError):
            continue
    return holder[0] if holder else None


@pytest.mark.parametrize("place", ["own", "read only"])
@pytest.mark.parametrize("stage", STAGES)
def test_data_of_another_form(
    stage: str, place: str, filled: tuple[Path, Pipeline, dict[str, object]], tmp_path: Path
) -> None:
    root, before, expected = filled
    (folder,) = (root / "v1" / stage).iterdir()
    manifest = folder / "manifest.json"
    sound = manifest.read_text()
    content = json.loads(sound)["content"]
    chance, found_anew = random.Random(stage), 0
    for number in range(20):
        content["manifest"]["value"] = damaged(json.loads(sound)["content"]["manifest"]["value"], chance)
        text = json.dumps({"digest": digest(_canonical(content)), "content": content})
        (root / "v1" / stage / folder.name / "manifest.json").write_text(text)
        roots = Roots(root) if place == "own" else Roots(tmp_path / str(number), (root,))
        pipeline = Pipeline(Store(roots), _trees=before._trees)
        result = STAGES[stage](pipeline)
        if not pipeline.stages[-1].cached:
            found_anew += 1
            assert result == expected[stage]
            again = Pipeline(Store(roots), _trees=before._trees)
            assert STAGES[stage](again) == expected[stage]
            assert again.stages[-1].cached
    manifest.write_text(sound)
    assert found_anew > 5


def test_records_of_a_script_that_was_killed(tmp_path: Path) -> None:
    """Wherever the last record breaks off, those before it are read."""
    file = tmp_path / "records"
    recorder = Recorder(file)
    recorder.kernel("one", "int a;\n// µ\u2028")
    whole = file.stat().st_size
    recorder.kernel("two", "int b;" * 5)
    text = file.read_bytes()
    for size in range(whole, len(text)):
        file.write_bytes(text[:size])
        kernels, _simulations, _stopped = read_records(file)
        assert [item.subject for item in kernels] == ["one"]
    file.write_bytes(text)
    assert [item.subject for item in read_records(file)[0]] == ["one", "two"]
    assert read_records(tmp_path / "nowhere") == ([], 0, False)
