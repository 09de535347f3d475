from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nestml_jit.cache import BuildError, Compiler, Memo, find_compiler, kernel_flags, native_flags
from nestml_jit.cache.compiler import _version, environment_part
from nestml_jit.cache.target import cpu_description

GCC = """#!/bin/sh
case "$*" in *--version*) printf '{first}\\nCopyright (C) 2022 Free Software Foundation, Inc.\\n';; esac
"""


def fake(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_compiler_at_hand(compiler: Compiler) -> None:
    assert Path(compiler.command[0]).is_absolute()
    assert compiler.family in ("gcc", "clang")
    assert os.path.realpath(compiler.command[0]) in compiler.identity
    assert f"{compiler.major}." in compiler.identity
    if compiler.family == "gcc":
        assert compiler.no_gnu_unique
    assert "native" not in compiler.target


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("g++ (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright (C) 2022 Free Software Foundation", ("gcc", 12)),
        ("g++ (GCC) 11.3.1 20221121 (Red Hat 11.3.1-4)\n(C) Free Software Foundation", ("gcc", 11)),
        ("g++ (SUSE Linux) 7.5.0\nCopyright (C) 2017 Free Software Foundation, Inc.", ("gcc", 7)),
        (
            "x86_64-conda-linux-gnu-c++ (conda-forge gcc 14.2.0-1) 14.2.0\nFree Software Foundation",
            ("gcc", 14),
        ),
        ("Debian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu", ("clang", 14)),
        ("Apple clang version 15.0.0 (clang-1500.3.9.4)\nTarget: arm64-apple-darwin23", ("clang", 15)),
        ("nvc++ 24.1-0 64-bit target on x86-64 Linux", ("other", 0)),
    ],
)
def test_versions(text: str, expected: tuple[str, int]) -> None:
    assert _version(text) == expected


def test_cxx_may_hold_arguments(compiler: Compiler) -> None:
    named = find_compiler(Memo(), {"CXX": f"'{compiler.command[0]}' -DX='a b'", "PATH": ""})
    assert named.command == (compiler.command[0], "-DX=a b")
    assert named.identity != compiler.identity


def test_a_compiler_that_fails_shows_command_status_and_output(tmp_path: Path) -> None:
    broken = fake(tmp_path, "broken", "#!/bin/sh\necho 'licence expired'; exit 3\n")
    with pytest.raises(BuildError) as caught:
        find_compiler(Memo(), {"CXX": str(broken)})
    error = caught.value
    assert (error.command, error.status) == ((str(broken), "--version"), 3)
    assert error.output == "licence expired\n"
    for part in (f"{broken} --version", "exit status: 3", "licence expired"):
        assert part in str(error)


def test_bin_false() -> None:
    with pytest.raises(BuildError, match=r"command: /bin/false --version\nexit status: 1\noutput:"):
        find_compiler(Memo(), {"CXX": "/bin/false"})


def test_a_compiler_that_is_not_there() -> None:
    with pytest.raises(BuildError, match=r"CXX names 'nowhere\+\+'.*: install g\+\+ 11 or newer"):
        find_compiler(Memo(), {"CXX": "nowhere++ -O2", "PATH": "/nowhere"})


def test_cxx_that_is_no_command() -> None:
    with pytest.raises(BuildError, match=r"CXX cannot be read as a command: g\+\+ 'x"):
        find_compiler(Memo(), {"CXX": "g++ 'x"})


def test_cxx_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fake(tmp_path, "mine", GCC.format(first="g++ (GCC) 13.1.0"))
    monkeypatch.chdir(tmp_path)
    assert find_compiler(Memo(), {"CXX": "./mine"}).command == (str(path),)


def test_no_compiler_at_all(tmp_path: Path) -> None:
    with pytest.raises(
        BuildError, match=r"^no C\+\+ compiler was found: install g\+\+ 11 or newer"
    ) as caught:
        find_compiler(Memo(), {"PATH": str(tmp_path)})
    assert caught.value.status is None


def test_an_old_compiler_is_passed_over(tmp_path: Path) -> None:
    fake(tmp_path, "c++", GCC.format(first="c++ (GCC) 9.4.0"))
    fake(tmp_path, "g++", GCC.format(first="g++ (GCC) 13.1.0"))
    assert find_compiler(Memo(), {"PATH": str(tmp_path)}).command == (str(tmp_path / "g++"),)
    (tmp_path / "g++").unlink()
    with pytest.raises(BuildError, match=r"no C\+\+ compiler was found \(.*it is gcc 9, which is too old"):
        find_compiler(Memo(), {"PATH": str(tmp_path)})


def test_a_compiler_is_asked_once(
    tmp_path: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"CXX": compiler.command[0]}
    first = find_compiler(Memo(lambda: tmp_path), environ)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("a program was run"))
    assert find_compiler(Memo(lambda: tmp_path), environ) == first


def test_a_script_is_asked_every_time(tmp_path: Path) -> None:
    memo = Memo(lambda: tmp_path / "notes")
    proper = tmp_path / "proper"
    proper.write_text("g++ (GCC) 12.1.0\nFree Software Foundation")
    front = fake(tmp_path, "front", f"#!/bin/sh\ncat {proper}\n")
    before = find_compiler(memo, {"CXX": str(front)})
    proper.write_text("g++ (GCC) 13.1.0\nFree Software Foundation")
    assert (before.major, find_compiler(memo, {"CXX": str(front)}).major) == (12, 13)


def test_kernel_flags(compiler: Compiler) -> None:
    flags = kernel_flags(compiler)
    assert set(native_flags()) <= set(flags)
    assert "-ffast-math" not in flags
    assert ("-fno-gnu-unique" in flags) == compiler.no_gnu_unique


@pytest.mark.parametrize(
    ("machine", "flags"),
    [
        ("x86_64", ("-march=native",)),
        ("aarch64", ("-mcpu=native",)),
        ("arm64", ("-mcpu=native",)),
        ("riscv64", ()),
    ],
)
def test_native_flags(machine: str, flags: tuple[str, ...]) -> None:
    assert native_flags(machine) == flags


def test_environment_part_names_what_is_set() -> None:
    assert environment_part({"CPATH": "/a", "PATH": "/b", "SDKROOT": ""}) == "CPATH=/a\n"


# --- the CPU ---------------------------------------------------------------------------------------

X86 = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Xeon
cpu MHz\t\t: {mhz}
flags\t\t: {flags}
power management:

processor\t: 1
"""


@pytest.fixture
def cpu(tmp_path: Path) -> Callable[..., str]:
    def describe(mhz: str = "2400.0", flags: str = "sse avx avx2") -> str:
        path = tmp_path / "cpuinfo"
        path.write_text(X86.format(mhz=mhz, flags=flags))
        return cpu_description(path)

    return describe


def test_cpu_description(cpu: Callable[..., str], tmp_path: Path) -> None:
    assert cpu() == cpu(mhz="800.1")
    assert cpu() == cpu(flags="avx avx2 sse")
    assert cpu() != cpu(flags="sse avx")
    assert "Xeon" in cpu()
    assert cpu_description(tmp_path / "nothing")


def test_another_cpu_is_asked_for_anew(
    tmp_path: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    memo = Memo(lambda: tmp_path)
    environ = {"CXX": compiler.command[0]}
    find_compiler(memo, environ)
    monkeypatch.setattr("nestml_jit.cache.compiler.cpu_description", lambda: "another")
    monkeypatch.setattr("nestml_jit.cache.compiler.resolve_target", lambda command: "-manother")
    assert find_compiler(memo, environ).target == "-manother"


def test_two_names_of_one_program_are_one_compiler(tmp_path: Path) -> None:
    """gcc's version text begins with the name that it was called by."""
    proper = fake(tmp_path, "proper", GCC.format(first="$(basename $0) (GCC) 13.1.0"))
    text = proper.read_text().replace("printf '", 'printf "').replace("\\n'", '\\n"')
    proper.write_text(text)
    for name in ("c++", "g++"):
        (tmp_path / name).symlink_to(proper)
    found = [
        find_compiler(Memo(), {"CXX": name, "PATH": f"{tmp_path}:/usr/bin:/bin"}) for name in ("c++", "g++")
    ]
    assert found[0].identity == found[1].identity
    assert "13.1.0" in found[0].identity
    assert found[0].command != found[1].command
