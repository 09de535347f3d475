"""Find the model that a name means: models of this session first, then files on the search path."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from nestml_jit.pipeline import Source

LIBRARY = Path(__file__).parent / "models"
SUFFIX = ".nestml"
PATH_VARIABLE = "NESTML_JIT_PATH"
BESIDE_NEST = "_nestml"
"""Suffix of the name of a model if NEST has one of that name."""

LABELLED = "_lbl"
VARIANTS = (LABELLED, "_hpc")
"""Suffixes of the name of a synapse model for one with labels, and for NEST's leaner connections."""

_HEADLINE = re.compile(r"^[ \t]*model[ \t]+([A-Za-z_$][A-Za-z0-9_$]*)[ \t]*:", re.MULTILINE)

_BROKEN_HEADLINE = re.compile(
    r"^[ \t]*(?:model|neuron|synapse)[ \t]+([A-Za-z_$][A-Za-z0-9_$]*)(?![\w$])", re.MULTILINE | re.IGNORECASE
)
"""The first line of a model that the parser may not take, such as one for older versions of NESTML."""


def search_path(own: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Return the folders to search, in order: the user's, the environment's, the script's, the library."""
    folders = [Path(item) for item in own]
    folders += [Path(item) for item in os.environ.get(PATH_VARIABLE, "").split(os.pathsep) if item]
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    folders.append(Path(main).resolve().parent if main else Path.cwd())
    folders.append(LIBRARY)
    unique: dict[Path, None] = dict.fromkeys(folder.expanduser() for folder in folders)
    return list(unique)


def find_file(name: str, folders: Sequence[Path]) -> Source | None:
    """Return the source of the model `name`: `<name>.nestml`, or a model inside another file.

    A file named like the model is taken even if its model has another name, provided that it has
    just one. If no model has the name, a text that seems to have it will do: the parser says what is wrong.
    """
    return _find_sound(name, folders) or _find_broken(name, folders)


def _find_broken(name: str, folders: Sequence[Path]) -> Source | None:
    for path in (path for folder in folders for path in _files(folder)):
        text = read_text(path)
        if name in _BROKEN_HEADLINE.findall(text):
            return Source(text, str(path), name, name)
    return None


def _find_sound(name: str, folders: Sequence[Path]) -> Source | None:
    for folder in folders:
        own = folder / f"{name}{SUFFIX}"
        if own.is_file():
            text = read_text(own)
            names = names_in_text(text)
            if name in names or len(names) != 1:
                return Source(text, str(own), name, name)
            return Source(text, str(own), names[0], name)
        for path in _files(folder):
            text = read_text(path)
            if name in names_in_text(text):
                return Source(text, str(path), name, name)
    return None


def read_text(path: Path) -> str:
    """Return a model file's text; what is no UTF-8 is left for the parser to complain about."""
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def names_in_text(text: str) -> list[str]:
    """Return the names of the models in a text without parsing it."""
    return _HEADLINE.findall(text)


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file())
    except OSError:
        return


def explain_unknown(
    name: str, native: Iterable[str], loaded: Mapping[str, Source], folders: Sequence[Path]
) -> str:
    """Return what to tell a user about a name that is no model: near misses, and where was looked."""
    taken = set(native)
    found = {item for folder in folders for path in _files(folder) for item in _names(path)}
    ours = {item + BESIDE_NEST if item in taken else item for item in found}
    near = difflib.get_close_matches(name, sorted({*taken, *ours, *loaded}), n=4, cutoff=0.6)
    meant = f" Did you mean {' or '.join(repr(item) for item in near)}?" if near else ""
    places = ", ".join(str(folder) for folder in folders)
    return (
        f"No model of NEST and no NESTML model is called '{name}'.{meant} Looked for '{name}{SUFFIX}', and "
        f"for models in other {SUFFIX} files, in: {places}. Add a folder with "
        f"nestml_jit.jit.path.append(...) or {PATH_VARIABLE}, or load a file with nestml_jit.jit.load(...)."
    )


def _names(path: Path) -> list[str]:
    try:
        return names_in_text(read_text(path))
    except OSError:
        return []
