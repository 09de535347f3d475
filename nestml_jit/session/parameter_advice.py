"""What to tell users who give a model something that it does not have, or a value of another type.

NEST says which name it could not use. What is added here is of which model, what was probably meant, and what
NEST's name is called in models of NESTML.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nestml_jit.card import NeuronCard, SynapseCard, Variable

SETTABLE = ("parameter", "state")
MOST = 30
"""Names that are listed at most."""

_NAMES = {
    "A_minus": ("A_LTD",),
    "Aminus": ("A2_minus",),
    "Aminus_triplet": ("A3_minus",),
    "Aplus": ("A2_plus",),
    "Aplus_triplet": ("A3_plus",),
    "Kplus": ("pre_trace", "tr_r1"),
    "Kplus_triplet": ("tr_r2",),
    "Wmax": ("W_max",),
    "Wmin": ("W_min",),
    "gsl_error_tol": ("gsl_abs_error_tol",),
    "rate": ("firing_rate",),
    "t_ref": ("refr_T",),
    "t_ref_abs": ("refr_T", "r_abs"),
    "tau_decay_ex": ("tau_syn_decay_E",),
    "tau_decay_in": ("tau_syn_decay_I",),
    "tau_minus": ("tau_tr_post",),
    "tau_minus_triplet": ("tau_y",),
    "tau_plus": ("tau_tr_pre",),
    "tau_plus_triplet": ("tau_x",),
    "tau_rise_ex": ("tau_syn_rise_E",),
    "tau_rise_in": ("tau_syn_rise_I",),
    "tau_syn": ("tau_syn_exc",),
    "tau_syn_ex": ("tau_exc", "tau_syn_E"),
    "tau_syn_in": ("tau_inh", "tau_syn_I"),
}
"""Names of NEST's models, each with those that models of NESTML may have for the same."""

_ENDINGS = {"_ex": "_exc", "_in": "_inh"}


@dataclass(frozen=True)
class Offer:
    """What a model can be given.

    Attributes
    ----------
    model
        The model's name.
    names
        Its parameters and states.
    units
        The unit of each, "" for a plain number.
    receptors
        Numbers of its receptors with their ports.
    recordables
        What a multimeter may record.
    """

    model: str
    names: tuple[str, ...]
    units: Mapping[str, str]
    receptors: tuple[tuple[int, str], ...] = ()
    recordables: tuple[str, ...] = ()


def offer(model: str, card: NeuronCard | SynapseCard) -> Offer:
    """Return what a NESTML model can be given."""
    variables: Sequence[Variable] = [item for item in card.variables if item.kind in SETTABLE]
    names = [item.name for item in variables if "[" not in item.name]
    names += [vector.name for vector in card.vectors if not vector.pattern]
    units = {item.name: item.unit for item in variables}
    if isinstance(card, SynapseCard):
        return Offer(model, (*names, "weight", "delay", "receptor_type"), units)
    recordables = (*(item.name for item in card.variables if item.recordable), *card.observables)
    receptors = tuple((item.number, item.name) for item in card.receptors)
    return Offer(model, tuple(names), units, receptors, recordables)


def of_error(kind: str, text: str, given: Sequence[Offer], targets: Sequence[Offer]) -> str:
    """Return what to add to an error of NEST's, "" if there is nothing to say.

    Parameters
    ----------
    kind
        The name of the error's type.
    text
        What NEST says.
    given
        What the models can be given that values were meant for.
    targets
        What there is of the models that something was to be connected to.
    """
    if kind == "UnaccessedDictionaryEntry" and given:
        return " ".join(_of_name(name, given) for name in text.rpartition(":")[2].split())
    if kind == "TypeMismatch":
        found = re.search(r"Failed to cast '([^']+)' from (\S+)", text)
        return _of_type(found[1], found[2], given) if found else ""
    if kind == "UnknownReceptorType":
        return _of_receptor(text, targets)
    unknown = re.search(r"unknown recordable (\S+)", text)
    return _of_recordable(unknown[1].strip("'\""), targets) if unknown else ""


def meant(name: str, offered: Sequence[str]) -> list[str]:
    """Return which of the names offered may be meant by one that is not among them, the likeliest first."""
    ending = next((item for item in _ENDINGS if name.endswith(item)), "")
    wanted = [*_NAMES.get(name, ()), name.removesuffix(ending) + _ENDINGS.get(ending, "")]
    same = [item for item in wanted if item in offered and item != name]
    if same:
        return same[:1]
    folded = {item.lower().replace("_", ""): item for item in offered}
    exact = folded.get(name.lower().replace("_", ""))
    if exact:
        return [exact]
    return difflib.get_close_matches(name, offered, n=3, cutoff=0.6)


def _of_name(name: str, offers: Sequence[Offer]) -> str:
    models = " or ".join(f"'{item.model}'" for item in offers)
    head = f"'{name}' is nothing that {models} can be given"
    if any(name in item.names for item in offers):
        having = ", ".join(f"'{item.model}'" for item in offers if name in item.names)
        head = f"of these models only {having} can be given '{name}'"
    near = list(dict.fromkeys(found for item in offers for found in meant(name, item.names)))
    if near:
        return f"{head}; did you mean {' or '.join(repr(item) for item in near)}?"
    return f"{head}. It can be given {_listed(offers[0].names)}."


def _of_type(name: str, given: str, offers: Sequence[Offer]) -> str:
    owner = next((item for item in offers if name in item.units), None)
    unit = owner.units[name] if owner else ""
    if owner is None or not (unit or "string" in given):
        return ""
    without = ", and is written without its unit" if unit and "string" in given else ""
    return f"'{name}' of '{owner.model}' is a number{f' in {unit}' if unit else ''}{without}."


def _of_receptor(text: str, offers: Sequence[Offer]) -> str:
    ours = next((item for item in offers if item.receptors and item.model in text), None)
    if ours is None:
        return ""
    listed = ", ".join(f"{number} ({name})" for number, name in ours.receptors)
    return f"It has {listed}."


def _of_recordable(name: str, offers: Sequence[Offer]) -> str:
    parts = []
    for item in offers:
        near = meant(name, item.recordables)
        words = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
        parts.append(f"{words}'{item.model}' has {_listed(item.recordables)}.")
    return " ".join(parts)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return (", ".join(names[:MOST]) or "nothing") + more
