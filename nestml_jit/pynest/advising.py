"""Adds to NEST's errors about parameters, values, receptors and recordables what a model has instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nestml_jit.session import Session, parameter_advice
from nestml_jit.session.parameter_advice import Offer

KINDS = frozenset(("UnaccessedDictionaryEntry", "TypeMismatch", "UnknownReceptorType", "IllegalConnection"))


def models_of_nodes(session: Session, nodes: Any) -> list[str]:
    """Return the models of nodes."""
    if not session.is_active or not session.nest.ll_api.nestkernel.llapi_nc_size(nodes):
        return []
    found = session.nest.NodeCollection(nodes).get("model")
    return [found] if isinstance(found, str) else list(found)


def models_of_connections(session: Session, connections: Any) -> list[str]:
    """Return the models of the first and the last connection."""
    few = [connections[0], connections[-1]] if session.is_active and len(connections) else []
    found = session.nest.ll_api.nestkernel.llapi_get_connection_status(few)
    return [str(item["synapse_model"]) for item in found]


@dataclass(frozen=True)
class Questioned:
    """The models that an error may be about.

    Attributes
    ----------
    given
        Those that values were meant for.
    targets
        Those of nodes that something was to be connected to.
    """

    given: Iterable[str] = ()
    targets: Iterable[str] = ()


def advised(
    session: Session, questioned: Callable[..., Questioned], hook: Callable[..., Any]
) -> Callable[..., Any]:
    """Return a hook whose errors of NEST also say what the models in question have.

    Parameters
    ----------
    session
        Knows the models.
    questioned
        Returns these models, given the arguments of the low-level function.
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
            models = questioned(*arguments, **more)
            given, targets = _offers(session, models.given), _offers(session, models.targets)
            text = parameter_advice.of_error(kind, str(error), given, targets)
            if not text:
                raise
            said = str(error).rstrip().rstrip(".")
            raise type(error)(f"{said}. {text}") from None

    return advising


def _offers(session: Session, models: Iterable[str]) -> list[Offer]:
    """Return what our models can be given; about its own ones NEST says what it always says."""
    cards = {model: session.card(model) for model in models}
    return [parameter_advice.offer(model, card) for model, card in cards.items() if card is not None]
