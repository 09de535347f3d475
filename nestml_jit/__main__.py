"""`python -m nestml_jit` is `nestml-jit`."""

from __future__ import annotations

import sys

from nestml_jit.cli import main

sys.exit(main())
