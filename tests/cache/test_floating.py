"""Flags that change what numbers mean are refused wherever they come from, and however they are written."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nestml_jit.cache import (
    BuildError,
    CacheError,
    Compiler,
    Memo,
    Settings,
    Store,
    find_compiler,
    find_settings,
    kernel,
)
from nestml_jit.cache.floating import unsound_flag, unsound_macro

SOURCE = 'extern "C" int answer() { return 42; }\n'

UNSOUND = [
    "-ffast-math",
    "-Ofast",
    "-funsafe-math-optimizations",
    "-fassociative-math",
    "-freciprocal-math",
    "-fno-signed-zeros",
    "-ffinite-math-only",
    "-fcx-limited-range",
    "-fsingle-precision-constant",
    "-mfpmath=387",
    "-mdaz-ftz",
    "-mpc32",
    "-ffp-model=fast",
    "-fdenormal-fp-math=positive-zero",
    "--fast-math",
    "--optimize=fast",
    "/usr/lib/gcc/x86_64-linux-gnu/12/crtfastmath.o",
    "-Wl,crtfastmath.o",
    "@flags",
]
SOUND = [
    "-O2",
    "-O3",
    "-g",
    "-frounding-math",
    "-fno-fast-math",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
    "-mno-fma",
    "-mfpmath=sse",
    "-fno-unsafe-math-optimizations",
    "-DFAST=-Ofast",
    "-Wl,-O1",
]


@pytest.mark.parametrize("flag", UNSOUND)
@pytest.mark.parametrize("after", [[], ["-fno-fast-math", "-O2"]])
def test_unsound_flags_are_refused(flag: str, after: list[str], compiler: Compiler) -> None:
    words = " ".join([flag, *after])
    with pytest.raises(BuildError, match=r"^CXX has"):
        find_compiler(Memo(), {"CXX": f"{compiler.command[0]} {words}"})
    with pytest.raises(CacheError, match=r"NESTML_JIT_FLAGS has"):
        find_settings({"NESTML_JIT_FLAGS": words})


@pytest.mark.parametrize("flag", SOUND)
def test_sound_flags_are_not(flag: str) -> None:
    assert unsound_flag([flag]) == ""
    assert find_settings({"NESTML_JIT_FLAGS": flag}).flags == (flag,)


def gcc_macros(compiler: Compiler, *flags: str) -> str:
    command = [*compiler.command, *flags, "-dM", "-E", "-x", "c++", os.devnull]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_what_a_compiler_says_of_itself(compiler: Compiler) -> None:
    """It admits what flags do that are spelled in another way, and objects to none of ours."""
    if compiler.family != "gcc":
        pytest.skip("clang says less")
    ours = [flag for flag in SOUND if not flag.startswith("-W")]
    for chosen in itertools.chain([[]], ([flag] for flag in ours), [ours]):
        assert unsound_macro(gcc_macros(compiler, "-std=c++17", *chosen)) == ""
    for flag in ("--fast-math", "--optimize=fast", "-ffast-math", "-Ofast", "-fno-signed-zeros"):
        assert unsound_macro(gcc_macros(compiler, flag)) != "", flag


@pytest.mark.parametrize("hidden", ['exec {c} -ffast-math "$@"', 'exec {c} "$@" -Ofast'])
def test_a_wrapper_that_adds_flags_is_refused(hidden: str, tmp_path: Path, compiler: Compiler) -> None:
    script = tmp_path / "wrapper"
    script.write_text("#!/bin/sh\n" + hidden.format(c=compiler.command[0]) + "\n")
    script.chmod(0o755)
    for environ in ({"CXX": str(script)}, {"CXX": "wrapper", "PATH": f"{tmp_path}:{os.environ['PATH']}"}):
        with pytest.raises(BuildError, match=r"does not keep to IEEE 754.*-ffast-math"):
            find_compiler(Memo(), environ)
    script.rename(tmp_path / "c++")
    with pytest.raises(BuildError, match=r"no C\+\+ compiler was found \(.*does not keep to IEEE 754"):
        find_compiler(Memo(), {"PATH": f"{tmp_path}:/usr/nowhere"})


def test_a_file_of_flags_that_hides_them(
    store: Store, header: Path, tmp_path: Path, compiler: Compiler
) -> None:
    specs = tmp_path / "specs"
    specs.write_text("*cc1plus_options:\n+ -ffast-math\n\n*cc1_options:\n+ -ffast-math\n")
    if "__FAST_MATH__" not in gcc_macros(compiler, f"-specs={specs}"):
        pytest.skip("this compiler has no files of that kind")
    with pytest.raises(BuildError, match="IEEE 754"):
        kernel(store, compiler, SOURCE, header, settings=Settings(flags=(f"-specs={specs}",)))
    with pytest.raises(BuildError, match="IEEE 754"):
        find_compiler(Memo(), {"CXX": f"{compiler.command[0]} -specs={specs}"})


def test_a_flag_is_found_that_only_the_linker_sees(store: Store, header: Path, compiler: Compiler) -> None:
    """Whatever the flags are: a library that changes the arithmetic of its process is not published."""
    found = subprocess.run(
        [*compiler.command, "-print-file-name=crtfastmath.o"], capture_output=True, text=True, check=True
    )
    start_file = Path(found.stdout.strip())
    if not start_file.is_file():
        pytest.skip("there is no such file here")
    hidden = header.parent / "harmless.o"
    hidden.write_bytes(start_file.read_bytes())
    with pytest.raises(BuildError, match="changes the arithmetic of the whole process"):
        kernel(store, compiler, SOURCE, header, settings=Settings(flags=(str(hidden),)))


def test_ordinary_work_leaves_the_arithmetic_alone(store: Store, header: Path, compiler: Compiler) -> None:
    entry = kernel(store, compiler, SOURCE, header, settings=Settings(flags=("-O2", "-frounding-math")))
    code = "import ctypes, sys; ctypes.CDLL(sys.argv[1]); print(float('1e-308') / float('1e10'))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(entry.library)], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) == 1e-318
