"""NEST's submodule of this name. Made by `docs/make_stub.py`; do not edit."""

from typing import Any

def __getattr__(name: str) -> Any: ...
