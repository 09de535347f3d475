"""`nestml-jit show`: print what a model offers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nestml_jit.cli.files import decoded
from nestml_jit.cli.outcome import CLEAN, FAULTY, UNUSABLE, complain_of, examples, say
from nestml_jit.errors import NestmlErrors

if TYPE_CHECKING:
    from nestml_jit.cli.outcome import Commands


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    show = commands.add_parser(
        "show",
        help="print what a model offers",
        description="Print a model's parameters, states, ports with their receptors, and solvers.",
        **examples("nestml-jit show iaf_psc_exp_neuron", "nestml-jit show models/my_neuron.nestml"),
    )
    show.add_argument("model", metavar="MODEL|FILE", help="a model's name or a model file")
    show.set_defaults(run=_show)


def _show(options: argparse.Namespace) -> int:
    from nestml_jit.pynest.show import show_text

    path = _find(options.model)
    if path is None:
        complain_of(f"nestml-jit: there is no model or file '{options.model}'")
        return UNUSABLE
    from nestml_jit import dsl

    text, refusal = decoded(path.read_bytes(), str(path))
    models, diagnostics = ((), [refusal]) if refusal else dsl.diagnose(text, str(path))
    errors = [item for item in diagnostics if item.is_error]
    if errors:
        complain_of(str(NestmlErrors(errors)))
        return FAULTY
    wanted = [model for model in models if model.name == options.model] or list(models)
    say("\n\n".join(show_text(model) for model in wanted))
    return CLEAN


def _find(name: str) -> Path | None:
    if Path(name).is_file():
        return Path(name)
    from nestml_jit.lookup import find_file, search_path

    folders = [Path.cwd(), *search_path([])]
    source = find_file(name, folders) or find_file(name.removesuffix("_nestml"), folders)
    return Path(source.filename) if source is not None else None
