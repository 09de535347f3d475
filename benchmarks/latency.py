"""How long the first simulation waits: with an empty cache, and with a filled one.

    python benchmarks/latency.py
    python benchmarks/latency.py --repetitions 20

Each measurement is a fresh interpreter with a build cache of its own that connects two neurons by STDP:

cold      The host library is in the cache, nothing of the models is: they are parsed, described, generated,
          compiled. Measured from `Create` until `Prepare` returns, with the kernel attached.
warm      All is in the cache.
built-in  A script with plain `import nest` that does the same with NEST's built-in models.

"Warm over built-in" is the difference of whole processes, from their start to their end, so that imports
count as well. The three are run in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from machine import describe, table

REPOSITORY = Path(__file__).resolve().parents[1]
COLD_TARGET, WARM_TARGET = 2.0, 0.05  # s
HEAD = ("ms", "median", "lower quartile", "upper quartile", "target", "met")
KEPT_COLD = ("host", "notes")  # parts of the cache that are there at a cold start

SCRIPT = """
import json, sys, time
begin = time.perf_counter()
import {module} as nest
imported = time.perf_counter()
neurons = nest.Create("{neuron}", 2)
created = time.perf_counter()
nest.Connect(neurons[0], neurons[1], syn_spec={{"synapse_model": "{synapse}", "weight": 1.0, "delay": 1.0}})
connected = time.perf_counter()
nest.Prepare()
prepared = time.perf_counter()
nest.Run(1.0)
nest.Cleanup()
end = time.perf_counter()
report = nest.jit.report().stages if hasattr(nest, "jit") else ()
print()
print(json.dumps(dict(
    stages=[[stage.name + " " + stage.subject, stage.seconds, stage.cached] for stage in report],
    seconds=dict(zip(("import", "Create", "Connect", "Prepare", "Run"), (
        imported - begin, created - imported, connected - created, prepared - connected, end - prepared,
    ))),
    heavy=[name for name in ("lark", "sympy", "jinja2") if name in sys.modules],
)))
"""
OURS = SCRIPT.format(module="nestml_jit", neuron="iaf_psc_exp_neuron", synapse="stdp_synapse_nestml")
BUILT_IN = SCRIPT.format(module="nest", neuron="iaf_psc_exp", synapse="stdp_synapse")


def run(script: str, cache: Path) -> dict[str, Any]:
    """Run a script in a fresh interpreter; return what it measured, and `total`, the whole process's time."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    environ |= {"NESTML_JIT_CACHE": str(cache), "PYTHONPATH": path, "PYNEST_QUIET": "1"}
    environ.pop("NESTML_JIT_CACHE_PATH", None)
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environ, check=False
    )
    total = time.perf_counter() - begin
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "total": total}


def cool(filled: Path, cache: Path) -> None:
    """Copy a filled cache without what belongs to models."""
    shutil.rmtree(cache, ignore_errors=True)
    for kept in (kind for root in filled.iterdir() for kind in root.iterdir() if kind.name in KEPT_COLD):
        shutil.copytree(kept, cache / kept.relative_to(filled))
    cache.chmod(0o700)


def attached(outcome: Mapping[str, Any]) -> float:
    """Return the time from `Create` to the attached kernel."""
    return float(sum(outcome["seconds"][stage] for stage in ("Create", "Connect", "Prepare")))


def measure(repetitions: int) -> dict[str, list[dict[str, Any]]]:
    """Run all three in turns."""
    outcomes: dict[str, list[dict[str, Any]]] = {"cold": [], "warm": [], "built-in": []}
    with tempfile.TemporaryDirectory(prefix="nestml_jit_latency_") as folder:
        filled, cold = Path(folder, "filled"), Path(folder, "cold")
        first = run(OURS, filled)
        print(f"first start ever, with the host library compiled: {attached(first):.1f} s\n", flush=True)
        for _ in range(repetitions):
            cool(filled, cold)
            outcomes["cold"].append(run(OURS, cold))
            outcomes["built-in"].append(run(BUILT_IN, filled))
            outcomes["warm"].append(run(OURS, filled))
    return outcomes


def stage_rows(outcomes: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[list[str]]:
    """Return the median of each step of the scripts, in ms."""
    steps = {side: [_steps(item) for item in items] for side, items in outcomes.items()}
    return [
        [step, *(f"{1e3 * statistics.median(item[step] for item in side):.1f}" for side in steps.values())]
        for step in steps["built-in"][0]
    ]


def _steps(outcome: Mapping[str, Any]) -> dict[str, float]:
    """Return the steps of a script, and what remains of the process's time."""
    seconds, total = outcome["seconds"], outcome["total"]
    return {**seconds, "interpreter's start and end": total - sum(seconds.values()), "whole process": total}


def pipeline_rows(outcomes: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[list[str]]:
    """Return the median of each stage of the compiler, in ms."""
    rows = []
    for index, (name, _, _) in enumerate(outcomes["cold"][0]["stages"]):
        sides = ([item["stages"][index][1] for item in outcomes[side]] for side in ("cold", "warm"))
        rows.append([name, *(f"{1e3 * statistics.median(side):.1f}" for side in sides)])
    return rows


def verdicts(outcomes: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[list[str]]:
    """Return the figures that there are targets for; a difference is taken between neighbours in time."""
    neighbours = list(zip(outcomes["warm"], outcomes["built-in"], strict=True))
    whole = [warm["total"] - other["total"] for warm, other in neighbours]
    script = [sum(warm["seconds"].values()) - sum(other["seconds"].values()) for warm, other in neighbours]
    return [
        _verdict(
            "cold, Create to attached kernel", [attached(item) for item in outcomes["cold"]], COLD_TARGET
        ),
        _verdict("warm over built-in, whole process", whole, WARM_TARGET),
        _verdict("warm over built-in, import to end of Run", script, WARM_TARGET),
    ]


def _verdict(name: str, seconds: Sequence[float], target: float) -> list[str]:
    low, median, high = statistics.quantiles(seconds, n=4, method="inclusive")
    figures = [f"{1e3 * value:.1f}" for value in (median, low, high, target)]
    return [name, *figures, "yes" if median < target else "NO"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How long the first simulation waits.")
    parser.add_argument(
        "--repetitions", type=int, default=9, help="how often, at least twice (default %(default)s)"
    )
    outcomes = measure(parser.parse_args().repetitions)
    print(table(HEAD, verdicts(outcomes)), end="\n\n")
    print(table(("steps of the script (median, ms)", *outcomes), stage_rows(outcomes)), end="\n\n")
    print(table(("stages of the compiler (median, ms)", "cold", "warm"), pipeline_rows(outcomes)), end="\n\n")
    heavy = sorted({name for item in outcomes["warm"] for name in item["heavy"]})
    print(f"imported at a warm start, of lark, sympy and jinja2: {', '.join(heavy) or 'none'}")
    print(describe())


if __name__ == "__main__":
    main()
