"""Advice for users who name a model as other tools want it, or a model of another kind."""

from __future__ import annotations

from collections.abc import Container
from pathlib import PurePath

from nestml_jit.front_ends import suffixes
from nestml_jit.lookup import BESIDE_NEST

_PAIR = "__with_"


def of_synapse(name: str) -> str:
    """Return what to tell about a synapse model that is to be created."""
    return (
        f"'{name}' is a synapse model: it is not created but connects nodes. Write "
        f'nest.Connect(pre, post, syn_spec={{"synapse_model": "{name}"}}).'
    )


def of_node(name: str) -> str:
    """Return what to tell about a model of nodes that is to connect others."""
    return (
        f"'{name}' is a model of nodes, not of synapses: make nodes of it with nest.Create(\"{name}\"), and "
        "name a synapse model in syn_spec."
    )


def of_generated(name: str, native: Container[str]) -> str:
    """Return what to write instead of the name of a pair that NESTML generates, "" if it is no such name.

    `native` has the names of NEST's own models.
    """
    first, found, second = name.partition(_PAIR)
    if not found or not first or not second:
        return ""
    models = [_beside(part.removesuffix(BESIDE_NEST), native) for part in (first, second.split(_PAIR)[0])]
    is_synapse = [part.removesuffix(BESIDE_NEST).endswith("synapse") for part in models]
    synapse, neuron = models if is_synapse == [True, False] else reversed(models)
    return (
        f"Names of pairs such as '{name}' are not needed: models are paired when they are connected. Write "
        f'nest.Create("{neuron}") and nest.Connect(pre, post, syn_spec={{"synapse_model": "{synapse}"}}).'
    )


def _beside(model: str, native: Container[str]) -> str:
    return model + BESIDE_NEST if model in native else model


def of_module(name: str) -> str:
    """Return what to tell about a module that cannot be installed."""
    stem = PurePath(name).name
    return (
        f"If '{stem}' is a module that was to be generated from NESTML models: none is needed. Leave the "
        f"line out, and name the models in Create and Connect; {suffixes()} files are found in the script's "
        "folder, in the folders of nest.jit.path and NESTML_JIT_PATH, or loaded by "
        'nest.Install("folder_or_file.nestml").'
    )
