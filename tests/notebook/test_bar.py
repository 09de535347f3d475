"""The bar that says what is compiled: in a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

SCRIPT = """
import time
from nestml_jit.session.progress import Progress

progress = Progress()
with progress.working("kernel", "quick"):
    pass
with progress.working("kernel", "alone"):
    time.sleep(0.7)
with progress.expecting(2):
    for subject in "first", "second":
        with progress.working("kernel", subject):
            time.sleep(0.7)
        progress.next()
print("done")
"""


def in_terminal() -> str:
    """Return what the script shows in a terminal of 100 columns."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="xterm", COLUMNS="100", PYTHONPATH=os.pathsep.join(sys.path))
        os.execv(sys.executable, [sys.executable, "-c", SCRIPT])
    shown = b""
    while chunk := _read(terminal):
        shown += chunk
    os.close(terminal)
    assert os.waitpid(process, 0)[1] == 0
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def test_terminal_shows_what_is_compiled_and_how_far_it_is() -> None:
    pytest.importorskip("rich")
    shown = in_terminal()
    assert "quick" not in shown, "what takes no time is not worth a bar"
    alone, first, second = (shown.index(f"compiling {what}") for what in ("alone", "first", "second"))
    assert alone < first < second
    assert "/" not in shown[alone:first]
    assert "0/2" in shown[first:second]
    assert "1/2" in shown[second:]
    assert shown.rstrip().endswith("done")


def test_nothing_is_shown_to_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")
