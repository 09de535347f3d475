"""What nestml_jit costs scripts that use NEST's own models.

Both modules live in one process and share one kernel: each call is made by way of nest with its low-level
functions as they were, and by way of nestml_jit with its wrappers in place, in turns, and the medians are
compared. The import is measured in processes of their own.

    python benchmarks/overhead.py            a script without any NESTML model
    python benchmarks/overhead.py --active   NEST's own models beside NESTML models
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import machine

IMPORT_LIMIT = 60.0
"""Milliseconds that the import may take longer."""

CALL_LIMIT, SHARE_LIMIT = 50.0, 0.02
"""Microseconds, or share, that a call may take longer."""


def imported(name: str) -> float:
    """Return the milliseconds that an import takes in a fresh interpreter."""
    code = (
        f"import time; begin = time.perf_counter(); import {name}; print((time.perf_counter() - begin) * 1e3)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYNEST_QUIET": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def measure_imports(repetitions: int) -> tuple[float, float]:
    """Return the minima of the times that both imports take, in turns."""
    times: dict[str, list[float]] = {"nest": [], "nestml_jit": []}
    for _ in range(repetitions):
        for name, found in times.items():
            found.append(imported(name))
    return min(times["nest"]), min(times["nestml_jit"])


class Sides:
    """NEST as it is, and with what nestml_jit puts around its low-level functions."""

    def __init__(self) -> None:
        import nest

        kernel = nest.ll_api.nestkernel
        before = {name: vars(kernel)[name] for name in dir(kernel) if name.startswith("llapi_")}
        import nestml_jit

        self.modules: Mapping[str, Any] = {"nest": nest, "nestml_jit": nestml_jit}
        self._kernel = kernel
        after = {name: vars(kernel)[name] for name in before}
        changed = [name for name in before if before[name] is not after[name]]
        self._functions = {
            "nest": {name: before[name] for name in changed},
            "nestml_jit": {name: after[name] for name in changed},
        }

    def choose(self, side: str) -> Any:
        """Put the low-level functions of a side in place; return its module."""
        vars(self._kernel).update(self._functions[side])
        return self.modules[side]


Call = Callable[[Any], Callable[[], object]]
"""Prepares a network with a module; returns what is measured."""


def create(nest: Any) -> Callable[[], object]:
    """Create a neuron."""
    return lambda: nest.Create("iaf_psc_alpha")


def create_with_parameters(nest: Any) -> Callable[[], object]:
    """Create ten neurons with values of their own."""
    return lambda: nest.Create("iaf_psc_alpha", 10, params={"I_e": 100.0, "C_m": 240.0})


def connect(nest: Any) -> Callable[[], object]:
    """Connect two neurons."""
    neurons = nest.Create("iaf_psc_alpha", 2)
    return lambda: nest.Connect(neurons, neurons)


def connect_with_dictionary(nest: Any) -> Callable[[], object]:
    """Connect by a rule with a plastic synapse."""
    neurons = nest.Create("iaf_psc_alpha", 20)
    rule = {"rule": "fixed_indegree", "indegree": 5}
    synapse = {"synapse_model": "stdp_synapse", "weight": 2.0, "delay": 1.0}
    return lambda: nest.Connect(neurons, neurons, rule, synapse)


def get_connections(nest: Any) -> Callable[[], object]:
    """Look up all connections of a model."""
    neurons = nest.Create("iaf_psc_alpha", 5)
    nest.Connect(neurons, neurons)
    return lambda: nest.GetConnections(synapse_model="static_synapse")


def set_status(nest: Any) -> Callable[[], object]:
    """Set a value of ten neurons."""
    neurons = nest.Create("iaf_psc_alpha", 10)
    return lambda: neurons.set({"I_e": 10.0})


def get_defaults(nest: Any) -> Callable[[], object]:
    """Read a default."""
    return lambda: nest.GetDefaults("iaf_psc_alpha", "tau_m")


def simulate_nothing(nest: Any) -> Callable[[], object]:
    """Simulate an empty network."""
    return lambda: nest.Simulate(1.0)


def simulate(nest: Any) -> Callable[[], object]:
    """Simulate a small network."""
    neurons = nest.Create("iaf_psc_alpha", 200, params={"I_e": 400.0})
    nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 10})
    return lambda: nest.Simulate(10.0)


def read_attribute(nest: Any) -> Callable[[], object]:
    """Read a kernel attribute."""
    return lambda: nest.resolution


CALLS: Mapping[str, Call] = {
    "Create of one neuron": create,
    "Create with parameters": create_with_parameters,
    "Connect": connect,
    "Connect with dictionaries": connect_with_dictionary,
    "GetConnections": get_connections,
    "set of ten neurons": set_status,
    "GetDefaults": get_defaults,
    "Simulate of nothing": simulate_nothing,
    "Simulate of 200 neurons": simulate,
    "kernel attribute": read_attribute,
}


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep Python's garbage collector out of the figures."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def measure(sides: Sides, call: Call, rounds: int, calls: int) -> tuple[float, float]:
    """Return the microseconds of one call on each side: the median over calls, and of these over rounds."""
    found: dict[str, list[float]] = {side: [] for side in sides.modules}
    for number in range(rounds):
        for side in sorted(found, reverse=bool(number % 2)):
            nest = sides.choose(side)
            nest.ResetKernel()
            nest.verbosity = nest.VerbosityLevel.ERROR
            act = call(nest)
            act()
            with without_collection():
                found[side].append(statistics.median(timed(act) for _ in range(calls)))
    sides.choose("nestml_jit").ResetKernel()
    return min(found["nest"]), min(found["nestml_jit"])


def timed(act: Callable[[], object]) -> float:
    """Return the microseconds that a call takes."""
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1e6


def within_limits(plain: float, ours: float) -> bool:
    """Whether a call takes no longer than it may."""
    return ours - plain <= max(CALL_LIMIT, SHARE_LIMIT * plain)


def main(words: Sequence[str] | None = None) -> int:
    """Print the table; return 1 if something takes longer than it may."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6, help="how often each side is measured (default: 6)")
    parser.add_argument("--calls", type=int, default=50, help="calls in each round (default: 50)")
    parser.add_argument("--imports", type=int, default=7, help="how often each is imported (default: 7)")
    parser.add_argument("--active", action="store_true", help="use a NESTML model first")
    options = parser.parse_args(words)
    plain, ours = measure_imports(options.imports)
    failed = ours - plain > IMPORT_LIMIT
    print(f"import: {plain:.0f} ms and {ours:.0f} ms, {ours - plain:+.1f} ms (limit {IMPORT_LIMIT:.0f})\n")
    print(f"{'us per call':<28} {'nest':>9} {'nestml_jit':>11} {'more':>7} {'':>7}  within limits")
    sides = Sides()
    if options.active:
        nest = sides.choose("nestml_jit")
        nest.verbosity = nest.VerbosityLevel.ERROR
        nest.Create("iaf_psc_exp_neuron")
        nest.Simulate(1.0)
    for name, call in CALLS.items():
        plain, ours = measure(sides, call, options.rounds, options.calls)
        good = within_limits(plain, ours)
        failed |= not good
        share = (ours / plain - 1.0) * 100.0
        verdict = "yes" if good else "NO"
        print(f"{name:<28} {plain:9.1f} {ours:11.1f} {ours - plain:+7.1f} {share:+6.1f}%  {verdict}")
    return int(failed)


if __name__ == "__main__":
    print(machine.describe())
    sys.exit(main())
