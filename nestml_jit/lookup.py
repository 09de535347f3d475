"""Find the model that a name means: models of this session first, then files on the search path."""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from nestml_jit import installed_nestml
from nestml_jit.front_ends import FRONT_ENDS, front_end, model_files, suffixes
from nestml_jit.pipeline import Source

LIBRARY = Path(__file__).parent / "models"
PATH_VARIABLE = "NESTML_JIT_PATH"
BESIDE_NEST = "_nestml"
"""Suffix of the name of a model if NEST has one of that name."""

LABELLED = "_lbl"
VARIANTS = (LABELLED, "_hpc")
"""Suffixes of the name of a synapse model for one with labels, and for NEST's leaner connections."""


def search_path(own: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Return the folders to search, in order.

    These are the user's, the environment's, the script's, our library, and that of an installed NESTML.
    """
    folders = [Path(item) for item in own]
    folders += [Path(item) for item in os.environ.get(PATH_VARIABLE, "").split(os.pathsep) if item]
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    folders.append(Path(main).resolve().parent if main else Path.cwd())
    folders += [LIBRARY, *installed_nestml.folders()]
    unique: dict[Path, None] = dict.fromkeys(folder.expanduser() for folder in folders)
    return list(unique)


def find_file(name: str, folders: Sequence[Path]) -> Source | None:
    """Return the source of the model `name`: `<name>.nestml` or the like, or a model in another file.

    A file named like the model is taken even if its model has another name, provided that it has
    just one. If no model has the name, a text that seems to have it will do: the parser says what is wrong.
    """
    return _find_sound(name, folders) or _find_broken(name, folders)


def _find_broken(name: str, folders: Sequence[Path]) -> Source | None:
    for path in (path for folder in folders for path in model_files(folder)):
        text = read_text(path)
        if name in front_end(path.name).likely(text):
            return Source(text, str(path), name, name)
    return None


def _find_sound(name: str, folders: Sequence[Path]) -> Source | None:
    for folder in folders:
        for own in (folder / f"{name}{suffix}" for suffix in FRONT_ENDS):
            if own.is_file():
                text = read_text(own)
                names = front_end(own.name).names(text)
                model = name if name in names or len(names) != 1 else names[0]
                return Source(text, str(own), model, name)
        for path in model_files(folder):
            text = read_text(path)
            if name in front_end(path.name).names(text):
                return Source(text, str(path), name, name)
    return None


def files_of_models(folders: Iterable[Path]) -> Iterator[Source]:
    """Yield the text of each model file in some folders, in the order in which they are searched."""
    for path in (path for folder in folders for path in model_files(folder)):
        with contextlib.suppress(OSError):
            yield Source(read_text(path), str(path), path.stem, path.stem)


def read_text(path: Path) -> str:
    """Return a model file's text; what is no UTF-8 is left for the parser to complain about."""
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def explain_unknown(
    name: str, native: Iterable[str], loaded: Mapping[str, Source], folders: Sequence[Path]
) -> str:
    """Return what to tell a user about a name that is no model: near misses, and where was looked."""
    taken = set(native)
    found = {item for folder in folders for path in model_files(folder) for item in _names(path)}
    ours = {item + BESIDE_NEST if item in taken else item for item in found}
    near = difflib.get_close_matches(name, sorted({*taken, *ours, *loaded}), n=4, cutoff=0.6)
    meant = f" Did you mean {' or '.join(repr(item) for item in near)}?" if near else ""
    places = ", ".join(str(folder) for folder in folders)
    own = " or ".join(f"'{name}{suffix}'" for suffix in FRONT_ENDS)
    return (
        f"No model of NEST and no NESTML model is called '{name}'.{meant} Looked for {own}, and "
        f"for models in other {suffixes()} files, in: {places}. Add a folder with "
        f"nestml_jit.jit.path.append(...) or {PATH_VARIABLE}, or load a file with nestml_jit.jit.load(...)."
    )


def _names(path: Path) -> list[str]:
    try:
        return list(front_end(path.name).names(read_text(path)))
    except OSError:
        return []
