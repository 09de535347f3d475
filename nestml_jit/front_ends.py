"""The languages that models are written in: one front end each, found by the suffix of a file.

A front end turns a text into checked models, which are records of `nestml_jit.dsl.tree.Model` as
docs/adr/front-ends.md describes them. All that follows reads these records and knows no language. An entry in
`FRONT_ENDS` adds one; everything else, from the search path to messages, asks this table. A text that stands
in no file, or in one with another suffix, is NESTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nestml_jit.dsl.tree import Model


@dataclass(frozen=True)
class FrontEnd:
    """How models of one language are read.

    Attributes
    ----------
    language
        The language's name.
    load
        Returns the checked models of a text, given the text and the file's name for messages; raises
        `nestml_jit.errors.NestmlErrors` if the text is not correct. It imports its parser when it is called:
        a warm start does not call it.
    names
        Returns the names of the models in a text, fast and without judging it.
    likely
        Returns names that a text seems to define although `load` may refuse it: its complaint is a better
        answer than "there is no such model".
    version
        Part of the keys under which results are cached. It says which code a front end from outside of this
        package has; "" for those of the package, whose code is in the keys anyway.
    """

    language: str
    load: Callable[[str, str], tuple[Model, ...]]
    names: Callable[[str], Sequence[str]]
    likely: Callable[[str], Sequence[str]]
    version: str = ""


_HEADLINE = re.compile(r"^[ \t]*model[ \t]+([A-Za-z_$][A-Za-z0-9_$]*)[ \t]*:", re.MULTILINE)

_BROKEN_HEADLINE = re.compile(
    r"^[ \t]*(?:model|neuron|synapse)[ \t]+([A-Za-z_$][A-Za-z0-9_$]*)(?![\w$])", re.MULTILINE | re.IGNORECASE
)
"""The first line of a model that the parser may not take, such as one for older versions of NESTML."""


def _load_nestml(text: str, filename: str) -> tuple[Model, ...]:
    from nestml_jit.dsl import load

    return load(text, filename)


DEFAULT = ".nestml"
FRONT_ENDS: dict[str, FrontEnd] = {
    DEFAULT: FrontEnd("NESTML", _load_nestml, _HEADLINE.findall, _BROKEN_HEADLINE.findall)
}
"""The front ends by suffix."""


def front_end(filename: str) -> FrontEnd:
    """Return the front end for a file."""
    return FRONT_ENDS.get(PurePath(filename).suffix, FRONT_ENDS[DEFAULT])


def is_model_file(path: PurePath) -> bool:
    """Whether a file has the suffix of a front end."""
    return path.suffix in FRONT_ENDS


def model_files(folder: Path) -> list[Path]:
    """Return the files in a folder that front ends read, sorted; none if the folder cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if is_model_file(path) and path.is_file())
    except OSError:
        return []


def suffixes() -> str:
    """Return the suffixes for a message: ".nestml"."""
    return " or ".join(FRONT_ENDS)


_OPERATORS = frozenset("+ - * / // % ** & | ^ << >> < <= == != >= > and or".split())
_UNARY = frozenset(("+", "-", "~", "not"))


def violations(model: Model) -> Iterator[str]:
    """Yield where a record is not as all that follows expects it, for the tests of a front end.

    Parameters
    ----------
    model
        What `FrontEnd.load` returned.
    """
    from nestml_jit.dsl import tree
    from nestml_jit.functions import BUILTINS

    if model.layout:
        yield "the layout of a text is no part of the record"
    functions = {item.name for item in model.functions} | BUILTINS.keys()
    for node in model.walk():
        if isinstance(node, tree.Literal) and node.unit is not None:
            yield f"{node.value} has a unit; numbers are in storage units"
        if isinstance(node, tree.Call) and node.name not in functions:
            yield f"the function {node.name} is neither built in nor the model's own"
        if isinstance(node, tree.Binary) and node.operator not in _OPERATORS:
            yield f"there is no operator {node.operator}"
        if isinstance(node, tree.Unary) and node.operator not in _UNARY:
            yield f"there is no operator {node.operator}"
    ports = {item.name for item in model.inputs}
    yield from (
        f"a handler waits for {item.port}, which is no port"
        for item in model.on_receive
        if item.port.partition("[")[0] not in ports
    )
