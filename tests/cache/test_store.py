from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nestml_jit.cache import CacheError, Entry, Roots, Store
from tests.cache.libraries import whole_library

Start = Callable[..., "subprocess.Popen[str]"]


LIBRARY = whole_library(b"machine code" * 100)


def fill(folder: Path) -> None:
    (folder / "kernel.so").write_bytes(LIBRARY)
    (folder / "kernel.cpp").write_text("source")
    (folder / "build.log").write_text("log")


def publish(store: Store, key: str = "key") -> Entry:
    return store.publish("kernel", key, fill, {"note": key})


def test_what_is_published_is_found(store: Store, root: Path) -> None:
    published = publish(store)
    found = Store(Roots(root)).lookup("kernel", "key")
    assert found == published
    assert published.library.read_bytes() == LIBRARY
    assert published.manifest["note"] == "key"
    assert sorted(path.name for path in published.path.iterdir()) == [
        "build.log",
        "kernel.cpp",
        "kernel.so",
        "manifest.json",
    ]
    assert abs(published.created - time.time()) < 60


def test_kinds_and_keys_are_apart(store: Store) -> None:
    publish(store)
    assert store.lookup("kernel", "other") is None
    assert store.lookup("host", "key") is None


def test_filling_may_add_to_the_manifest(store: Store) -> None:
    entry = store.publish("kind", "key", lambda folder: {"seconds": 2}, {"seconds": 1, "name": "x"})
    assert dict(entry.manifest) == {"seconds": 2, "name": "x"}


def test_the_first_one_wins(store: Store) -> None:
    first = publish(store)
    inode = first.library.stat().st_ino
    second = store.publish("kernel", "key", lambda folder: None, {"note": "late"})
    assert second == first
    assert second.library.stat().st_ino == inode


def test_json_entries(store: Store, root: Path) -> None:
    value = {"numbers": [1, 2.5, 1e300, None], "text": "µ\n", "flag": True}
    assert store.read_json("card", "key") is None
    assert store.publish_json("card", "key", value) == value
    assert Store(Roots(root)).read_json("card", "key") == value
    assert store.publish_json("card", "key", "late") == value


def test_obtain_builds_once(store: Store) -> None:
    built = []

    def build(folder: Path) -> None:
        built.append(folder)
        fill(folder)

    assert store.obtain("kernel", "key", build, {}) == store.obtain("kernel", "key", build, {})
    assert len(built) == 1


def test_entries_lists_sound_ones(store: Store) -> None:
    publish(store, "a")
    publish(store, "b").library.unlink()
    store.publish_json("card", "c", 1)
    assert [(entry.kind, entry.key) for entry in store.entries()] == [("card", "c"), ("kernel", "a")]


# --- failures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, MemoryError])
def test_what_filling_raises_is_raised_and_leaves_nothing(
    store: Store, root: Path, listing: Callable[[Path], set[str]], error: type[BaseException]
) -> None:
    publish(store, "other")
    before = listing(root)

    def fail(folder: Path) -> None:
        fill(folder)
        raise error("no")

    with pytest.raises(error):
        store.obtain("kernel", "key", fail, {})
    assert listing(root) <= before | {"v1/locks"}
    assert store.lookup("kernel", "key") is None
    assert store.obtain("kernel", "key", fill, {}).library.exists()


def test_a_full_disk_is_an_error_that_leaves_nothing(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, "other")

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("nestml_jit.cache.entry.digest_file", full)
        with pytest.raises(CacheError, match=r"cannot write to the cache folder .*No space left"):
            store.publish("kernel", "key", fill, {})
    assert store.lookup("kernel", "key") is None
    assert list((root / "v1" / "building").iterdir()) == []
    publish(store)


def test_a_disk_that_is_full_while_filling(store: Store, root: Path) -> None:
    def full(folder: Path) -> None:
        (folder / "kernel.so").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(CacheError, match=r"cannot write to the cache folder .*No space left"):
        store.obtain("kernel", "key", full, {})
    assert list((root / "v1" / "building").iterdir()) == []


@pytest.mark.parametrize("place", ["v1", "v1/building", "v1/kernel"])
def test_a_part_of_the_root_that_cannot_be_written_is_an_error(root: Path, place: str) -> None:
    (root / place).parent.mkdir(mode=0o700, parents=True)
    (root / place).write_text("in the way")
    with pytest.raises(CacheError, match="cannot"):
        publish(Store(Roots(root)))


# --- broken entries --------------------------------------------------------------------------------


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def change_manifest(path: Path, **changes: object) -> None:
    record = json.loads(path.read_text())
    record["content"].update(changes)
    path.write_text(json.dumps(record))


def replace_by_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "library missing": lambda path: (path / "kernel.so").unlink(),
    "library empty": lambda path: (path / "kernel.so").write_bytes(b""),
    "library truncated": lambda path: os.truncate(path / "kernel.so", 100),
    "library with a flipped bit": lambda path: flip_a_bit(path / "kernel.so"),
    "library is a folder": lambda path: ((path / "kernel.so").unlink(), (path / "kernel.so").mkdir()),
    "manifest missing": lambda path: (path / "manifest.json").unlink(),
    "manifest empty": lambda path: (path / "manifest.json").write_bytes(b""),
    "manifest truncated": lambda path: os.truncate(path / "manifest.json", 50),
    "manifest is a list": lambda path: (path / "manifest.json").write_text("[]"),
    "manifest is binary": lambda path: (path / "manifest.json").write_bytes(bytes(range(256))),
    "manifest is nested": lambda path: (path / "manifest.json").write_text("[" * 100_000),
    "manifest of another version": lambda path: change_manifest(path / "manifest.json", format=99),
    "manifest of another key": lambda path: change_manifest(path / "manifest.json", key="other"),
    "manifest with another note": lambda path: change_manifest(path / "manifest.json", manifest={}),
    "folder empty": lambda path: [item.unlink() for item in path.iterdir()],
    "folder is a file": replace_by_file,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_broken_entry_is_a_miss_and_is_replaced(
    store: Store, root: Path, damage: Callable[[Path], object]
) -> None:
    path = publish(store).path
    damage(path)
    assert Store(Roots(root)).lookup("kernel", "key") is None
    again = Store(Roots(root)).obtain("kernel", "key", fill, {"note": "again"})
    assert again.manifest["note"] == "again"
    assert Store(Roots(root)).lookup("kernel", "key") == again


def test_a_broken_library_is_moved_aside_not_overwritten(store: Store, root: Path) -> None:
    path = publish(store).path
    with (path / "kernel.so").open("r+b") as mapped:
        mapped.write(b"broken")
        mapped.flush()
        inode = os.fstat(mapped.fileno()).st_ino
        assert publish(store).library.stat().st_ino != inode
        assert os.fstat(mapped.fileno()).st_nlink == 1
    assert len(list((root / "v1" / "broken").rglob("kernel.so"))) == 1


def test_an_entry_under_another_name_is_a_miss(store: Store, root: Path) -> None:
    path = publish(store).path
    shutil.copytree(path, path.with_name("other"))
    assert store.lookup("kernel", "other") is None


def test_damage_to_what_only_people_read_does_not_matter(store: Store) -> None:
    path = publish(store).path
    (path / "build.log").unlink()
    (path / "kernel.cpp").write_text("edited")
    assert store.lookup("kernel", "key") is not None


# --- processes -------------------------------------------------------------------------------------

CONTENDER = """
    import sys, time
    from pathlib import Path
    from nestml_jit.cache import Roots, Store

    root, start, log, lock = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4] == "lock"
    store = Store(Roots(root))

    def fill(folder):
        with open(log, "a") as file:
            file.write("built\\n")
        (folder / "code.bin").write_bytes(b"code" * 5000)
        time.sleep(0.1)

    time.sleep(max(0, start - time.time()))
    entry = (store.obtain if lock else store.publish)("made", "key", fill, {"seed": sys.argv[5]})
    assert (entry.path / "code.bin").read_bytes() == b"code" * 5000
    print(entry.manifest["seed"])
"""


@pytest.mark.parametrize("lock", ["lock", "no lock"])
def test_a_race_has_one_winner(root: Path, tmp_path: Path, run_python: Start, lock: str) -> None:
    log = tmp_path / "log"
    begin = time.time() + 0.7
    racers = [run_python(CONTENDER, root, begin, log, lock, number) for number in range(8)]
    results = [racer.communicate(timeout=60) for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * 8, results
    assert len({output for output, _ in results}) == 1
    builds = len(log.read_text().splitlines())
    assert builds == 1 if lock == "lock" else builds > 1
    assert [path.name for path in (root / "v1" / "made").iterdir()] == ["key"]
    assert list((root / "v1" / "building").iterdir()) == []


SLOW = """
    import sys, time
    from pathlib import Path
    from nestml_jit.cache import Roots, Store

    def fill(folder):
        (folder / "kernel.so").write_bytes(b"half")
        print("filling", flush=True)
        time.sleep(60)

    Store(Roots(Path(sys.argv[1]))).obtain("kernel", "key", fill, {})
"""


def test_a_killed_builder_leaves_no_entry_and_no_lock(root: Path, run_python: Start) -> None:
    with run_python(SLOW, root) as builder:
        assert builder.stdout is not None
        assert builder.stdout.readline() == "filling\n"
        builder.send_signal(signal.SIGKILL)
    store = Store(Roots(root), patience=60)
    assert store.lookup("kernel", "key") is None
    begin = time.monotonic()
    assert store.obtain("kernel", "key", fill, {}).library.exists()
    assert time.monotonic() - begin < 5


def test_patience_with_another_builder_ends(root: Path, run_python: Start) -> None:
    with run_python(SLOW, root) as builder:
        assert builder.stdout is not None
        builder.stdout.readline()
        begin = time.monotonic()
        assert Store(Roots(root), patience=0.2).obtain("kernel", "key", fill, {}).library.exists()
        assert 0.2 <= time.monotonic() - begin < 5
        builder.send_signal(signal.SIGKILL)


KILLED = """
    import sys
    from pathlib import Path
    from nestml_jit.cache import Roots, Store

    def fill(folder):
        for number in range(20):
            (folder / f"{number}.so").write_bytes(bytes(10_000))

    print("ready", flush=True)
    for number in range(100_000):
        Store(Roots(Path(sys.argv[1]))).publish("made", str(number), fill, {})
"""


def test_killing_at_any_moment_leaves_only_sound_entries(root: Path, run_python: Start) -> None:
    for round_number in range(6):
        with run_python(KILLED, root) as builder:
            assert builder.stdout is not None
            builder.stdout.readline()
            time.sleep(0.02 + 0.013 * round_number)
            builder.send_signal(signal.SIGKILL)
    store = Store(Roots(root))
    names = [path.name for path in (root / "v1" / "made").iterdir()]
    assert names
    assert all(store.lookup("made", name) is not None for name in names)


def test_what_interrupted_builds_left_is_removed_in_time(store: Store, root: Path) -> None:
    building = root / "v1" / "building"
    publish(store)
    for name, age in (("old", 2 * 86400), ("young", 60)):
        (building / name).mkdir()
        (building / name / "kernel.so").write_text("")
        os.utime(building / name, (time.time() - age,) * 2)
    publish(store, "other")
    assert [path.name for path in building.iterdir()] == ["young"]


def test_clock_set_back(store: Store, root: Path) -> None:
    path = publish(store).path
    os.utime(path, (time.time() + 1e8,) * 2)
    assert store.lookup("kernel", "key") is not None
    assert abs(path.stat().st_mtime - time.time()) < 60
