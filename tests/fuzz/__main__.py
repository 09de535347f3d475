"""`make fuzz`: random models through the checks, the compiler, and against the interpreter."""

from __future__ import annotations

import argparse
import sys

from tests.drawn_neurons import DrawnNeuron
from tests.fuzz.compare import Case, checked, compile_all, run
from tests.fuzz.models import DrawnModel
from tests.fuzz.shrink import shrunk


def text_of(number: int) -> str:
    """Return the text of a model: neurons and synapses of statements, and neurons of equations, in turns."""
    if number % 6 == 4:
        return DrawnNeuron(number, noisy=False).text()
    return DrawnModel(number, synapse=number % 3 == 2).text()


def drawn(seed: int, count: int) -> list[Case]:
    """Return cases for some numbers; those that the checks refuse are left out."""
    cases = map(checked, map(text_of, range(seed, seed + count)))
    return [case for case in cases if case is not None]


def failures(cases: list[Case]) -> list[Case]:
    """Compile and run cases; return those that went wrong."""
    compile_all(cases)
    for case in cases:
        run(case)
    return [case for case in cases if case.problem]


def main() -> int:
    """Run as many models as asked for, in batches."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=500, help="how many (default: 500)")
    parser.add_argument("--seed", type=int, default=1, help="number of the first (default: 1)")
    parser.add_argument("--batch", type=int, default=25, help="how many are compiled together (default: 25)")
    parser.add_argument("--most", type=int, default=5, help="after how many failures it ends (default: 5)")
    parser.add_argument("--no-shrink", action="store_true", help="print failing models as they were drawn")
    options = parser.parse_args()
    accepted, failed = 0, 0
    for start in range(options.seed, options.seed + options.models, options.batch):
        cases = drawn(start, min(options.batch, options.seed + options.models - start))
        accepted += len(cases)
        for case in failures(cases):
            failed += 1
            small = case if options.no_shrink else shrunk(case)
            print(f"--- {case.model.name}: {small.problem}\n{small.text}", flush=True)
        print(f"{accepted} models, {failed} failures", file=sys.stderr, flush=True)
        if failed >= options.most:
            break
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
