"""Signals as in a terminal: where tests are started in the background, Ctrl-C is ignored by all they start."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
