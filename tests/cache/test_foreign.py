"""Folders that somebody else could have made or could change, at every level of a cache."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nestml_jit.cache import CacheError, Entry, Roots, Store
from nestml_jit.cache.guard import FolderGuard
from nestml_jit.cache.prune import prune
from nestml_jit.cache.share import let_read
from tests.cache.libraries import whole_library

STRANGER = 12345

as_administrator = pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator gives files away")


def fill(folder: Path) -> None:
    (folder / "kernel.so").write_bytes(whole_library())


def put(store: Store) -> Entry:
    return store.publish("kernel", "key", fill, {"note": "mine"})


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A cache of a stranger, as he would like to see it used."""
    root = tmp_path / "evil"
    entry = Store(Roots(root)).publish("kernel", "key", fill, {"note": "evil"})
    assert entry.manifest["note"] == "evil"
    for path in (root, *root.rglob("*")):
        path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o055)
        if os.geteuid() == 0:
            os.chown(path, STRANGER, STRANGER)
    return root


def open_to_all(path: Path, evil: Path) -> None:
    path.chmod(0o777)


def open_to_all_with_sticky_bit(path: Path, evil: Path) -> None:
    path.chmod(0o1777)


def open_to_the_group(path: Path, evil: Path) -> None:
    path.chmod(0o770)


def given_away(path: Path, evil: Path) -> None:
    os.chown(path, STRANGER, STRANGER)


def link_to_a_stranger(path: Path, evil: Path) -> None:
    path.rename(evil.parent / "aside")
    path.symlink_to(evil / path.relative_to(evil.parent / "cache"))


def link_to_ones_own(path: Path, evil: Path) -> None:
    path.rename(evil.parent / "aside")
    path.symlink_to(evil.parent / "aside")


def a_file(path: Path, evil: Path) -> None:
    path.rename(evil.parent / "aside")
    path.write_text("")


CHANGES = [
    open_to_all,
    open_to_all_with_sticky_bit,
    open_to_the_group,
    pytest.param(given_away, marks=as_administrator),
    link_to_a_stranger,
    link_to_ones_own,
    a_file,
]
Change = Callable[[Path, Path], None]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("level", ["v1", "v1/kernel"])
def test_a_folder_of_ones_own_cache(level: str, change: Change, root: Path, evil: Path) -> None:
    put(Store(Roots(root)))
    change(root / level, evil)
    actions: list[Callable[[Store], object]] = [
        lambda store: store.lookup("kernel", "key"),
        lambda store: list(store.offers("kernel", "key")),
        lambda store: store.obtain("kernel", "key", fill, {}),
        put,
    ]
    if change is not a_file or level == "v1":
        actions += [
            lambda store: list(store.usable_roots()),
            lambda store: list(store.entries()),
            lambda store: prune(FolderGuard(root, private=True), max_size=0),
            lambda store: FolderGuard(root, private=True).check(),
        ]
    for act in actions:
        with pytest.raises(CacheError, match=r"cannot be trusted: .*set NESTML_JIT_CACHE to a folder"):
            act(Store(Roots(root)))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("level", ["building", "locks", "broken", "notes"])
def test_a_folder_that_is_worked_in(level: str, change: Change, root: Path, evil: Path) -> None:
    """Builds, locks, what is moved aside and notes: nothing is written where others may exchange it."""
    store = Store(Roots(root))
    put(store)
    folder = root / "v1" / level
    folder.mkdir(mode=0o700, exist_ok=True)
    (evil / "v1" / level).mkdir(exist_ok=True)
    before = sorted(evil.rglob("*"))
    change(folder, evil)
    if level == "notes":
        assert store.memo.recall("name", 1, lambda: "fact") == "fact"
    elif level == "broken":
        (root / "v1" / "kernel" / "key" / "manifest.json").write_text("")
        with pytest.raises(CacheError, match="cannot be trusted"):
            put(Store(Roots(root)))
    else:
        with pytest.raises(CacheError, match="cannot be trusted"):
            Store(Roots(root)).obtain("kernel", "other", fill, {})
    assert sorted(evil.rglob("*")) == before


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("part", ["", "manifest.json", "kernel.so"])
def test_an_entry_or_a_file_is_a_miss_and_is_made_anew(
    part: str, change: Change, root: Path, evil: Path
) -> None:
    if part and change is a_file:
        pytest.skip("it is a file")
    entry = put(Store(Roots(root)))
    change(entry.path / part, evil)
    assert Store(Roots(root)).lookup("kernel", "key") is None
    again = Store(Roots(root)).obtain("kernel", "key", fill, {"note": "again"})
    assert again.manifest["note"] == "again"
    assert Store(Roots(root)).lookup("kernel", "key") == again


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    for name in ("manifest.json", "kernel.so"):
        entry = put(Store(Roots(root)))
        (entry.path / name).unlink()
        os.mkfifo(entry.path / name, 0o600)
        assert Store(Roots(root)).lookup("kernel", "key") is None


def test_everything_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(Roots(tmp_path / "a" / "b" / "cache"))
        entry = put(store)
        store.memo.recall("name", 1, lambda: "fact")
        with store.lock("kernel", "other"):
            made = [tmp_path / "a", *(tmp_path / "a").rglob("*")]
            assert len(made) >= 11
            assert [path for path in made if path.stat().st_mode & 0o022] == []
    finally:
        os.umask(before)
    assert store.lookup("kernel", "key") == entry


# --- read-only roots -------------------------------------------------------------------------------


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    root = tmp_path / "shared"
    put(Store(Roots(root)))
    let_read(root)
    return root


def found_in(shared: Path) -> Entry | None:
    return Store(Roots(shared.parent / "mine", (shared,))).lookup("kernel", "key")


@as_administrator
def test_whose_files_a_readonly_root_may_hold(shared: Path) -> None:
    """Those of the root's owner, the administrator's and one's own."""
    everything = [shared, *shared.rglob("*")]
    assert found_in(shared) is not None  # the administrator's
    for path in everything:
        os.chown(path, STRANGER, STRANGER)
    assert found_in(shared) is not None  # a colleague's
    for path in everything[1:]:
        os.chown(path, STRANGER + 1, -1)
        if path in (shared / "v1", shared / "v1" / "kernel"):
            with pytest.raises(CacheError, match=rf"belongs to another user \(uid {STRANGER + 1}\)"):
                found_in(shared)
        elif "kernel" in path.parts:
            assert found_in(shared) is None
        os.chown(path, STRANGER, -1)
    assert found_in(shared) is not None


@pytest.mark.parametrize("level", ["", "v1", "v1/kernel"])
def test_a_readonly_folder_to_which_everybody_may_write(level: str, shared: Path) -> None:
    (shared / level).chmod(0o775)
    assert found_in(shared) is not None
    for mode in (0o777, 0o1777):
        (shared / level).chmod(mode)
        for act in (found_in, lambda root: FolderGuard(root, private=False).check()):
            with pytest.raises(CacheError, match=r"everybody may write.*NESTML_JIT_CACHE_PATH"):
                act(shared)


@pytest.mark.parametrize("part", ["", "manifest.json", "kernel.so"])
def test_a_readonly_entry_that_everybody_may_change_is_a_miss(part: str, shared: Path) -> None:
    path = shared / "v1" / "kernel" / "key" / part
    path.chmod(0o777)
    assert found_in(shared) is None


# --- the way to a root -----------------------------------------------------------------------------


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder as that of temporary files is."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o1777)
        yield Path(name)


def test_a_link_that_is_turned_is_not_followed_again(everybodys: Path, root: Path, evil: Path) -> None:
    link = everybodys / "cache"
    link.symlink_to(root)
    entry, store = put(Store(Roots(root))), Store(Roots(link))
    assert store.lookup("kernel", "key") == entry
    link.unlink()
    link.symlink_to(evil)
    assert store.lookup("kernel", "key") == entry
    assert put(store).path.is_relative_to(root)


@as_administrator
@pytest.mark.parametrize("deep", [False, True])
def test_a_strangers_link_among_temporary_files_is_refused(everybodys: Path, root: Path, deep: bool) -> None:
    put(Store(Roots(root)))
    link = everybodys / "link"
    link.symlink_to(root.parent if deep else root)
    named = link / root.name if deep else link
    assert Store(Roots(named)).lookup("kernel", "key") is not None
    os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
    for roots in (Roots(named), Roots(root.parent / "mine", (named,))):
        for act in (lambda store: store.lookup("kernel", "key"), put):
            with pytest.raises(CacheError, match=rf"link of another user \(uid {STRANGER}\)"):
                act(Store(roots))


def test_a_folder_above_that_everybody_may_change(everybodys: Path) -> None:
    root = everybodys / "deeper" / "cache"
    put(Store(Roots(root)))
    for folder in (everybodys, everybodys / "deeper"):
        before = stat.S_IMODE(folder.stat().st_mode)
        folder.chmod(0o777)
        with pytest.raises(CacheError, match=rf"is in {folder}, to which everybody may write.*chmod \+t"):
            Store(Roots(root)).lookup("kernel", "key")
        folder.chmod(0o1777)
        assert Store(Roots(root)).lookup("kernel", "key") is not None
        folder.chmod(before)


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    (tmp_path / "up").symlink_to("../" * 50 + "nowhere/at/all")
    for name in ("round", "up"):
        with pytest.raises(CacheError, match=r"too many links|link to nothing"):
            put(Store(Roots(tmp_path / name)))


# --- without privileges ----------------------------------------------------------------------------

AS_NOBODY = """
import os, sys, tempfile
from pathlib import Path
from nestml_jit.cache import CacheError, Roots, Store, find_roots
from nestml_jit.cache.entry import read
from tests.cache.libraries import whole_library

place = Path(sys.argv[1])
def fill(folder):
    (folder / "kernel.so").write_bytes(whole_library())
Store(Roots(place / "prewarmed")).publish("kernel", "key", fill, {})
from nestml_jit.cache.share import let_read
let_read(place / "prewarmed")
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
tempfile.tempdir = str(place)
found = Store(Roots(place / "own", (place / "prewarmed",))).lookup("kernel", "key")
print(found.path.relative_to(place))
print(Store(Roots(place / "own")).publish("kernel", "key", fill, {}).path.relative_to(place))
for root in (place / "prewarmed", place / "nestml_jit-65534"):
    try:
        Store(Roots(root)).publish("kernel", "key", fill, {})
    except CacheError as error:
        print(str(error).partition(" (uid")[0].replace(str(place), "."))
for part in (place / "prewarmed" / "v1" / "kernel" / "key", place / "prewarmed" / "v1", place / "closed"):
    for store in (Store(Roots(place / "other", (part, place / "prewarmed"))),):
        print(store.lookup("kernel", "key") is not None)
try:
    Store(Roots(place / "closed" / "cache")).lookup("kernel", "key")
except CacheError as error:
    print(str(error).replace(str(place), "."))
print(oct((place / "own").stat().st_mode), (place / "own").stat().st_uid)
"""


@as_administrator
def test_what_an_ordinary_user_may_use(everybodys: Path) -> None:
    """What the administrator compiled ahead; not what a stranger has put where the user's cache is to be."""
    (everybodys / "nestml_jit-65534").mkdir()
    os.chown(everybodys / "nestml_jit-65534", STRANGER, STRANGER)
    (everybodys / "closed").mkdir(mode=0o700)
    parent = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(everybodys)],
        env={**os.environ, "PYTHONPATH": parent, "PYNEST_QUIET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "prewarmed/v1/kernel/key",
        "own/v1/kernel/key",
        "the cache folder ./prewarmed belongs to another user",
        "the cache folder ./nestml_jit-65534 belongs to another user",
        *["True"] * 3,
        "cannot use the cache folder ./closed/cache: Permission denied",
        "0o40700 65534",
    ], done.stderr


@as_administrator
@pytest.mark.parametrize("known", [True, False])
def test_a_container_that_does_not_know_the_administrator(
    known: bool, everybodys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of temporary files belongs to nobody there, and is used all the same."""
    root, nobody = everybodys / "cache", int(Path("/proc/sys/kernel/overflowuid").read_text())
    put(Store(Roots(root)))
    users = Path("/proc/self/uid_map").read_text().split()
    monkeypatch.setattr("nestml_jit.cache.roots._ALL_USERS", users if known else ["0", "1000", "1"])
    for owner, is_used in ((0, True), (nobody, not known), (STRANGER, False)):
        os.chown(everybodys, owner, -1)
        if is_used:
            assert Store(Roots(root)).lookup("kernel", "key") is not None
        else:
            with pytest.raises(CacheError, match="to which everybody may write"):
                Store(Roots(root)).lookup("kernel", "key")
    os.chown(everybodys, 0, -1)
