"""What all tests need: signals as in a terminal, and a cache that no other process of the tests writes to.

Tests that are started in the background would have Ctrl-C ignored. Some tests look at what a step leaves in
the cache; where test files run side by side, each process has a cache of its own. The host library takes
longest to compile: it is compiled once for all processes, while they run tests that need none.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CACHE = "NESTML_JIT_CACHE"
WORKER = os.environ.get("PYTEST_XDIST_WORKER")
COMMON = os.environ.get(CACHE)
"""The cache from which the processes take the host library."""

if WORKER and COMMON:
    own = Path(COMMON).absolute() / WORKER
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ[CACHE] = str(own)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

WITHOUT_HOST = frozenset(
    """
    cache codegen dsl facade test_agreement.py test_documents.py test_host_sources.py test_imports.py
    test_options.py test_project.py test_shared_constants.py
    """.split()
)
"""Folders and files of tests that need no host library."""

FIRST = (
    "codegen/test_oracle.py",
    "codegen/test_rules.py",
    "dropin/test_suite.py",
    "numerics/test_every_synapse.py",
    "codegen/test_events.py",
    "dropin/test_mixed.py",
    "robustness/test_interrupts.py",
    "codegen/test_renaming.py",
    "soak/test_programs.py",
    "session/test_robustness.py",
    "robustness/test_surroundings.py",
    "numerics/test_late_connections.py",
)
"""Files that take longest: begun last, they would keep one process busy when the others are done."""


def pytest_configure(config: pytest.Config) -> None:
    """Begin to compile the host library."""
    if COMMON and not WORKER and config.getoption("numprocesses", None):
        process = host_library(COMMON)
        config.add_cleanup(lambda: end(process))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files for processes that run side by side."""
    if WORKER:
        places = {TESTS / name: place for place, name in enumerate(FIRST)}
        items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have the host library in the process's own cache."""
    if WORKER and COMMON and item.path.relative_to(TESTS).parts[0] not in WITHOUT_HOST:
        take_host_library(Path(COMMON), Path(os.environ[CACHE]))


@functools.cache
def take_host_library(common: Path, own: Path) -> None:
    """Copy the host library into a cache, when it is compiled."""
    host_library(str(common)).wait()
    there = own / "v1" / "host"
    for folder in (there.parent, there):
        folder.mkdir(mode=0o700, exist_ok=True)
    for entry in (common / "v1" / "host").glob("*"):
        if not (there / entry.name).exists():
            shutil.copytree(entry, there / entry.name)


def host_library(cache: str) -> subprocess.Popen[bytes]:
    """Start to compile the host library, or to wait for the process that does so already.

    If it cannot be compiled the tests will say so.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "nestml_jit", "prewarm", "--host"],
        cwd=TESTS.parent,
        env={**os.environ, CACHE: cache},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that may not be done yet, as Ctrl-C would."""
    process.send_signal(signal.SIGINT)
    process.wait()
