"""The functions of the stand-in's front end: arguments are read as NESTML reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nestml_jit.standin.generation import COMPARTMENTS, generate

TARGETS = (
    "NEST NEST_COMPARTMENTAL PYTHON_STANDALONE AUTODOC PRETTY_RENDER SPINNAKER NEST_DESKTOP GENN NEST_GPU "
    "NONE"
).split()
LEVELS = ("DEBUG", "INFO", "WARNING", "WARNINGS", "ERROR", "ERRORS", "NONE", "NO")
DEFAULT_MODULE = "nestmlmodule"


class InvalidPathException(Exception):  # NESTML's name
    """A path of an argument does not exist, or has no models."""


def generate_target(
    input_path: str | Sequence[str],
    platform: str,
    logging_level: str,
    module_name: str | None,
    suffix: str,
    options: Mapping[str, Any] | None,
) -> bool:
    """Record the models of files and folders as a module for NEST; return whether there were errors.

    Raises
    ------
    InvalidPathException
        If there is no such path, or no model file below it.
    NotImplementedError
        If the target is another one than NEST.
    ValueError
        If an argument cannot have its value.
    """
    if platform.upper() not in TARGETS:
        raise ValueError(f"unknown target platform {platform!r}; known are {', '.join(TARGETS)}")
    if platform.upper() == "NEST_COMPARTMENTAL":
        raise NotImplementedError(COMPARTMENTS)
    if platform.upper() != "NEST":
        raise NotImplementedError(
            f"the target {platform} needs NESTML itself: python -m pip install nestml. nestml_jit stands in "
            "for it as far as NEST is concerned."
        )
    level = logging_level.upper()
    if level not in LEVELS:
        raise ValueError(f"unknown logging level {logging_level!r}; known are {', '.join(LEVELS)}")
    name = DEFAULT_MODULE if module_name is None else module_name
    _check_module_name(name)
    paths = [input_path] if isinstance(input_path, str) else list(input_path)
    return generate(model_files(paths), name, suffix, options or {}, is_silent=level in ("NONE", "NO"))


def _check_module_name(name: str) -> None:
    if not name.endswith("module"):
        raise ValueError(f'the module name {name!r} should end with the word "module"')
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"the module name {name!r} is no identifier of C")


def model_files(paths: Sequence[str]) -> list[str]:
    """Return the files among paths, and the NESTML files in folders and below them."""
    found: list[str] = []
    for item in map(os.path.abspath, paths):
        if os.path.isfile(item):
            found.append(item)
        elif os.path.isdir(item):
            found += map(str, sorted(Path(item).rglob("*.nestml")))
        else:
            raise InvalidPathException(f'Input path ("{item}") not found!')
    if not found:
        raise InvalidPathException(
            f"No files found matching '*.nestml' in provided input path {' '.join(paths)!r}"
        )
    return found
