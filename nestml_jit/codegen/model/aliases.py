"""The variables of a synapse that are the weight and the delay of its connections.

NEST calls them `weight` and `delay`; the model may call them otherwise. A variable that the model calls by
one of these names can only be that one.
"""

from __future__ import annotations

from nestml_jit.codegen.model.effects import emissions
from nestml_jit.codegen.model.problem import PORTS, CannotGenerate
from nestml_jit.dsl.tree import (
    Assignment,
    Declaration,
    Expression,
    For,
    Model,
    Name,
    Node,
    Ode,
)
from nestml_jit.dsl.types import MS, REAL, factor, kind_of
from nestml_jit.dsl.units import Scale

WEIGHT, DELAY = "@nest::weight", "@nest::delay"


def weight_variable(model: Model) -> str:
    """Return the variable that is the weight: declared as such, emitted, or read by the emitted value.

    Raises
    ------
    CannotGenerate
        If several are declared as the weight, or another variable is called `weight`.
    """
    found = _settled(model, WEIGHT) or _emitted(model)
    _refuse_double(model, "weight", found, WEIGHT)
    return found


def delay_variable(model: Model) -> str:
    """Return the variable that is the delay of a connection, "" if there is none.

    Raises
    ------
    CannotGenerate
        If it cannot be a delay, or several are.
    """
    found = _settled(model, DELAY)
    _refuse_double(model, "delay", found, DELAY)
    declared = next((item for item in _declared(model) if item.name == (found or "delay")), None)
    if declared is None:
        return ""
    _check_delay(declared, model)
    return declared.name


def _declared(model: Model) -> tuple[Declaration, ...]:
    return (*model.state, *model.parameters)


def _settled(model: Model, decorator: str) -> str:
    """Return the variable that has a decorator."""
    found = [item for item in _declared(model) if decorator in item.decorators]
    if len(found) > 1:
        listed = " and ".join(item.name for item in found)
        raise CannotGenerate(
            PORTS, f"{listed} are both {decorator}", found[1], "a connection has one: remove the others"
        )
    return found[0].name if found else ""


def _refuse_double(model: Model, name: str, found: str, decorator: str) -> None:
    """Refuse a variable that NEST's name for the weight or the delay would hide."""
    double = next((item for item in _declared(model) if item.name == name), None)
    if double is None or found in ("", name):
        return
    hint = f"give the variable {name} another name, or write {decorator} behind it"
    raise CannotGenerate(
        PORTS, f"{name} is NEST's word for the {name} of a connection, which is {found} here", double, hint
    )


def _check_delay(declared: Declaration, model: Model) -> None:
    """Refuse a delay that is not a time, that a connection cannot own, or that the model changes."""
    changing = _changing(model, declared.name)
    reason = ""
    if not _is_time(declared):
        reason = "is not a time"
    elif "@homogeneous" in declared.decorators:
        reason = "is @homogeneous"
    elif changing is not None:
        reason = "is changed by the model"
    if reason:
        raise CannotGenerate(
            PORTS,
            f"{declared.name} is the delay of a connection, and {reason}",
            changing or declared,
            f"declare `{declared.name} ms = 1 ms` among the parameters, or use another name",
        )


def _is_time(declared: Declaration) -> bool:
    """Return whether a variable is a number, or a quantity that is stored in ms."""
    kind = kind_of(declared.type)
    in_ms = kind.unit.dimensions == MS.unit.dimensions and factor(kind, MS) == Scale()
    return declared.size is None and not declared.order and (kind == REAL or in_ms)


def _changing(model: Model, name: str) -> Node | None:
    """Return the assignment to a variable or its equation; locals of the same name do not count."""
    changing: Node | None = next(
        (item for item in model.equations if isinstance(item, Ode) and item.name == name), None
    )
    for place in (*(model.update or ()), *model.on_receive, *model.on_condition):
        nodes = list(place.walk())
        if not any(isinstance(node, Declaration) and node.name == name for node in nodes):
            found = next((node for node in nodes if _assigns(node, name)), None)
            changing = changing or found
    return changing


def _assigns(node: Node, name: str) -> bool:
    if isinstance(node, Assignment):
        return node.target.name == name
    return isinstance(node, For) and node.variable == name


# --- the weight ------------------------------------------------------------------------------------


def _emitted(model: Model) -> str:
    """Return the variable that is emitted, or that the emitted value depends on; "" if that is not clear."""
    declared = {item.name for item in _declared(model)} - {_settled(model, DELAY) or "delay"}
    emitted: list[set[str]] = []
    for place in (*model.on_receive, *model.on_condition, *(model.update or ())):
        for call in emissions(place):
            if call.arguments:
                emitted.append(_hangs_on(call.arguments[0], place) & declared)
    common = set.intersection(*emitted) if emitted else set()
    if len(common) == 1:
        return common.pop()
    return next((name for name in ("weight", "w") if name in common), "")


def _hangs_on(expression: Expression, place: Node) -> set[str]:
    """Return the names in an expression, and those in the values of the block's locals that it names."""
    local = {node.name: node.value for node in place.walk() if isinstance(node, Declaration) and node.value}
    found: set[str] = set()
    todo = _names(expression)
    while todo:
        found |= todo
        todo = {name for item in todo & set(local) for name in _names(local[item])} - found
    return found


def _names(expression: Expression) -> set[str]:
    return {node.name for node in expression.walk() if isinstance(node, Name)}
