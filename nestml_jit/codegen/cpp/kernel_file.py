"""The file of a kernel: its parts in the templates, and the headers that they need in front."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import jinja2

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.delivery_parts import DeliveryParts
from nestml_jit.codegen.cpp.headers import included, standard
from nestml_jit.codegen.cpp.history import HistoryLayout
from nestml_jit.codegen.cpp.neuron_text import NeuronText
from nestml_jit.codegen.cpp.printing import lines_of

_HERE = Path(__file__).parent

_NAMESPACE = "\0"
"""Stands for the namespace until the text is known; no text has this character."""


def render(neuron: NeuronText, deliveries: Sequence[DeliveryParts], history: HistoryLayout) -> str:
    """Return the text of a kernel; its namespace is named after the text, so that many can be loaded."""
    title = neuron.name + "".join(f" + {item.card.synapse}" for item in deliveries)
    uses = set(neuron.uses).union(*(item.uses for item in deliveries))
    if any(item.reads_history for item in deliveries):
        uses.add("history.h")
    values = {
        "title": title,
        "neuron": neuron,
        "deliveries": deliveries,
        "history": history,
        "standard": "\n".join(f"#include <{name}>" for name in standard(uses)),
        "support": "\n".join(_support(uses, neuron, deliveries, history)),
        "table": _table(deliveries),
        "record": _record(neuron, deliveries, history),
    }
    template = _environment().get_template("kernel.cpp.jinja")
    draft = _without_gaps(template.render(values, namespace=_NAMESPACE))
    key = hashlib.sha256(draft.encode()).hexdigest()[:16]
    return draft.replace(_NAMESPACE, f"nj_{key}")


def _table(deliveries: Sequence[DeliveryParts]) -> tuple[cpp.Declare, ...]:
    """Declare the table of the functions that deliver spikes, if there are any."""
    if not deliveries:
        return ()
    rows = cpp.Aggregate(tuple(item.row for item in deliveries))
    sizes = (cpp.Integer(len(deliveries)),)
    return (cpp.Declare("NjDeliveryFunctions", "functions", rows, sizes, is_constant=True, is_static=True),)


def _record(neuron: NeuronText, deliveries: Sequence[DeliveryParts], history: HistoryLayout) -> cpp.Declare:
    """Declare the record of a kernel for the host: sizes, functions or null pointers, in the ABI's order."""

    def function(name: str, is_there: object) -> cpp.Expression:
        return cpp.Variable(name) if is_there else cpp.Null()

    def number(value: int) -> cpp.Expression:
        return cpp.Integer(value, "unsigned")

    items = (
        cpp.Variable("NJ_ABI_VERSION"),
        cpp.Variable("NJ_TILE"),
        cpp.Characters(neuron.name),
        number(len(neuron.columns)),
        number(len(history.names)),
        number(len(deliveries)),
        function("functions", deliveries),
        cpp.Variable("calibrate"),
        cpp.Variable("update"),
        function("observe", neuron.observables),
        function("recall", neuron.recall),
        number(neuron.signals),
        number(int(neuron.is_coupled)),
        number(len(history.befores)),
        number(len(history.at_hand)),
        function("nj_at_hand", history.at_hand and neuron.pushes),
        cpp.Unary("&", cpp.Variable("nj_interrupt")),
        function("follow", neuron.pushes),
    )
    return cpp.Declare("NjKernel", "kernel", cpp.Aggregate(items), is_constant=True, is_static=True)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        finalize=_placed,
    )
    environment.filters["lines"] = _lines
    return environment


def _placed(value: object) -> object:
    """Return what a template places: texts and numbers; a node would show how Python prints it."""
    if not isinstance(value, str | int):
        raise TypeError(f"a template places {type(value).__name__} without the filter `lines`")
    return value


def _lines(part: cpp.Statement | Iterable[cpp.Statement], indent: int) -> str:
    """Return statements as lines; all but the first are indented, as the filter `indent` does it."""
    return ("\n" + " " * indent).join(lines_of(part))


def _without_gaps(text: str) -> str:
    """Return a text without the lines where a template placed nothing, which consist of spaces."""
    return "\n".join(line for line in text.split("\n") if not line.isspace())


def _support(
    uses: set[str], neuron: NeuronText, deliveries: Sequence[DeliveryParts], history: HistoryLayout
) -> tuple[str, ...]:
    """Return the texts of the headers, with the constants in front that some of them need."""
    largest = max(neuron.largest, *(item.largest for item in deliveries), 0)
    at_hand = ", ".join(map(str, history.at_hand)) or "0"
    constants = {
        "exponential.h": (f"enum {{ NJ_MATRIX = {largest**2} }};",),
        "history.h": (
            f"enum {{ NJ_STRIDE = {history.stride}, NJ_AT_HAND = {len(history.at_hand)} }};",
            f"[[maybe_unused]] static const uint32_t nj_at_hand[] = {{ {at_hand} }};",
        ),
    }
    return tuple(text for name in included(uses) for text in (*constants.get(name, ()), _support_text(name)))


@functools.cache
def _support_text(name: str) -> str:
    return (_HERE / "support" / name).read_text(encoding="utf-8").rstrip()
