"""Functions and variables that every model has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.dsl.types import INTEGER, MS, REAL, STRING, VOID, Kind
from nestml_jit.functions import BUILTINS, ValueType


@dataclass(frozen=True)
class Signature:
    """The types of the arguments and of the result of a function.

    Attributes
    ----------
    parameters
        The types of the arguments; None stands for the template type `T0`, which all such
        arguments share.
    returns
        The type of the result; None for `T0`.
    optional
        Number of the last arguments that may be missing.
    """

    parameters: tuple[Kind | None, ...]
    returns: Kind | None
    optional: int = 0


_KINDS: Mapping[ValueType, Kind | None] = {
    "real": REAL,
    "integer": INTEGER,
    "ms": MS,
    "string": STRING,
    "void": VOID,
    "any": None,
}
FUNCTIONS: Mapping[str, Signature] = {
    name: Signature(tuple(_KINDS[item] for item in record.takes), _KINDS[record.gives], record.optional)
    for name, record in BUILTINS.items()
}
VARIABLES: dict[str, Kind] = {"t": MS, "e": REAL, "pi": REAL}
NODE_METHODS = frozenset(
    (
        "update", "calibrate", "handle", "connect_sender", "check_connection", "get_status", "set_status",
        "init_state_", "init_buffers_",
    )
)  # fmt: skip
