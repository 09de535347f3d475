"""Which connections are meant, and how their values are reached: by the host, or by way of NEST."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from nestml_jit.session.host_loading import HostLoading
from nestml_jit.session.pairs import Pairs
from nestml_jit.session.registry import Registry

if TYPE_CHECKING:
    from nestml_jit.host.connections import ConnectionObjects, HostConnections
    from nestml_jit.session.connection_columns import ConnectionColumns, Moment, Values


class ConnectionArrays:
    """Makes columns of connections.

    Parameters
    ----------
    nest
        The real module.
    """

    def __init__(self, nest: ModuleType, hosts: HostLoading, registry: Registry, pairs: Pairs) -> None:
        self._nest = nest
        self._hosts = hosts
        self._registry = registry
        self._pairs = pairs
        self._objects: ConnectionObjects | None = None

    def of(self, connections: Any, at: str | None) -> ConnectionColumns:
        """Return the columns of a SynapseCollection, of one of our models."""
        moment = self._moment(at)
        if not len(connections):
            self._refuse("none")
        values = self.host_values(connections)
        if values is not None:
            return self._columns(connections[0].get("synapse_model"), values, moment)
        from nestml_jit.session.connection_columns import ValuesByStatus

        shown = connections.get("synapse_model")
        models = {shown} if isinstance(shown, str) else set(shown)
        if len(models) > 1 or not self._is_ours(next(iter(models))):
            self._refuse(", ".join(sorted(models)))
        return self._columns(models.pop(), ValuesByStatus(connections), moment)

    def between(
        self, source: Any, target: Any, synapse_model: str | None, at: str | None
    ) -> ConnectionColumns:
        """Return the columns of the connections of one of our models between nodes, None being all."""
        from nestml_jit.session.columns import node_ids

        moment = self._moment(at)
        model = self._only_model() if synapse_model is None else synapse_model
        if not self._is_ours(model):
            self._refuse(model)
        ends = [None if nodes is None else node_ids(nodes) for nodes in (source, target)]
        return self._columns(model, self._hosts.host.connections_between(model, *ends), moment)

    def host_values(self, connections: Any) -> HostConnections | None:
        """Return quick access to values of connections, None if NEST has to look them up itself.

        It has to if any of them is of another model than the first, is none of ours, or is that of a device.
        """
        objects = connections._datum
        if not self._hosts.is_active or not isinstance(objects, list):
            return None
        import numpy as np

        if self._objects is None:
            self._objects = self._hosts.host.connection_objects(self._identify)
        return self._objects.select(np.fromiter(objects, dtype=object, count=len(objects)))

    def _identify(self, item: Any) -> Mapping[str, int]:
        (status,) = self._nest.ll_api.nestkernel.llapi_get_connection_status([item])
        found: Mapping[str, int] = status
        return found

    def _columns(self, model: str, values: Values, moment: Moment) -> ConnectionColumns:
        from nestml_jit.session.connection_columns import ConnectionColumns

        return ConnectionColumns(values, self._registry.synapse_card(model), moment)

    def _moment(self, at: str | None) -> Moment:
        if at not in (None, "now"):
            raise ValueError(f'at: None or "now", not {at!r}')
        return contextlib.nullcontext if at is None else lambda: self._hosts.host.showing_now()

    def _is_ours(self, model: str) -> bool:
        return bool(self._hosts.is_active and self._hosts.host.synapse_base(model))

    def _only_model(self) -> str:
        """Return the only synapse model of ours that was connected."""
        models = self._pairs.connected_synapses()
        if len(models) != 1:
            found = ", ".join(models) or "none"
            self._raise(f"synapse_model must be given: there are connections of {found}.")
        return models[0]

    def _refuse(self, found: str) -> NoReturn:
        self._raise(
            f"Connections of one NESTML model are needed, not of {found}. For others use get() and set() of "
            "the SynapseCollection, or divide it by synapse_model."
        )

    def _raise(self, text: str) -> NoReturn:
        raise self._nest.NESTErrors.KernelException(text)
