"""Control flow over the lanes of a tile: what only computes becomes selects, what has effects runs apart.

Statements with effects (a spike, a message, a random number, a loop) become scalar loops of their own,
for the lanes where the branches that they stand in are taken; all around them stays vector code.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from nestml_jit.codegen.cpp.integration import integrate_first, masks_of
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.statements import Mask, write
from nestml_jit.codegen.model.effects import has_effects, has_loops, is_light
from nestml_jit.dsl.tree import CallStatement, Declaration, If, Node, Return, Statement


def needs_control(statements: Iterable[Node]) -> bool:
    """Whether statements cannot be turned into selects."""
    items = tuple(statements)
    return has_effects(items) or has_loops(items)


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
    """Whether statements leave early or have local vectors, which do not travel between loops."""
    return any(
        isinstance(node, Return) or (isinstance(node, Declaration) and node.size is not None)
        for item in statements
        for node in item.walk()
    )


def _sequence(statements: Iterable[Statement], mask: Mask, body: Body) -> None:
    for apart, group in groupby(statements, _runs_apart):
        if apart:
            _apart(tuple(group), mask, body)
            continue
        for item in group:
            body.start("vector")
            if isinstance(item, If) and needs_control((item,)):
                _branches(item, mask, body)
            else:
                write(item, body, mask)


def _runs_apart(item: Statement) -> bool:
    """Whether a statement is a scalar loop as a whole."""
    if not needs_control((item,)):
        return False
    conditions = [branch.condition for branch in item.branches] if isinstance(item, If) else []
    return not isinstance(item, If) or needs_control(found for found in conditions if found is not None)


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
    """Whether statements are better run as a whole in a few lanes, such as those of a spike."""
    integrates = any(
        isinstance(node, CallStatement) and node.call.name == "integrate_odes"
        for item in statements
        for node in item.walk()
    )
    return not integrates and any(_runs_apart(item) for item in statements)
