"""List all entries of all roots of a cache, broken ones included."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nestml_jit.cache import entry as entries
from nestml_jit.cache.entry import BrokenEntryError, Entry
from nestml_jit.cache.guard import LAYOUT
from nestml_jit.cache.key import differing_parts
from nestml_jit.cache.prune import usage
from nestml_jit.cache.store import Store


@dataclass(frozen=True)
class Item:
    """A folder of an entry.

    Attributes
    ----------
    root
        The root that it is in.
    path, kind, key
        Its place.
    size
        Bytes of all its files.
    used
        When it was last used, to a day, in seconds since 1970.
    entry
        The entry, or None if it is broken.
    problem
        What is wrong with it, "" if nothing is.
    """

    root: Path
    path: Path
    kind: str
    key: str
    size: int
    used: float
    entry: Entry | None
    problem: str = ""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest, empty if it is broken."""
        return {} if self.entry is None else self.entry.manifest

    @property
    def parts(self) -> Mapping[str, str]:
        """The hash of each part of its key; nothing if it is broken."""
        found: Mapping[str, str] = self.manifest.get("parts", {})
        return found

    @property
    def subject(self) -> str:
        """The models that it belongs to, or what is wrong with it."""
        return f"broken: {self.problem}" if self.problem else str(self.manifest.get("subject", ""))


def inventory(store: Store, *, everything: bool = False) -> list[Item]:
    """Return what is in the roots of a store, in the order of their search.

    Parameters
    ----------
    everything
        Also check files that no machine reads again.

    Raises
    ------
    CacheError
        If a root must not be trusted.
    """
    found = []
    for root in store.usable_roots():
        guard = store.guard(root)
        for used in sorted(usage(guard), key=lambda item: item.path):
            kind, key = used.path.parent.name, used.path.name
            problem, sound = "", None
            with guard.folder(LAYOUT, kind) as opened:
                trust, within = (None, None) if opened is None else (opened[1], opened[0])
                try:
                    sound = entries.read(
                        used.path, kind, key, everything=everything, trust=trust, within=within
                    )
                except (BrokenEntryError, OSError) as error:
                    problem = str(error)
            found.append(Item(root, used.path, kind, key, used.size, used.used, sound, problem))
    return found


def nearest(item: Item, items: Sequence[Item]) -> tuple[Item, list[str]] | None:
    """Return the other entry of the kind that differs in the fewest parts, and which these are.

    Of several that of the same models, and of these the newest.
    """
    others = [
        (differing_parts(item.parts, other.parts), other)
        for other in items
        if other.kind == item.kind and other.key != item.key and other.parts
    ]
    if not others or not item.parts:
        return None
    parts, best = min(
        others, key=lambda pair: (len(pair[0]), pair[1].subject != item.subject, -_created(pair[1]))
    )
    return best, parts


def _created(item: Item) -> float:
    return item.entry.created if item.entry is not None else 0.0


def leftovers(root: Path) -> int:
    """Return how many bytes interrupted builds and broken entries take."""
    total = 0
    for name in ("building", "broken"):
        for path in (root / LAYOUT / name).rglob("*"):
            with contextlib.suppress(OSError):
                total += path.lstat().st_size
    return total
