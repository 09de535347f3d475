"""The view of a model: parameters, states, ports with their roles, solvers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from nestml_jit.card import NeuronCard, SynapseCard
from nestml_jit.dsl import lower
from nestml_jit.dsl.documentation import summary
from nestml_jit.dsl.print_expression import expression_text
from nestml_jit.dsl.printer import type_text
from nestml_jit.dsl.tree import Declaration, Inline, InputPort, Model, Ode
from nestml_jit.oracle.values import Values
from nestml_jit.pynest.view import Cell, ModelView, Table, filled

LONGEST_COMMENT = 100


def model_view(model: Model) -> ModelView:
    """Return a description of a checked model.

    Parameters
    ----------
    model
        As parsed, not lowered: values are shown as they were written.
    """
    card = _card(model)
    roles = _roles(model, card)
    inlines = [item for item in model.equations if isinstance(item, Inline) and item.recordable]
    tables = (
        Table("parameters", [_declaration(item) for item in model.parameters]),
        Table("state", [_declaration(item) for item in model.state]),
        Table("also recordable", [[item.name, type_text(item.type)] for item in inlines]),
        Table("input", [_port(item, roles.get(item.name, "")) for item in model.inputs]),
        Table("output", [[word] for word in model.outputs]),
        Table("equations", _solvers(model)),
    )
    title = summary(model)
    parts = [f"model {model.name}", *([f"  {title}"] if title else [])]
    parts += [line for table in tables for line in _section(table.title, table.rows)]
    kind = "synapse" if isinstance(card, SynapseCard) else "neuron"
    return ModelView(model.name, kind, title, tables, "\n".join(parts), model.equations)


def show_text(model: Model) -> str:
    """Return a description of a checked model as text."""
    return str(model_view(model))


def _section(title: str, rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Return a heading and aligned rows, or nothing if there are no rows."""
    if not rows:
        return []
    count = max(map(len, rows))
    texts = [list(map(str, filled(row, count))) for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(count)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in texts)
    return ["", f"{title}:", *(f"  {line}".rstrip() for line in lines)]


def _declaration(item: Declaration) -> list[str]:
    size = f"[{expression_text(item.size)}]" if item.size is not None else ""
    value = f"= {expression_text(item.value)}" if item.value is not None else ""
    guard = f"[[ {item.guard_text} ]]" if item.guard is not None else ""
    more = " ".join([guard, *item.decorators]).strip()
    comment = textwrap.shorten(" ".join(item.comments), LONGEST_COMMENT, placeholder=" ...")
    comment = f"# {comment}" if comment else ""
    return [item.name + "'" * item.order + size, type_text(item.type), value, more, comment]


def _port(item: InputPort, role: str) -> list[str]:
    size = f"[{expression_text(item.size)}]" if item.size is not None else ""
    kind = type_text(item.type) if item.type is not None else ""
    return [item.name + size, " ".join([*item.qualifiers, item.signal]), kind, role]


def _card(model: Model) -> NeuronCard | SynapseCard | None:
    """Return a model's card; None if what its ports are for is not clear."""
    from nestml_jit.codegen.plan.describe import describe

    try:
        return describe(lower(model))
    except ValueError:
        return None


def _roles(model: Model, card: NeuronCard | SynapseCard | None) -> dict[str, str]:
    """Return what each port is for; nothing if it is not clear."""
    if card is None:
        return {}
    if not isinstance(card, SynapseCard):
        return _receptors(lower(model), card)
    roles = {card.pre: "presynaptic spikes", card.post: "postsynaptic spikes"}
    roles.update(dict.fromkeys(card.modulatory, "modulatory spikes"))
    roles.update(dict.fromkeys(card.continuous, "a variable of the postsynaptic neuron"))
    return roles


def _receptors(model: Model, card: NeuronCard) -> dict[str, str]:
    """Return for the ports of a neuron which receptor they are, and what sign the weights have."""
    values = Values(model)
    owners: list[str] = []  # in the order of the card's channels
    for port in model.inputs:
        if port.signal == "spike":
            size = 1 if port.size is None else int(values.evaluator.number(port.size))
            owners += [port.name] * size
    found: dict[str, list[int]] = {}
    signs: dict[str, str] = {}
    for receptor in card.receptors:
        paired = receptor.positive != receptor.negative
        for channel, sign in ((receptor.positive, "positive"), (receptor.negative, "negative")):
            numbers = found.setdefault(owners[channel], [])
            if receptor.number not in numbers:
                numbers.append(receptor.number)
            signs[owners[channel]] = f", {sign} weights" if paired else ""
    roles = {name: f"{_numbered(numbers)}{signs[name]}" for name, numbers in found.items()}
    several = len(card.continuous) > 1
    currents = {item.name: f"receptor {item.receptor}" if several else "" for item in card.continuous}
    currents_of = {name: f"{text} of currents" if text else "currents" for name, text in currents.items()}
    if card.gap_junctions.port:
        currents_of[card.gap_junctions.port] += f"; gap junctions of {card.gap_junctions.potential}"
    return currents_of | roles


def _numbered(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"receptor {numbers[0]}"
    return f"receptors {numbers[0]} to {numbers[-1]}"


def _solvers(model: Model) -> list[list[str]]:
    """Return for each equation how it is solved."""
    odes = [item for item in model.equations if isinstance(item, Ode)]
    reasons = _nonlinear(model) if odes else {}
    rows = []
    for item in odes:
        reason = reasons.get(item.name)
        rows.append([item.name + "'" * item.order, "exact" if reason is None else f"numerical: {reason}"])
    return rows


def _nonlinear(model: Model) -> dict[str, str]:
    """Return why equations have no exact solution, by the name of their variable."""
    from nestml_jit.oracle.linearity import nonlinear

    return nonlinear(lower(model))
