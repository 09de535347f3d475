"""The language: from a model's text to a checked tree in storage units.

`load` is `parse`, `check` and `lower` in one. The import of this package loads no parser and no checks; the
first call does.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nestml_jit.dsl.tree import Model
    from nestml_jit.errors import Diagnostic

__all__ = ["check", "decode", "diagnose", "load", "lower", "parse", "read"]


def parse(text: str, filename: str = "") -> tuple[Model, ...]:
    """Parse a text of one or more models.

    Parameters
    ----------
    text
        The text.
    filename
        The file it comes from, for messages.

    Raises
    ------
    NestmlErrors
        If the text is not NESTML; it holds as many errors as can be told apart.
    """
    from nestml_jit.dsl.parser import parse_source
    from nestml_jit.errors import NestmlErrors

    source = parse_source(text, filename)
    if any(item.is_error for item in source.diagnostics):
        raise NestmlErrors(source.diagnostics)
    return source.models


def check(model: Model) -> list[Diagnostic]:
    """Return the errors and warnings of a parsed model, in the order of its text."""
    from nestml_jit.dsl.checker import check_model

    return check_model(model)


def lower(model: Model) -> Model:
    """Return a checked model with all quantities as numbers in storage units."""
    from nestml_jit.dsl.lowering import lower_model

    return lower_model(model)


def diagnose(text: str, filename: str = "") -> tuple[tuple[Model, ...], list[Diagnostic]]:
    """Parse and check a text; never raises.

    Returns
    -------
    tuple
        The models, none if the text is not NESTML, and all errors and warnings in the order of the text.
    """
    from nestml_jit.dsl.checker import check_source
    from nestml_jit.dsl.parser import parse_source

    source = parse_source(text, filename)
    return source.models, check_source(source)


def load(text: str, filename: str = "") -> tuple[Model, ...]:
    """Parse, check and lower a text.

    Raises
    ------
    NestmlErrors
        If there are errors.

    Warns
    -----
    NestmlDeprecationWarning, NestmlWarning
        For old forms, and for what is legal but probably wrong.
    """
    from nestml_jit.errors import NestmlErrors

    models, diagnostics = diagnose(text, filename)
    if any(item.is_error for item in diagnostics):
        raise NestmlErrors(diagnostics)
    _warn(diagnostics)
    return tuple(lower(model) for model in models)


def _warn(diagnostics: Sequence[Diagnostic]) -> None:
    """Issue one warning per kind: the first finding, and how many more there are."""
    from nestml_jit.errors import NestmlDeprecationWarning, NestmlWarning

    kinds: dict[str, list[Diagnostic]] = {}
    for item in diagnostics:
        kinds.setdefault(item.code, []).append(item)
    for code, found in kinds.items():
        old = code.startswith("W01")
        text = found[0].render()
        if len(found) > 1:
            command = "fmt --write` rewrites them" if old else "check` shows them"
            text += f"\n... and {len(found) - 1} more; `nestml-jit {command}"
        warnings.warn(text, NestmlDeprecationWarning if old else NestmlWarning, stacklevel=3)


def decode(data: bytes, filename: str = "") -> str:
    """Return the text of a model file's bytes.

    Raises
    ------
    NestmlErrors
        If they are not UTF-8.
    """
    from nestml_jit.errors import Diagnostic, NestmlErrors

    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"the file is not UTF-8 text: byte {error.start}, in line {line}"
        finding = Diagnostic("E0108", "error", message, hint="save it as UTF-8", filename=filename)
        raise NestmlErrors([finding]) from None


def read(path: str) -> str:
    """Return the text of a model file.

    Raises
    ------
    NestmlErrors
        If the file is not UTF-8 text.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        return decode(file.read(), str(path))
