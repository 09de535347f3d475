"""The store: entries by kind and key in one writable and any number of read-only folders.

An entry is made in a folder of its own and published by one atomic rename. The first one wins:
no entry is ever overwritten, since another process may have mapped its library. An entry that is
broken is a miss; it is moved aside when its successor is published.
"""

from __future__ import annotations

import contextlib
import copy
import errno
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nestml_jit.cache import drafts
from nestml_jit.cache import entry as entries
from nestml_jit.cache.entry import BrokenEntryError, Entry
from nestml_jit.cache.errors import CacheError
from nestml_jit.cache.guard import LAYOUT, FolderGuard
from nestml_jit.cache.lock import held
from nestml_jit.cache.memo import Memo
from nestml_jit.cache.roots import Roots, find_roots

REQUEST_DIGITS = 32
"""Number of digits of an entry's key that are those of its request, if it has one (see `products`)."""

_BUILDING, _BROKEN, _LOCKS, _NOTES = "building", "broken", "locks", "notes"
_RESERVED = frozenset({_BUILDING, _BROKEN, _LOCKS, _NOTES})
_DAY = 86400.0
_OCCUPIED = frozenset({errno.EEXIST, errno.ENOTDIR, errno.ENOTEMPTY})

Fill = Callable[[Path], "Mapping[str, Any] | None"]
"""Writes an entry's files into a folder, and may return more to note in its manifest."""

Working = Callable[[str, str], contextlib.AbstractContextManager[None]]


def _silently(_kind: str, _subject: str) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


class Store:
    """A cache of entries.

    Parameters
    ----------
    roots
        Where entries are; by default what the environment says (see `find_roots`).
    patience
        Seconds to wait for another process that builds the same entry, before building it as well.
    working
        A context that `obtain` makes an entry in, given its kind and the "subject" of its manifest.
    """

    def __init__(
        self, roots: Roots | None = None, *, patience: float = 120.0, working: Working | None = None
    ) -> None:
        self.roots = find_roots() if roots is None else roots
        self.patience = patience
        self._working = working or _silently
        self.memo = Memo(self._notes)
        self._guards: dict[Path, FolderGuard] = {}
        self._rejected: set[Path] = set()

    def without_display(self) -> Store:
        """Return a store of the same entries that shows nothing of its work."""
        silent = copy.copy(self)
        silent._working = _silently
        return silent

    def working(self, kind: str, subject: str) -> contextlib.AbstractContextManager[None]:
        """Return a context that shows that an entry is being made."""
        return self._working(kind, subject)

    def lookup(self, kind: str, key: str) -> Entry | None:
        """Return the sound entry of this kind and key, or None.

        Raises
        ------
        CacheError
            If a root exists but must not be trusted.
        """
        for _root, guard in self._searched():
            found = self._find(guard, kind, key)
            if found is not None:
                return found
        return None

    def offers(self, kind: str, request: str) -> Iterator[Entry]:
        """Iterate over the sound entries for a request, whoever made them for whichever CPU.

        Raises
        ------
        CacheError
            If a root exists but must not be trusted.
        """
        for _root, guard in self._searched():
            for name in guard.names(kind):
                if name.startswith(request[:REQUEST_DIGITS]):
                    found = self._find(guard, kind, name)
                    if found is not None and found.manifest.get("request") == request:
                        yield found

    def publish(self, kind: str, key: str, fill: Fill, manifest: Mapping[str, Any]) -> Entry:
        """Make an entry, unless there is one by the time that it is finished.

        Parameters
        ----------
        fill
            Called with an empty folder in which it writes the entry's files. What it raises is
            raised on, and nothing is published; an `OSError` is raised as a `CacheError`.
        manifest
            What to note about the entry, as JSON data.

        Raises
        ------
        CacheError
            If the writable root cannot be written to.
        """
        building = self._made(_BUILDING)
        drafts.remove_dead(building)
        try:
            with drafts.draft(building, f"{kind}-{key[:16]}") as draft:
                found = fill(draft)
                entries.write_manifest(draft, kind, key, {**manifest, **(found or {})})
                return self._move_in(draft, kind, key)
        except OSError as error:
            raise self._unwritable(error) from error

    def obtain(self, kind: str, key: str, fill: Fill, manifest: Mapping[str, Any]) -> Entry:
        """Return the entry of this kind and key; make it if there is none.

        Of several processes that want it at once one makes it, and the others wait for that one.
        """
        found = self.lookup(kind, key)
        if found is not None:
            return found
        with self._working(kind, str(manifest.get("subject", ""))), self.lock(kind, key):
            return self.lookup(kind, key) or self.publish(kind, key, fill, manifest)

    def read_json(self, kind: str, key: str, fits: Callable[[Any], bool] = lambda value: True) -> Any | None:
        """Return the data published by `publish_json`, or None.

        Parameters
        ----------
        fits
            Whether data are of the form that is wanted; an entry with others is rejected.
        """
        while (found := self.lookup(kind, key)) is not None:
            value = found.manifest.get("value")
            if value is not None and fits(value):
                return value
            self.reject(found)
        return None

    def publish_json(self, kind: str, key: str, value: Any, manifest: Mapping[str, Any] | None = None) -> Any:
        """Publish JSON data; return what is published now, which may be what was there first."""
        noted = {**(manifest or {}), "value": value}
        return self.publish(kind, key, lambda folder: None, noted).manifest["value"]

    @contextlib.contextmanager
    def lock(self, kind: str, key: str) -> Iterator[bool]:
        """Hold the lock of a key, as far as that is possible (see `nestml_jit.cache.lock`)."""
        with held(self._made(_LOCKS) / f"{kind}-{key}", self.patience) as locked:
            yield locked

    def entries(self) -> Iterator[Entry]:
        """Iterate over all sound entries of all roots; entries that are broken are left out."""
        for root in self.usable_roots():
            guard = self._guards[root]
            for kind in kinds(guard):
                for key in guard.names(kind):
                    found = self._find(guard, kind, key)
                    if found is not None:
                        yield found

    def reject(self, entry: Entry) -> None:
        """Take an entry for broken from now on, although its files are what its manifest says."""
        self._rejected.add(entry.path)

    # --- roots ---------------------------------------------------------------------------------

    def usable_roots(self) -> Iterator[Path]:
        """Iterate over the roots that are there, in the order of their search; all their folders are checked.

        Raises
        ------
        CacheError
            If one must not be trusted.
        """
        for root, guard in self._searched():
            if guard.check():
                yield root

    def _searched(self) -> Iterator[tuple[Path, FolderGuard]]:
        """Iterate over the roots with their guards, in the order of their search."""
        for root in (*self.roots.readonly, self.roots.writable):
            if root not in self._guards:
                self._guards[root] = FolderGuard(root, private=root == self.roots.writable)
            yield root, self._guards[root]

    def guard(self, root: Path) -> FolderGuard:
        """Return the guard of one of the roots."""
        return dict(self._searched())[root]

    def _made(self, *names: str) -> Path:
        """Return a folder below `LAYOUT` in the writable root, which is made if it is not there."""
        return self.guard(self.roots.writable).made(LAYOUT, *names)

    def _notes(self) -> Path | None:
        try:
            return self._made(_NOTES)
        except CacheError:
            return None

    def _unwritable(self, error: OSError) -> CacheError:
        return CacheError(f"cannot write to the cache folder {self.roots.writable}: {error}")

    # --- entries -------------------------------------------------------------------------------

    def _find(self, guard: FolderGuard, kind: str, key: str) -> Entry | None:
        path = _folder(guard.root, kind, key)
        with guard.folder(LAYOUT, kind) as opened:
            if opened is None or path in self._rejected:
                return None
            try:
                found = entries.read(path, kind, key, trust=opened[1], within=opened[0])
            except (OSError, BrokenEntryError):
                return None
        if guard is self._guards.get(self.roots.writable):
            _mark_used(path)
        return found

    def _move_in(self, draft: Path, kind: str, key: str) -> Entry:
        target = self._made(kind) / key
        for _attempt in range(8):
            moved = self._moved(draft, target)
            try:
                if target not in self._rejected:
                    return entries.read(target, kind, key)
            except (OSError, BrokenEntryError) as error:
                if moved:
                    _set_aside(target, self._made(_BROKEN))
                    raise CacheError(f"what was made for {target} cannot be used: {error}") from error
            _set_aside(target, self._made(_BROKEN))
        raise CacheError(f"cannot publish {target}: it is broken, and cannot be moved aside")

    def _moved(self, draft: Path, target: Path) -> bool:
        """Give an entry its name; return False if there is one of that name, which wins unless broken."""
        try:
            draft.rename(target)
        except OSError as error:
            if error.errno not in _OCCUPIED:
                raise
            return False
        self._rejected.discard(target)
        return True


def _folder(root: Path, kind: str, key: str) -> Path:
    return root / LAYOUT / kind / key


def kinds(guard: FolderGuard) -> list[str]:
    """Return the kinds of entries that there are in a root, sorted."""
    return [name for name in guard.names() if name not in _RESERVED]


def _mark_used(folder: Path) -> None:
    """Note that an entry was used, at most once a day: pruning goes by this time."""
    with contextlib.suppress(OSError):
        if abs(time.time() - folder.stat().st_mtime) > _DAY:
            os.utime(folder)


def _set_aside(target: Path, broken: Path) -> None:
    """Move a broken entry away without touching its files, which may be mapped."""
    with contextlib.suppress(OSError):
        broken.mkdir(mode=0o700, exist_ok=True)
        place = tempfile.mkdtemp(prefix=f"{target.parent.name}-{target.name[:16]}-", dir=broken)
        target.rename(Path(place) / "entry")
