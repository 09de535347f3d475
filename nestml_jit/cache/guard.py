"""Folders and files that only trusted users can have made, and only they can change.

Who can change a cache can run code as whoever reads it. Therefore everything below a root is opened level by
level, each by its name in the folder that was opened before. No link is followed, and what counts is what
the descriptor says of owner and permissions. What is in a folder that is closed to others may be used by its
path, so that no other user can exchange it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.cache.errors import CacheError
from nestml_jit.cache.roots import CACHE_VARIABLE, PATH_VARIABLE, resolved

LAYOUT = "v1"
"""The folder of everything below a root; changes with the format of entries."""

SUPERUSER = 0

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # opening a pipe must not wait


class UntrustedError(Exception):
    """A user who is not trusted may have made, or may change, a file or folder; the text says why."""


@dataclass(frozen=True)
class Trust:
    """Whose files are believed.

    Attributes
    ----------
    owners
        User IDs.
    closed
        Permissions that nothing may have: those to write of the group, of all others, or of both.
    """

    owners: frozenset[int]
    closed: int

    def objection(self, status: os.stat_result) -> str:
        """Return why a thing is not to be believed, "" if it is."""
        if status.st_uid not in self.owners:
            return f"it belongs to another user (uid {status.st_uid})"
        if status.st_mode & self.closed:
            who = "everybody" if status.st_mode & stat.S_IWOTH else "others"
            return f"{who} may write to it (mode {stat.S_IMODE(status.st_mode):04o})"
        return ""


def own() -> Trust:
    """Return the trust in the user's own files, and in the administrator's."""
    return Trust(frozenset({os.geteuid(), SUPERUSER}), stat.S_IWGRP | stat.S_IWOTH)


def shared(owner: int) -> Trust:
    """Return the trust in the files of a read-only root that belongs to `owner`."""
    return Trust(frozenset({owner, os.geteuid(), SUPERUSER}), stat.S_IWOTH)


def open_folder(name: str | Path, trust: Trust, within: int | None = None) -> int:
    """Return a descriptor of a folder.

    Parameters
    ----------
    within
        The folder that `name` is in, as a descriptor; the current one if there is none.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    UntrustedError
        If it is no folder, or not to be trusted.
    """
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=within)
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            raise UntrustedError(_instead_of_a_folder(name, within)) from error
        raise
    return _judged(descriptor, trust, os.fstat(descriptor))


def _instead_of_a_folder(name: str | Path, within: int | None) -> str:
    with contextlib.suppress(OSError):
        if stat.S_ISLNK(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode):
            return "it is a link"
    return "it is not a folder"


def open_file(name: str, trust: Trust, within: int) -> tuple[int, int]:
    """Return a descriptor of a file in a folder, and the file's size.

    Raises
    ------
    OSError
        If it cannot be opened.
    UntrustedError
        If it is no regular file, or not to be trusted.
    """
    try:
        descriptor = os.open(name, _FILE, dir_fd=within)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UntrustedError("it is a link") from error
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise UntrustedError("it is not a file")
    return _judged(descriptor, trust, status), status.st_size


def _judged(descriptor: int, trust: Trust, status: os.stat_result) -> int:
    objection = trust.objection(status)
    if objection:
        os.close(descriptor)
        raise UntrustedError(objection)
    return descriptor


class FolderGuard:
    """Opens folders below a root.

    Parameters
    ----------
    root
        The root as the user names it. Links on the way to it are followed once, when the guard is made.
    private
        Whether it is the user's own cache; otherwise it is read only.

    Raises
    ------
    CacheError
        If everybody could exchange the root for another folder.
    """

    def __init__(self, root: Path, *, private: bool) -> None:
        self.root = resolved(root)
        self._private = private
        self._may_execute = False

    @contextlib.contextmanager
    def folder(self, *names: str) -> Iterator[tuple[int, Trust] | None]:
        """Give a descriptor of a folder below the root, and the trust in its content; None if there is none.

        Raises
        ------
        CacheError
            If one of the folders on the way must not be trusted.
        """
        found = self._open(names)
        try:
            yield found
        finally:
            if found is not None:
                os.close(found[0])

    def check(self) -> bool:
        """Whether the root is there, after a look at all folders that entries are in."""
        with self.folder() as found:
            if found is None:
                return False
        for name in self.names():
            with self.folder(LAYOUT, name):
                pass
        return True

    def names(self, *names: str) -> list[str]:
        """Return the names of what is in a folder below `LAYOUT`, sorted, without those of files."""
        with self.folder(LAYOUT, *names) as found:
            if found is None:
                return []
            with os.scandir(found[0]) as listing:
                return sorted(item.name for item in listing if not item.is_file(follow_symlinks=False))

    def made(self, *names: str) -> Path:
        """Return the path of a folder below the root, which is made if it is not there; it is private then.

        Raises
        ------
        CacheError
            If it cannot be made, or must not be trusted.
        """
        path = self.root
        with self.folder(*names) as found:
            if found is not None:
                return path.joinpath(*names)
        try:
            _make_above(path)
            for part in ((), *(names[: count + 1] for count in range(len(names)))):
                path = self.root.joinpath(*part)
                with contextlib.suppress(FileExistsError):
                    path.mkdir(mode=0o700)
                with self.folder(*part):
                    pass
        except OSError as error:
            raise CacheError(
                f"cannot make the cache folder {path}: {error.strerror}; "
                f"set {CACHE_VARIABLE} to a folder that you can write to"
            ) from error
        return path

    def _open(self, names: tuple[str, ...]) -> tuple[int, Trust] | None:
        path = self.root
        try:
            descriptor, trust = self._open_root()
            for name in names:
                path, parent = path / name, descriptor
                try:
                    descriptor = open_folder(name, trust, parent)
                finally:
                    os.close(parent)
        except FileNotFoundError:
            return None
        except UntrustedError as error:
            raise CacheError(self._refusal(path, str(error))) from error
        except OSError as error:
            if isinstance(error, PermissionError) and not self._private:
                return None  # it is for others
            raise CacheError(f"cannot use the cache folder {path}: {error.strerror}") from error
        return descriptor, trust

    def _refusal(self, path: Path, reason: str) -> str:
        whose = "a folder of your own" if self._private else "other folders"
        return (
            f"the cache folder {path} cannot be trusted: {reason}, and whoever can change it could make you "
            f"run any code: remove it, or set {self._variable} to {whose}"
        )

    def _open_root(self) -> tuple[int, Trust]:
        try:
            descriptor = os.open(self.root, _FOLDER)
        except NotADirectoryError:
            if not self.root.exists():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from None
            raise CacheError(f"cannot use the cache folder {self.root}: it is not a folder") from None
        try:
            return descriptor, self._trust(descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    @property
    def _variable(self) -> str:
        return CACHE_VARIABLE if self._private else PATH_VARIABLE

    def _trust(self, descriptor: int) -> Trust:
        """Return the trust in what is in the root; raise `CacheError` unless the root itself may be used."""
        status = os.fstat(descriptor)
        if self._private and status.st_uid != os.geteuid():
            raise CacheError(
                f"the cache folder {self.root} belongs to another user (uid {status.st_uid}), who could make "
                f"you run any code: set {CACHE_VARIABLE} to a folder of your own"
            )
        trust = own() if self._private else shared(status.st_uid)
        if status.st_mode & trust.closed:
            who, bits = ("others", "go-w") if self._private else ("everybody", "o-w")
            elsewhere = "set {} to another folder" if self._private else "take it out of {}"
            raise CacheError(
                f"{who} may write to the cache folder {self.root} (mode {stat.S_IMODE(status.st_mode):04o}), "
                f"and could make you run any code: chmod {bits} it, or {elsewhere.format(self._variable)}"
            )
        if not self._may_execute:
            self._check_executable(descriptor)
        return trust

    def _check_executable(self, descriptor: int) -> None:
        forbidden: int = getattr(os, "ST_NOEXEC", 0)
        if os.statvfs(descriptor).f_flag & forbidden:
            raise CacheError(
                f"the cache folder {self.root} is on a file system that is mounted without permission to "
                f"execute (noexec): point {self._variable} elsewhere"
            )
        self._may_execute = True


def _make_above(root: Path) -> None:
    """Make the folders above a root that are not there; whatever the umask, others may not write to them."""
    missing = [folder for folder in root.parents if not folder.exists()]
    for folder in reversed(missing):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
