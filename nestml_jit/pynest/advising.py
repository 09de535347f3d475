"""Adds to NEST's errors about parameters, values, receptors and recordables what the model has instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from nestml_jit.session import Session, parameter_advice
from nestml_jit.session.parameter_advice import Offer

KINDS = frozenset(("UnaccessedDictionaryEntry", "TypeMismatch", "UnknownReceptorType", "IllegalConnection"))
READ_ONLY = frozenset(
    "archiver_length available capacity element_type global_id has_delay instantiations local model "
    "model_id n_synapses needs_prototype node_uses_wfr num_connections recordables receptor_types "
    "requires_symmetric sizeof supports_precise_spikes synapse_id synapse_model synapse_modelid t_spike "
    "thread thread_local_id type_id vp".split()
)
"""Entries of NEST's own models that only tell something."""


def models_of_nodes(session: Session, nodes: Any) -> list[str]:
    """Return the models of nodes."""
    found = session.nest.NodeCollection(nodes).get("model")
    return [found] if isinstance(found, str) else list(found)


def models_of_connections(session: Session, connections: Any) -> list[str]:
    """Return the models of the first and the last connection."""
    few = [connections[0], connections[-1]] if len(connections) else []
    found = session.nest.ll_api.nestkernel.llapi_get_connection_status(few)
    return [str(item["synapse_model"]) for item in found]


def advised(
    session: Session, models: Callable[..., Iterable[str]], hook: Callable[..., Any]
) -> Callable[..., Any]:
    """Return a hook whose errors of NEST also say what the models in question have.

    Parameters
    ----------
    session
        Knows the models.
    models
        Returns their names, given the arguments of the low-level function.
    hook
        Stands in the place of that function, and takes it first.
    """

    def advising(original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        try:
            return hook(original, *arguments, **more)
        except session.nest.NESTError as error:
            kind = type(error).__name__
            if kind not in KINDS:
                raise
            offers = list(_offers(session, models(*arguments, **more)))
            text = parameter_advice.of_error(kind, str(error), offers)
            if not text:
                raise
            said = str(error).rstrip().rstrip(".")
            raise type(error)(f"{said}. {text}") from None

    return advising


def _offers(session: Session, models: Iterable[str]) -> Iterator[Offer]:
    for model in dict.fromkeys(models):
        card = session.card(model)
        if card is not None:
            yield parameter_advice.offer(model, card)
            continue
        try:
            defaults = session.nest.ll_api.nestkernel.llapi_get_defaults(model)
        except session.nest.NESTError:
            continue
        names = tuple(sorted(str(name) for name in defaults if str(name) not in READ_ONLY))
        recordables = tuple(map(str, defaults.get("recordables", ())))
        yield Offer(model, names, {}, is_synapse="synapse_model" in defaults, recordables=recordables)
