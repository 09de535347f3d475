"""A variable of connections as a matrix with a row per target: `nest.jit.matrix`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nestml_jit.session.columns import node_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nestml_jit.session.connection_columns import ConnectionColumns

ADDED_UP = "weight"
"""The variable of which parallel connections have a common effect: their sum."""


def connection_matrix(columns: ConnectionColumns, name: str, pre: Any, post: Any, sparse: bool) -> Any:
    """Return a variable of connections as a matrix; see `nest.jit.matrix`.

    Parameters
    ----------
    columns
        The connections; all of them are from `pre` to `post`.
    name
        The variable, a number for each connection.
    pre, post
        NodeCollections of the sources and targets.
    sparse
        Whether it is to be a `scipy.sparse.csr_array`.
    """
    values = columns[name]
    if values.ndim > 1:
        raise ValueError(f"{name} is a vector: a matrix needs a number for each connection: '{name}[0]'")
    places = _place_of(post, columns.targets), _place_of(pre, columns.sources)
    shape = len(post), len(pre)
    if name != ADDED_UP:
        _refuse_parallel(name, places, shape, columns)
    if sparse:
        from scipy.sparse import coo_array

        return coo_array((values, places), shape=shape).tocsr()
    return _dense(values, places, shape, 0.0 if name == ADDED_UP else np.nan)


def _place_of(nodes: Any, ids: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the positions of node IDs in a collection, which is sorted."""
    return np.searchsorted(node_ids(nodes), ids.astype(np.uint64))


def _refuse_parallel(
    name: str,
    places: tuple[NDArray[np.intp], NDArray[np.intp]],
    shape: tuple[int, int],
    columns: ConnectionColumns,
) -> None:
    """Raise an error if two connections have the same place: only weights add up."""
    cells = np.ravel_multi_index(places, shape) if len(places[0]) else np.empty(0, np.intp)
    _cells, first, count = np.unique(cells, return_index=True, return_counts=True)
    if np.any(count > 1):
        one = int(first[np.argmax(count > 1)])
        ends = f"from node {columns.sources[one]} to {columns.targets[one]}"
        raise ValueError(
            f"{name}: there are several connections {ends}, and only weights add up. nest.jit.columns has a "
            "value for each connection."
        )


def _dense(
    values: NDArray[Any],
    places: tuple[NDArray[np.intp], NDArray[np.intp]],
    shape: tuple[int, int],
    absent: float,
) -> NDArray[np.float64]:
    """Return a full matrix, with a number of its own where there is no connection."""
    found = np.zeros(shape)
    np.add.at(found, places, values)
    if np.isnan(absent):
        is_absent = np.ones(shape, bool)
        is_absent[places] = False
        found[is_absent] = absent
    return found
