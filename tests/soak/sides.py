"""Plays programs on both sides, each in a process of its own, and says where the outcomes differ."""

from __future__ import annotations

import contextlib
import json
import math
import os
import selectors
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
PLAYER = Path(__file__).with_name("player.py")
LOG = "SOAK_LOG"
"""Environment variable that names the file to which processes write what they have to say."""

PATIENCE = {"ours": 600.0, "nest": 60.0}
"""Seconds that a program may take; our first one may have the host compiled, and each of them kernels."""


class Worker:
    """A process that plays one program after the other; if it ends it is started again for the next one."""

    def __init__(self, side: str, environment: dict[str, str] | None = None) -> None:
        self.side = side
        self.environment = environment or {}
        self.process: subprocess.Popen[str] | None = None
        self.log = Path(os.environ.get(LOG, os.devnull)).open("a")  # noqa: SIM115 - until `close`

    def _start(self) -> subprocess.Popen[str]:
        environment = {
            "NESTML_JIT_CACHE": str(ROOT / ".nestml_jit_cache"),
            "OMP_WAIT_POLICY": "passive",
            "PYNEST_QUIET": "1",
            **os.environ,
            **self.environment,
        }
        return subprocess.Popen(
            [sys.executable, str(PLAYER), "serve", self.side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            cwd=ROOT,
            env=environment,
        )

    def play(self, steps: list[str]) -> list[Any] | str:
        """Return the outcomes of a program, or how the process ended."""
        if self.process is None:
            self.process = self._start()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(steps) + "\n")
            self.process.stdin.flush()
            with selectors.DefaultSelector() as selector:
                selector.register(self.process.stdout, selectors.EVENT_READ)
                line = self.process.stdout.readline() if selector.select(PATIENCE[self.side]) else None
        except BrokenPipeError:
            line = ""
        if line:
            outcomes: list[Any] = json.loads(line)
            return outcomes
        return self._ended(in_time=line is not None)

    def _ended(self, in_time: bool) -> str:
        assert self.process is not None
        if not in_time:
            self.process.kill()
        status = self.process.wait()
        self.end()
        return (
            f"the process ended with status {status}"
            if in_time
            else f"no answer in {PATIENCE[self.side]:g} s"
        )

    def end(self) -> None:
        """End the process, if there is one."""
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(BrokenPipeError, subprocess.TimeoutExpired):
            process.communicate(timeout=10.0)  # it ends with its input
            return
        process.kill()
        process.communicate()

    def close(self) -> None:
        """End for good."""
        self.end()
        self.log.close()


class Sides:
    """Both sides.

    Parameters
    ----------
    environment
        What the process with our models has in its environment besides.
    """

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self.ours = Worker("ours", environment)
        self.nests = Worker("nest")

    def __enter__(self) -> Sides:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ours.close()
        self.nests.close()

    def difference(self, steps: list[str]) -> str:
        """Return in what a program's outcomes differ, "" if in nothing.

        What NEST itself does not survive, or does not finish, has no outcome to compare with.
        """
        theirs = self.nests.play(steps)
        if isinstance(theirs, str):
            return ""
        ours = self.ours.play(steps)
        if isinstance(ours, str):
            return f"ours: {ours}"
        for number, (step, one, two) in enumerate(zip(steps, ours, theirs, strict=True)):
            if one.get("raised") != two.get("raised"):
                return f"step {number}: {step}\n  ours: {brief(one)}\n  NEST: {brief(two)}"
            if "shown" in one and (where := unequal(one["shown"], two["shown"])):
                return f"step {number}: {step}\n  {where}"
        return ""


def brief(outcome: dict[str, Any]) -> str:
    """Return an outcome in a line."""
    return f"{outcome['raised']}: {outcome['text']}" if "raised" in outcome else "no exception"


def unequal(ours: Any, theirs: Any, place: str = "", tolerance: float = 1e-8) -> str:
    """Return where two values differ by more than rounding or the tolerance they come with, "" if nowhere."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        one, two = ([list(item) for item in sorted(side.items())] for side in (ours, theirs))
        return unequal(one, two, place, ours.get("tolerance", tolerance))
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{place}: {len(ours)} items, NEST has {len(theirs)}"
        found = (
            unequal(one, two, f"{place}[{i}]", tolerance)
            for i, (one, two) in enumerate(zip(ours, theirs, strict=True))
        )
        return next((text for text in found if text), "")
    if isinstance(ours, float) and isinstance(theirs, int | float):
        close = math.isclose(ours, theirs, rel_tol=1e-8, abs_tol=tolerance)
        return (
            ""
            if close or (math.isnan(ours) and math.isnan(theirs))
            else f"{place}: {ours!r}, NEST has {theirs!r}"
        )
    return "" if ours == theirs else f"{place}: {ours!r}, NEST has {theirs!r}"


def shrink(sides: Sides, steps: list[str], tries: int = 150) -> list[str]:
    """Take away steps as long as something still differs."""
    size = max(1, len(steps) // 2)
    while size > 0 and tries > 0:
        at = 0
        while at < len(steps) and tries > 0:
            fewer = steps[:at] + steps[at + size :]
            tries -= 1
            if fewer and sides.difference(fewer):
                steps = fewer
            else:
                at += size
        size //= 2
    return steps


def script(steps: list[str]) -> str:
    """Return a program as a script by itself: `python SCRIPT ours` or `python SCRIPT nest`."""
    listed = "".join(f"    {step!r},\n" for step in steps)
    return f"{PLAYER.read_text()}\nPROGRAM = [\n{listed}]\n{MAIN}"


MAIN = """
for step, outcome in zip(PROGRAM, Player(sys.argv[1]).play(PROGRAM)):
    print(step, outcome, sep="\\n    ")
"""
