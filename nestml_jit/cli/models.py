"""`nestml-jit models`: list the models that scripts find."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from nestml_jit.cli.outcome import CLEAN, FAULTY, examples, say

if TYPE_CHECKING:
    from nestml_jit.cli.outcome import Commands

_NOTE = "In scripts a model whose name NEST has already is called <name>_nestml."


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    models = commands.add_parser(
        "models",
        help="list the models that scripts find",
        description="List the models in this folder, in the folders of NESTML_JIT_PATH and in the library.",
        **examples(
            "nestml-jit models",
            "nestml-jit models 'stdp*' --kind synapse",
            "nestml-jit models adaptive     names, or first lines of documentation, with this in them",
        ),
    )
    models.add_argument("pattern", nargs="?", default="", help="part of a name, or a pattern with * and ?")
    models.add_argument("--kind", choices=("neuron", "synapse"), help="only models of this kind")
    models.add_argument("--format", choices=("text", "json"), default="text", help="how to report")
    models.set_defaults(run=_models)


def _models(options: argparse.Namespace) -> int:
    from nestml_jit.cache import Store
    from nestml_jit.lookup import files_of_models, search_path
    from nestml_jit.pipeline import Pipeline
    from nestml_jit.pynest.catalogue import catalogue

    folders = dict.fromkeys([Path.cwd(), *search_path([])])
    listed = catalogue(files_of_models(list(folders)), Pipeline(Store()), (), options.pattern, options.kind)
    if options.format == "json":
        print(json.dumps([dataclasses.asdict(item) for item in listed], indent=2))
    else:
        say(f"{listed}\n\n{_NOTE}" if listed else "no models")
    return CLEAN if listed else FAULTY
