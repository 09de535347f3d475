"""NESTML's tutorials and its tests of NEST, unchanged, with nestml_jit in the place of the code generator.

    python tests/nestml/suite.py                     all of both (an hour or more)
    python tests/nestml/suite.py --only notebooks    the notebooks that the installed nestml ships
    python tests/nestml/suite.py --only tests stdp_  tests whose file's name contains this

Tests are those of a checkout of NESTML's repository, `NESTML_SOURCE`. Everything runs in a copy. Printed is
a table of what passed, what did not, and why: reasons.txt says for each test that is expected to fail what it
asks for. The exit status is 1 if something fails without a reason, or passes in spite of one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "dropin"))

import suite as dropin  # noqa: E402 (NEST's own tests are run in the same way)

SOURCE = "NESTML_SOURCE"
SECONDS = 1800.0
SEEDS = {"ornstein_uhlenbeck_noise": ("", "1", "2", "3")}
"""Notebooks that assert what random numbers need not fulfil, with seeds to try; "" is NEST's default."""

GOOD = ("passed", "skipped", "xfailed")


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    name: str
    outcome: str
    note: str

    @property
    def is_unexpected(self) -> bool:
        """Whether something failed for no known reason, or passed in spite of one."""
        return (self.outcome in GOOD) == (self.note.startswith("expected: "))


# --- notebooks -------------------------------------------------------------------------------------


def notebooks(root: Path, wanted: Sequence[str]) -> Iterator[Row]:
    """Run the tutorials in a copy of what nestml ships."""
    source = Path(sysconfig.get_path("data"))
    if not (source / "doc" / "tutorials").is_dir():
        source = Path(os.environ.get(SOURCE, "."))
    for part in ("doc/tutorials", "models"):
        if not (source / part).is_dir():
            raise SystemExit(f"no notebooks: install nestml, or set {SOURCE} to a checkout of its repository")
        shutil.copytree(source / part, root / part)
    for file in sorted((root / "doc" / "tutorials").glob("*/*.ipynb")):
        if _is_wanted(file.parent.name, wanted):
            yield _notebook(file)


def _notebook(file: Path) -> Row:
    name, begin = file.parent.name, time.monotonic()
    log, seed = "", ""
    for seed in SEEDS.get(name, ("",)):
        environ = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            **({"NESTML_SUITE_SEED": seed} if seed else {}),
        }
        done = subprocess.run(
            [sys.executable, str(HERE / "notebook.py"), str(file)],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
        log = done.stdout
        if done.returncode == 0:
            seconds = f"{time.monotonic() - begin:.0f} s"
            return Row(name, "passed", f"{seconds}, rng_seed {seed}" if seed else seconds)
    return Row(name, "failed", log[-2000:])


# --- tests -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run(dropin.Run):
    """Runs NESTML's tests, which import pynestml as if nestml were not installed."""

    def _environment(self, folder: Path, record: Path, wanted: object) -> Mapping[str, str]:
        environ = dict(super()._environment(folder, record, wanted))  # type: ignore[arg-type]
        environ["PYTHONPATH"] += os.pathsep + str(HERE)
        environ.pop("PYTHONDONTWRITEBYTECODE")
        return environ


STANDING_IN = dropin.Side("nestml_jit", ("--import-mode=importlib", "-p", "without_nestml", "-p", "as_nest"))


def tests(root: Path, wanted: Sequence[str]) -> Iterator[Row]:
    """Run NESTML's tests of what it generates for NEST."""
    source = Path(os.environ[SOURCE])
    for part in ("tests", "models"):
        shutil.copytree(source / part, root / part)
    reasons = read_reasons(HERE / "reasons.txt")
    run = Run(root, STANDING_IN)
    for file in sorted((root / "tests" / "nest_tests").glob("*.py")):
        if file.name.startswith("__") or not _is_wanted(file.name, wanted):
            continue
        for name, outcome in sorted(run.files([file]).items()):
            short = name.removeprefix("tests/nest_tests/")
            reason = next((text for pattern, text in reasons if fnmatch(short, pattern)), "")
            yield Row(short, outcome, f"expected: {reason}" if reason else "")


def read_reasons(file: Path) -> list[tuple[str, str]]:
    """Return patterns of names of tests, with the reasons why these fail."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [
        (pattern.strip().replace("[", "[[]"), text.strip())
        for pattern, _, text in (line.partition("|") for line in lines)
    ]


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or any(item in name for item in wanted)


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__), formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("wanted", nargs="*", help="parts of names")
    parser.add_argument("--only", choices=["notebooks", "tests"])
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        kinds = {"notebooks": notebooks, "tests": tests}
        if SOURCE not in os.environ and options.only is None:
            print(f"Tests are left out: {SOURCE} names no checkout of NESTML's repository.")
            kinds.pop("tests")
        for kind, rows_of in kinds.items():
            if options.only in (None, kind):
                for row in rows_of(root / kind, options.wanted):
                    mark = "!" if row.is_unexpected else " "
                    print(f"{mark} {row.outcome:8} {row.name:70} {row.note}", flush=True)
                    rows.append(row)
    unexpected = [row for row in rows if row.is_unexpected]
    passed = sum(row.outcome in GOOD for row in rows)
    print(f"{passed} of {len(rows)} passed; {len(unexpected)} outcomes are unexpected.")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
