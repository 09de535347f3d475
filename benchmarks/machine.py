"""What a measurement was made on, and tables of what was measured."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path


def describe() -> str:
    """Return the machine, the compiler and the versions that a figure belongs to, as lines of text."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    nest = importlib.metadata.version("nest-simulator")
    return (
        f"machine:  {_processor()}, {cores} cores, {platform.system()}; load {_load()}\n"
        f"software: {_compiler()}; NEST {nest}; Python {platform.python_version()}"
    )


def _processor() -> str:
    """Return the processor's name, which `platform` does not tell on Linux."""
    path = Path("/proc/cpuinfo")
    fields: dict[str, str] = {}
    if path.is_file():
        for line in path.read_text().splitlines():
            name, _, value = line.partition(":")
            fields.setdefault(name.strip(), value.strip())
    name = fields.get("model name") or platform.processor() or platform.machine()
    caches = fields.get("cache size")
    return f"{name} (cache {caches})" if caches else name


def _load() -> str:
    """Return how many processes were busy during the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def _compiler() -> str:
    command = os.environ.get("CXX", "c++").split()
    try:
        told = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "no compiler"
    return told.stdout.splitlines()[0]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in the notation of Markdown, which reads well as plain text, too."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    first = f"<{widths[0]}"
    lines = [head, rule, *rows]
    return "\n".join(
        "| "
        + " | ".join(
            format(cell, first if column == 0 else f">{width}")
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    )
