"""PyNEST as it is, plus every neuron and synapse model written in NESTML, compiled just in time.

`import nestml_jit as nest` and go on as before: a model's name in `Create` or `Connect` is looked
up among NEST's models first, then among NESTML files; see `nest.jit`. `__version__` is NEST's, since
scripts compare it; ours is `nest.jit.version`.
"""

from __future__ import annotations

import os as _os
import sys as _sys

__version__ = "0.1.0.dev0"


def _is_command() -> bool:
    """Whether this process is the command line `nestml-jit`, which needs models but no simulator."""
    if _runs_a_script():
        return False
    as_module = _sys.orig_argv[1:3] == ["-m", "nestml_jit"]
    return as_module or _os.path.basename(_sys.argv[0] if _sys.argv else "") == "nestml-jit"


def _runs_a_script() -> bool:
    """Whether this process is `nestml-jit run`, and the script has begun."""
    return f"{__name__}.run" in _sys.modules


def _put_in_the_place_of_nest() -> None:
    """Make this module PyNEST with NESTML models: see `nestml_jit.facade`, `session` and `hooks`."""
    import nest

    from nestml_jit.facade import make_module, put_in_the_place_of
    from nestml_jit.hooks import creator, install_hooks
    from nestml_jit.jit import Jit
    from nestml_jit.session import Session

    session = Session(nest)
    create = creator(session)
    install_hooks(session)
    module = make_module(
        nest,
        __name__,
        extra={"jit": Jit(session, __version__), "_session": session},
        overrides={"Create": create},
    )
    _sys.modules[__name__] = module
    if _runs_a_script():
        put_in_the_place_of(nest, module)


if not _is_command():
    _put_in_the_place_of_nest()
