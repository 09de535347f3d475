"""`generate_code_for`: one neuron model, or a pair of models, from texts or files, as a module."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nestml_jit.front_ends import front_end
from nestml_jit.lookup import read_text
from nestml_jit.options import OptionError
from nestml_jit.session.generated import of_pair
from nestml_jit.standin.generation import generate_texts

SUFFIX = "_nestml"


def generate_code_for(
    neuron: str,
    synapse: str | None,
    module: str | None,
    ports: Mapping[str, Any],
    options: Mapping[str, Any],
    logging_level: str,
) -> tuple[str, ...]:
    """Record models, and return the names of the module and of the models in it."""
    if "neuron_synapse_pairs" in options and synapse:
        raise OptionError(
            "'neuron_synapse_pairs' is given, and the synapse model as an argument: use "
            "generate_nest_target instead"
        )
    name = module or f"nestml_{uuid.uuid4().hex}_module"
    texts = [_text(item) for item in (neuron, synapse) if item]
    models = [_first_model(*item) for item in texts]
    said: dict[str, Any] = {}
    if synapse:
        said = {
            "synapse_models": models[1:],
            "neuron_synapse_pairs": [{"neuron": models[0], "synapses": {models[1]: ports}}],
        }
    is_silent = logging_level.upper() in ("NO", "NONE")
    generate_texts(texts, name, SUFFIX, {**said, **options}, is_silent)
    if not synapse:
        return name, models[0] + SUFFIX
    own, others = of_pair(models[0] + SUFFIX, (models[1] + SUFFIX,))
    return name, own, *others


def _text(given: str) -> tuple[str, str]:
    """Return the text of a model and its file's name, "" if the text itself was given."""
    if "\n" in given or ".nestml" not in given:
        return given, ""
    return read_text(Path(given)), given


def _first_model(text: str, filename: str) -> str:
    end = front_end(filename)
    names = end.names(text) or end.likely(text)
    if not names:
        raise OptionError(f"there is no model in {filename or 'the text'}: write `model NAME:`")
    return names[0]
