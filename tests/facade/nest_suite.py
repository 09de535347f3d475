"""Run NEST's own tests, as its wheel ships them, with nestml_jit in the place of nest.

    python tests/facade/nest_suite.py          a fixed sample (a minute or two)
    python tests/facade/nest_suite.py --full   all of it

A test counts as a regression if it fails here and passes with plain nest in the same environment.
Each folder is run in a process of its own; if that process crashes or hangs, each of the folder's
files is, so that a crash counts for one file only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LEFT_OUT = {"mpi_direct", "mpi_indirect", "utilities", "spatial_test_references"}
SAMPLED = 8
"""The sample takes every so manieth file."""

SECONDS_PER_FILE = 120
STILL = 900
"""Seconds after which a folder's process is taken to hang."""

Outcomes = Mapping[str, str]


def suite() -> Path:
    """Return the folder of NEST's tests, without importing nest."""
    from importlib.util import find_spec

    spec = find_spec("nest")
    if spec is None or spec.origin is None:
        raise SystemExit("nest is not installed")
    return Path(spec.origin).parent / "share" / "nest" / "testsuite" / "pytests"


def test_files(folder: Path) -> list[Path]:
    """Return all test files, sorted, without those that need MPI."""
    files = sorted(folder.rglob("test_*.py"))
    return [path for path in files if not LEFT_OUT & set(path.relative_to(folder).parts)]


def run(files: Sequence[Path], *, plain: bool, seconds: float) -> Outcomes | None:
    """Return the outcome of every test in `files`, or None if the process crashed or hung."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
        command += [f"--rootdir={suite()}", f"--junitxml={report}", "-o", "junit_family=xunit1"]
        command += [] if plain else ["-p", "as_nest"]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYNEST_QUIET": "1",
            "MPLBACKEND": "Agg",
        }
        try:
            done = subprocess.run(
                [*command, *map(str, files)],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        if done.returncode == pytest.ExitCode.USAGE_ERROR:
            raise SystemExit(f"NEST's tests cannot be run:\n{done.stdout.decode('utf-8', 'replace')}")
        return read_report(report) if report.exists() else None


def read_report(report: Path) -> Outcomes:
    """Return the outcomes in a report of pytest; what follows a failure of a fixture counts too."""
    outcomes: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = "::".join(case.get(part) or "" for part in ("file", "classname", "name"))
        bad = [item for item in ("failure", "error", "skipped") if case.find(item) is not None]
        outcome = bad[0] if bad else "passed"
        if outcomes.get(name, "passed") == "passed":
            outcomes[name] = outcome
    return outcomes


def run_apart(files: Sequence[Path], *, plain: bool) -> dict[str, str]:
    """Return all outcomes; a file whose process crashes or hangs counts as one failure."""
    together = run(files, plain=plain, seconds=STILL)
    if together is not None:
        return dict(together)
    outcomes: dict[str, str] = {}
    for file in files:
        alone = run([file], plain=plain, seconds=SECONDS_PER_FILE)
        outcomes |= {str(file.relative_to(suite())): "crashed"} if alone is None else alone
    return outcomes


def run_all(files: Sequence[Path], *, plain: bool, jobs: int) -> dict[str, str]:
    """Return the outcomes of all files, each folder in a process of its own."""
    groups = [list(group) for _, group in groupby(files, key=lambda path: path.parent)]
    outcomes: dict[str, str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        for found in pool.map(lambda group: run_apart(group, plain=plain), groups):
            outcomes |= found
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--full", action="store_true", help="run all files instead of a sample")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="folders at a time")
    parser.add_argument("files", nargs="*", help="only files whose path contains one of these")
    arguments = parser.parse_args()

    files = test_files(suite())
    if arguments.files:
        files = [path for path in files if any(text in str(path) for text in arguments.files)]
    elif not arguments.full:
        files = files[::SAMPLED]
    ours = run_all(files, plain=False, jobs=arguments.jobs)
    suspects = {name for name, outcome in ours.items() if outcome not in ("passed", "skipped")}
    concerned = [path for path in files if any(belongs(name, path) for name in suspects)]
    theirs = run_all(concerned, plain=True, jobs=arguments.jobs) if concerned else {}
    regressions = sorted(name for name in suspects if passes(name, theirs))
    for name in regressions:
        print(f"regression: {name}: {ours[name]}")
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(Counter(ours.values()).items()))
    print(f"{len(files)} files: {counts}; {len(regressions)} regressions against plain nest")
    return bool(regressions) or not ours


def belongs(name: str, path: Path) -> bool:
    """Whether a test's name in the report is one of a file's."""
    return name.partition("::")[0].replace(".py", "").replace(".", "/").endswith(path.stem)


def passes(name: str, theirs: Outcomes) -> bool:
    """Whether a test, or every test of a crashed file, passes with plain nest."""
    if name in theirs:
        return theirs[name] in ("passed", "skipped")
    same_file = [outcome for other, outcome in theirs.items() if belongs(other, Path(name))]
    return bool(same_file) and all(outcome in ("passed", "skipped") for outcome in same_file)


if __name__ == "__main__":
    sys.exit(main())
