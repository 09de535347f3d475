"""A pytest plugin: `import nest` means nestml_jit, in tests and conftest files alike.

NEST's submodules that are imported already stay in `sys.modules` under their own names; those that
NEST loads late are found by the facade.
"""

import sys

import nestml_jit

sys.modules["nest"] = nestml_jit
