"""`SynapseCollection.get` and `set` without a dictionary of each connection, for many of our models.

What is returned is the same, in the same order and of the same types. Wherever something is out of the
ordinary (a name that is unknown, a value that may not be, connections of several models), NEST's own methods
are called, and say so in their own way.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nestml_jit.session import Session

if TYPE_CHECKING:
    from nestml_jit.card import SynapseCard
    from nestml_jit.session.connection_columns import Values

FEW = 32
"""Connections that NEST looks up itself in less time than it takes to do without it."""

_WHOLE = ("source", "target", "target_thread", "port")
"""What NEST says of each connection beside its variables, all integers."""


def quicken(session: Session) -> None:
    """Let collections of many connections read and write columns."""
    cls = session.nest.SynapseCollection
    quick = _Quick(session)
    cls.get = _around(cls.get, quick.get)
    cls.set = _around(cls.set, quick.set)


def _around(original: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that calls ours with the original as first argument, and looks like the original."""

    @functools.wraps(original)
    def method(self: Any, *arguments: Any, **more: Any) -> Any:
        return ours(original, self, *arguments, **more)

    return method


class _Quick:
    """The methods; each takes the original first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, original: Callable[..., Any], connections: Any, keys: Any = None, output: str = "") -> Any:
        names = [keys] if isinstance(keys, str) else keys
        if output == "" and isinstance(names, (list, tuple)) and self._are_many(connections):
            lists = self._lists(connections, names)
            if lists is not None:
                return lists[keys] if isinstance(keys, str) else lists
        return original(connections, keys, output)

    def _lists(self, connections: Any, names: Any) -> dict[str, list[Any]] | None:
        """Return lists of what is asked for, None if NEST has to find it."""
        found = self._values(connections)
        if found is None:
            return None
        values, card = found
        types = _types(card)
        if not all(isinstance(name, str) and name in types for name in names):
            return None
        return {name: _read(values, name, types[name]) for name in names}

    def set(self, original: Callable[..., Any], connections: Any, params: Any = None, **kwargs: Any) -> None:
        given = kwargs if params is None else params
        is_one_way = isinstance(given, dict) and not (params and kwargs)
        if not (is_one_way and self._are_many(connections) and self._set(connections, given)):
            original(connections, params, **kwargs)

    def _set(self, connections: Any, given: Mapping[str, Any]) -> bool:
        """Set one variable of all connections; return whether that was possible and is done."""
        found = self._values(connections) if len(given) == 1 and self._session.agreement.is_alone else None
        if found is None:
            return False
        from nestml_jit.session.connection_columns import as_slots

        ((name, value),) = given.items()
        values, card = found
        types = {item.name: item.type for item in card.variables if item.kind in ("parameter", "state")}
        variable = card.weight if name == "weight" else name
        if types.get(variable) not in ("real", "integer", "boolean"):
            return False
        slots = as_slots(value, types[variable])
        if slots is None or slots.shape not in ((), (len(connections),)):
            return False
        try:
            values.write(variable, slots)
        except self._session.nest.NESTError:
            return False  # NEST's own way refuses it, too, and says why
        return True

    def _are_many(self, connections: Any) -> bool:
        return self._session.is_active and len(connections) > FEW

    def _values(self, connections: Any) -> tuple[Values, SynapseCard] | None:
        values = self._session.host_values(connections)
        if values is None:
            return None
        kernel = self._session.nest.ll_api.nestkernel
        (first,) = kernel.llapi_get_connection_status([connections._datum[0]])
        card = self._session.synapse_card(first["synapse_model"])
        return None if card is None else (values, card)


def _types(card: SynapseCard) -> dict[str, str]:
    """Return the types of what connections of a model show as single values."""
    shown = {
        item.name: item.type
        for item in card.variables
        if item.type in ("real", "integer", "boolean") and item.kind in ("parameter", "state")
    }
    weight = {"weight": "real"} if card.weight else {}
    return shown | weight | {"delay": "real"} | dict.fromkeys(_WHOLE, "integer")


def _read(values: Values, name: str, kind: str) -> list[Any]:
    import numpy as np

    found = np.empty(values.size, np.int64 if kind == "integer" else np.float64)
    values.read(name, found)
    return (found != 0.0 if kind == "boolean" else found).tolist()
