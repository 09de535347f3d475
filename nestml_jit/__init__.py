"""PyNEST as it is, plus every neuron and synapse model written in NESTML, compiled just in time.

`import nestml_jit as nest` and go on as before: a model's name in `Create` or `Connect` is looked
up among NEST's models first, then among NESTML files; see `nest.jit`. `__version__` is NEST's, since
scripts compare it; ours is `nest.jit.version`.
"""

# Type checkers read `__init__.pyi`: what is done here is in a module of its own, which they check.
from nestml_jit.pynest.entry import enter

__version__ = "0.1.0.dev0"

enter(__version__)
