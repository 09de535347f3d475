"""The record that a kernel is attached with: the structures of host/src/api/binding_record.h, for ctypes.

The header says what the fields mean. Each structure here has the header's fields in the header's order;
`nj_binding_layout` of the host tells their sizes and offsets, and a test compares them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nestml_jit.card import Column, Delivery, FusionCard, Replay

_TEXT, _NUMBER = ctypes.c_char_p, ctypes.c_uint64


class NjNames(ctypes.Structure):
    """Names of variables."""

    _fields_ = (("name", ctypes.POINTER(_TEXT)), ("size", _NUMBER))


class NjColumnRecord(ctypes.Structure):
    """A column of a kernel or of a delivery."""

    _fields_ = (("name", _TEXT), ("special", _NUMBER))


class NjDelayRecord(ctypes.Structure):
    """A delay with which a kernel reads a variable."""

    _fields_ = (("variable", _TEXT), ("column", _NUMBER))


class NjTraceRecord(ctypes.Structure):
    """A state that follows from postsynaptic spikes and parameters alone."""

    _fields_ = (
        ("state", _TEXT),
        ("form", _TEXT),
        ("parameter", ctypes.POINTER(_NUMBER)),
        ("parameters", _NUMBER),
        ("archived", _NUMBER),
    )


class NjDeliveryRecord(ctypes.Structure):
    """What the connections of one synapse model need besides the functions of the kernel."""

    _fields_ = (
        ("synapse", _TEXT),
        ("column", ctypes.POINTER(NjColumnRecord)),
        ("columns", _NUMBER),
        ("scalar", ctypes.POINTER(ctypes.c_double)),
        ("scalars", _NUMBER),
        ("uses_history", _NUMBER),
        ("flush", _NUMBER),
        ("every_step", _NUMBER),
        ("at_spikes", _NUMBER),
        ("moved", NjNames),
        ("late_states", NjNames),
        ("replay", NjNames),
        ("trace", ctypes.POINTER(NjTraceRecord)),
        ("traces", _NUMBER),
    )


class NjBindingRecord(ctypes.Structure):
    """A kernel and the layout of its columns."""

    _fields_ = (
        ("neuron", _TEXT),
        ("kernel", ctypes.c_void_p),
        ("seed", _NUMBER),
        ("channels", _NUMBER),
        ("column", ctypes.POINTER(NjColumnRecord)),
        ("columns", _NUMBER),
        ("history", NjNames),
        ("before", NjNames),
        ("signals", NjNames),
        ("past", NjNames),
        ("delay", ctypes.POINTER(NjDelayRecord)),
        ("delays", _NUMBER),
        ("delivery", ctypes.POINTER(NjDeliveryRecord)),
        ("deliveries", _NUMBER),
    )


STRUCTURES = (NjNames, NjColumnRecord, NjDelayRecord, NjTraceRecord, NjDeliveryRecord, NjBindingRecord)


def binding_record(
    neuron: str, kernel: int, card: FusionCard, scalars: Mapping[str, Sequence[float]], seed: int
) -> NjBindingRecord:
    """Return the record of a kernel; it keeps alive what it points to.

    Parameters
    ----------
    neuron
        The model that the kernel is attached to; "" for NEST's own neurons.
    kernel
        The address of the kernel's table of functions.
    card
        Its layout.
    scalars
        For each synapse model the values of its delivery's scalars, in the card's order.
    seed
        Of the random number streams.
    """
    names = [column.name for column in card.columns]
    delays = [NjDelayRecord(delay.variable.encode(), names.index(delay.steps)) for delay in card.delays]
    deliveries = [_delivery(delivery, scalars[delivery.synapse]) for delivery in card.deliveries]
    return NjBindingRecord(
        neuron.encode(),
        kernel,
        seed,
        card.channels,
        *_columns(card.columns, "internal"),
        _names(card.history),
        _names(card.before),
        _names(card.signals),
        _names(card.past),
        *_array(NjDelayRecord, delays),
        *_array(NjDeliveryRecord, deliveries),
    )


def _delivery(delivery: Delivery, scalars: Sequence[float]) -> NjDeliveryRecord:
    replay = delivery.replay or Replay((), (), ())
    return NjDeliveryRecord(
        delivery.synapse.encode(),
        *_columns(delivery.columns, "source"),
        *_array(ctypes.c_double, scalars),
        delivery.uses_history,
        delivery.flush,
        delivery.every_step,
        delivery.at_spikes,
        _names(delivery.moved),
        _names(delivery.late_states),
        _names(replay.parameters),
        *_array(NjTraceRecord, _traces(replay)),
    )


def _traces(replay: Replay) -> list[NjTraceRecord]:
    found = []
    for state, trace in zip(replay.states, replay.traces, strict=True):
        numbers = [replay.parameters.index(name) for name in trace.parameters]
        found.append(
            NjTraceRecord(state.encode(), trace.form.encode(), *_array(_NUMBER, numbers), trace.archived)
        )
    return found


def _columns(columns: Iterable[Column], special: str) -> tuple[Any, int]:
    """Return records of columns and their number; those of the mode `special` are marked."""
    return _array(
        NjColumnRecord, [NjColumnRecord(item.name.encode(), item.mode == special) for item in columns]
    )


def _names(names: Iterable[str]) -> NjNames:
    return NjNames(*_array(_TEXT, [name.encode() for name in names]))


def _array(kind: Any, items: Sequence[Any]) -> tuple[Any, int]:
    """Return a C array, which what it is assigned to keeps alive, and its length."""
    return (kind * len(items))(*items), len(items)
