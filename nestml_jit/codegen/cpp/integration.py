"""`integrate_odes` and `if` in loops over lanes: all lanes compute, and a mask selects results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.loop_parts import Updates
from nestml_jit.codegen.model.names import identifier
from nestml_jit.dsl.tree import Branch, CallStatement, If

if TYPE_CHECKING:
    from nestml_jit.codegen.cpp.lanes import Body

Calls = Sequence[tuple[cpp.Expression | None, Updates]]
"""Calls of `integrate_odes` in different lanes, with their masks."""


def select(mask: cpp.Expression | None, new: cpp.Expression, old: cpp.Expression) -> cpp.Expression:
    """Return a value that changes only where a mask holds."""
    if mask is None:
        return new
    if isinstance(mask, cpp.Unary) and mask.operator == "!" and isinstance(mask.operand, cpp.Variable):
        return cpp.Ternary(mask.operand, old, new)
    return cpp.Ternary(mask, new, old)


def integrate(calls: Calls, complete: bool, body: Body) -> None:
    """Compute all new values from the old ones, then assign them where a call's mask holds.

    `complete` means that one of the calls happens in every lane.
    """
    exact: dict[str, cpp.Expression] = {}
    masks: dict[str, list[cpp.Expression | None]] = {}
    numeric: dict[tuple[str, ...], list[tuple[cpp.Expression | None, Updates]]] = {}
    for mask, updates in calls:
        exact.update(updates.exact)
        for name in (*updates.exact, *updates.numeric):
            masks.setdefault(name, []).append(mask)
        if updates.numeric:
            numeric.setdefault((*updates.numeric, "", *updates.along), []).append((mask, updates))

    def joined(wanted: Sequence[cpp.Expression | None]) -> cpp.Expression | None:
        if complete and len(wanted) == len(calls):
            return None
        return cpp.either_of(*(mask for mask in wanted if mask is not None))

    new = {name: body.declare("double", f"n_{identifier(name)}_", value) for name, value in exact.items()}
    for alike in numeric.values():
        assert body.around.solve is not None
        body.around.solve(alike[0][1], joined([mask for mask, _ in alike]), body)
    for name in exact:
        body.set(name, select(joined(masks[name]), new[name], body.value(name)))
    jumps = {name: amount for _, updates in calls for name, amount in updates.jumps.items()}
    added = {name: body.declare("double", "j", body.show(amount)) for name, amount in jumps.items()}
    for name, amount in added.items():
        old = body.value(name)
        body.set(name, select(joined(masks[name]), cpp.plus(old, amount), old))


def integrate_first(
    item: If, masks: Sequence[cpp.Expression | None], complete: bool, body: Body
) -> tuple[Branch, ...]:
    """Integrate at once for all branches that begin with `integrate_odes`; returns these branches.

    Only one branch is taken in a lane, and common expressions are computed once. `complete`
    means that the whole `if` runs in every lane.
    """
    found = [(branch, mask) for branch, mask in zip(item.branches, masks, strict=True) if _integrates(branch)]
    calls = []
    for branch, mask in found:
        statement = branch.body[0]
        assert isinstance(statement, CallStatement)
        body.comment(statement)
        calls.append((mask, body.around.integrate(statement.call, body)))
    if calls:
        everywhere = complete and item.branches[-1].condition is None
        integrate(calls, everywhere and len(calls) == len(item.branches), body)
    return tuple(branch for branch, _ in found)


def _integrates(branch: Branch) -> bool:
    first = branch.body[0] if branch.body else None
    return isinstance(first, CallStatement) and first.call.name == "integrate_odes"


def masks_of(item: If, mask: cpp.Expression | None, body: Body) -> list[cpp.Expression | None]:
    """Declare the masks of the branches of an `if`."""
    left = mask
    masks: list[cpp.Expression | None] = []
    for branch in item.branches:
        if branch.condition is None:
            masks.append(left)
            break
        condition = body.declare("bool", "m", _also(left, body.show(branch.condition)))
        masks.append(condition)
        if branch is not item.branches[-1]:
            rest = cpp.negation(condition)
            left = rest if left is None else body.declare("bool", "m", _also(left, rest))
    return masks


def _also(mask: cpp.Expression | None, condition: cpp.Expression) -> cpp.Expression:
    """Return whether two conditions hold, both of which are computed."""
    return condition if mask is None else cpp.Binary("&", mask, condition)
