"""NEST's own tests, as its wheel ships them, run with plain nest and with nestml_jit in its place.

    python tests/dropin/suite.py            all of them (some minutes)
    python tests/dropin/suite.py --sample   those that `make test` runs
    python tests/dropin/suite.py synapses/  files whose path contains this

Both sides run in the same environment and are compared test by test: a test that passes with plain nest
and does not here is a regression, whatever else it does. Each folder runs in a process of its own. When
that process crashes, or stands still, the blame is on the test that it was at, and the rest of the folder's
tests are run in another one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import outcomes  # noqa: E402 (a pytest plugin as well, which has to be found by its short name)

LEFT_OUT = {"mpi_direct", "mpi_indirect", "utilities", "spatial_test_references"}
"""Folders without tests, and those whose tests need MPI."""

STILL = 300.0
"""Seconds without any event after which a process is taken to hang."""

SLOW = HERE / "slow_tests.txt"
"""Functions that take so long that the sample does without them."""

COLLECTING = "(while its tests were collected)"
GOOD = {"passed", "skipped", "xfailed"}

Outcomes = dict[str, str]


@dataclass(frozen=True)
class Side:
    """One of the two sides that are compared.

    Attributes
    ----------
    name
        For messages.
    arguments
        What pytest is given to make `import nest` mean this side.
    """

    name: str
    arguments: tuple[str, ...] = ()


PLAIN = Side("nest")
OURS = Side("nestml_jit", ("-p", "as_nest"))


def suite() -> Path:
    """Return the folder of NEST's tests, without importing nest."""
    spec = find_spec("nest")
    if spec is None or spec.origin is None:
        raise SystemExit("nest is not installed")
    return Path(spec.origin).parent / "share" / "nest" / "testsuite" / "pytests"


def test_files(folder: Path) -> list[Path]:
    """Return all test files that can be run, sorted."""
    files = sorted(folder.rglob("test_*.py"))
    return [path for path in files if not LEFT_OUT & set(path.relative_to(folder).parts)]


test_files.__test__ = False  # type: ignore[attr-defined]  # nothing that pytest should call


@dataclass(frozen=True)
class Run:
    """How to run tests.

    Attributes
    ----------
    root
        The folder that names of tests are relative to.
    side
        What `nest` is to mean.
    still
        Seconds without any event after which a process is taken to hang.
    sample
        Whether to run a sample only: see `outcomes.sampled`.
    """

    root: Path
    side: Side
    still: float = STILL
    sample: bool = False

    def folders(self, files: Iterable[Path], jobs: int) -> Outcomes:
        """Return the outcomes of all tests in `files`, each folder in processes of its own."""
        groups = [list(group) for _, group in groupby(files, key=lambda path: path.parent)]
        found: Outcomes = {}
        with ThreadPoolExecutor(jobs) as pool:
            for more in pool.map(self.files, groups):
                found |= more
        return found

    def files(self, files: Sequence[Path]) -> Outcomes:
        """Return the outcomes of all tests in `files`, in as many processes as it takes."""
        found: Outcomes = {}
        wanted: Collection[str] | None = None
        while True:
            fresh, left, end = self._process(files, wanted)
            found |= fresh
            if end is None:
                return found
            if left is None:
                return found | self._one_by_one(files, end)
            if not left:
                return found
            wanted = left

    def _one_by_one(self, files: Sequence[Path], end: str) -> Outcomes:
        """Go on after a process that ended before it had found its tests."""
        if len(files) == 1:
            return {f"{files[0].relative_to(self.root)} {COLLECTING}": end}
        found: Outcomes = {}
        for file in files:
            found |= self.files([file])
        return found

    def _process(
        self, files: Sequence[Path], wanted: Collection[str] | None
    ) -> tuple[Outcomes, list[str] | None, str | None]:
        """Run one process.

        Returns
        -------
        outcomes
            Those of the tests it came to.
        left
            The tests it did not come to; None if it did not find out which there are.
        end
            How it ended before its time; None if it did not.
        """
        with tempfile.TemporaryDirectory() as folder:
            record = Path(folder) / "record"
            environ = self._environment(Path(folder), record, wanted)
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
            command += [f"--rootdir={self.root}", *self.side.arguments, "-p", "outcomes"]
            log = Path(folder) / "log"
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [*command, *map(str, files)],
                    cwd=folder,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
                end = _wait(process, record, self.still)
            if process.returncode == pytest.ExitCode.USAGE_ERROR:
                raise SystemExit(f"NEST's tests cannot be run:\n{log.read_text(errors='replace')}")
            return _reckon(list(outcomes.read(record)), end)

    def _environment(self, folder: Path, record: Path, wanted: Collection[str] | None) -> Mapping[str, str]:
        environ = {
            **os.environ,
            "DROPIN_RECORD": str(record),
            "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)]),
            "PYTHONHASHSEED": "0",  # some tests' parameters come out of sets
            "PYTHONDONTWRITEBYTECODE": "1",  # the wheel's folder is not ours to write to
            "PYNEST_QUIET": "1",
            "MPLBACKEND": "Agg",
        }
        if self.sample:
            environ["DROPIN_SAMPLE"] = str(SLOW)
        if wanted is not None:
            (folder / "wanted").write_text("\n".join(sorted(wanted)), encoding="utf-8")
            environ["DROPIN_WANTED"] = str(folder / "wanted")
        return environ


def _wait(process: subprocess.Popen[bytes], record: Path, still: float) -> str | None:
    """Wait for a process to end; return in which way it failed to, if it did."""
    size, since = -1, time.monotonic()
    while process.poll() is None:
        time.sleep(0.1)
        now = record.stat().st_size if record.exists() else 0
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > still:
            process.kill()
            process.wait()
            return "hung"
    known = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}
    known |= {pytest.ExitCode.NO_TESTS_COLLECTED, pytest.ExitCode.USAGE_ERROR}
    return None if process.returncode in known else "crashed"


def _reckon(
    events: Sequence[tuple[str, str, float]], end: str | None
) -> tuple[Outcomes, list[str] | None, str | None]:
    found: Outcomes = {}
    collected, current = [], None
    for event, test, _seconds in events:
        if event == outcomes.COLLECTED:
            collected.append(test)
        elif event == outcomes.STARTED:
            current = test
        elif found.get(test, "passed") in GOOD:
            found[test] = event
    if end is not None and current is not None and current not in found:
        found[current] = end
    elif end is not None and current is not None and current == collected[-1]:
        end = None  # every test had an outcome; what came after is not a test's fault
    left = [test for test in collected if test not in found] if collected else None
    return found, left, end


def regressions(plain: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    """Return what got worse, test by test, in words."""
    return [
        f"{test}: {outcome} with plain nest, {ours.get(test, 'missing')} with nestml_jit"
        for test, outcome in sorted(plain.items())
        if (outcome == "passed" and ours.get(test) != "passed")
        or (outcome in GOOD and ours.get(test) not in GOOD)
    ]


def compare(files: Sequence[Path], jobs: int, *, sample: bool) -> tuple[Outcomes, Outcomes]:
    """Return the outcomes with plain nest and with nestml_jit, both run at the same time."""
    with ThreadPoolExecutor(2) as pool:
        sides = [Run(suite(), side, sample=sample) for side in (PLAIN, OURS)]
        plain, ours = pool.map(lambda run: run.folders(files, max(1, jobs // 2)), sides)
    return plain, ours


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("-j", "--jobs", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument("--sample", action="store_true", help="only those that are quick")
    parser.add_argument("files", nargs="*", help="only files whose path contains one of these")
    arguments = parser.parse_args()
    files = test_files(suite())
    if arguments.files:
        files = [path for path in files if any(text in str(path) for text in arguments.files)]
    begin = time.perf_counter()
    plain, ours = compare(files, arguments.jobs, sample=arguments.sample)
    worse = regressions(plain, ours)
    for line in worse:
        print(f"regression: {line}")
    for side, found in (("nest", plain), ("nestml_jit", ours)):
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(Counter(found.values()).items()))
        print(f"{side:<10}  {len(found)} tests: {counts}")
    print(f"{len(worse)} regressions in {len(files)} files, {time.perf_counter() - begin:.0f} s")
    return bool(worse) or not plain


if __name__ == "__main__":
    sys.exit(main())
