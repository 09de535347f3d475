"""The example scripts that NEST's wheel ships, run by `python` and by `nestml-jit run`, and compared.

    python tests/dropin/examples.py             all of them (a quarter of an hour)
    python tests/dropin/examples.py brunel one_ only those whose path contains one of these

Each script runs in a copy of its folder. Exit status, what it prints, every file that it writes and every
figure that it shows must be the same. Figures of times, memory and the like are left out of the comparison.
"""

from __future__ import annotations

import argparse
import dbm
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]

PLAIN: tuple[str, ...] = ()
OURS = ("-m", "nestml_jit", "run")

SECONDS = 120
"""Seconds of computing after which a script is given up, whatever else the machine does."""

LEFT_OUT = {
    "nest_script.py": "needs MUSIC",
    "receiver_script.py": "needs MUSIC",
    "csa_example.py": "needs a package that is not in the registry",
    "csa_spatial_example.py": "needs a package that is not in the registry",
    "eprop_supervised_classification_neuromorphic_mnist.py": "downloads its data",
    "brette_et_al_2007_benchmark.py": "is a part of other scripts",
    "pong/run_example.py": "names its files by the clock, and writes times into them",
    "pong/run_simulations.py": "the same",
    "store_restore_network.py": "pickles what differs from one run of plain NEST to the next",
}
"""Scripts that cannot be run or compared, by the end of their path, and why."""


@dataclass(frozen=True)
class Outcome:
    """What a script did.

    Attributes
    ----------
    status
        Its exit status, or None if it was given up.
    output, errors
        What it printed.
    files
        What it wrote, by path.
    seconds
        How long it took.
    """

    status: int | None
    output: str
    errors: str
    files: Mapping[str, bytes]
    seconds: float


def folder() -> Path:
    """Return the folder of examples, without importing nest."""
    spec = find_spec("nest")
    if spec is None or spec.origin is None:
        raise SystemExit("nest is not installed")
    return Path(spec.origin).parent / "doc" / "examples" / "pynest"


def scripts() -> list[Path]:
    """Return all scripts that can be run, sorted."""
    found = (path for path in folder().rglob("*.py") if not path.as_posix().endswith(tuple(LEFT_OUT)))
    return sorted(path for path in found if "nest" in path.read_text(encoding="utf-8"))


def run(script: Path, entry: Sequence[str], seconds: int = SECONDS) -> Outcome:
    """Run a script in a copy of its folder."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "copy"
        if script.parent == folder():
            place.mkdir()
            shutil.copy(script, place)
        else:
            shutil.copytree(script.parent, place, ignore=shutil.ignore_patterns("__pycache__"))
        before = _files(place)
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *entry, script.name],
            cwd=place,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1)),
            check=False,
        )
        took = time.perf_counter() - begin
        if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            return Outcome(None, "", "", {}, took)
        written = {path: data for path, data in _files(place).items() if before.get(path) != data}
        hide = str(place)
        return Outcome(
            done.returncode, done.stdout.replace(hide, ""), done.stderr.replace(hide, ""), written, took
        )


def _files(place: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _environment() -> Mapping[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(HERE), str(HERE / "seeded")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYNEST_QUIET": "1",
        "MPLBACKEND": "module://figures",
        "SOURCE_DATE_EPOCH": "0",  # files of matplotlib have a date
    }


def differences(plain: Outcome, ours: Outcome) -> list[str]:
    """Return in what two runs differ, in words."""
    found = []
    if plain.status != ours.status:
        found.append(f"exit status {plain.status} and {ours.status}: {ours.errors[-300:]}")
    for what, first, second in (
        ("output", plain.output, ours.output),
        ("errors", plain.errors, ours.errors),
    ):
        lines = zip([*comparable(first), ""], [*comparable(second), ""], strict=False)
        found += [f"{what}: {one!r} and {two!r}" for one, two in lines if one != two][:3]
        if len(comparable(first)) != len(comparable(second)):
            found.append(f"{what}: {len(comparable(first))} and {len(comparable(second))} lines")
    if set(plain.files) != set(ours.files):
        found.append(f"files: {sorted(set(plain.files) ^ set(ours.files))} on one side only")
    found += [
        f"file {name} differs"
        for name in sorted(set(plain.files) & set(ours.files))
        if contents(name, plain.files[name]) != contents(name, ours.files[name])
    ]
    return found


def contents(name: str, data: bytes) -> object:
    """Return what a file says.

    A database has what happened to be in memory between its entries, a log what is different in each run.
    """
    if Path(name).name.startswith("log_"):
        return comparable(data.decode("utf-8", "replace"))
    if not name.endswith(".db"):
        return data
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "base.db").write_bytes(data)
        with dbm.open(str(Path(folder) / "base"), "r") as base:
            return {key: base[key] for key in base.keys()}  # noqa: SIM118 (it cannot be iterated over)


_VARYING = (
    (re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] "), ""),
    (
        re.compile(r"('(?!biological)\w*(?:time_|_time|memory_)\w*': )(?:array\(\[[^]]*\]\)|[\d.e+-]+)"),
        r"\1#",
    ),
    (re.compile(r"[\d.e+-]+( # \w*(?:time|mem)\w* *)$", re.MULTILINE), r"#\1"),
    (re.compile(r"(?i)(.*\b(?:time|duration|memory|elapsed|took|factor)\b\D*)[\d.e+-]+"), r"\1#"),
)
"""What is different in each run: time stamps, and how long something took or how much memory."""


def comparable(text: str) -> list[str]:
    """Return the lines of what was printed, without what is different in each run."""
    for pattern, replacement in _VARYING:
        text = pattern.sub(replacement, text)
    return text.splitlines()


def given_time(script: Path, plain: Outcome, ours: Outcome, seconds: int) -> tuple[Outcome, Outcome]:
    """Return both outcomes, with twice the time for a side that alone was given up: machines are noisy."""
    if (plain.status is None) != (ours.status is None):
        again = run(script, PLAIN if plain.status is None else OURS, 2 * seconds)
        return (again, ours) if plain.status is None else (plain, again)
    return plain, ours


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("-j", "--jobs", type=int, default=2, help="scripts at a time (default: 2)")
    parser.add_argument(
        "-s", "--seconds", type=int, default=SECONDS, help="give up after so much computing (default: 120)"
    )
    parser.add_argument("scripts", nargs="*", help="only those whose path contains one of these")
    arguments = parser.parse_args()
    chosen = [
        path
        for path in scripts()
        if not arguments.scripts or any(text in str(path) for text in arguments.scripts)
    ]
    different = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [
            [pool.submit(run, path, side, arguments.seconds) for side in (PLAIN, OURS)] for path in chosen
        ]
        for path, (first, second) in zip(chosen, jobs, strict=True):
            plain, ours = given_time(path, first.result(), second.result(), arguments.seconds)
            found = differences(plain, ours)
            different += bool(found)
            given_up = plain.status is None
            verdict = "DIFFERENT" if found else "given up" if given_up else "same"
            print(
                f"{path.relative_to(folder())}: {verdict} (status {plain.status}, "
                f"{len(plain.output.splitlines())} lines, {len(plain.files)} files, "
                f"{plain.seconds:.1f} s and {ours.seconds:.1f} s)",
                *found,
                sep="\n    ",
                flush=True,
            )
    print(f"{len(chosen)} scripts, {different} with different results")
    return bool(different) or not chosen


if __name__ == "__main__":
    sys.exit(main())
