"""The folders of the cache."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.cache.errors import CacheError

CACHE_VARIABLE = "NESTML_JIT_CACHE"
PATH_VARIABLE = "NESTML_JIT_CACHE_PATH"

_MOST_LINKS = 40
_ALL_USERS = ["0", "0", "4294967295"]


@dataclass(frozen=True)
class Roots:
    """The folders of a cache: read-only ones are searched first, in their order."""

    writable: Path
    readonly: tuple[Path, ...] = ()


def find_roots(environ: Mapping[str, str] = os.environ) -> Roots:
    """Return the roots that the environment names, else the platform's user cache folder.

    Without a home, or with one that cannot be written to, a folder of the user's own among the temporary
    files takes its place; a cache in that home is still read.
    """
    readonly = tuple(_absolute(name) for name in environ.get(PATH_VARIABLE, "").split(os.pathsep) if name)
    named = environ.get(CACHE_VARIABLE, "")
    if named:
        return Roots(_absolute(named), readonly)
    home = _user_cache()
    if home is not None and _can_write(home):
        return Roots(home, readonly)
    if home is not None and home.is_dir():
        readonly = (*readonly, home)
    return Roots(Path(tempfile.gettempdir()) / f"nestml_jit-{os.geteuid()}", readonly)


def _absolute(name: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(name)))


def _user_cache() -> Path | None:
    import platformdirs  # takes 2 ms, which a named folder saves

    folder = platformdirs.user_cache_dir("nestml_jit", appauthor=False)
    return Path(folder) if os.path.isabs(folder) else None


def _can_write(folder: Path) -> bool:
    """Whether a folder can be written to, or made; nothing is made to find out."""
    while not os.path.lexists(folder):
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def resolved(root: Path) -> Path:
    """Return a root's path without links, after a look at every folder and link on the way.

    Folders above a root may belong to other users or be open to a group: these are trusted not to exchange
    what is in them. Whatever everybody may exchange is refused.

    Raises
    ------
    CacheError
        If everybody can exchange a folder or a link on the way; the text says which.
    """
    path, rest, links = Path(root.anchor), list(root.parts[1:]), 0
    above = path.lstat()
    while rest:
        name = rest.pop(0)
        if name == "..":
            path = path.parent
            above = path.lstat()
            continue
        _check_above(path, above, root)
        try:
            status = (path / name).lstat()
        except (FileNotFoundError, NotADirectoryError):
            # otherwise it is not there yet, or another process has made it meanwhile
            if os.path.lexists(root) and not os.path.exists(root):
                raise CacheError(f"cannot use the cache folder {root}: it is a link to nothing") from None
            return path.joinpath(name, *rest)
        except PermissionError:  # nothing can be opened there
            return path.joinpath(name, *rest)
        except OSError as error:
            raise CacheError(f"cannot use the cache folder {root}: {error.strerror}") from error
        if not stat.S_ISLNK(status.st_mode):
            path, above = path / name, status
            continue
        _check_link(path / name, above, status, root)
        links += 1
        if links > _MOST_LINKS:
            raise CacheError(f"cannot use the cache folder {root}: there are too many links on the way to it")
        target = Path(os.readlink(path / name))
        if target.is_absolute():
            path = Path(target.anchor)
            above = path.lstat()
        rest = [*target.relative_to(target.anchor).parts, *rest]
    return path


def _check_above(folder: Path, status: os.stat_result, root: Path) -> None:
    """Raise `CacheError` if everybody can exchange what others have put into a folder above a root."""
    if not (stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_IWOTH):
        return
    keeps = status.st_uid in (os.geteuid(), 0) or _may_be_administrators(status.st_uid)
    if not (status.st_mode & stat.S_ISVTX and keeps):
        raise CacheError(
            f"the cache folder {root} is in {folder}, to which everybody may write (mode "
            f"{stat.S_IMODE(status.st_mode):04o}), so that it could be exchanged for another: "
            f"chmod +t {folder}, or name another folder in {CACHE_VARIABLE} or {PATH_VARIABLE}"
        )


def _may_be_administrators(user: int) -> bool:
    """Whether a user ID stands for all users that a container does not know, the administrator included."""
    try:
        is_container = Path("/proc/self/uid_map").read_text(encoding="ascii").split() != _ALL_USERS
        return is_container and user == int(Path("/proc/sys/kernel/overflowuid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False


def _check_link(link: Path, above: os.stat_result, status: os.stat_result, root: Path) -> None:
    """Raise `CacheError` for a link that another user owns, who could turn it elsewhere at any time."""
    if above.st_mode & stat.S_IWOTH and status.st_uid not in (os.geteuid(), 0):
        raise CacheError(
            f"the cache folder {root} is behind {link}, a link of another user (uid {status.st_uid}) in a "
            f"folder to which everybody may write: name another folder in {CACHE_VARIABLE} or "
            f"{PATH_VARIABLE}"
        )
