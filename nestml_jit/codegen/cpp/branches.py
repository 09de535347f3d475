"""Control flow over the lanes of a tile: branches become selects, or loops of their own.

A branch that only computes is computed in all lanes, and a *mask* selects the result. Statements with effects
(a message, a random number, a loop) become a scalar loop over the lanes where their branch is taken. All code
around them stays vector code::

    if V_m > E_rev:            # vector loop: g = (V_m > E_rev) ? 2 * g : g
        g = 2 * g
    if V_m > V_max:            # vector loop: computes the mask V_m > V_max, and notes it as a flag
        g = 0                  # scalar loop over the lanes with the flag: runs the whole branch
        println("too high")

A branch that only emits a spike and assigns a few scalars is *light*: it stays in the vector loop, and the
spike is sent after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby

from nestml_jit.codegen.cpp.draws import SIDE_BY_SIDE
from nestml_jit.codegen.cpp.integration import integrate_first, masks_of
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.statements import Mask, write
from nestml_jit.codegen.model.effects import has_effects, has_loops, is_light
from nestml_jit.dsl.tree import CallStatement, Declaration, If, Node, Return, Statement


def needs_control(statements: Iterable[Node], harmless: Collection[str] = ()) -> bool:
    """Return whether statements cannot be turned into selects, because they have effects or loops."""
    items = tuple(statements)
    return has_effects(items, harmless) or has_loops(items)


def run(statements: tuple[Statement, ...], body: Body) -> None:
    """Append statements to the loops of a body."""
    outer = dict(body.locals)
    if _is_indivisible(statements):
        body.start("scalar")
        body.statements(statements)
    else:
        _sequence(statements, None, body)
    body.locals = outer


def _is_indivisible(statements: tuple[Statement, ...]) -> bool:
    """Return whether statements must stay in one loop: they return early or have local vectors."""
    return any(
        isinstance(node, Return) or (isinstance(node, Declaration) and node.size is not None)
        for item in statements
        for node in item.walk()
    )


def _sequence(statements: Iterable[Statement], mask: Mask, body: Body) -> None:
    # What is drawn under a condition is not drawn for lanes where that does not hold.
    harmless = SIDE_BY_SIDE if mask is None else ()
    for apart, group in groupby(statements, lambda item: _runs_apart(item, harmless)):
        if apart:
            _apart(tuple(group), mask, body)
            continue
        for item in group:
            body.start("vector")
            if isinstance(item, If) and needs_control((item,)):
                _branches(item, mask, body)
            else:
                write(item, body, mask)


def _runs_apart(item: Statement, harmless: Collection[str] = ()) -> bool:
    """Return whether a statement runs as a whole in a scalar loop.

    A `println` does. An `if` around one does not, unless its condition has effects: its mask is vector code.
    """
    if not isinstance(item, If):
        return needs_control((item,), harmless)
    conditions = (branch.condition for branch in item.branches)
    return needs_control((found for found in conditions if found is not None), harmless)


def _apart(statements: tuple[Statement, ...], mask: Mask, body: Body) -> None:
    """Run statements with effects in the lanes where a mask holds, in a scalar loop unless they are light."""
    if is_light(statements, body.type_of):
        body.start("vector")
        body.statements(statements, mask)
        return
    if mask is not None:
        body.start("vector")
        body.start("rare", body.raise_flag(mask))
    else:
        body.start("scalar")
    outer = dict(body.locals)
    for item in statements:
        write(item, body)
    if mask is not None:
        body.locals = outer


def _branches(item: If, mask: Mask, body: Body) -> None:
    body.comment(item.branches[0])
    masks = masks_of(item, mask, body)
    integrated = integrate_first(item, masks, mask is None, body)
    outer = dict(body.locals)
    for branch, condition in zip(item.branches, masks, strict=True):
        rest = branch.body[1:] if branch in integrated else branch.body
        if _is_brief(rest):
            _apart(rest, condition, body)
        else:
            _sequence(rest, condition, body)
        body.locals = dict(outer)


def _is_brief(statements: tuple[Statement, ...]) -> bool:
    """Return whether a branch should run as a whole in the few lanes where it is taken.

    It should if a statement in it has effects, unless it integrates, which is fast only in all lanes at once.
    """
    integrates = any(
        isinstance(node, CallStatement) and node.call.name == "integrate_odes"
        for item in statements
        for node in item.walk()
    )
    return not integrates and any(_runs_apart(item) for item in statements)
