"""Find the compiler, the flags that it takes, and its meaning of `-march=native`.

Nothing here runs a compiler if the answer was noted before and the compiler's file is unchanged.
"""

from __future__ import annotations

import itertools
import os
import platform
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nestml_jit.cache.errors import BuildError
from nestml_jit.cache.floating import unsound_flag, unsound_macro
from nestml_jit.cache.memo import Memo, stamp
from nestml_jit.cache.settings import DEFAULTS, Settings
from nestml_jit.cache.target import cpu_description, cpu_flags, native_flags

CANDIDATES = ("c++", "g++", "clang++")
MINIMUM = {"gcc": 11, "clang": 14}
ADVICE = (
    "install g++ 11 or newer, or clang++ 14 or newer (Debian and Ubuntu: apt install g++; "
    "Fedora: dnf install gcc-c++; macOS: xcode-select --install; conda: conda install cxx-compiler), "
    "or name one in CXX"
)

KERNEL_FLAGS = (
    "-std=c++17",
    "-O3",
    "-fPIC",
    "-shared",
    "-fopenmp-simd",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-trapping-math",
)

RELEVANT_VARIABLES = (
    "CCC_OVERRIDE_OPTIONS",
    "C_INCLUDE_PATH",
    "COMPILER_PATH",
    "CPATH",
    "CPLUS_INCLUDE_PATH",
    "GCC_EXEC_PREFIX",
    "ICPXCFG",
    "LD_RUN_PATH",
    "LIBRARY_PATH",
    "MACOSX_DEPLOYMENT_TARGET",
    "NIX_CFLAGS_COMPILE",
    "NIX_LDFLAGS",
    "SDKROOT",
)
"""Environment variables that change what a compiler makes of the same command."""

_FRONTS = frozenset({"ccache", "distcc", "icecc", "sccache"})


@dataclass(frozen=True)
class Compiler:
    """A C++ compiler.

    Attributes
    ----------
    command
        The program's path and the arguments that CXX gives it.
    family
        "gcc", "clang" or "other".
    major
        The major version, 0 if unknown.
    identity
        Real path, arguments and full version text: what a key needs.
    no_gnu_unique
        Whether `-fno-gnu-unique` is understood.
    target
        What flags for the CPU at hand mean, as the compiler resolves them.
    """

    command: tuple[str, ...]
    family: str
    major: int
    identity: str
    no_gnu_unique: bool
    target: str


def kernel_flags(compiler: Compiler, settings: Settings = DEFAULTS) -> tuple[str, ...]:
    """Return the flags that kernels are compiled with."""
    unique = ("-fno-gnu-unique",) if compiler.no_gnu_unique else ()
    return (*KERNEL_FLAGS, *unique, *cpu_flags(settings.cpu), *settings.flags)


def environment_part(environ: Mapping[str, str] = os.environ) -> str:
    """Return what the environment adds to a compiler's command, for a key."""
    return "".join(f"{name}={environ[name]}\n" for name in RELEVANT_VARIABLES if environ.get(name))


def find_compiler(memo: Memo, environ: Mapping[str, str] = os.environ) -> Compiler:
    """Return the compiler that CXX names, else the first of c++, g++ and clang++ that will do.

    Raises
    ------
    BuildError
        If there is none, it cannot be run, or it is too old; the text says what to install.
    """
    named = environ.get("CXX", "").strip()
    if named:
        return _named_compiler(named, memo, environ)
    refused: list[str] = []
    for candidate in CANDIDATES:
        path = shutil.which(candidate, path=environ.get("PATH"))
        if path is not None:
            try:
                return _examine((path,), memo)
            except BuildError as error:
                refused.append(f"{path}: {error.message}")
    reasons = f" ({'; '.join(refused)})" if refused else ""
    raise BuildError(f"no C++ compiler was found{reasons}: {ADVICE}")


def _named_compiler(named: str, memo: Memo, environ: Mapping[str, str]) -> Compiler:
    try:
        program, *arguments = shlex.split(named)
    except ValueError as error:
        raise BuildError(f"CXX cannot be read as a command: {named} ({error})") from error
    _check_arguments(arguments)
    path = shutil.which(program, path=environ.get("PATH"))
    if path is None:
        raise BuildError(f"CXX names {program!r}, which is not a program that can be run: {ADVICE}")
    return _examine((os.path.abspath(path), *arguments), memo)


def _check_arguments(arguments: Sequence[str]) -> None:
    """Raise `BuildError` if the arguments in CXX change what numbers mean, or do not say what they are."""
    unsound = unsound_flag(arguments)
    if unsound:
        raise BuildError(f"CXX has {unsound}, with which results would be wrong: take it out of CXX")
    for argument in arguments:
        if argument.startswith("@"):
            raise BuildError(f"CXX has {argument}: name the flags that are in the file instead")


def _examine(command: tuple[str, ...], memo: Memo) -> Compiler:
    real = os.path.realpath(command[0])
    if _is_front(real):
        facts = _ask(command)
    else:
        depends_on = [real, stamp(os.stat(real)), cpu_description(), environment_part()]
        facts = memo.recall(f"facts about {shlex.join(command)}", depends_on, lambda: _ask(command))
    family, major = _version(facts["version"])
    if major < MINIMUM.get(family, 0):
        raise BuildError(f"it is {family} {major}, which is too old: {ADVICE}", command)
    if facts["unsound"]:
        raise BuildError(_unsound(facts["unsound"]), command)
    return Compiler(
        command=command,
        family=family,
        major=major,
        identity=f"{real}\n{shlex.join(command[1:])}\n{_nameless(facts['version'])}",
        no_gnu_unique=facts["no_gnu_unique"] == "yes",
        target=facts["target"],
    )


def _nameless(version: str) -> str:
    """Return gcc's version text without the name it was called by: c++ and g++ are often one program."""
    return re.sub(r"^\S+ (?=\([^)]*\) \d)", "", version) if "Free Software Foundation" in version else version


def _is_front(real: str) -> bool:
    """Whether a program hides the compiler proper, whose replacement its own file would not show."""
    if os.path.basename(real) in _FRONTS:
        return True
    with open(real, "rb") as file:
        return file.read(2) == b"#!"


def _ask(command: tuple[str, ...]) -> dict[str, str]:
    version = _run([*command, "--version"], "the C++ compiler does not tell its version")
    macros = predefined([*command, "-Werror", "-fno-gnu-unique"])
    return {
        "version": version,
        "no_gnu_unique": "no" if macros is None else "yes",
        "target": resolve_target(command),
        "unsound": unsound_macro((predefined(command) if macros is None else macros) or ""),
    }


def predefined(command: Sequence[str]) -> str | None:
    """Return the macros that a compiler defines by itself with the flags of a command, None if it fails."""
    try:
        return _run([*command, "-dM", "-E", "-x", "c++", os.devnull], "")
    except BuildError:
        return None


def check_soundness(compiler: Compiler, flags: Sequence[str]) -> None:
    """Raise `BuildError` if numbers do not mean with some flags what they should.

    The compiler is asked, since flags have many names and may come from files.
    """
    macro = unsound_macro(predefined([*compiler.command, *flags]) or "")
    if macro:
        raise BuildError(_unsound(macro), [*compiler.command, *flags])


def _unsound(macro: str) -> str:
    return (
        "it does not keep to IEEE 754, so that results would be wrong (it defines "
        f"{macro}): take -ffast-math and the like out of its flags"
    )


def _run(command: Sequence[str], problem: str) -> str:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=tool_environment(),
            check=False,
        )
    except OSError as error:
        raise BuildError(f"{problem}: {error}", command) from error
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise BuildError(problem, command, done.returncode, output)
    return output


def tool_environment() -> dict[str, str]:
    """Return the environment for compilers: messages in English, whatever the user's language."""
    return {**{k: v for k, v in os.environ.items() if k != "LANGUAGE"}, "LC_ALL": "C"}


def resolve_target(command: Sequence[str]) -> str:
    """Return what the flags for this CPU mean to a compiler, as one text.

    Both gcc and clang print with `-###` the compiler proper's arguments, where the CPU's features
    are spelled out. Sizes of caches are left out: they differ between nodes of one cluster, and only
    guide optimisation.
    """
    flags = native_flags()
    if not flags:
        return platform.machine()
    try:
        output = _run([*command, *flags, "-###", "-E", "-x", "c++", os.devnull], "")
    except BuildError:
        return f"{platform.machine()} {cpu_description()}"
    lines = [line for line in output.splitlines() if "cc1" in line]
    words = shlex.split(lines[-1]) if lines else []
    features = [word for word in words if word.startswith("-m") and word != "-main-file-name"]
    for option in ("-target-cpu", "-target-feature", "-triple"):
        features += [f"{option}={value}" for word, value in itertools.pairwise(words) if word == option]
    return " ".join([platform.machine(), *sorted(features)])


def _version(text: str) -> tuple[str, int]:
    clang = re.search(r"clang version (\d+)", text)
    if clang:
        return "clang", int(clang[1])
    if "Free Software Foundation" in text:
        first_line = re.sub(r"\([^)]*\)", "", text.splitlines()[0])
        number = re.search(r"(\d+)\.\d+", first_line)
        return "gcc", int(number[1]) if number else 0
    return "other", 0
