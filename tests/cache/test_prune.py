from __future__ import annotations

import os
import time
from pathlib import Path

from nestml_jit.cache import Roots, Store
from nestml_jit.cache.guard import FolderGuard
from nestml_jit.cache.prune import Usage, prune, select, usage
from tests.cache.libraries import whole_library


def fill(folder: Path) -> None:
    (folder / "kernel.so").write_bytes(whole_library(bytes(100_000)))


def publish(store: Store, key: str, days: float) -> None:
    path = store.publish("kernel", key, fill, {}).path
    os.utime(path, (time.time() - 86400 * days,) * 2)


def keys(root: Path) -> list[str]:
    return [item.path.name for item in usage(FolderGuard(root, private=True))]


def test_selection_by_age_and_size() -> None:
    items = [Usage(Path(str(number)), 10, float(number)) for number in range(5)]
    assert select(items, now=5.0, max_age=None, max_size=None) == []
    assert select(items, now=5.0, max_age=3.5, max_size=None) == items[:2]
    assert select(items, now=5.0, max_age=None, max_size=25) == items[:3]
    assert select(items, now=5.0, max_age=3.5, max_size=30) == items[:2]
    assert select(items, now=5.0, max_age=3.5, max_size=29) == items[:3]
    assert select(items, now=5.0, max_age=None, max_size=0) == items


def test_the_least_recently_used_go_first(store: Store, root: Path) -> None:
    for key, days in (("b", 20.0), ("a", 3.0), ("c", 0.0)):
        publish(store, key, days)
    assert keys(root) == ["b", "a", "c"]
    assert Store(Roots(root)).lookup("kernel", "b") is not None
    assert keys(root)[0] == "a"
    removed = prune(FolderGuard(root, private=True), max_size=250_000)
    assert [item.path.name for item in removed] == ["a"]
    assert store.lookup("kernel", "a") is None
    assert prune(FolderGuard(root, private=True), max_age=86400 * 30) == []
    assert len(prune(FolderGuard(root, private=True), max_size=0)) == 2
    assert keys(root) == []


def test_leftovers_go_too(store: Store, root: Path) -> None:
    publish(store, "a", 0)
    for name in ("building", "broken", "locks"):
        leftover = root / "v1" / name / "leftover"
        leftover.parent.mkdir(exist_ok=True)
        leftover.touch() if name == "locks" else leftover.mkdir()
        os.utime(leftover, (1, 1))
    prune(FolderGuard(root, private=True))
    assert [path.name for path in (root / "v1").rglob("leftover")] == []
    assert keys(root) == ["a"]


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    assert prune(FolderGuard(tmp_path / "nowhere", private=True), max_size=0) == []
    assert list(tmp_path.iterdir()) == []
