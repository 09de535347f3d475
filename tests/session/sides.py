"""The same script with NEST's own models and with ours: what users see must be the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.numerics.network import BUILT_IN, NEURON, STATIC, STDP, nest, reset

Names = Mapping[str, str]
Script = Callable[[Names], Any]

OURS = {"neuron": NEURON, "static": STATIC, "plastic": STDP, "tau": "tau_tr_pre"}
NESTS = {key: BUILT_IN.get(name, "tau_plus") for key, name in OURS.items()}


def assert_same(script: Script, threads: int = 1) -> Any:
    """Run a script in a fresh kernel of either side; return what both gave."""
    results = []
    for names in (NESTS, OURS):
        reset(threads=threads, seed=7)
        results.append(script(names))
    theirs, ours = results
    assert ours == theirs
    return ours


def raised(*attempts: Callable[[], Any]) -> list[str]:
    """Return the name of what each attempt raises, "" if nothing."""
    found = []
    for attempt in attempts:
        try:
            attempt()
        except Exception as error:
            found.append(type(error).__name__)
        else:
            found.append("")
    return found


def rows(connections: Any, *names: str) -> list[tuple[Any, ...]]:
    """Return values of connections, one tuple each, sorted; of source, target, weight and delay at first."""
    keys = ("source", "target", "weight", "delay", *names)
    if len(connections) == 0:
        return []
    found = connections.get(list(keys))
    return sorted(zip(*(np.round(np.atleast_1d(found[key]), 9).tolist() for key in keys), strict=True))


def all_rows(model: str | None = None, *names: str) -> list[tuple[Any, ...]]:
    return rows(nest.GetConnections(synapse_model=model), *names)
