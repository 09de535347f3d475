"""Every name that is read is declared, a local one before its use (E0205).

A name that is missing is reported where it is first used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error, similar
from nestml_jit.dsl.facts import ModelFacts, flat
from nestml_jit.dsl.predefined import FUNCTIONS
from nestml_jit.dsl.symbols import Scope
from nestml_jit.dsl.units import is_unit_name
from nestml_jit.errors import Diagnostic

CODES = (
    "E0204",
    "E0205",
)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield names that are not declared."""
    reported: set[str] = set()
    for node, scope in _uses(facts):
        key = node.name + "'" * node.order
        if key in reported or _known(facts, node, scope):
            continue
        reported.add(key)
        if node.order and scope.find(node.name) is not None:
            hint = f"declare `{key}` in `state`; reading it gives its current value"
            yield error("E0204", f"the derivative `{key}` is not declared", node.span, hint)
        else:
            yield _undefined(facts, node, scope)


def _uses(facts: ModelFacts) -> Iterator[tuple[ast.Name, Scope]]:
    """Yield the names that are read, and those that are assigned to unless they are units."""
    for node, root in facts.names():
        # Another rule reports derivatives as arguments of `integrate_odes`.
        whole = isinstance(root.node, ast.Call) and root.node.name == "integrate_odes"
        yield (replace(node, order=0) if whole else node), root.scope
    for assignment, placed in facts.assignments():
        if not is_unit_name(assignment.target.name) or placed.scope.find(assignment.target.name):
            yield assignment.target, placed.scope


def _known(facts: ModelFacts, node: ast.Name, scope: Scope) -> bool:
    if node.order and (node.name, node.order) not in facts.state_orders:
        return False
    return scope.find(node.name) is not None


def _undefined(facts: ModelFacts, node: ast.Name, scope: Scope) -> Diagnostic:
    later = _declared_later(facts, node)
    if later is not None:
        message = f"`{node.name}` is used before its declaration in line {later}"
        return error("E0205", message, node.span, "declare it further up")
    if node.name in {item.name for item in facts.model.functions} | set(FUNCTIONS):
        return error(
            "E0204", f"`{node.name}` is a function, not a variable", node.span, f"write `{node.name}(...)`"
        )
    if _behind_slashes(facts, node):
        return error(
            "E0204", f"`{node.name}` is not declared", node.span, "a comment begins with `#`, not `//`"
        )
    hint = similar(node.name, facts.symbols) or "declare it in `state`, `parameters` or `internals`"
    return error("E0204", f"`{node.name}` is not declared", node.span, hint)


def _declared_later(facts: ModelFacts, node: ast.Name) -> int | None:
    """Return the line where a local variable is declared behind its use, if it is."""
    for body in facts.bodies:
        statements = list(flat(body.statements))
        inside = any(
            statement.span.line <= node.span.line <= statement.span.end_line for statement in statements
        )
        for statement in statements if inside else ():
            declares = isinstance(statement, ast.Declaration) and statement.name == node.name
            if declares and statement.span.line >= node.span.line:
                return statement.span.line
    return None


def _behind_slashes(facts: ModelFacts, node: ast.Name) -> bool:
    """Return whether a name is the right side of `//`, which may be meant as a comment."""
    roots = (root.node for root in facts.roots if root.node.span.line == node.span.line)
    parts = (part for root in roots for part in root.walk())
    return any(
        isinstance(part, ast.Binary) and part.operator == "//" and part.right is node for part in parts
    )
