"""The folders of models that an installed `nestml` package brings.

They are found by the list of files that installers write, without an import of the package: its own import
takes seconds, and that of `importlib.metadata` as long as a warm start.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

_KINDS = ("neurons", "synapses")


def folders(places: Sequence[str] | None = None) -> list[Path]:
    """Return the folders `models/neurons` and `models/synapses` of the first `nestml` package on a path.

    Parameters
    ----------
    places
        Folders in which packages are; `sys.path` by default.
    """
    return list(_folders(tuple(sys.path if places is None else places)))


@cache
def _folders(places: tuple[str, ...]) -> tuple[Path, ...]:
    for place in map(Path, places):
        for description in sorted(place.glob("nestml-*.dist-info")) if place.is_dir() else ():
            found = dict.fromkeys((*_installed(description), *_editable(description)))
            return tuple(sorted(folder for folder in found if folder.is_dir()))
    return ()


def _installed(description: Path) -> Iterator[Path]:
    """Yield the folders of the model files that an installer has put somewhere."""
    record = description / "RECORD"
    for line in record.read_text(encoding="utf-8").splitlines() if record.is_file() else ():
        file = Path(line.rsplit(",", 2)[0].strip('"'))
        if file.suffix == ".nestml" and file.parent.name in _KINDS and file.parent.parent.name == "models":
            yield (description.parent / file).resolve().parent


def _editable(description: Path) -> Iterator[Path]:
    """Yield the folders of a checkout that was installed in editable form."""
    from urllib.parse import unquote, urlsplit

    origin = description / "direct_url.json"
    content = json.loads(origin.read_text(encoding="utf-8")) if origin.is_file() else {}
    if content.get("dir_info", {}).get("editable"):
        root = Path(unquote(urlsplit(content["url"]).path))
        yield from (root / "models" / kind for kind in _KINDS)
