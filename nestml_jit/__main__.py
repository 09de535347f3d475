"""`python -m nestml_jit` is `nestml-jit`, and `python -m nestml_jit SCRIPT` is `nestml-jit run SCRIPT`."""

from __future__ import annotations

import sys

from nestml_jit.cli import COMMANDS, main

words = sys.argv[1:]
names = [command.__name__.rpartition(".")[2] for command in COMMANDS]
if words and not words[0].startswith("-") and words[0] not in names:
    words.insert(0, "run")
sys.exit(main(words))
