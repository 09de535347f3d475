"""A pytest plugin that writes down what happens to each test at once, so that a crash loses nothing.

The environment variable `DROPIN_RECORD` names the file to write to, a JSON array per line: an event, the
test, and seconds where there are any. `DROPIN_WANTED` may name a file with the tests to run, one a line, and
`DROPIN_SAMPLE` one with functions that are left out; of the parameters of others the first, the middle and
the last are taken.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

STARTED, COLLECTED = "started", "collected"


def sampled(tests: Iterable[str], slow: frozenset[str]) -> frozenset[str]:
    """Return a fixed part of these tests that has something of everything but what is slow."""
    functions: dict[str, list[str]] = {}
    for test in tests:
        functions.setdefault(test.partition("[")[0], []).append(test)
    return frozenset(
        some[index]
        for function, some in functions.items()
        for index in (0, len(some) // 2, -1)
        if function not in slow
    )


class _Record:
    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._wanted = _lines("DROPIN_WANTED")
        self._slow = _lines("DROPIN_SAMPLE")

    def _note(self, *event: str | float) -> None:
        self._file.write(json.dumps(event) + "\n")
        self._file.flush()

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        wanted = self._wanted
        if wanted is None and self._slow is not None:
            wanted = sampled([item.nodeid for item in items], self._slow)
        if wanted is not None:
            config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
            items[:] = [item for item in items if item.nodeid in wanted]
        for item in items:
            self._note(COLLECTED, item.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._note("error", report.nodeid)
        elif report.skipped:
            self._note("skipped", report.nodeid)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._note(STARTED, nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of the test proper, and of set-up and tear-down unless they passed."""
        if report.when == "call" or not report.passed:
            outcome = "error" if report.failed and report.when != "call" else report.outcome
            if hasattr(report, "wasxfail"):
                outcome = "xpassed" if report.passed else "xfailed"
            self._note(outcome, report.nodeid, round(report.duration, 3))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Record(Path(os.environ["DROPIN_RECORD"])))


def _lines(variable: str) -> frozenset[str] | None:
    """Return the lines of the file that an environment variable names."""
    name = os.environ.get(variable)
    return frozenset(Path(name).read_text(encoding="utf-8").splitlines()) if name else None


def read(path: Path) -> Iterator[tuple[str, str, float]]:
    """Yield event, test and seconds of every complete line of a record."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    for line in lines:
        if line.endswith("\n"):
            event, test, *seconds = json.loads(line)
            yield event, test, float(sum(seconds))
