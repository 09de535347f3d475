"""`import nestml_jit` puts PyNEST with NESTML models in the place of the bare package."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nestml_jit.session import Session

PACKAGE = "nestml_jit"


def enter(version: str) -> None:
    """Make the package that is being imported PyNEST, unless only the command line wants it."""
    if runs_a_script() or not _is_command():
        _put_in_the_place_of_nest(version)


def runs_a_script() -> bool:
    """Whether this process is `nestml-jit run`, and the script has begun."""
    return f"{PACKAGE}.pynest.run" in sys.modules


def _is_command() -> bool:
    """Whether this process is the command line `nestml-jit`, which needs models but no simulator."""
    as_module = sys.orig_argv[1:3] == ["-m", PACKAGE]
    return as_module or os.path.basename(sys.argv[0] if sys.argv else "") == "nestml-jit"


def _put_in_the_place_of_nest(version: str) -> None:
    """Make the package PyNEST with NESTML models: see `nestml_jit.pynest.facade`, `session` and `hooks`."""
    import nest

    from nestml_jit.pynest.collections import quicken
    from nestml_jit.pynest.facade import make_module, put_in_the_place_of
    from nestml_jit.pynest.hooks import creator, install_hooks
    from nestml_jit.pynest.jit import Jit
    from nestml_jit.session import Session
    from nestml_jit.standin import finder

    session = Session(nest)
    create = creator(session)
    install_hooks(session)
    quicken(session)
    module = make_module(
        nest,
        PACKAGE,
        extra={"jit": Jit(session, version), "_session": session},
        overrides={"Create": create},
        hidden=_extension(session),
    )
    sys.modules[PACKAGE] = module
    finder.install()
    if runs_a_script():
        put_in_the_place_of(nest, module)


def _extension(session: Session) -> dict[str, Callable[[Any], None]]:
    """Return what IPython calls for `%load_ext nestml_jit` and `%unload_ext nestml_jit`."""

    def load_ipython_extension(shell: Any) -> None:
        from nestml_jit.pynest.notebook import load_extension

        load_extension(shell, session)

    def unload_ipython_extension(shell: Any) -> None:
        from nestml_jit.pynest.notebook import unload_extension

        unload_extension(shell, session)

    return {function.__name__: function for function in (load_ipython_extension, unload_ipython_extension)}
