"""PyNEST as it is, plus every neuron and synapse model written in NESTML, compiled just in time.

`import nestml_jit as nest` and go on as before: a model's name in `Create` or `Connect` is looked
up among NEST's models first, then among NESTML files; see `nest.jit`. `__version__` is NEST's, since
scripts compare it; ours is `nest.jit.version`.
"""

from __future__ import annotations

import sys as _sys
from typing import Any as _Any

import nest as _nest

from nestml_jit.facade import make_module as _make_module
from nestml_jit.hooks import install_hooks as _install_hooks
from nestml_jit.jit import Jit as _Jit
from nestml_jit.session import Session as _Session

__version__ = "0.1.0.dev0"

_session = _Session(_nest)


def _create(model: _Any, n: _Any = 1, params: _Any = None, positions: _Any = None) -> _Any:
    """Create nodes; initial values that depend on parameters follow those given here."""
    if not params and not isinstance(n, dict):
        return _nest_create(model, n, params, positions)
    _session.ensure(model)
    if not _session.is_active:
        return _nest_create(model, n, params, positions)
    _session.host.set_creating(True)
    try:
        return _nest_create(model, n, params, positions)
    finally:
        _session.host.set_creating(False)


_nest_create = _nest.Create
_install_hooks(_session)
_sys.modules[__name__] = _make_module(
    _nest,
    __name__,
    extra={"jit": _Jit(_session, __version__), "_session": _session},
    overrides={"Create": _create},
)
