"""What interrupted builds left is known by who is alive, and not by clocks."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nestml_jit.cache import Roots, Store
from nestml_jit.cache import drafts as drafts_module
from nestml_jit.cache.drafts import draft, remove_dead
from nestml_jit.cache.guard import FolderGuard
from nestml_jit.cache.prune import clear, prune
from tests.cache.libraries import whole_library

Start = Callable[..., "subprocess.Popen[str]"]

BUILDER = """
    import sys, time
    from pathlib import Path
    from nestml_jit.cache import Roots, Store

    def fill(folder):
        (folder / "half.txt").write_text("half")
        print("filling", flush=True)
        sys.stdin.read()

    entry = Store(Roots(Path(sys.argv[1]))).obtain("made", sys.argv[2], fill, {})
    print(entry.key, flush=True)
"""

DAY = 86400.0


@pytest.fixture
def building(root: Path) -> Path:
    folder = root / "v1" / "building"
    folder.mkdir(parents=True, mode=0o700)
    return folder


@contextlib.contextmanager
def running(start: Start, root: Path, key: str) -> Iterator[subprocess.Popen[str]]:
    """A builder that is in the middle of its work until its input ends."""
    read, write = os.pipe()
    with start(BUILDER, root, key, stdin=read) as builder:
        os.close(read)
        assert builder.stdout is not None
        assert builder.stdout.readline() == "filling\n"
        try:
            yield builder
        finally:
            os.close(write)
            builder.wait()


def names(building: Path) -> list[str]:
    return [path.name for path in building.iterdir()]


def publish(root: Path, key: str) -> None:
    Store(Roots(root)).publish("made", key, lambda folder: None, {})


ACTIONS: dict[str, Callable[[Path], object]] = {
    "another build": lambda root: publish(root, "other"),
    "prune": lambda root: prune(FolderGuard(root, private=True)),
    "prune by age": lambda root: prune(FolderGuard(root, private=True), max_age=0.0),
    "clear": lambda root: clear(FolderGuard(root, private=True)),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_the_living_and_the_dead(
    action: Callable[[Path], object],
    root: Path,
    building: Path,
    run_python: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A clock that is a day, or a century, ahead or behind ends no build; a killed one goes at once."""
    with running(run_python, root, "alive") as alive:
        used = names(building)
        with running(run_python, root, "dead") as dead:
            dead.send_signal(signal.SIGKILL)
            dead.wait()
        assert len(names(building)) == 2
        clock = time.time
        for ahead in (DAY + 1, -DAY - 1, 36500 * DAY):
            monkeypatch.setattr(time, "time", lambda ahead=ahead: clock() + ahead)
            action(root)
            assert names(building) == used
        monkeypatch.undo()
    assert alive.returncode == 0
    assert Store(Roots(root)).lookup("made", "alive") is not None
    assert names(building) == []


def test_locks_of_the_dead_go(root: Path, building: Path, run_python: Start) -> None:
    with running(run_python, root, "dead") as dead:
        dead.send_signal(signal.SIGKILL)
        dead.wait()
    assert names(root / "v1" / "locks") == ["made-dead"]
    prune(FolderGuard(root, private=True))
    assert names(root / "v1" / "locks") == []


def test_a_draft_that_takes_a_year_is_left_alone(building: Path) -> None:
    with draft(building, "long") as folder:
        os.utime(folder.parent, (1, 1))
        assert remove_dead(building) == 0
        assert folder.is_dir()
    assert names(building) == []


@pytest.mark.parametrize(
    ("left", "age", "is_dead"),
    [
        ({}, 600.0, False),
        ({}, 2 * 3600.0, True),
        ({"new-lock": "ours"}, 1.0, False),
        ({"new-lock": "ours"}, 120.0, True),
        ({"lock": "ours"}, 0.0, True),
        ({"lock": "another machine's"}, 3600.0, False),
        ({"lock": "another machine's"}, 2 * DAY, True),
        ({"lock": ""}, 3600.0, False),
    ],
)
def test_what_is_left_at_every_stage(
    left: dict[str, str], age: float, is_dead: bool, building: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts_module, "_machine", lambda: "ours")
    (building / "left").mkdir()
    for name, machine in left.items():
        (building / "left" / name).write_text(machine)
    os.utime(building / "left", (time.time() - age,) * 2)
    assert remove_dead(building) == is_dead
    assert names(building) == ([] if is_dead else ["left"])


def test_who_looks_at_a_new_draft_does_not_take_its_lock(
    building: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others hold the lock for a moment when they look; the builder waits for it."""
    held: list[int] = []

    def flock(descriptor: int, operation: int, lock: Callable[[int, int], None] = fcntl.flock) -> None:
        if held:
            lock(descriptor, operation)
            return
        held.append(os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR))
        lock(held[0], fcntl.LOCK_EX)
        threading.Timer(0.05, os.close, held).start()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with draft(building, "made"):
        monkeypatch.undo()
        (place,) = building.iterdir()
        assert sorted(names(place)) == ["entry", "lock"]
        assert remove_dead(building) == 0


@pytest.mark.parametrize(("age", "is_dead"), [(2 * DAY, False), (8 * DAY, True)])
def test_where_files_cannot_be_locked(
    age: float, is_dead: bool, building: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "not here")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with draft(building, "made") as folder:
        assert set(names(folder.parent)) == {"new-lock", "entry"}
        os.utime(folder.parent, (time.time() - age,) * 2)
        assert remove_dead(building) == is_dead
        assert folder.is_dir() != is_dead


def test_nothing_outside_is_removed(building: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("")
    (building / "removed-link").symlink_to(precious)
    (building / "removed-folder").mkdir()
    (building / "removed-folder" / "link").symlink_to(precious)
    assert remove_dead(building) == 2
    assert (precious / "file").exists()


def test_a_lock_in_use_is_left(root: Path, building: Path) -> None:
    store = Store(Roots(root))
    with store.lock("made", "used"):
        (root / "v1" / "locks" / "made-left").touch()
        prune(FolderGuard(root, private=True))
        assert names(root / "v1" / "locks") == ["made-used"]


def test_what_was_moved_aside_goes_at_once(root: Path) -> None:
    store = Store(Roots(root))

    def fill(folder: Path) -> None:
        (folder / "kernel.so").write_bytes(whole_library())

    entry = store.publish("kernel", "key", fill, {})
    (entry.path / "manifest.json").write_text("")
    store.publish("kernel", "key", fill, {})
    assert len(names(root / "v1" / "broken")) == 1
    prune(FolderGuard(root, private=True))
    assert names(root / "v1" / "broken") == []
    assert store.lookup("kernel", "key") is not None
