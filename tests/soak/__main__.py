"""Plays random programs: python -m tests.soak [--number 1000] [--seed 0] [--lean]."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.soak.generator import program
from tests.soak.sides import Sides, script, shrink
from tests.soak.themes import THEMES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--number", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the first one's seed")
    parser.add_argument("--lean", action="store_true", help="few pairs of models, which need few kernels")
    parser.add_argument("--theme", choices=list(THEMES), default="", help="what all are about; usually drawn")
    parser.add_argument("--keep-going", action="store_true", help="do not stop at the first difference")
    parser.add_argument("--out", type=Path, default=Path("soak"), help="folder for failing programs")
    options = parser.parse_args()
    played = failed = fragile = 0
    began = time.monotonic()
    with Sides() as sides:
        for seed in range(options.seed, options.seed + options.number):
            played += 1
            steps = program(seed, options.lean, options.theme)
            difference = sides.difference(steps)
            if difference:
                failed += 1
                report(sides, seed, steps, difference, options.out)
                if not options.keep_going:
                    break
            fragile += sides.nests.process is None
            if played % 100 == 0:
                print(f"{played} programs, {failed} differ", flush=True)
    print(f"{played} programs, {failed} differ, {fragile} end NEST itself, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def report(sides: Sides, seed: int, steps: list[str], difference: str, folder: Path) -> None:
    """Print what differs, and the shortest program that shows it; write that as a script."""
    print(f"seed {seed}: {difference}", flush=True)
    short = shrink(sides, steps)
    print("\n".join(f"    {step}" for step in short))
    print(f"  {sides.difference(short)}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"program_{seed}.py"
    path.write_text(script(short))
    print(f"  python {path} ours; python {path} nest", flush=True)


if __name__ == "__main__":
    sys.exit(main())
