from __future__ import annotations

import os
from pathlib import Path

import pytest

from nestml_jit.cache import CacheError, Entry, Roots, Store, find_roots
from nestml_jit.cache.guard import FolderGuard
from nestml_jit.cache.roots import resolved


def put(store: Store) -> Entry:
    return store.publish("kind", "key", lambda folder: None, {})


def test_roots_named_by_the_environment(tmp_path: Path) -> None:
    path = os.pathsep.join([str(tmp_path / "a"), "", str(tmp_path / "b b")])
    roots = find_roots({"NESTML_JIT_CACHE": str(tmp_path / "own"), "NESTML_JIT_CACHE_PATH": path})
    assert roots == Roots(tmp_path / "own", (tmp_path / "a", tmp_path / "b b"))


def test_a_relative_root_and_a_tilde_are_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert find_roots({"NESTML_JIT_CACHE": "here"}).writable == tmp_path / "here"
    assert find_roots({"NESTML_JIT_CACHE": "~/there"}).writable == Path("/home/somebody/there")


def test_default_is_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(tmp_path / name))
    assert find_roots({}) == Roots(tmp_path / "nestml_jit")


@pytest.mark.parametrize("home", ["none", "a file", "read-only"])
def test_without_a_home_to_write_to(home: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = {"none": "~/.cache", "a file": tmp_path / "file" / ".cache", "read-only": tmp_path / "closed"}[
        home
    ]
    (tmp_path / "file").touch()
    (tmp_path / "closed" / "nestml_jit").mkdir(parents=True)
    access = os.access
    monkeypatch.setattr("os.access", lambda path, mode: "closed" not in str(path) and access(path, mode))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: f"{place}/{name}")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    roots = find_roots({})
    assert roots.writable == tmp_path / "temporary" / f"nestml_jit-{os.geteuid()}"
    assert roots.readonly == ((tmp_path / "closed" / "nestml_jit",) if home == "read-only" else ())


def test_a_new_root_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        entry = put(Store(Roots(tmp_path / "new" / "cache")))
    finally:
        os.umask(before)
    root = tmp_path / "new" / "cache"
    assert [path.stat().st_mode & 0o777 for path in (root, root / "v1", entry.path)] == [0o700] * 3


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o720, 0o702])
def test_a_root_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    root = tmp_path / "cache"
    put(Store(Roots(root)))
    root.chmod(mode)
    for act in (put, lambda store: store.lookup("kind", "key"), lambda store: store.read_json("a", "b")):
        with pytest.raises(CacheError, match=r"others may write to the cache folder .*chmod go-w"):
            act(Store(Roots(root)))


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o711])
def test_a_root_that_others_may_only_read_is_accepted(tmp_path: Path, mode: int) -> None:
    root = tmp_path / "cache"
    root.mkdir(mode=mode)
    root.chmod(mode)
    assert put(Store(Roots(root))).path.is_relative_to(root)


def test_a_root_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FolderGuard(tmp_path / "cache", private=True).made()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(CacheError, match="belongs to another user"):
        Store(Roots(tmp_path / "cache")).lookup("kind", "key")


def test_a_symlinked_root_is_judged_by_what_it_points_to(tmp_path: Path) -> None:
    target = tmp_path / "target"
    FolderGuard(target, private=True).made()
    (tmp_path / "link").symlink_to(target)
    put(Store(Roots(tmp_path / "link")))
    assert Store(Roots(target)).lookup("kind", "key") is not None
    target.chmod(0o777)
    with pytest.raises(CacheError, match="others may write"):
        FolderGuard(tmp_path / "link", private=True).check()


def test_a_dangling_link_and_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    for name in ("link", "file"):
        with pytest.raises(CacheError, match="cannot"):
            put(Store(Roots(tmp_path / name)))


def test_noexec_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Flags:
        f_flag = os.ST_NOEXEC

    monkeypatch.setattr(os, "statvfs", lambda path: Flags)
    with pytest.raises(CacheError, match="noexec"):
        put(Store(Roots(tmp_path / "cache")))


def test_a_root_that_cannot_be_made_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match=r"cannot make the cache folder .*set NESTML_JIT_CACHE"):
        put(Store(Roots(tmp_path / "file" / "cache")))


def test_looking_up_in_a_root_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    assert Store(Roots(tmp_path / "cache", (tmp_path / "shared",))).lookup("kind", "key") is None
    assert list(tmp_path.iterdir()) == []


# --- read-only roots -------------------------------------------------------------------------------


def test_readonly_roots_come_first_in_their_order(tmp_path: Path) -> None:
    for name in ("own", "second", "first"):
        Store(Roots(tmp_path / name)).publish("kind", "key", lambda folder: None, {"from": name})
    store = Store(Roots(tmp_path / "own", (tmp_path / "none", tmp_path / "first", tmp_path / "second")))
    found = store.lookup("kind", "key")
    assert found is not None
    assert found.manifest["from"] == "first"


def test_a_readonly_root_is_never_written_to(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    published = put(Store(Roots(shared)))
    (published.path / "manifest.json").write_text("broken")
    before = {path: path.stat().st_mtime_ns for path in shared.rglob("*")}
    store = Store(Roots(tmp_path / "own", (shared,)))
    assert store.lookup("kind", "key") is None
    assert put(store).path.is_relative_to(tmp_path / "own")
    assert {path: path.stat().st_mtime_ns for path in shared.rglob("*")} == before


def test_a_hit_in_a_readonly_root_needs_no_writable_one(tmp_path: Path) -> None:
    put(Store(Roots(tmp_path / "shared")))
    (tmp_path / "file").write_text("")
    store = Store(Roots(tmp_path / "file" / "cache", (tmp_path / "shared",)))
    assert store.obtain("kind", "key", lambda folder: pytest.fail("built"), {}).key == "key"


def test_a_readonly_root_may_be_somebody_elses_but_not_everybodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o775)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert FolderGuard(shared, private=False).check()
    shared.chmod(0o777)
    with pytest.raises(CacheError, match=r"everybody may write.*NESTML_JIT_CACHE_PATH"):
        Store(Roots(tmp_path / "own", (shared,))).lookup("kind", "key")


def test_a_root_that_another_process_makes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path.resolve() / "cache"
    lstat = Path.lstat

    def made_a_moment_later(path: Path) -> os.stat_result:
        if path == root and not os.path.lexists(root):
            root.mkdir(mode=0o700)
            raise FileNotFoundError(root)
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", made_a_moment_later)
    assert resolved(root) == root
    assert os.path.isdir(root)
