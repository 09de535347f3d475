"""Killed builders, full disks and file systems that forbid things: real processes, real mounts."""

from __future__ import annotations

import ctypes
import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nestml_jit.cache import (
    BuildError,
    CacheError,
    Compiler,
    Entry,
    Roots,
    Settings,
    Store,
    find_compiler,
    find_prebuilt,
    kernel,
    kernel_request,
)
from nestml_jit.cache.entry import read
from nestml_jit.cache.share import let_read

Start = Callable[..., "subprocess.Popen[str]"]

SOURCE = '#include "abi.h"\nextern "C" int answer() { return ANSWER; }\n'


def answer(entry: Entry) -> int:
    result: int = ctypes.CDLL(str(entry.library)).answer()
    return result


# --- SIGKILL ---------------------------------------------------------------------------------------

ENDLESS = """
    import itertools, sys
    from pathlib import Path
    from nestml_jit.cache import Store, find_compiler, kernel

    store, header, number = Store(), Path(sys.argv[1]), int(sys.argv[2])
    compiler = find_compiler(store.memo)
    for count in itertools.count(1000 * number):
        print(count, flush=True)
        kernel(store, compiler, f'extern "C" int answer() {{ return {count}; }}', header)
"""


def test_fifty_kills_at_random_moments(root: Path, header: Path, run_python: Start) -> None:
    """Never a broken entry, never a lock that stays, and what was interrupted is built by the next one."""
    chance = random.Random(1)
    store = Store(Roots(root), patience=60.0)
    compiler = find_compiler(store.memo)
    environ = {"NESTML_JIT_CACHE": str(root)}
    rounds, at_a_time = 50, 2
    for first in range(0, rounds, at_a_time):
        builders = [
            run_python(ENDLESS, header, number, env=environ) for number in range(first, first + at_a_time)
        ]
        started = [builder.stdout.readline() for builder in builders if builder.stdout]
        time.sleep(chance.uniform(0.0, 0.15))
        for builder in builders:
            time.sleep(chance.uniform(0.0, 0.03))
            builder.send_signal(signal.SIGKILL)
        for builder, line in zip(builders, started, strict=True):
            rest, _errors = builder.communicate(timeout=60)
            last = int((line + rest).split()[-1])
            begin = time.monotonic()
            source = f'extern "C" int answer() {{ return {last}; }}'
            assert answer(kernel(store, compiler, source, header)) == last
            assert time.monotonic() - begin < 20
    folders = list((root / "v1" / "kernel").iterdir())
    assert len(folders) >= rounds
    for folder in folders:
        entry = read(folder, "kernel", folder.name, everything=True)
        expected = re.search(r"return (\d+)", (folder / "kernel.cpp").read_text())
        assert expected is not None
        assert answer(entry) == int(expected[1])


# --- file systems ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def private_mounts() -> None:
    """Let what is mounted be seen by this process and its children only, and end with it however it ends."""
    new_mounts = 0x00020000  # CLONE_NEWNS
    if ctypes.CDLL(None).unshare(new_mounts) != 0:
        pytest.skip("this user may not mount file systems")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


@pytest.fixture
def mounted(private_mounts: None, tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a file system in memory with the options given, or mount it anew with others."""
    place = tmp_path / "mounted"
    place.mkdir()

    def mount(options: str) -> Path:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, check=False
        )
        if done.returncode != 0:
            pytest.skip("this user may not mount file systems")
        place.chmod(0o700)
        return place

    yield mount
    while subprocess.run(["umount", str(place)], capture_output=True, check=False).returncode == 0:
        pass


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


def test_a_full_disk(
    mounted: Callable[[str], Path], compiler: Compiler, header: Path, listing: Callable[[Path], set[str]]
) -> None:
    """An error that says so, nothing half done, and with more room all is well."""
    root = mounted("size=256k")
    store = Store(Roots(root))
    first = kernel(store, compiler, SOURCE, header)
    before = listing(root / "v1" / "kernel")
    filler = root / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(bytes(1 << 20))
    with pytest.raises((BuildError, CacheError), match="No space left on device"):
        kernel(store, compiler, SOURCE + "\n", header)
    assert listing(root / "v1" / "kernel") == before
    assert list((root / "v1" / "building").iterdir()) == []
    assert kernel(store, compiler, SOURCE, header) == first
    filler.unlink()
    assert answer(kernel(store, compiler, SOURCE + "\n", header)) == 42


def test_a_disk_that_fills_up_at_every_stage(
    mounted: Callable[[str], Path], compiler: Compiler, header: Path
) -> None:
    """Whatever file is the one that does not fit: an error or a sound entry, and no other exception."""
    outcomes = set()
    for pages in range(2, 24, 3):
        root = mounted(f"size={4 * pages}k")
        store = Store(Roots(root))
        try:
            outcomes.add(answer(kernel(store, compiler, SOURCE, header)))
        except (BuildError, CacheError):
            outcomes.add(-1)
        assert all(answer(entry) == 42 for entry in Store(Roots(root)).entries() if entry.kind == "kernel")
    assert outcomes == {-1, 42}


def test_a_readonly_file_system(
    mounted: Callable[[str], Path], compiler: Compiler, header: Path, tmp_path: Path
) -> None:
    root = mounted("size=1m")
    first = kernel(Store(Roots(root)), compiler, SOURCE, header)
    remount(root, "ro")
    for store in (Store(Roots(root)), Store(Roots(tmp_path / "own", (root,)))):
        assert kernel(store, compiler, SOURCE, header) == first
        assert find_prebuilt(store, "kernel", kernel_request(SOURCE, header)) == first
        assert answer(first) == 42
    with pytest.raises(CacheError, match=r"cannot write to the cache folder .*Read-only file system"):
        kernel(Store(Roots(root)), compiler, SOURCE + "\n", header)


def test_a_file_system_without_permission_to_execute(
    mounted: Callable[[str], Path], compiler: Compiler, header: Path, tmp_path: Path
) -> None:
    root = mounted("size=1m,noexec")
    for roots in (Roots(root), Roots(tmp_path / "own", (root,)), Roots(root / "below")):
        with pytest.raises(CacheError, match=r"noexec.*: point NESTML_JIT_CACHE"):
            kernel(Store(roots), compiler, SOURCE, header)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give folders away")
def test_somebody_elses_root(compiler: Compiler, header: Path, tmp_path: Path) -> None:
    """Refused as the cache, accepted as a read-only one unless everybody may write to it."""
    root = tmp_path / "theirs"
    entry = kernel(Store(Roots(root)), compiler, SOURCE, header, settings=Settings())
    let_read(root)
    os.chown(root, 65534, 65534)
    with pytest.raises(CacheError, match=r"belongs to another user \(uid 65534\).*set NESTML_JIT_CACHE"):
        Store(Roots(root)).lookup("kernel", entry.key)
    shared = Store(Roots(tmp_path / "own", (root,)))
    assert shared.lookup("kernel", entry.key) == entry
    root.chmod(0o777)
    with pytest.raises(CacheError, match="everybody may write"):
        Store(Roots(tmp_path / "own", (root,))).lookup("kernel", entry.key)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o055), (0o027, 0o050), (0o077, 0o000)])
def test_what_is_prewarmed_may_be_read_by_those_that_the_umask_lets(
    compiler: Compiler, header: Path, root: Path, umask: int, mode: int
) -> None:
    entry = kernel(Store(Roots(root)), compiler, SOURCE, header)
    before = os.umask(umask)
    try:
        let_read(root)
    finally:
        os.umask(before)
    for folder in (root, root / "v1", entry.path.parent, entry.path):
        assert folder.stat().st_mode & 0o077 == mode
    assert entry.library.stat().st_mode & 0o022 == 0
    assert Store(Roots(root)).lookup("kernel", entry.key) == entry
