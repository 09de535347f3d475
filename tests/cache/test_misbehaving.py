"""Compilers that report no error and leave no library: nothing of it is published or loaded."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nestml_jit.cache import (
    BuildError,
    Compiler,
    Entry,
    Roots,
    Store,
    Trial,
    find_prebuilt,
    kernel,
    kernel_request,
)
from nestml_jit.cache import entry as entries
from nestml_jit.cache.loading import UnloadableError, check_file, load, try_loading

SOURCE = 'extern "C" int answer() { return 42; }\n'
ANSWER = Trial(functions=("answer",))

# What a script does with the output of a compiler that did as it was told.
MISBEHAVIOURS = {
    "nothing": "rm kernel.so",
    "an empty file": ": > kernel.so",
    "half a library": "truncate -s 5000 kernel.so",
    "a library without its last byte": "truncate -s -1 kernel.so",
    "a library with a hole": "dd if=/dev/zero of=kernel.so bs=64 count=1 conv=notrunc 2> /dev/null",
    "a text": "echo 'licence expired' > kernel.so",
    "noise": "head -c 20000 /dev/urandom > kernel.so",
    "zeros": "head -c 20000 /dev/zero > kernel.so",
    "a link to a library": "mv kernel.so ../real.so; ln -s ../real.so kernel.so",
    "a link to nothing": "rm kernel.so; ln -s nowhere kernel.so",
    "a folder": "rm kernel.so; mkdir kernel.so",
    "a pipe": "rm kernel.so; mkfifo kernel.so",
    "another name": "mv kernel.so libkernel.so",
    "an object file": "rm kernel.so; {compiler} -c -fPIC -x c++ kernel.cpp -o kernel.so",
    "a program": "echo 'int main() {{}}' | {compiler} -x c++ - -no-pie -o kernel.so",
    "a library of something else": "echo 'int other;' | {compiler} -x c++ - -shared -fPIC -o kernel.so",
    "a library that needs what is not there": (
        "echo 'extern int missing; int answer() {{ return missing; }}' "
        "| {compiler} -x c - -shared -fPIC -o kernel.so"
    ),
    "a library that crashes": (
        "echo '__attribute__((constructor)) void f() {{ __builtin_trap(); }}' "
        "| {compiler} -x c - -shared -fPIC -o kernel.so"
    ),
    "a library that ends the process": (
        "echo '#include <stdlib.h>\n__attribute__((constructor)) void f() {{ _Exit(7); }}' "
        "| {compiler} -x c - -shared -fPIC -o kernel.so"
    ),
    "a library that switches denormal numbers off": (
        "echo 'int answer() {{ return 42; }}' | {compiler} -x c - -shared -fPIC -ffast-math -o kernel.so"
    ),
    "a library that rounds otherwise": (
        "echo '#include <fenv.h>\nint answer() {{ return 42; }}\n"
        "__attribute__((constructor)) void f() {{ fesetround(FE_UPWARD); }}' "
        "| {compiler} -x c - -shared -fPIC -o kernel.so -lm"
    ),
}


@pytest.fixture
def misbehaving(tmp_path: Path, compiler: Compiler) -> Callable[[str], Compiler]:
    """Give a compiler that does more than it is told, and has the name of the right one."""

    def make(action: str) -> Compiler:
        script = tmp_path / "misbehaving c++"
        real = compiler.command[0]
        action = action.format(compiler=real)
        script.write_text(
            f'#!/bin/sh\n{real} "$@" || exit\ncase "$*" in *kernel.so*) {action};; esac\nexit 0\n'
        )
        script.chmod(0o755)
        return dataclasses.replace(compiler, command=(str(script),))

    return make


@pytest.mark.parametrize("action", MISBEHAVIOURS.values(), ids=MISBEHAVIOURS.keys())
def test_what_is_no_library_is_not_published(
    action: str,
    misbehaving: Callable[[str], Compiler],
    compiler: Compiler,
    store: Store,
    header: Path,
    root: Path,
) -> None:
    if "-ffast-math" in action and os.uname().machine != "x86_64":
        pytest.skip("elsewhere -ffast-math leaves denormal numbers alone")
    with pytest.raises(BuildError, match=r"the C\+\+ compiler reported no error, but what it made") as caught:
        kernel(store, misbehaving(action), SOURCE, header, trial=ANSWER)
    assert caught.value.status == 0
    assert not (root / "v1" / "kernel").exists()
    assert list((root / "v1" / "building").iterdir()) == []
    entry = kernel(store, compiler, SOURCE, header, trial=ANSWER)
    assert ctypes.CDLL(str(entry.library)).answer() == 42


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, compiler: Compiler) -> Path:
    folder = tmp_path_factory.mktemp("library")
    return kernel(Store(Roots(folder / "cache")), compiler, SOURCE, Path(__file__)).library


def test_no_part_of_a_library_is_a_library(library: Path, tmp_path: Path) -> None:
    """Wherever it is cut off: loading what is accepted kills no process."""
    whole, part = library.read_bytes(), tmp_path / "part.so"
    chance = random.Random(1)
    for size in {*range(200), *chance.sample(range(len(whole)), 400), len(whole) - 1}:
        part.write_bytes(whole[:size])
        with pytest.raises(UnloadableError, match=r"cut off|empty|no library|no shared"):
            check_file(part)
    part.write_bytes(whole)
    check_file(part)
    try_loading(part, ANSWER)


def test_a_header_that_lies_is_looked_at(library: Path, tmp_path: Path) -> None:
    """Whichever bit of the headers is wrong: it is a library or not, and nothing else is raised."""
    whole, part = library.read_bytes(), tmp_path / "part.so"
    refused = 0
    for bit in [*range(8 * 64), *range(8 * 64, 8 * 700, 29)]:
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        part.write_bytes(bytes(damaged))
        try:
            check_file(part)
        except UnloadableError:
            refused += 1
    assert refused > 200


def poison(root: Path, entry: Entry, content: bytes | None) -> None:
    """Replace a library; the manifest agrees with what is there, as one of an earlier version may."""
    for path in entry.path.iterdir():
        path.unlink()
    if content is not None:
        (entry.path / "kernel.so").write_bytes(content)
    entries.write_manifest(entry.path, entry.kind, entry.key, dict(entry.manifest))


@pytest.mark.parametrize("place", ["own", "read only"])
@pytest.mark.parametrize("content", [None, b"", b"text", "half"], ids=str)
def test_a_poisoned_entry_is_a_miss(
    place: str, content: bytes | str | None, compiler: Compiler, header: Path, tmp_path: Path, library: Path
) -> None:
    root = tmp_path / "cache"
    entry = kernel(Store(Roots(root)), compiler, SOURCE, header)
    whole = library.read_bytes()
    poison(root, entry, whole[: len(whole) // 2] if isinstance(content, str) else content)
    store = Store(Roots(root) if place == "own" else Roots(tmp_path / "mine", (root,)))
    assert store.lookup("kernel", entry.key) is None
    assert find_prebuilt(store, "kernel", kernel_request(SOURCE, header)) is None
    again = kernel(store, compiler, SOURCE, header)
    assert ctypes.CDLL(str(again.library)).answer() == 42
    assert kernel(Store(store.roots), compiler, SOURCE, header) == again


def test_nothing_remains_of_what_cannot_be_loaded(library: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.so"
    copy.write_bytes(library.read_bytes())
    with pytest.raises(UnloadableError, match="it has no function question"):
        load(copy, ("question",))
    assert str(copy) not in Path("/proc/self/maps").read_text()
    assert load(copy, ("answer",)).answer() == 42
    copy.write_bytes(b"text")
    with pytest.raises(UnloadableError):
        load(tmp_path / "nowhere.so", ())


def test_a_trial_that_cannot_be_made_decides_nothing(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("", str(tmp_path / "nowhere"), "/bin/false"):
        monkeypatch.setattr("sys.executable", program)
        try_loading(library, Trial(("question",)))


def test_a_library_whose_loading_does_not_end(
    tmp_path: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, library = tmp_path / "endless.c", tmp_path / "endless.so"
    source.write_text(
        "#include <unistd.h>\n__attribute__((constructor)) static void f(void) { sleep(60); }\n"
    )
    subprocess.run(
        [*compiler.command, "-xc", str(source), "-shared", "-fPIC", "-o", str(library)], check=True
    )
    monkeypatch.setattr("nestml_jit.cache.loading._PATIENCE", 0.5)
    with pytest.raises(UnloadableError, match="did not end within"):
        try_loading(library, Trial())


def test_each_kind_of_file_of_a_mac(tmp_path: Path) -> None:
    import struct

    def dylib(kind: int = 6, stored: int = 100, command: int = 0x19) -> bytes:
        segment = struct.pack("<2I16s4Q4I", command, 72, b"__TEXT", 0, 4096, 0, stored, 5, 5, 0, 0)
        return struct.pack("<8I", 0xFEEDFACF, 0x0100000C, 0, kind, 1, len(segment), 0, 0) + segment

    path = tmp_path / "kernel.so"
    cases: dict[Any, bool] = {
        dylib(): True,
        dylib(kind=8): True,
        dylib(kind=2): False,
        dylib(stored=5000): False,
        dylib(command=1): False,
    }
    for content, is_library in cases.items():
        path.write_bytes(content.ljust(200, b"\0"))
        if is_library:
            check_file(path)
            path.write_bytes(content[:60])
        with pytest.raises(UnloadableError):
            check_file(path)
