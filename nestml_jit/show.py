"""What a model offers, as text: parameters, states, ports with their roles, solvers."""

from __future__ import annotations

from collections.abc import Sequence

from nestml_jit.dsl import lower
from nestml_jit.dsl.print_expression import expression_text
from nestml_jit.dsl.printer import type_text
from nestml_jit.dsl.tree import Declaration, Inline, InputPort, Model, Ode


def show_text(model: Model) -> str:
    """Return a description of a checked model.

    Parameters
    ----------
    model
        As parsed, not lowered: values are shown as they were written.
    """
    parts = [f"model {model.name}"]
    if model.docstring:
        parts.append(_title(model.docstring))
    parts += _section("parameters", [_declaration(item) for item in model.parameters])
    parts += _section("state", [_declaration(item) for item in model.state])
    inlines = [item for item in model.equations if isinstance(item, Inline) and item.recordable]
    parts += _section("also recordable", [[item.name, type_text(item.type)] for item in inlines])
    roles = _roles(model)
    parts += _section("input", [_port(item, roles.get(item.name, "")) for item in model.inputs])
    parts += _section("output", [[word] for word in model.outputs])
    parts += _section("equations", _solvers(model))
    return "\n".join(parts)


def _title(docstring: str) -> str:
    lines = [line.strip() for line in docstring.splitlines()]
    words = [line for line in lines if line and set(line) - set("#=-*~")]
    return f"  {words[0]}" if words else ""


def _section(title: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a heading and aligned rows, or nothing if there are no rows."""
    if not rows:
        return []
    count = max(map(len, rows))
    filled = [[*row, *[""] * (count - len(row))] for row in rows]
    widths = [max(len(row[column]) for row in filled) for column in range(count)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in filled)
    return ["", f"{title}:", *(f"  {line}".rstrip() for line in lines)]


def _declaration(item: Declaration) -> list[str]:
    size = f"[{expression_text(item.size)}]" if item.size is not None else ""
    value = f"= {expression_text(item.value)}" if item.value is not None else ""
    guard = f"[[ {item.guard_text} ]]" if item.guard is not None else ""
    more = " ".join([guard, *item.decorators]).strip()
    comment = f"# {' '.join(item.comments)}" if item.comments else ""
    return [item.name + "'" * item.order + size, type_text(item.type), value, more, comment]


def _port(item: InputPort, role: str) -> list[str]:
    size = f"[{expression_text(item.size)}]" if item.size is not None else ""
    kind = type_text(item.type) if item.type is not None else ""
    return [item.name + size, " ".join([*item.qualifiers, item.signal]), kind, role]


def _roles(model: Model) -> dict[str, str]:
    """Return the inferred role of each port of a synapse; empty for a neuron or if it is not clear."""
    from nestml_jit.card import SynapseCard
    from nestml_jit.codegen import describe

    try:
        card = describe(lower(model))
    except ValueError:
        return {}
    if not isinstance(card, SynapseCard):
        return {}
    roles = {card.pre: "presynaptic spikes", card.post: "postsynaptic spikes"}
    roles.update(dict.fromkeys(card.modulatory, "modulatory spikes"))
    roles.update(dict.fromkeys(card.continuous, "a variable of the postsynaptic neuron"))
    return roles


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
    from nestml_jit.dsl.linearity import nonlinear

    return nonlinear(lower(model))
