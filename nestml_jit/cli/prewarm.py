"""`nestml-jit prewarm`: compile ahead what scripts will use."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nestml_jit.cli.outcome import CLEAN, FAULTY, UNUSABLE, complain_of, counted, examples, say
from nestml_jit.plain import plain_line

if TYPE_CHECKING:
    from nestml_jit.ahead.prewarm import Made, Recording
    from nestml_jit.cache import Settings, Store
    from nestml_jit.cli.outcome import Commands

_DESCRIPTION = """\
Compile ahead what scripts will use. Scripts are run as they are, except that nothing is simulated: output
that depends on results is empty or missing, so run scripts that write results in a copy of their
folder. A script that fails for want of results is no problem: what it had connected by then is
compiled.
"""


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "prewarm",
        help="compile ahead what scripts or models will use",
        description=_DESCRIPTION,
        **examples(
            "nestml-jit prewarm network.py --args '--scale 0.1'",
            "nestml-jit prewarm iaf_psc_exp_neuron+stdp_synapse_nestml",
            "nestml-jit prewarm --root /shared/cache --cpu x86-64-v3,x86-64-v4 network.py",
        ),
    )
    parser.add_argument(
        "what",
        nargs="*",
        metavar="SCRIPT|NEURON+SYNAPSE...",
        help="scripts to run without simulating, or models by name, joined by '+'",
    )
    parser.add_argument("--neuron", action="append", default=[], help="a neuron model; may be repeated")
    parser.add_argument(
        "--synapse", action="append", default=[], help="a synapse model that targets it; repeated: together"
    )
    parser.add_argument("--host", action="store_true", help="only the host library, which all models need")
    parser.add_argument("--args", default="", metavar="TEXT", help="arguments for every script, as one text")
    parser.add_argument("--root", type=Path, metavar="FOLDER", help="where to (default: the cache)")
    parser.add_argument("--cpu", default="", metavar="NAMES", help="such as x86-64-v3,native (the default)")
    parser.add_argument("-j", "--jobs", type=int, default=0, help="how many at a time (default: CPUs)")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="stop each script after this time")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to report")
    parser.set_defaults(run=_prewarm)


def _prewarm(options: argparse.Namespace) -> int:
    from nestml_jit.ahead.prewarm import compile_all
    from nestml_jit.cache import BuildError, CacheError, find_compiler
    from nestml_jit.cache.share import let_read

    scripts = [name for name in options.what if _is_script(name)]
    combinations = [name for name in options.what if not _is_script(name)]
    combinations += ["+".join([neuron, *options.synapse]) for neuron in options.neuron]
    problem = _problem(options, scripts, combinations)
    if problem:
        complain_of(f"nestml-jit prewarm: {problem}")
        return UNUSABLE
    try:
        targets, store = _targets(options.cpu), _store(options.root)
        compiler = find_compiler(store.memo)
        recordings = _recordings(options, scripts, combinations, store)
        kernels = [item for recording in recordings for item in recording.kernels]
        made = compile_all(store, compiler, kernels, targets, options.jobs or os.cpu_count() or 1)
        if options.root is not None:
            let_read(store.roots.writable)
    except (BuildError, CacheError) as error:
        complain_of(f"nestml-jit prewarm: {error}")
        return UNUSABLE
    _report(options, recordings, made, store.roots.writable)
    useless = any(not _is_useful(item) for item in recordings)
    return FAULTY if useless or any(item.failure for item in made) else CLEAN


def _is_script(name: str) -> bool:
    return name.endswith(".py") or os.sep in name or Path(name).is_file()


def _problem(options: argparse.Namespace, scripts: Sequence[str], combinations: Sequence[str]) -> str:
    missing = [name for name in scripts if not Path(name).is_file()]
    if missing:
        return f"there is no script {missing[0]}"
    if options.synapse and not options.neuron:
        return "--synapse needs a --neuron that it targets"
    if options.jobs < 0:
        return "--jobs must be at least 1"
    if not (scripts or combinations or options.host):
        return "name scripts, models or --host"
    return ""


def _targets(names: str) -> list[Settings]:
    from nestml_jit.cache import find_settings
    from nestml_jit.cache.target import check_name, this_machine

    common = find_settings()
    wanted = [name for name in names.split(",") if name] or [common.cpu]
    for name in wanted:
        check_name(name, this_machine())
    return [dataclasses.replace(common, cpu=name, offline=False) for name in dict.fromkeys(wanted)]


def _store(root: Path | None) -> Store:
    """Return the store to compile into; a folder that is named is filled whatever others hold."""
    from nestml_jit.cache import Roots, Store

    return Store() if root is None else Store(Roots(root.absolute()))


def _recordings(
    options: argparse.Namespace, scripts: Sequence[str], combinations: Sequence[str], store: Store
) -> list[Recording]:
    from nestml_jit.ahead.prewarm import record_combinations, record_script

    arguments = shlex.split(options.args)
    found = [record_script(Path(name), arguments, store, options.timeout) for name in scripts]
    if combinations or options.host:
        found.append(record_combinations(combinations, store))
    return found


def _is_useful(recording: Recording) -> bool:
    """Whether it came to its end, or as far as a first simulation."""
    return not recording.failure or (recording.simulations > 0 and _is_script(recording.name))


def _report(
    options: argparse.Namespace, recordings: Sequence[Recording], made: Sequence[Made], root: Path
) -> None:
    if options.format == "json":
        print(json.dumps(_record(recordings, made, root), indent=2))
        return
    for recording in recordings:
        _tell(recording)
    for item in made:
        how = "failed" if item.failure else "was there" if item.cached else f"{item.seconds:.2f} s"
        say(f"{how:>9}  {item.cpu:<10}  {plain_line(item.subject)}")
        if item.failure:
            complain_of(item.failure)
    done = [item for item in made if not item.failure]
    say(f"{counted(len(done), 'kernel')} in {root}")


def _tell(recording: Recording) -> None:
    counts = f"{counted(recording.simulations, 'simulation')}, {counted(len(recording.kernels), 'kernel')}"
    say(f"{recording.name}: {counts}")
    if recording.failure and _is_useful(recording):
        last = recording.failure.splitlines()[-1]
        complain_of(
            f"{recording.name}: it did not come to its end ({last}); "
            "what it had connected by then is compiled"
        )
    elif recording.failure:
        complain_of(f"{recording.name}: nothing was recorded:\n{recording.failure}")


def _record(recordings: Sequence[Recording], made: Sequence[Made], root: Path) -> dict[str, object]:
    return {
        "root": str(root),
        "recordings": [
            {
                "name": item.name,
                "simulations": item.simulations,
                "kernels": [kernel.subject for kernel in item.kernels],
                "failure": item.failure or None,
            }
            for item in recordings
        ],
        "kernels": [_kernel_record(item) for item in made],
    }


def _kernel_record(item: Made) -> dict[str, object]:
    path = None if item.path is None else str(item.path)
    return {**dataclasses.asdict(item), "path": path, "failure": item.failure or None}
