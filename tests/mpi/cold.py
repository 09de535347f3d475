"""A first start with an empty cache, or none that can be used; writes what each process did or was told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nestml_jit as nest

MODEL = """
model cold_neuron:
    state:
        x real = 0
    input:
        spikes <- spike
    output:
        spike
    update:
        x += 0.25
    onReceive(spikes):
        x += spikes * 1 ms
    onCondition(x > 1):
        x = 0
        emit_spike()
"""


def result() -> dict[str, Any]:
    try:
        nest.jit.define(MODEL)
        nest.Create("cold_neuron", 3)
        nest.Simulate(5.0)
    except Exception as error:
        return {"error": [type(error).__name__, str(error)]}
    return {"stages": [[stage.name, stage.cached] for stage in nest.jit.report().stages]}


nest.verbosity = nest.VerbosityLevel.ERROR
Path(os.environ["RESULT"]).write_text(json.dumps(result()))
