"""`nestml-jit new`: write a model to begin with."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from nestml_jit.cli.outcome import CLEAN, UNUSABLE, complain, complain_of, examples, say

if TYPE_CHECKING:
    from nestml_jit.cli.outcome import Commands

_TEMPLATES = Path(__file__).parent / "templates"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    new = commands.add_parser(
        "new",
        help="write a model to begin with",
        description="Write a small, complete model into NAME.nestml: a leaky integrate-and-fire neuron, or a "
        "plastic synapse. It never replaces a file.",
        **examples("nestml-jit new my_neuron", "nestml-jit new my_rule --synapse"),
    )
    new.add_argument("name", metavar="NAME", help="the model's name")
    new.add_argument("--synapse", action="store_true", help="a synapse model")
    new.set_defaults(run=_new)


def _new(options: argparse.Namespace) -> int:
    name = options.name.removesuffix(".nestml")
    if not _NAME.fullmatch(name):
        complain_of(f"nestml-jit: {name!r} is no name of a model: letters, digits and _ make one")
        return UNUSABLE
    template = _TEMPLATES / ("synapse.nestml" if options.synapse else "neuron.nestml")
    kind = template.stem
    path = Path(f"{name}.nestml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template.read_text(encoding="utf-8").replace(f"model {kind}:", f"model {name}:", 1))
    except OSError as error:
        complain(error)
        return UNUSABLE
    use = (
        f'nest.Connect(pre, post, syn_spec={{"synapse_model": "{name}"}})'
        if options.synapse
        else f'nest.Create("{name}")'
    )
    say(f"wrote {path}; next: nestml-jit check {path}, and in a script beside it: {use}")
    return CLEAN
