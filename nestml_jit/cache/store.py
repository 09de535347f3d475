"""The store: entries by kind and key in one writable and any number of read-only folders.

An entry is made in a folder of its own and published by one atomic rename. The first one wins:
nobody overwrites an entry, since another process may have mapped its library. An entry that is
broken is a miss; it is moved aside when its successor is published.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nestml_jit.cache import entry as entries
from nestml_jit.cache.entry import BrokenEntryError, Entry
from nestml_jit.cache.errors import CacheError
from nestml_jit.cache.lock import held
from nestml_jit.cache.memo import Memo
from nestml_jit.cache.roots import Roots, check_private, check_readonly, find_roots, make_private

LAYOUT = "v1"
"""The folder of everything below a root; changes with the format of entries."""

REQUEST_DIGITS = 32
"""How many digits of an entry's key are those of its request, if it has one (see `products`)."""

_BUILDING, _BROKEN, _LOCKS, _NOTES = "building", "broken", "locks", "notes"
_DAY = 86400.0
_OCCUPIED = frozenset({errno.EEXIST, errno.ENOTDIR, errno.ENOTEMPTY})

Fill = Callable[[Path], "Mapping[str, Any] | None"]
"""Writes an entry's files into a folder, and may return more to note in its manifest."""

Working = Callable[[str, str], contextlib.AbstractContextManager[None]]


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
        self._working = working or (lambda _kind, _subject: contextlib.nullcontext())
        self.memo = Memo(self._notes)
        self._checked: set[Path] = set()

    def without_display(self) -> Store:
        """Return a store of the same entries that shows nothing of its work."""
        return Store(self.roots, patience=self.patience)

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
        for root in self.usable_roots():
            found = self._find(root, kind, key)
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
        for root in self.usable_roots():
            for name in _names(root / LAYOUT / kind):
                if name.startswith(request[:REQUEST_DIGITS]):
                    found = self._find(root, kind, name)
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
        base = self._writable_base()
        with self._draft(base, kind, key) as draft:
            try:
                found = fill(draft)
                entries.write_manifest(draft, kind, key, {**manifest, **(found or {})})
                return self._move_in(draft, base, kind, key)
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

    def read_json(self, kind: str, key: str) -> Any | None:
        """Return the data published by `publish_json`, or None."""
        found = self.lookup(kind, key)
        return None if found is None else found.manifest.get("value")

    def publish_json(self, kind: str, key: str, value: Any, manifest: Mapping[str, Any] | None = None) -> Any:
        """Publish JSON data; return what is published now, which may be what was there first."""
        noted = {**(manifest or {}), "value": value}
        return self.publish(kind, key, lambda folder: None, noted).manifest["value"]

    @contextlib.contextmanager
    def lock(self, kind: str, key: str) -> Iterator[bool]:
        """Hold the lock of a key, as far as that is possible (see `nestml_jit.cache.lock`)."""
        locks = self._writable_base() / _LOCKS
        with contextlib.suppress(OSError):
            locks.mkdir(mode=0o700, exist_ok=True)
        with held(locks / f"{kind}-{key}", self.patience) as locked:
            yield locked

    def entries(self) -> Iterator[Entry]:
        """Iterate over all sound entries of all roots; entries that are broken are left out."""
        for root in self.usable_roots():
            for folder in entry_folders(root / LAYOUT):
                with contextlib.suppress(OSError, BrokenEntryError):
                    yield entries.read(folder, folder.parent.name, folder.name)

    # --- roots ---------------------------------------------------------------------------------

    def usable_roots(self) -> Iterator[Path]:
        """Iterate over the roots that are there, in the order of their search; check that each is trusted."""
        for root in self.roots.readonly:
            if self._trusted(root, check_readonly):
                yield root
        if self._trusted(self.roots.writable, check_private):
            yield self.roots.writable

    def _trusted(self, root: Path, check: Callable[[Path], None]) -> bool:
        """Whether `root` exists; raises if it does and must not be used. Checked once."""
        if root not in self._checked:
            if not os.path.lexists(root):
                return False
            check(root)
            self._checked.add(root)
        return True

    def _writable_base(self) -> Path:
        base = self.roots.writable / LAYOUT
        if not base.is_dir():
            make_private(self.roots.writable)
            try:
                base.mkdir(mode=0o700, exist_ok=True)
            except OSError as error:
                raise self._unwritable(error) from error
        self._trusted(self.roots.writable, check_private)
        return base

    def _notes(self) -> Path | None:
        try:
            return self._writable_base() / _NOTES
        except CacheError:
            return None

    def _unwritable(self, error: OSError) -> CacheError:
        return CacheError(f"cannot write to the cache folder {self.roots.writable}: {error}")

    # --- entries -------------------------------------------------------------------------------

    def _find(self, root: Path, kind: str, key: str) -> Entry | None:
        folder = _folder(root / LAYOUT, kind, key)
        try:
            found = entries.read(folder, kind, key)
        except (OSError, BrokenEntryError):
            return None
        if root == self.roots.writable:
            _mark_used(folder)
        return found

    @contextlib.contextmanager
    def _draft(self, base: Path, kind: str, key: str) -> Iterator[Path]:
        """Give an empty folder in the writable root that is gone, or moved, in the end."""
        building = base / _BUILDING
        try:
            building.mkdir(mode=0o700, exist_ok=True)
            remove_older(building, _DAY)
            draft = Path(tempfile.mkdtemp(prefix=f"{kind}-{key[:16]}-{os.getpid()}-", dir=building))
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _move_in(self, draft: Path, base: Path, kind: str, key: str) -> Entry:
        target = _folder(base, kind, key)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        for _attempt in range(8):
            try:
                draft.rename(target)
            except OSError as error:
                if error.errno not in _OCCUPIED:
                    raise
            with contextlib.suppress(OSError, BrokenEntryError):
                return entries.read(target, kind, key)
            _set_aside(target, base / _BROKEN)
        raise CacheError(f"cannot publish {target}: it is broken, and cannot be moved aside")


def _folder(base: Path, kind: str, key: str) -> Path:
    return base / kind / key


def entry_folders(base: Path) -> Iterator[Path]:
    """Iterate over the folders of entries below `<root>/LAYOUT`, sound or broken, sorted."""
    reserved = {_BUILDING, _BROKEN, _LOCKS, _NOTES}
    kinds = sorted(base.iterdir()) if base.is_dir() else []
    for kind in kinds:
        if kind.name not in reserved and kind.is_dir():
            yield from sorted(kind.iterdir())


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


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


def remove_older(folder: Path, age: float) -> int:
    """Remove what is in `folder` and older than `age` seconds; return how many things that were."""
    count = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_mtime > age:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
                count += not path.exists()
    return count
