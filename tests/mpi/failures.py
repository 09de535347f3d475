"""What fails in one process, one thing after the other; writes what each process was told.

Usage: failures.py FOLDER GUILTY. FOLDER has a folder of models for each process; the process GUILTY cannot
compile.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nestml_jit as nest

folder, guilty = Path(sys.argv[1]), int(sys.argv[2])
told: dict[str, Any] = {}


def attempt(name: str, action: Callable[[], Any]) -> None:
    try:
        told[name] = ["nothing", str(action())]
    except Exception as error:
        told[name] = [type(error).__name__, str(error)]


def simulate_without_compiler() -> None:
    kernels = nest._session.pipeline.kernels
    able = kernels.compiler
    if nest.Rank() == guilty:
        kernels.compiler = dataclasses.replace(able, command=("false",))
    try:
        nest.Simulate(5.0)
    finally:
        kernels.compiler = able


nest.verbosity = nest.VerbosityLevel.ERROR
nest.total_num_virtual_procs = 4
own = folder / str(nest.Rank())
nest.jit.path.append(own)

attempt("file that one process lacks", lambda: nest.jit.load(own / "only_first.nestml"))
attempt("text that differs", lambda: nest.jit.define((own / "different.nestml").read_text()))
attempt("model that only the first process has", lambda: nest.Create("only_first").model)
attempt("model that the first process lacks", lambda: nest.Create("only_others"))
attempt("model with a mistake", lambda: nest.Create("mistaken"))
attempt("other models", lambda: nest.Create(f"iaf_psc_{('exp', 'alpha')[nest.Rank() % 2]}_neuron"))

neurons = nest.Create("iaf_psc_exp_neuron", 4, params={"I_e": 500.0})
relays = nest.Create("parrot_neuron", 4)
spec = {"synapse_model": "stdp_synapse_nestml", "tau_tr_pre": -1.0}
attempt("connection of one process", lambda: nest.Connect(relays[0], neurons[0], syn_spec=spec))
recorder = nest.Create("spike_recorder")
nest.Connect(neurons, recorder)

attempt("compiler of one process", simulate_without_compiler)
attempt("the same once more", simulate_without_compiler)
attempt("a simulation in the end", lambda: nest.Simulate(50.0))
told["spikes"] = recorder.n_events
told["time"] = nest.biological_time
Path(os.environ["RESULT"]).write_text(json.dumps(told))
