"""NEST's submodule of this name. Made by `docs/make_stub.py`; do not edit."""

from typing import Any

from nestml_jit import Parameter

def conditional(condition: Any, param_if_true: Any, param_if_false: Any) -> Parameter: ...
def __getattr__(name: str) -> Any: ...
