"""Explain to users that a script needs a kernel that is not compiled, where nothing may be compiled."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from nestml_jit.cache import BuildError, OfflineError, Settings, Store, runnable, this_cpu, unsuited

PREWARM = "nestml-jit prewarm"


def uncompilable(
    problem: BuildError, store: Store, settings: Settings, kind: str, subject: str
) -> BuildError:
    """Return the error for a machine without a compiler, with the way to do without one."""
    command = prewarm_command(store, settings, kind, subject)
    text = f"{problem.message}; or compile it on another machine, with:\n  {command}"
    return BuildError(text, problem.command, problem.status, problem.output)


def missing(store: Store, settings: Settings, kind: str, subject: str, request: str) -> OfflineError:
    """Return the error that says what is missing, where it was looked for, and what to type.

    Parameters
    ----------
    kind, request
        As for `nestml_jit.cache.find_prebuilt`, which found nothing.
    subject
        What it is; for a kernel the names of its models with " + " between them.
    """
    cpu = this_cpu()
    what = "the host library" if kind == "host" else f"the kernel of {subject}"
    others = unsuited(store, kind, request)
    elsewhere = f" There is one for {' and '.join(others)}, which will not do." if others else ""
    wanted = settings.cpu if settings.cpu != "native" else f"{cpu.machine} ({', '.join(runnable(cpu))})"
    roots = ", ".join(map(str, (*store.roots.readonly, store.roots.writable)))
    return OfflineError(
        f"{what} is not compiled, and NESTML_JIT_OFFLINE forbids to compile it now. It was looked for "
        f"in {roots}, for a CPU of {wanted}.{elsewhere} On a machine with a compiler, type:\n  "
        + prewarm_command(store, settings, kind, subject)
    )


def prewarm_command(store: Store, settings: Settings, kind: str, subject: str) -> str:
    """Return the command that compiles what the running script needs, for this machine's CPU.

    Without a script, as in a notebook, the models are named; all models need the host library.
    """
    root = store.roots.readonly[0] if store.roots.readonly else store.roots.writable
    able = runnable(this_cpu())
    cpu = settings.cpu if settings.cpu != "native" else (able[0] if able else "native")
    command = [*PREWARM.split(), "--root", str(root), "--cpu", cpu]
    return shlex.join([*command, *_what(kind, subject)])


def _what(kind: str, subject: str) -> list[str]:
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    if main and sys.argv and Path(main).is_file() and os.path.abspath(sys.argv[0]) == os.path.abspath(main):
        arguments = [f"--args={shlex.join(sys.argv[1:])}"] if sys.argv[1:] else []
        return [*arguments, os.path.abspath(main)]
    return ["--host"] if kind == "host" else [subject.replace(" ", "")]
