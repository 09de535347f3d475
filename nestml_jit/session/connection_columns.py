"""Variables of many connections as NumPy arrays: `nest.jit.columns(connections)`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from nestml_jit.card import SynapseCard

if TYPE_CHECKING:
    from numpy.typing import NDArray

Moment = Callable[[], contextlib.AbstractContextManager[None]]
"""Returns the context in which values are read: as connections show them, or as of now."""

_TYPES: Mapping[str, type] = {"real": np.float64, "integer": np.int64, "boolean": np.bool_}


class Values(Protocol):
    """Where values of connections are read and written, by the host or by way of NEST."""

    size: int

    def read(self, name: str, values: Any) -> None:
        """Fill an array of float64 or int64 with a variable's values."""
        ...

    def write(self, name: str, values: Any) -> None:
        """Set a variable to an array of one value for each connection, or one for all."""
        ...


class ValuesByStatus:
    """Values by way of NEST's dictionaries: connections from and to devices have no others."""

    def __init__(self, connections: Any) -> None:
        self._connections = connections
        self.size = len(connections)

    def read(self, name: str, values: Any) -> None:
        """Fill an array of float64 or int64 with a variable's values."""
        values[:] = self._connections.get(name)

    def write(self, name: str, values: Any) -> None:
        """Set a variable to an array of one value for each connection, or one for all."""
        listed = values.tolist()
        self._connections.set(
            {name: listed if values.shape == (self.size,) and self.size > 1 else values.flat[0]}
        )


class ConnectionColumns(Mapping[str, "NDArray[Any]"]):
    """The variables of connections of one model, by name.

    `columns["weight"]` is an array with what connections show at the moment, in their order: a copy that
    cannot be written to. `columns["weight"] = values` sets all of them, to one value each or all to one.
    Values are checked first, as by `set()`, and if one may not be, nothing is set. Vectors have a row each.

    Attributes
    ----------
    sources, targets
        Node IDs, an array of int64 each, in the same order.
    """

    def __init__(self, values: Values, card: SynapseCard, moment: Moment = contextlib.nullcontext) -> None:
        self._values, self._card, self._moment = values, card, moment
        self._types = {
            item.name: item.type
            for item in card.variables
            if item.type in _TYPES
            and item.kind not in ("clock", "input")
            and (item.kind != "internal" or item.default is not None)
        }
        if card.weight:
            self._types["weight"] = "real"
        self._types["delay"] = "real"
        self._vectors = {item.name: item for item in card.vectors if not item.pattern}

    @property
    def sources(self) -> NDArray[np.int64]:
        """Node IDs of the presynaptic neurons."""
        return self._read("source", np.int64)

    @property
    def targets(self) -> NDArray[np.int64]:
        """Node IDs of the postsynaptic neurons."""
        return self._read("target", np.int64)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name in self._vectors:
            found = np.stack([self[element] for element in self._elements(name)], axis=1)
        else:
            found = self._column(name)
        found.flags.writeable = False
        return found

    def _elements(self, name: str) -> list[str]:
        """Return the names of a vector's elements; all connections must have as many."""
        vector = self._vectors[name]
        size = vector.size
        if vector.size_variable and self._values.size:
            sizes = self[vector.size_variable]
            if np.any(sizes != sizes[0]):
                raise ValueError(f"{name}: vectors of several sizes; their elements are '{name}[0]', ...")
            size = int(sizes[0])
        return [f"{name}[{k}]" for k in range(size)]

    def _column(self, name: str) -> NDArray[Any]:
        kind = self._type_of(name)
        if name == "weight" and self._types.get(self._card.weight) == "integer":
            return self._column(self._card.weight).astype(np.float64)
        found = self._read(name, np.int64 if kind == "integer" else np.float64)
        return found.astype(_TYPES[kind], copy=False)

    def _type_of(self, name: str) -> str:
        if name not in self._types:
            raise KeyError(
                f"{name!r} is no column of connections of '{self._card.name}'; these are {', '.join(self)}"
            )
        return self._types[name]

    def _read(self, name: str, dtype: type) -> NDArray[Any]:
        values: NDArray[Any] = np.empty(self._values.size, dtype)
        with self._moment():
            self._values.read(name, values)
        return values

    def __setitem__(self, name: str, values: Any) -> None:
        if name in self._vectors:
            given = np.asarray(values)
            for k, element in enumerate(self._elements(name)):
                self[element] = given[..., k]
            return
        kind, size = self._type_of(name), self._values.size
        if name in ("delay", self._card.delay):
            raise TypeError(f"{name} cannot be set as a column: use set(delay=...) of a SynapseCollection")
        if name == "weight":
            name, kind = self._card.weight, self._types.get(self._card.weight, "real")
        slots = as_slots(values, kind)
        if slots is None:
            raise TypeError(f"{name}: values must be of the type {kind}, not {np.asarray(values).dtype}")
        if slots.shape not in ((), (1,), (size,)):
            raise ValueError(f"{name}: {size} values are needed, or one, not the shape {slots.shape}")
        self._values.write(name, slots)

    def __iter__(self) -> Iterator[str]:
        yield from self._types
        yield from self._vectors

    def __len__(self) -> int:
        return len(self._types) + len(self._vectors)

    def __repr__(self) -> str:
        return f"<{self._values.size} connections of '{self._card.name}': {', '.join(self)}>"


def as_slots(values: Any, kind: str) -> NDArray[Any] | None:
    """Return values as the host takes them, float64 or int64 in one piece; None if they are not of a type."""
    given = np.asarray(values)
    taken = {"real": "fiu", "integer": "iu", "boolean": "b"}[kind]
    if given.dtype.kind not in taken:
        return None
    return np.ascontiguousarray(given, np.int64 if kind == "integer" else np.float64).reshape(given.shape)
