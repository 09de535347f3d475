"""What all tests need: signals as in a terminal, and a cache that no other process of the tests writes to.

Tests that are started in the background would have Ctrl-C ignored. Some tests look at what a step leaves in
the cache; where test files run side by side, each process has a cache of its own.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER")
if WORKER and "NESTML_JIT_CACHE" in os.environ:
    own = Path(os.environ["NESTML_JIT_CACHE"]).absolute() / WORKER
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["NESTML_JIT_CACHE"] = str(own)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
