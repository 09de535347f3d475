"""Variables of whole populations as NumPy arrays: `nest.jit.columns`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nestml_jit.card import KEPT, NeuronCard, Variable
from nestml_jit.host.columns import HostColumns

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TYPES: Mapping[str, type] = {"real": np.float64, "integer": np.int64, "boolean": np.bool_}


def node_ids(population: Any) -> NDArray[np.uint64]:
    """Return the node IDs of a NodeCollection, which is sorted; asking NEST takes 13 us for each."""
    first, last = (population[index].global_id for index in (0, -1))
    if last - first + 1 == len(population):
        return np.arange(first, last + 1, dtype=np.uint64)
    return np.asarray(population.tolist(), dtype=np.uint64)


class PopulationColumn:
    """One variable of a population.

    `column[...]` is an array with one value per neuron, in the population's order, and
    `column[...] = values` sets all of them at once; any other index of NumPy reads or sets some. What is
    read is a copy. What is set is checked first, as by `set()`: types and guards; if one value may not
    be, nothing is set.

    Attributes
    ----------
    name
        Name of the variable.
    unit
        Unit of the values as text, such as "mV"; "" for plain numbers.
    kind
        "parameter", "state", "internal", "input" or "convolution"; internals and inputs cannot be set.
    dtype
        Type of what is read.
    """

    def __init__(self, host: HostColumns, variable: Variable, size: int) -> None:
        self._host, self._size = host, size
        self.name, self.unit, self.kind = variable.name, variable.unit, variable.kind
        self.dtype = np.dtype(_TYPES[variable.type])

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        unit = f" in {self.unit}" if self.unit else ""
        return f"<{self.name}: {self.kind}{unit}, {self.dtype}, {self._size} neurons>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("values in the population's order are a copy; views() makes none")
        values: NDArray[Any] = self[...]
        return values if dtype is None else values.astype(dtype)

    def __getitem__(self, key: Any) -> Any:
        return self._read().astype(self.dtype, copy=False)[key]

    def _given(self, values: Any) -> NDArray[Any]:
        """Return values as the host takes them; the host refuses the first one that is no integer."""
        given = np.asarray(values)
        if self.dtype.kind != "i":
            return given.astype(np.float64)
        if given.dtype.kind in "iu" and np.can_cast(given.dtype, np.int64):
            return given.astype(np.int64)
        real = given.astype(np.float64)
        fits = (real >= -(2.0**63)) & (real < 2.0**63) & (np.trunc(real) == real)
        if not np.all(fits):
            self._host.write(self.name, np.ascontiguousarray(real[~fits].ravel()[:1]), True)
        return given.astype(np.int64)

    def __setitem__(self, key: Any, values: Any) -> None:
        given = self._given(values)
        if key is not Ellipsis and not (isinstance(key, slice) and key == slice(None)):
            changed = self._read()
            changed[key] = given
            given = changed
        if given.shape not in ((), (1,), (self._size,)):
            raise ValueError(
                f"{self.name}: {self._size} values are needed, or one, not the shape {given.shape}"
            )
        self._host.write(self.name, np.ascontiguousarray(given), given.shape != (self._size,))

    def _read(self) -> NDArray[Any]:
        values = np.empty(self._size, np.int64 if self.dtype.kind == "i" else np.float64)
        self._host.read(self.name, values)
        return values

    def views(self) -> list[tuple[slice, NDArray[Any]]]:
        """Return the values without copying them: read-only arrays that change as the neurons do.

        Returns
        -------
        list of tuple of slice and numpy.ndarray
            One array for each stretch of memory, with the part of the population that it belongs to.
            With several threads each has a share; neurons that are created after the first call are in
            stretches of their own. Values are int64 for integers, else float64. An array stays
            readable whatever happens; after `ResetKernel` its values do not change any more.

        Raises
        ------
        ValueError
            If the population's order is not that of memory.
        nest.NESTErrors.KernelException
            For variables that are computed when they are read (internals), or after `ResetKernel`.
        """
        threads, lanes = (np.empty(self._size, dtype=np.uint32) for _ in range(2))
        self._host.places(threads, lanes)
        return [
            part
            for thread in np.unique(threads)
            for part in self._views_of(int(thread), np.flatnonzero(threads == thread), lanes)
        ]

    def _views_of(
        self, thread: int, nodes: NDArray[Any], lanes: NDArray[Any]
    ) -> Iterator[tuple[slice, NDArray[Any]]]:
        found = lanes[nodes].astype(np.int64)
        for first, memory in self._host.memory(self.name, thread):
            values = np.asarray(memory).view(np.int64 if self.dtype.kind == "i" else np.float64)
            inside = np.flatnonzero((found >= first) & (found < first + len(values)))
            if not len(inside):
                continue
            members, places = nodes[inside], found[inside] - first
            stride = int(members[1] - members[0]) if len(members) > 1 else 1
            if np.any(np.diff(places) != 1) or np.any(np.diff(members) != stride):
                raise ValueError(
                    f"{self.name}: the neurons are not in the order of memory; [...] makes a copy"
                )
            part = slice(int(members[0]), int(members[-1]) + 1, stride)
            yield part, values[int(places[0]) : int(places[-1]) + 1]


class Columns(Mapping[str, PopulationColumn]):
    """The variables of a population, by name; see `PopulationColumn`. `columns[name] = values` sets one."""

    def __init__(self, host: HostColumns, card: NeuronCard, size: int) -> None:
        listed = (item for item in card.variables if item.kind != "internal" or item.default is not None)
        known = [item for item in listed if item.type in _TYPES]
        self._vectors = frozenset(item.name for item in card.vectors)
        self._others = frozenset(item.name for item in card.variables) - {item.name for item in known}
        self._columns = {item.name: PopulationColumn(host, item, size) for item in known}

    def __getitem__(self, name: str) -> PopulationColumn:
        if name in self._vectors and name not in self._columns:
            raise KeyError(f"{name!r} is a vector: its elements are '{name}[0]', '{name}[1]', ...")
        if name not in self._columns:
            raise KeyError(f"{name!r} is no column of these neurons; {self._advice(name)}")
        return self._columns[name]

    def _advice(self, name: str) -> str:
        """Return what to use for what has no column."""
        if KEPT in name or name in self._others:
            return f"read it with get({name!r}) and set it with set({name}=...)"
        return f"their columns are {', '.join(self)}"

    def __setitem__(self, name: str, values: Any) -> None:
        self[name][...] = values

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._columns.values()))
