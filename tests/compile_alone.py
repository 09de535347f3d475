"""Parse each source file of the host by itself, with all warnings as errors: `make lint` runs this.

The host is built as one translation unit, where a file may use what another one happens to include. Here
every file has to include what it uses. NEST's headers take seconds to read: they are read once, into a
precompiled header, which those files get that include one of them. The others see nothing of NEST.

A compiler would go on to instantiate what NEST's templates need, four times as long. An assertion that fails
stands behind each file, so that the compiler ends there: if nothing is said before, the file is in order.

What was found to be in order is noted in a folder, by contents, and not looked at again.

    python tests/compile_alone.py [FOLDER]
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nestml_jit.cache import BuildError, Memo, find_compiler, run_together
from nestml_jit.cache.build import cpus
from nestml_jit.cache.compiler import tool_environment
from nestml_jit.host.installation import find_installation
from nestml_jit.host.recipe import INCLUDE_DIRS, SOURCE, recipe

FOLDER = Path(__file__).parents[1] / ".compiled_alone"
ROOT = SOURCE.parent
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-Wfatal-errors")
END = "it was parsed to its end"


class Check:
    """Checks files with one compiler and one NEST.

    Parameters
    ----------
    folder
        Where notes and the precompiled header are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        memo = Memo(lambda: folder)
        compiler = find_compiler(memo)
        installation = find_installation(importlib.import_module("nest"))
        how = recipe(compiler, installation, memo)
        self._nest = installation.include
        includes = (f"-I{path}" for path in INCLUDE_DIRS)
        self._command = [*compiler.command, *how.flags, *how.search_flags, *includes]
        self._identity = "\n".join([compiler.identity, *self._command, *WARNINGS, *how.more.values()])
        self._headers = self._headers_of_nest()
        self._extension = "pch" if compiler.family == "clang" else "gch"

    def wanting(self) -> list[Path]:
        """Return the files that are not known to be in order."""
        files = sorted(ROOT.rglob("*.cpp"))
        return [path for path in files if path != SOURCE and not self._note(path).is_file()]

    def precompile(self) -> None:
        """Compile NEST's headers, unless that is done."""
        wrapper = self._wrapper
        compiled = wrapper.with_suffix(f".h.{self._extension}")
        if not compiled.is_file():
            wrapper.write_text(self._headers, encoding="utf-8")
            unfinished = compiled.with_suffix(".part")
            problem = _run([*self._command, "-x", "c++-header", str(wrapper), "-o", str(unfinished)])
            if problem:
                sys.exit(problem)
            unfinished.rename(compiled)

    def check(self, path: Path) -> str:
        """Return what the compiler says against a file, "" if it is in order, which is then noted."""
        before = ["-include", str(self._wrapper)] if self._includes_nest(path) else []
        text = f'#include "{path}"\nstatic_assert( false, "{END}" );\n'
        command = [*self._command, *WARNINGS, "-fsyntax-only", *before, "-x", "c++", "-"]
        printed = _run(command, text)
        first = next((line for line in printed.splitlines() if " error: " in line), "")
        if END not in first:
            return printed or f"{path}: the compiler has not parsed it to its end\n"
        self._note(path).touch()
        return ""

    def _headers_of_nest(self) -> str:
        """Return the text of a header that includes those of NEST that any file of the host does."""
        names = {
            name for path in ROOT.rglob("*.*") for name in included(path) if (self._nest / name).is_file()
        }
        return "".join(f'#include "{name}"\n' for name in sorted(names))

    def _includes_nest(self, path: Path) -> bool:
        names = {name for item in closure(path) for name in included(item)}
        return any((self._nest / name).is_file() for name in names)

    @property
    def _wrapper(self) -> Path:
        return self._folder / f"{_digest(self._identity, self._headers)}.h"

    def _note(self, path: Path) -> Path:
        texts = (item.read_text(encoding="utf-8") for item in sorted(closure(path)))
        return self._folder / f"{_digest(self._identity, str(path.relative_to(ROOT)), *texts)}.ok"


@functools.cache
def closure(path: Path) -> frozenset[Path]:
    """Return a file and the host's own files that it includes, directly or not."""
    found, open_ = {path}, [path]
    while open_:
        for name in included(open_.pop()):
            for folder in INCLUDE_DIRS:
                other = folder / name
                if other.is_file() and other not in found:
                    found.add(other)
                    open_.append(other)
    return frozenset(found)


@functools.cache
def included(path: Path) -> tuple[str, ...]:
    """Return what a file includes by itself, other than standard headers."""
    return tuple(re.findall(r'^#include "(.*)"', path.read_text(encoding="utf-8"), re.M))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20]


def _run(command: Sequence[str], text: str = "") -> str:
    """Return what a compiler prints of a text, "" if it has no objection."""
    done = subprocess.run(
        command, input=text, capture_output=True, env=tool_environment(), text=True, check=False
    )
    return done.stderr if done.returncode else ""


def main(folder: Path = FOLDER) -> int:
    """Check all files; returns how many are not in order."""
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        check = Check(folder)
    except BuildError as error:
        sys.exit(str(error))
    files = check.wanting()
    if not files:
        return 0
    check.precompile()
    problems = run_together([functools.partial(check.check, path) for path in files], cpus())
    print("\n".join(filter(None, problems)), end="", file=sys.stderr)
    return sum(map(bool, problems))


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])) > 0)
