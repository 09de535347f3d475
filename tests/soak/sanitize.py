"""Host and kernels under AddressSanitizer and UndefinedBehaviorSanitizer: python -m tests.soak.sanitize.

They are compiled with g++ into a cache of their own. NEST and Python are as they are: what these read and
write is not looked at.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.soak.generator import program
from tests.soak.sides import LOG, ROOT, Sides

CHECKS = "-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined"
"""Of NEST's classes there is no type information for `vptr`."""

TESTS = (
    "tests/session/test_before_prepare.py",
    "tests/session/test_kernel_settings.py",
    "tests/session/test_spike_transport.py",
    "tests/session/test_state.py",
    "tests/session/test_columns.py",
    "tests/session/test_vectors.py",
    "tests/session/test_connecting.py",
    "tests/session/test_synapse_variables.py",
    "tests/numerics/test_late_connections.py",
    "tests/numerics/test_third_factors.py",
    "tests/numerics/test_foreign_targets.py",
    "tests/numerics/test_gap_junctions.py",
    "tests/numerics/test_delays.py",
    "tests/numerics/test_few_neurons.py",
    "tests/numerics/test_one_step_slices.py",
    "tests/session/test_bulk_building.py",
    "tests/session/test_connection_columns.py",
    "tests/generators/test_poisson_generator.py",
)
"""What goes through most of the host, in some minutes."""


def environment() -> dict[str, str]:
    """Return what processes need in their environment."""
    libraries = [located(name) for name in ("libasan.so", "libubsan.so", "libstdc++.so")]
    return {
        "CXX": f"g++ {CHECKS} -fno-omit-frame-pointer -g1",
        "NESTML_JIT_CACHE": str(ROOT / ".nestml_jit_sanitized"),
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": "detect_leaks=0",  # Python and NEST keep what they have until the process ends
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "OMP_WAIT_POLICY": "passive",
        "PYNEST_QUIET": "1",
    }


def located(library: str) -> str:
    """Return where g++ has a library."""
    asked = subprocess.run(["g++", f"-print-file-name={library}"], capture_output=True, text=True, check=True)
    path = asked.stdout.strip()
    if not Path(path).is_absolute():
        sys.exit(
            f"g++ has no {library}: install its sanitizers (Debian and Ubuntu: apt install libgcc-12-dev)"
        )
    return path


def programs(number: int, seed: int, log: Path) -> bool:
    """Play random programs; whether nothing was found."""
    log.unlink(missing_ok=True)
    os.environ[LOG] = str(log)
    sound = True
    with Sides(environment()) as sides:
        for one in range(seed, seed + number):
            difference = sides.difference(program(one, lean=True))
            if difference:
                sound = False
                print(f"seed {one}: {difference}\n  what the process wrote: {log}", flush=True)
    print(f"{number} programs played", flush=True)
    return sound


def tests(chosen: list[str]) -> bool:
    """Run tests; whether all passed."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *chosen]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment()}).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.sanitize", description=__doc__)
    parser.add_argument("--programs", type=int, default=60, help="how many random programs")
    parser.add_argument("--seed", type=int, default=0, help="the first one's seed")
    parser.add_argument(
        "--log", type=Path, default=ROOT / ".nestml_jit_sanitized.log", help="what processes write"
    )
    parser.add_argument("tests", nargs="*", help="tests to run instead of the usual ones; none: -")
    options = parser.parse_args()
    sound = programs(options.programs, options.seed, options.log)
    chosen = [name for name in options.tests or TESTS if name != "-"]
    return 0 if (not chosen or tests(chosen)) and sound else 1


if __name__ == "__main__":
    sys.exit(main())
