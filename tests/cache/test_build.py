from __future__ import annotations

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nestml_jit.cache import BuildError, Compiler, Entry, Roots, Store, build, find_compiler, kernel, library

SOURCE = '#include "abi.h"\nextern "C" int answer() { return ANSWER; }\n'


def answer(entry: Entry) -> int:
    result: int = ctypes.CDLL(str(entry.library)).answer()
    return result


def test_a_kernel_is_compiled_once(
    store: Store,
    header: Path,
    counting_compiler: tuple[Path, Callable[[], int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script, runs = counting_compiler
    monkeypatch.setenv("CXX", f"'{script}'")
    counted = find_compiler(store.memo)
    first = kernel(store, counted, SOURCE, header, {"name": "test"})
    assert kernel(store, counted, SOURCE, header) == first
    assert runs() == 1
    assert answer(first) == 42
    header.write_text("#define ANSWER 43\n")
    assert answer(kernel(store, counted, SOURCE, header)) == 43
    assert runs() == 2


def test_what_an_entry_holds(store: Store, compiler: Compiler, header: Path) -> None:
    entry = kernel(store, compiler, SOURCE, header, {"name": "test"})
    assert (entry.path / "kernel.cpp").read_text() == SOURCE
    assert "kernel.cpp" in (entry.path / "build.log").read_text()
    assert entry.manifest["name"] == "test"
    assert sorted(entry.manifest["parts"]) == [
        "compiler",
        "cpu",
        "environment",
        "flags",
        "headers",
        "options",
        "source",
    ]
    assert entry.manifest["seconds"] > 0
    assert entry.library.name == "kernel.so"


def test_a_failed_build_quotes_the_compiler_and_leaves_the_store(
    store: Store, compiler: Compiler, header: Path, root: Path, listing: Callable[[Path], set[str]]
) -> None:
    good = kernel(store, compiler, SOURCE, header)
    before = listing(root)
    with pytest.raises(BuildError) as caught:
        kernel(store, compiler, "int broken( { return 0; }", header)
    error = caught.value
    assert error.command[0] == compiler.command[0]
    assert error.status == 1
    assert "kernel.cpp:1" in error.output
    assert str(error).startswith("the C++ compiler failed\ncommand: ")
    assert error.output.rstrip() in str(error)
    assert listing(root) == before
    assert kernel(store, compiler, SOURCE, header) == good


def test_a_compiler_that_is_killed(store: Store, compiler: Compiler, header: Path, tmp_path: Path) -> None:
    script = tmp_path / "killed"
    script.write_text("#!/bin/sh\nkill -9 $$\n")
    script.chmod(0o755)
    with pytest.raises(BuildError, match="killed by signal 9"):
        build(Compiler((str(script),), "gcc", 12, "", True, ""), [header], tmp_path / "kernel.so", flags=[])


def test_a_compiler_that_has_gone(store: Store, header: Path) -> None:
    gone = Compiler(("/nowhere/c++",), "gcc", 12, "", True, "")
    with pytest.raises(BuildError, match=r"cannot be run: .*No such file"):
        kernel(store, gone, SOURCE, header)


def test_build_error_survives_pickling() -> None:
    error = BuildError("it failed", ["c++", "a b.cpp"], 1, "text")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert (copy.command, copy.status, copy.output) == (("c++", "a b.cpp"), 1, "text")
    assert "'a b.cpp'" in str(error)


def test_odd_paths(compiler: Compiler, header: Path, tmp_path: Path) -> None:
    store = Store(Roots(tmp_path / "a cache, ünïcode $HOME"))
    odd = tmp_path / "in clude ü"
    odd.mkdir()
    header.rename(odd / header.name)
    assert answer(kernel(store, compiler, SOURCE, odd / header.name)) == 42


def test_a_relative_header(
    compiler: Compiler, header: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(header.parent.parent)
    assert answer(kernel(store, compiler, SOURCE, Path("include/abi.h"))) == 42


def test_temporary_files_are_kept_beside_the_result(
    store: Store, compiler: Compiler, header: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    assert answer(kernel(store, compiler, SOURCE, header)) == 42


# --- several sources -------------------------------------------------------------------------------


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    texts = {
        "a/part.cpp": 'int half();\n#include <abi.h>\nextern "C" int answer() { return 2 * half(); }\n',
        "b/part.cpp": "#include <abi.h>\nint half() { return ANSWER / 2; }\n",
    }
    paths = []
    for name, text in texts.items():
        paths.append(tmp_path / name)
        paths[-1].parent.mkdir()
        paths[-1].write_text(text)
    return paths


@pytest.mark.parametrize("link_flags", [None, ["-shared"]])
def test_build_from_several_sources(
    compiler: Compiler, sources: list[Path], header: Path, tmp_path: Path, link_flags: list[str] | None
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    flags = ["-fPIC", "-O1"] if link_flags else ["-fPIC", "-shared"]
    log = build(
        compiler,
        sources,
        folder / "result.so",
        flags=flags,
        link_flags=link_flags,
        include_dirs=[header.parent],
        log=folder / "log",
    )
    assert sorted(path.name for path in folder.iterdir()) == ["log", "result.so"]
    assert (folder / "log").read_text() == log
    assert log.count("$ ") == (3 if link_flags else 1)


def test_library_entry(store: Store, compiler: Compiler, sources: list[Path], header: Path) -> None:
    def make(version: str) -> Entry:
        return library(
            store,
            compiler,
            "host",
            [sources[0], sources[1].rename(sources[1].with_name("other.cpp"))]
            if sources[1].exists()
            else [sources[0], sources[1].with_name("other.cpp")],
            flags=["-fPIC", "-O1"],
            link_flags=["-shared"],
            headers={"abi.h": header},
            include_dirs=[header.parent],
            more={"nest": version},
        )

    entry = make("3.10.0")
    assert (entry.kind, answer(entry)) == ("host", 42)
    assert make("3.10.0") == entry
    assert make("3.10.1") != entry


def test_a_failing_source_is_named(
    compiler: Compiler, sources: list[Path], header: Path, tmp_path: Path
) -> None:
    sources[1].write_text("#error is it\n")
    with pytest.raises(BuildError, match=r"#error is it") as caught:
        build(
            compiler,
            sources,
            tmp_path / "result.so",
            flags=["-fPIC"],
            link_flags=["-shared"],
            include_dirs=[header.parent],
        )
    assert str(sources[1]) in caught.value.command
    assert list(tmp_path.glob("*.o")) == []


# --- processes -------------------------------------------------------------------------------------

BUILDER = """
    import ctypes, os, sys
    from pathlib import Path
    from nestml_jit.cache import Store, find_compiler, kernel

    store = Store()
    print("ready", flush=True)
    entry = kernel(store, find_compiler(store.memo), sys.argv[2], Path(sys.argv[1]))
    print(ctypes.CDLL(str(entry.library)).answer())
"""


def test_eight_cold_processes_compile_once(
    root: Path,
    header: Path,
    counting_compiler: tuple[Path, Callable[[], int]],
    run_python: Callable[..., subprocess.Popen[str]],
) -> None:
    script, runs = counting_compiler
    environ = {"NESTML_JIT_CACHE": str(root), "CXX": f"'{script}'"}
    started = [run_python(BUILDER, header, SOURCE, env=environ) for _ in range(8)]
    results = [process.communicate(timeout=120) for process in started]
    assert [output for output, _ in results] == ["ready\n42\n"] * 8, results
    assert runs() == 1


def test_killing_the_builder_leaves_the_next_one_undisturbed(
    root: Path,
    header: Path,
    counting_compiler: tuple[Path, Callable[[], int]],
    compiler: Compiler,
    run_python: Callable[..., subprocess.Popen[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script, runs = counting_compiler
    environ = {"NESTML_JIT_CACHE": str(root), "CXX": f"'{script}'"}
    with run_python(BUILDER, header, SOURCE, env=environ) as builder:
        deadline = time.monotonic() + 60
        while runs() == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        builder.send_signal(signal.SIGKILL)
    monkeypatch.setenv("CXX", f"'{script}'")
    store = Store(Roots(root))
    begin = time.monotonic()
    assert answer(kernel(store, find_compiler(store.memo), SOURCE, header)) == 42
    assert time.monotonic() - begin < 20
    assert runs() == 2


def test_ctrl_c_stops_the_build_and_leaves_nothing(
    root: Path,
    header: Path,
    counting_compiler: tuple[Path, Callable[[], int]],
    run_python: Callable[..., subprocess.Popen[str]],
) -> None:
    script, runs = counting_compiler
    environ = {"NESTML_JIT_CACHE": str(root), "CXX": f"'{script}'"}
    with run_python(BUILDER, header, SOURCE, env=environ) as builder:
        deadline = time.monotonic() + 60
        while runs() == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        builder.send_signal(signal.SIGINT)
        _, errors = builder.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert not (root / "v1" / "kernel").exists()
    assert list((root / "v1" / "building").iterdir()) == []


def test_a_warm_start_runs_no_program_and_loads_little(
    root: Path, header: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    environ = {"NESTML_JIT_CACHE": str(root)}
    run_python(BUILDER, header, SOURCE, env=environ).communicate(timeout=60)
    watched = f"""
    import subprocess, sys
    def refuse(*arguments, **options):
        raise AssertionError(arguments)
    subprocess.Popen = refuse
    {BUILDER.strip()}
    print({{"hashlib", "platformdirs", "concurrent.futures"}} & set(sys.modules))
    """
    output, errors = run_python(watched, header, SOURCE, env=environ).communicate(timeout=60)
    assert output == "ready\n42\nset()\n", errors


@pytest.mark.skipif(sys.platform != "linux", reason="counts reads by an audit hook on Linux paths")
def test_a_warm_start_reads_a_handful_of_files(
    root: Path, header: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    environ = {"NESTML_JIT_CACHE": str(root)}
    run_python(BUILDER, header, SOURCE, env=environ).communicate(timeout=60)
    watched = f"""
    import os, sys
    opened = []
    sys.addaudithook(lambda event, arguments: event == "open" and opened.append(str(arguments[0])))
    open_by_name = os.open
    def open_below(*arguments, **options):  # a name counts in the folder of a descriptor
        descriptor = open_by_name(*arguments, **options)
        opened.append(os.readlink(f"/proc/self/fd/{{descriptor}}"))
        return descriptor
    os.open = open_below
    {BUILDER.strip()}
    print(len({{name for name in opened if name.startswith({str(root)!r}) and os.path.isfile(name)}}))
    """
    output, errors = run_python(watched, header, SOURCE, env=environ).communicate(timeout=60)
    assert int(output.split()[-1]) == 3, errors


def test_libraries_are_the_same_from_any_root(compiler: Compiler, header: Path, tmp_path: Path) -> None:
    contents = {
        kernel(Store(Roots(tmp_path / name)), compiler, SOURCE, header).library.read_bytes()
        for name in ("one", "another root")
    }
    assert len(contents) == 1


def test_nothing_is_left_of_the_environment(compiler: Compiler, header: Path, store: Store) -> None:
    before = dict(os.environ)
    kernel(store, compiler, SOURCE, header)
    assert dict(os.environ) == before
